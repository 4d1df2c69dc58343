import { filledAt, type JsonObject, type JsonValue, objectsAt } from '#connectors/json.ts'
import type { ShipmentReport } from '#domain/connector.ts'
import type { Instant } from '#kernel/clock.ts'
import { trackingNo } from '#kernel/id.ts'
import type { Company } from './carriers.ts'

export const PAGE_SIZE = 100

/** A call: the method with dots, whose path is the same with slashes, and its business parameters. */
export type ApiCall = { readonly method: string; readonly params: Readonly<Record<string, unknown>> }

export function orderDetail(orderId: string): ApiCall {
  return { method: 'order.orderDetail', params: { shop_order_id: orderId } }
}

/** Orders changed in [from, to), oldest change first; pages count from 0. */
export function changedOrders(from: Instant, to: Instant, page: number, size: number): ApiCall {
  return {
    method: 'order.searchList',
    params: {
      update_time_start: Math.floor(from.epochMilliseconds / 1000),
      update_time_end: Math.floor(to.epochMilliseconds / 1000),
      order_by: 'update_time',
      order_asc: true,
      page,
      size,
    },
  }
}

export function companies(): ApiCall {
  return { method: 'order.logisticsCompanyList', params: {} }
}

/**
 * A whole order goes by `logisticsAdd`; a part names its lines and carries our request id, under which the platform
 * answers a repetition with the first result.
 */
export function shipment(report: ShipmentReport, companyCode: string, rejectRefund: boolean): ApiCall {
  const refund = rejectRefund ? { is_refund_reject: true } : {}
  const parcel = { company_code: companyCode, logistics_code: report.trackingNo, ...refund }
  if (report.lines.length === 0)
    return { method: 'order.logisticsAdd', params: { order_id: report.orderNo, ...parcel } }
  const shipped = report.lines.map(({ lineId, quantity }) => ({
    shipped_order_id: lineId,
    shipped_num: quantity,
  }))
  return {
    method: 'order.logisticsAddSinglePack',
    params: {
      order_id_list: [report.orderNo],
      shipped_order_info: shipped,
      request_id: report.requestId,
      ...parcel,
    },
  }
}

/** The list stands in `data` itself. */
export function readCompanies(data: JsonValue): readonly Company[] {
  return objectsAt({ data }, 'data').flatMap((company) => {
    const code = filledAt(company, 'code')
    return code === null ? [] : [{ code, name: filledAt(company, 'name') ?? '' }]
  })
}

/** 已取消 (4), or refunded before shipment, after it or after receipt (`main_status` 21, 22, 39): it takes no parcel any more. */
export function hasEnded(order: JsonObject): boolean {
  return (
    filledAt(order, 'order_status') === '4' ||
    ['21', '22', '39'].includes(filledAt(order, 'main_status') ?? '')
  )
}

/** Whether one of the order's parcels carries the reported number. */
export function hasParcel(order: JsonObject, report: ShipmentReport): boolean {
  return objectsAt(order, 'logistics_info').some((parcel) => {
    const number = filledAt(parcel, 'tracking_no')
    return number !== null && trackingNo(number) === report.trackingNo
  })
}
