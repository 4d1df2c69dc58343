import { filledAt, type JsonObject, objectsAt } from '#connectors/json.ts'
import type { ShipmentReport } from '#domain/connector.ts'
import type { Instant } from '#kernel/clock.ts'
import { trackingNo } from '#kernel/id.ts'
import type { Company } from './carriers.ts'
import type { ApiParams } from './sign.ts'

export const PAGE_SIZE = 50

/** A call's API name and its own parameters; the public ones are added where it is signed. */
export type ApiCall = { readonly type: string; readonly params: ApiParams }

export function orderInformation(orderSn: string): ApiCall {
  return { type: 'pdd.order.information.get', params: { order_sn: orderSn } }
}

/** Orders changed in a window of at most 30 minutes; every status, every after-sale state. */
export function changedOrders(from: Instant, to: Instant, page: number, pageSize: number): ApiCall {
  return {
    type: 'pdd.order.number.list.increment.get',
    params: {
      is_lucky_flag: 0,
      order_status: 5,
      refund_status: 5,
      start_updated_at: epochSeconds(from),
      end_updated_at: epochSeconds(to),
      page,
      page_size: pageSize,
    },
  }
}

export function companies(): ApiCall {
  return { type: 'pdd.logistics.companies.get', params: {} }
}

/** First shipment of an order that waits for it (1), or a correction of the number it was shipped with (2). */
export function sendOnline(report: ShipmentReport, logisticsId: string, redelivery: 1 | 2): ApiCall {
  return {
    type: 'pdd.logistics.online.send',
    params: {
      order_sn: report.orderNo,
      logistics_id: logisticsId,
      tracking_number: report.trackingNo,
      redelivery_type: redelivery,
    },
  }
}

/** A further parcel (分包) of an order that was already shipped. */
export function addParcel(report: ShipmentReport, logisticsId: string): ApiCall {
  return {
    type: 'pdd.order.upload.extra.logistics',
    params: {
      order_sn: report.orderNo,
      extra_track_list: [{ shipping_id: logisticsId, tracking_number: report.trackingNo }],
      extra_track_type: 1,
    },
  }
}

/** Tells the platform that the label was printed (打单信息同步). */
export function labelPrinted(report: ShipmentReport, logisticsId: string): ApiCall {
  return {
    type: 'pdd.erp.order.sync',
    params: {
      order_sn: report.orderNo,
      order_state: 1,
      waybill_no: report.trackingNo,
      logistics_id: logisticsId,
    },
  }
}

export function readCompanies(response: JsonObject): readonly Company[] {
  return objectsAt(response, 'logistics_companies').flatMap((company) => {
    const id = filledAt(company, 'id')
    if (id === null) return []
    const available = filledAt(company, 'available') !== '0'
    return [{ id, name: filledAt(company, 'logistics_company') ?? '', available }]
  })
}

/** What the platform knows of a shipment: `same` number taken, money `back`, shipped with `other` numbers only, or `waiting`. */
export type ShippedState = 'same' | 'back' | 'other' | 'waiting'

export function shippedState(info: JsonObject, report: ShipmentReport): ShippedState {
  const numbers = [
    filledAt(info, 'tracking_number'),
    ...objectsAt(info, 'extra_delivery_list').map((parcel) => filledAt(parcel, 'tracking_number')),
  ].filter((number) => number !== null)
  if (numbers.some((number) => trackingNo(number) === report.trackingNo)) return 'same'
  if (filledAt(info, 'refund_status') === '4') return 'back'
  const status = filledAt(info, 'order_status')
  return status === '2' || status === '3' ? 'other' : 'waiting'
}

function epochSeconds(instant: Instant): number {
  return Math.floor(instant.epochMilliseconds / 1000)
}
