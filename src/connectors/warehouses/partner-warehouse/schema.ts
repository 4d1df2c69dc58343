import { filledAt, objectAt, readJson } from '#connectors/json.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

const MOST = { requestId: 80, trackingNo: 64, status: 40, at: 60, carrier: 60, words: 500 } as const

/** A partner's report on one instruction. All texts without blanks around them. */
export type PartnerReport = {
  readonly requestId: string
  readonly trackingNo: string
  /** `accepted refused too_late returning back`; any other is read as an unknown code. */
  readonly status: string
  /** ISO 8601 with offset; without one it is resolved by the connection's zone or flagged. */
  readonly at: string
  readonly carrier: string | null
  readonly words: string | null
}

export const REPORT_TYPE = 'parcel.intercept.status'

/** Refused with `partner_warehouse.unreadable` (not JSON) or `partner_warehouse.invalid_report`, which names the field. */
export function parseReport(body: Uint8Array): Result<PartnerReport> {
  const parsed = readJson(body)
  if (!parsed.ok) return refuse('partner_warehouse.unreadable', parsed.refusal.detail)
  const root = objectAt({ root: parsed.value }, 'root')
  if (root === null || filledAt(root, 'type') !== REPORT_TYPE)
    return refuse('partner_warehouse.invalid_report', `type is not ${REPORT_TYPE}`)
  const data = objectAt(root, 'data')
  if (data === null) return refuse('partner_warehouse.invalid_report', 'data is missing')
  const missing = (['requestId', 'trackingNo', 'status', 'at'] as const).filter(
    (name) => filledAt(data, name) === null,
  )
  if (missing.length > 0)
    return refuse('partner_warehouse.invalid_report', `${missing.join(', ')} missing in data`)
  const long = (Object.keys(MOST) as (keyof typeof MOST)[]).find(
    (name) => (filledAt(data, name)?.length ?? 0) > MOST[name],
  )
  if (long !== undefined)
    return refuse('partner_warehouse.invalid_report', `${long} is longer than ${MOST[long]} characters`)
  const text = (name: string): string => filledAt(data, name) ?? ''
  return ok({
    requestId: text('requestId'),
    trackingNo: text('trackingNo'),
    status: text('status').toLowerCase(),
    at: text('at'),
    carrier: filledAt(data, 'carrier'),
    words: filledAt(data, 'words'),
  })
}
