import { sha256Hex } from '#connectors/digest.ts'
import type { InboundRequest, Receipt, Reply, Settings } from '#domain/connector.ts'
import type { Instant } from '#kernel/clock.ts'
import type { Refusal } from '#kernel/result.ts'
import { parseReport, REPORT_TYPE } from './schema.ts'
import { verifyReport } from './sign.ts'

export const PARTNER_RETRY_REPLY: Reply = answer(503, {
  error: { code: 'partner_warehouse.busy', detail: 'not stored; send it again with the same webhook-id' },
})

/** Verifies signature and freshness, then the shape: the sender speaks our protocol and hears at once what is wrong. */
export function receiveReport(request: InboundRequest, settings: Settings, now: Instant): Receipt {
  const signed = verifyReport(request.headers, request.body, settings, now)
  if (!signed.ok) return rejected(401, signed.refusal)
  const report = parseReport(request.body)
  if (!report.ok) return rejected(400, report.refusal)
  return {
    verdict: 'accepted',
    topic: REPORT_TYPE,
    dedupKey: `${sha256Hex(signed.value.id)}:${sha256Hex(request.body)}`,
    orderNo: null,
    reply: answer(200, { accepted: 1 }),
  }
}

function rejected(status: number, refusal: Refusal): Receipt {
  const error = { code: refusal.code, detail: refusal.detail }
  return { verdict: 'rejected', refusal, reply: answer(status, { error }) }
}

function answer(status: number, body: Readonly<Record<string, unknown>>): Reply {
  return { status, contentType: 'application/json; charset=utf-8', body: JSON.stringify(body) }
}
