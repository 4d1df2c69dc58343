import { sha256Hex } from '#connectors/digest.ts'
import type { InboundRequest, Receipt, Reply, Settings } from '#domain/connector.ts'
import type { Instant } from '#kernel/clock.ts'
import { type Refusal, refuse } from '#kernel/result.ts'
import { parseEvents } from './schema.ts'
import { verify } from './sign.ts'

export const PRINT_STATION_RETRY_REPLY: Reply = answer(503, {
  error: { code: 'print_station.busy', detail: 'not stored; send it again with the same webhook-id' },
})

/**
 * Verifies signature and freshness, then the shape, since the sender speaks our own protocol and should hear at once what
 * is wrong. Refused: `print_station.settings`, those of `verify` (401) and those of `parseEvents` (400).
 */
export function receiveEvents(request: InboundRequest, settings: Settings, now: Instant): Receipt {
  const secrets = [settings.secret ?? '', settings.previous_secret ?? ''].filter((one) => one.trim() !== '')
  if (secrets.length === 0)
    return rejected(401, refuse('print_station.settings', 'the connection has no signing secret').refusal)
  const signed = verify(request.headers, request.body, secrets, now)
  if (!signed.ok) return rejected(401, signed.refusal)
  const events = parseEvents(request.body)
  if (!events.ok) return rejected(400, events.refusal)
  const topics = new Set(events.value.map((event) => event.event))
  const orders = new Set(events.value.map((event) => event.orderNo))
  return {
    verdict: 'accepted',
    topic: topics.size === 1 ? (events.value[0]?.event ?? 'mixed') : 'mixed',
    dedupKey: `${sha256Hex(signed.value.id)}:${sha256Hex(request.body)}`,
    orderNo: orders.size === 1 ? (events.value[0]?.orderNo ?? null) : null,
    reply: answer(200, { accepted: events.value.length }),
  }
}

function rejected(status: number, refusal: Refusal): Receipt {
  return {
    verdict: 'rejected',
    refusal,
    reply: answer(status, { error: { code: refusal.code, detail: refusal.detail } }),
  }
}

function answer(status: number, body: Readonly<Record<string, unknown>>): Reply {
  return { status, contentType: 'application/json; charset=utf-8', body: JSON.stringify(body) }
}
