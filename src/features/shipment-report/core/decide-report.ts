import type { ShipmentReport } from '#domain/connector.ts'
import type { ReadOrder } from '#features/orders/index.ts'
import { trackingNo } from '#kernel/id.ts'
import type { Refusal } from '#kernel/result.ts'

export type ReportDecision =
  | { readonly verdict: 'report'; readonly report: Omit<ShipmentReport, 'orderNo' | 'requestId'> }
  | { readonly verdict: 'done'; readonly words: string }
  | { readonly verdict: 'moot'; readonly refusal: Refusal }

/**
 * Whether a parcel still has to be reported, looked at when the intent is carried out. In this order: order gone, waybill
 * cancelled, order ended before anything moved, already accepted, channel without reports; else report.
 */
export function decideReport(order: ReadOrder | null, number: string, canReport: boolean): ReportDecision {
  if (order === null) return moot('report.order_gone', 'the order is not there any more')
  const parcel = order.derived.parcels.find((candidate) => candidate.trackingNo === number)
  if (parcel === undefined || parcel.void)
    return moot('report.waybill_cancelled', `waybill ${number} was cancelled before it was reported`)
  if (order.derived.status === 'cancelled' || order.derived.status === 'refunded')
    return moot(
      'report.order_ended',
      `the order is ${order.derived.status}; reporting a shipment would contradict it`,
    )
  if (order.acceptedNumbers.includes(number))
    return { verdict: 'done', words: 'the channel shows this number already' }
  if (!canReport) return moot('report.not_supported', 'this channel takes no shipment reports')
  return {
    verdict: 'report',
    report: { trackingNo: trackingNo(number), carrier: parcel.carrier ?? '', lines: parcel.lines },
  }
}

function moot(code: string, detail: string): ReportDecision {
  return { verdict: 'moot', refusal: { code, detail } }
}
