import type { ReportAnswer, ShipmentReport } from '#domain/connector.ts'
import type { ReadOrder } from '#features/orders/index.ts'
import { trackingNo } from '#kernel/id.ts'
import type { Refusal } from '#kernel/result.ts'

export type ReportDecision =
  | { readonly verdict: 'report'; readonly report: Told }
  | { readonly verdict: 'done'; readonly words: string }
  /** `report`: what an earlier attempt may have told all the same; null where the order no longer says. */
  | { readonly verdict: 'moot'; readonly refusal: Refusal; readonly report: Told | null }

type Told = Omit<ShipmentReport, 'orderNo' | 'requestId'>

/**
 * Whether a parcel still has to be reported, looked at when the intent is carried out. In this order: order gone, waybill
 * cancelled, order ended before anything moved, already accepted, channel without reports; else report.
 */
export function decideReport(order: ReadOrder | null, number: string, canReport: boolean): ReportDecision {
  if (order === null) return moot('report.order_gone', 'the order is not there any more')
  const parcel = order.derived.parcels.find((candidate) => candidate.trackingNo === number)
  const report =
    parcel === undefined
      ? null
      : { trackingNo: trackingNo(number), carrier: parcel.carrier ?? '', lines: parcel.lines }
  if (parcel === undefined || parcel.void || report === null)
    return moot('report.waybill_cancelled', `waybill ${number} was cancelled before it was reported`, report)
  if (order.derived.status === 'cancelled' || order.derived.status === 'refunded')
    return moot(
      'report.order_ended',
      `the order is ${order.derived.status}; reporting a shipment would contradict it`,
      report,
    )
  if (order.acceptedNumbers.includes(number))
    return { verdict: 'done', words: 'the channel shows this number already' }
  if (!canReport) return moot('report.not_supported', 'this channel takes no shipment reports')
  return { verdict: 'report', report }
}

/**
 * What a channel's answer makes of the intent. `<channel>.order_cancelled` is its word that the order ended in this moment, of which ours
 * is on its way: moot, for nobody has to look at that.
 */
export function endOfAnswer(answer: ReportAnswer) {
  if (answer.outcome === 'accepted') return { state: 'done', words: answer.words } as const
  const isEnded = answer.refusal.code.endsWith('.order_cancelled')
  return { state: isEnded ? 'moot' : 'refused', refusal: answer.refusal } as const
}

function moot(code: string, detail: string, report: Told | null = null): ReportDecision {
  return { verdict: 'moot', refusal: { code, detail }, report }
}
