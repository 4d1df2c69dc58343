import type { OrderContent } from '#domain/order.ts'
import { formatMoney, type Money } from '#kernel/money.ts'
import type { DerivedOrder } from './derive-order.ts'
import type { Parcel } from './parcels.ts'

/** The part of an order's record that only the detail view shows: JSON with money as text and instants in UTC. */
export function recordOf(derived: DerivedOrder, content: Partial<OrderContent>): unknown {
  return {
    trackingNos: derived.parcels.filter((parcel) => !parcel.void).map((parcel) => parcel.trackingNo),
    parcels: derived.parcels.map(parcelToJson),
    lines: (content.lines ?? []).map((line) => ({
      lineId: line.lineId,
      shopSku: line.shopSku,
      platformSkuId: line.platformSkuId,
      title: line.title,
      spec: line.spec,
      quantity: line.quantity,
      unitPrice: moneyToJson(line.unitPrice),
      paid: line.paid === null ? null : moneyToJson(line.paid),
      gift: line.gift,
    })),
    totals: content.totals === undefined ? null : totalsToJson(content.totals),
    notes: content.notes ?? null,
    buyer: content.buyer ?? null,
    promise: content.promise ?? null,
  }
}

function parcelToJson(parcel: Parcel): unknown {
  return {
    trackingNo: parcel.trackingNo,
    carrier: parcel.carrier,
    status: parcel.void ? 'void' : parcel.stage,
    trouble: parcel.trouble,
    waybillId: parcel.waybillId,
    batchNo: parcel.batchNo,
    deviceId: parcel.deviceId,
    issuedAt: parcel.issuedAt,
    dispatchedAt: parcel.dispatchedAt,
    pickedUpAt: parcel.pickedUpAt,
    deliveredAt: parcel.deliveredAt,
    lines: parcel.lines,
    facts: parcel.facts,
  }
}

function totalsToJson(totals: OrderContent['totals']): unknown {
  return {
    goods: moneyToJson(totals.goods),
    shipping: moneyToJson(totals.shipping),
    discount: moneyToJson(totals.discount),
    payable: moneyToJson(totals.payable),
    discounts: totals.discounts.map((discount) => ({ ...discount, amount: moneyToJson(discount.amount) })),
  }
}

function moneyToJson(amount: Money): { currency: string; amount: string } {
  return { currency: amount.currency, amount: formatMoney(amount) }
}
