import type { ShipmentReport } from '#domain/connector.ts'
import type { Instant } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { JsonObject } from '../../json.ts'
import { companyIds } from './codes.ts'
import { parseTrade } from './schema.ts'

/** `2026-02-11 09:30:12`, Chinese wall time, as the API takes times. */
export function chinaTime(instant: Instant): string {
  const wall = instant.toZonedDateTimeISO('Asia/Shanghai').toPlainDateTime()
  return wall.toString({ smallestUnit: 'second' }).replace('T', ' ')
}

/**
 * The parameters of `youzan.logistics.online.confirm`. Refused with `youzan.carrier_unknown` (add it to the setting
 * `carrierIds`) or `youzan.part_of_line`: Youzan ships whole lines only. `order` is needed where lines are given.
 */
export function shipmentParams(
  report: ShipmentReport,
  carrierIds: string | undefined,
  order: JsonObject | null,
): Result<Record<string, unknown>> {
  const company = companyIds(carrierIds).get(report.carrier)
  if (company === undefined)
    return refuse('youzan.carrier_unknown', `no Youzan company id is known for the carrier ${report.carrier}`)
  const whole = { tid: report.orderNo, is_no_express: 0, out_stype: company, out_sid: report.trackingNo }
  if (report.lines.length === 0) return ok(whole)
  const trade = order === null ? null : parseTrade(order)
  for (const { lineId, quantity } of report.lines) {
    const line = trade?.lines.find((one) => one.oid === lineId)
    if (line === undefined) return refuse('youzan.line_not_found', `the order has no line ${lineId}`)
    if (quantity < line.num)
      return refuse(
        'youzan.part_of_line',
        `line ${lineId} has ${line.num} pieces and can only be shipped whole`,
      )
  }
  return ok({ ...whole, oids: report.lines.map((line) => line.lineId).join(',') })
}

/** Closed, by whomever: it takes no parcel any more. */
export function hasEnded(order: JsonObject): boolean {
  return parseTrade(order)?.status?.startsWith('TRADE_CLOSED') ?? false
}

/** Whether one of the order's parcels carries the number. */
export function hasParcel(order: JsonObject, number: string): boolean {
  const bare = (text: string): string => text.replace(/\s+/g, '').toUpperCase()
  return parseTrade(order)?.parcels.some((parcel) => bare(parcel.number) === bare(number)) ?? false
}
