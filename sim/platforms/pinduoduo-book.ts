import type { SimDeps, SimLine, SimOrder, SimWish } from '../platform.ts'
import { beijingText } from './carrier-server.ts'
import { digits, noteOf, pickAddress, pickLines, type SimAddress, specOf } from './channel-goods.ts'

/** An order as the platform keeps it. */
export type BookOrder = SimOrder & {
  updatedAt: Temporal.Instant
  shippedAt: Temporal.Instant | null
  /** Canonical carrier and number of the first parcel is `shipments[0]`; the rest are further parcels. */
  readonly logisticsIds: string[]
  readonly discountMinor: bigint
  readonly address: SimAddress
}

/** The platform's carriers: its id, its name, the hub's code. Its own table, so that a wrong id in the connector shows. */
export const COMPANIES: readonly (readonly [string, string, string])[] = [
  ['1', '申通快递', 'STO'],
  ['44', '顺丰快递', 'SF'],
  ['85', '圆通快递', 'YTO'],
  ['115', '中通快递', 'ZTO'],
  ['118', '邮政EMS', 'EMS'],
  ['120', '京东配送', 'JD'],
  ['121', '韵达快递', 'YUNDA'],
  ['131', '德邦快递', 'DEPPON'],
  ['132', '邮政快递包裹', 'POST'],
  ['384', '极兔速递', 'JT'],
]

export function newOrder({ clock, random }: SimDeps, wish?: SimWish): BookOrder {
  const now = clock.now()
  const day = beijingText(now).slice(2, 10).replaceAll('-', '')
  const lines = pickLines(random, 2, () => digits(random, 13), wish)
  const goods = lines.reduce((sum, line) => sum + line.priceMinor * BigInt(line.quantity), 0n)
  const discountMinor = random.next() < 0.5 ? 0n : 300n
  return {
    orderNo: `${day}-${digits(random, 15)}`,
    lines,
    currency: 'CNY',
    payableMinor: goods - discountMinor,
    placedAt: now,
    paidAt: null,
    cancelledAt: null,
    deliveredAt: null,
    shipments: [],
    updatedAt: now,
    shippedAt: null,
    logisticsIds: [],
    discountMinor,
    address: pickAddress(random, wish),
  }
}

/** The platform's clock of an order moves on with every change, by a second at least. */
export function touch(order: BookOrder, now: Temporal.Instant): void {
  const next = order.updatedAt.add({ seconds: 1 })
  order.updatedAt = Temporal.Instant.compare(now, next) > 0 ? now : next
}

const time = (at: Temporal.Instant | null): string => (at === null ? '' : beijingText(at))
const yuan = (minor: bigint): string => `${minor / 100n}.${(minor % 100n).toString().padStart(2, '0')}`

/** `order_info` as the platform answers it; names are ciphertext, and gone once the parcel left. */
export function orderInfo(order: BookOrder): Record<string, unknown> {
  const goods = order.payableMinor + order.discountMinor
  const waiting = order.shippedAt === null && order.cancelledAt === null && order.paidAt !== null
  return {
    order_sn: order.orderNo,
    order_status: order.deliveredAt !== null ? 3 : order.shippedAt !== null ? 2 : 1,
    refund_status: order.cancelledAt !== null && order.paidAt !== null ? 4 : 1,
    after_sales_status: order.cancelledAt !== null && order.paidAt !== null ? 10 : 0,
    confirm_status: order.cancelledAt !== null && order.paidAt === null ? 2 : order.paidAt === null ? 0 : 1,
    group_status: order.paidAt === null ? 0 : 1,
    risk_control_status: order.isUnderReview === true ? 1 : 0,
    trade_type: 0,
    created_time: time(order.placedAt),
    pay_time: time(order.paidAt),
    confirm_time: time(order.paidAt),
    shipping_time: time(order.shippedAt),
    receive_time: time(order.deliveredAt),
    updated_at: time(order.updatedAt),
    last_ship_time: time(order.paidAt?.add({ hours: 48 }) ?? null),
    goods_amount: yuan(goods),
    seller_discount: yuan(order.discountMinor),
    platform_discount: 0,
    capital_free_discount: '0.00',
    discount_amount: yuan(order.discountMinor),
    postage: 0,
    pay_amount: yuan(order.payableMinor),
    pay_type: 'WEIXIN',
    receiver_name: waiting ? `~AgAAAAJ${order.orderNo}name~` : '',
    receiver_phone: waiting ? `$AgAAAAJ${order.orderNo}phone$` : '',
    receiver_address: waiting ? `~AgAAAAJ${order.orderNo}address~` : '',
    country: '中国',
    ...order.address,
    item_list: order.lines.filter((line) => !isGift(line)).map(itemOf),
    gift_list: order.lines.filter(isGift).map(itemOf),
    remark: '',
    buyer_memo: noteOf(order.orderNo),
    logistics_id: Number(order.logisticsIds[0] ?? 0),
    tracking_number: order.shipments[0]?.trackingNo ?? '',
    extra_delivery_list: order.shipments.slice(1).map((shipment, index) => ({
      logistics_id: Number(order.logisticsIds[index + 1] ?? 0),
      tracking_number: shipment.trackingNo,
    })),
  }
}

/** What costs nothing comes as a gift, in a list of its own. */
function isGift({ priceMinor }: SimLine): boolean {
  return priceMinor === 0n
}

function itemOf(line: SimLine): Record<string, unknown> {
  return {
    goods_id: 600123456789,
    sku_id: line.lineId,
    goods_name: line.title,
    goods_spec: specOf(line.sku),
    goods_price: Number(line.priceMinor) / 100,
    goods_count: line.quantity,
    outer_id: line.sku,
  }
}
