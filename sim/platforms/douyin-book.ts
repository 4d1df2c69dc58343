import type { SimDeps, SimOrder, SimWish } from '../platform.ts'
import { digits, noteOf, pickAddress, pickLines, type SimAddress, specOf } from './channel-goods.ts'
import { int64 } from './int64.ts'

export type BookParcel = {
  readonly trackingNo: string
  readonly companyCode: string
  readonly companyName: string
  readonly shippedAt: Temporal.Instant
  readonly lines: readonly { readonly lineId: string; readonly quantity: number }[]
}

/** An order as the platform keeps it. */
export type BookOrder = SimOrder & {
  updatedAt: Temporal.Instant
  readonly parcels: BookParcel[]
  readonly shopDiscount: bigint
  readonly platformDiscount: bigint
  readonly address: SimAddress
}

export const SHOP_ID = '4463790'

/** The platform's carriers: code, name, the hub's code. Its own table, so that a wrong code in the connector shows. */
export const COMPANIES: readonly (readonly [string, string, string])[] = [
  ['shunfeng', '顺丰速运', 'SF'],
  ['zhongtong', '中通快递', 'ZTO'],
  ['yuantong', '圆通速递', 'YTO'],
  ['yunda', '韵达速递', 'YUNDA'],
  ['shentong', '申通快递', 'STO'],
  ['jtexpress', '极兔速递', 'JT'],
  ['ems', 'EMS', 'EMS'],
  ['jd', '京东物流', 'JD'],
]

export function newOrder({ clock, random }: SimDeps, wish?: SimWish): BookOrder {
  const now = clock.now()
  const orderNo = digits(random, 19)
  // A quirk of the platform: one line of an order has the order's own number.
  const lines = pickLines(random, 2, (index) => (index === 0 ? orderNo : digits(random, 19)), wish)
  const goods = lines.reduce((sum, line) => sum + line.priceMinor * BigInt(line.quantity), 0n)
  const shopDiscount = random.next() < 0.5 ? 0n : 300n
  const platformDiscount = random.next() < 0.5 ? 0n : 500n
  return {
    orderNo,
    lines,
    currency: 'CNY',
    payableMinor: goods - shopDiscount - platformDiscount,
    placedAt: now,
    paidAt: null,
    cancelledAt: null,
    deliveredAt: null,
    shipments: [],
    parcels: [],
    updatedAt: now,
    shopDiscount,
    platformDiscount,
    address: pickAddress(random, wish),
  }
}

/** The platform's clock of an order moves on with every change, by a second at least. */
export function touch(order: BookOrder, now: Temporal.Instant): void {
  const next = order.updatedAt.add({ seconds: 1 })
  order.updatedAt = Temporal.Instant.compare(now, next) > 0 ? now : next
}

export const seconds = (at: Temporal.Instant | null): number =>
  at === null ? 0 : Math.floor(at.epochMilliseconds / 1000)

/** Pieces of a line that are still here. */
export function openQuantity(order: BookOrder, lineId: string): number {
  const ordered = order.lines.find((line) => line.lineId === lineId)?.quantity ?? 0
  const gone = order.parcels
    .flatMap(({ lines }) => lines)
    .filter((line) => line.lineId === lineId)
    .reduce((sum, line) => sum + line.quantity, 0)
  return ordered - gone
}

export function statusOf(order: BookOrder): number {
  if (order.cancelledAt !== null) return 4
  if (order.deliveredAt !== null) return 5
  if (order.paidAt === null) return 1
  if (order.parcels.length === 0) return 2
  return order.lines.every((line) => openQuantity(order, line.lineId) === 0) ? 3 : 101
}

/** `shop_order_detail` as the platform answers it. */
export function orderDetail(order: BookOrder): Record<string, unknown> {
  const status = statusOf(order)
  const refunded = order.cancelledAt !== null && order.paidAt !== null
  const goods = order.payableMinor + order.shopDiscount + order.platformDiscount
  return {
    order_id: order.orderNo,
    shop_id: Number(SHOP_ID),
    order_status: status,
    main_status: refunded ? 21 : status,
    order_type: 0,
    biz: 2,
    pay_type: 2,
    create_time: seconds(order.placedAt),
    pay_time: seconds(order.paidAt),
    ship_time: seconds(order.parcels.at(-1)?.shippedAt ?? null),
    finish_time: seconds(order.deliveredAt),
    update_time: seconds(order.updatedAt),
    exp_ship_time: seconds(order.paidAt?.add({ hours: 48 }) ?? null),
    cancel_reason: order.cancelledAt === null ? '' : '买家取消',
    order_amount: Number(goods),
    pay_amount: Number(order.payableMinor),
    post_amount: 0,
    promotion_amount: Number(order.shopDiscount + order.platformDiscount),
    promotion_shop_amount: Number(order.shopDiscount),
    promotion_platform_amount: Number(order.platformDiscount),
    promotion_talent_amount: 0,
    promotion_pay_amount: 0,
    buyer_words: noteOf(order.orderNo),
    seller_words: '',
    seller_remark_stars: 0,
    doudian_open_id: `1@#sim${order.orderNo}`,
    encrypt_post_receiver: `#sim${order.orderNo}#name#1#`,
    encrypt_post_tel: `$sim${order.orderNo}$tel$1$`,
    post_addr: {
      province: { id: '1', name: order.address.province },
      city: { id: '2', name: order.address.city },
      town: { id: '3', name: order.address.town },
      encrypt_detail: `#sim${order.orderNo}#detail#1#`,
    },
    logistics_info: order.parcels.map(parcelInfo),
    sku_order_list: order.lines.map((line, index) => lineInfo(order, line, index)),
  }
}

function parcelInfo(parcel: BookParcel): Record<string, unknown> {
  return {
    tracking_no: parcel.trackingNo,
    company: parcel.companyCode,
    company_name: parcel.companyName,
    ship_time: seconds(parcel.shippedAt),
    delivery_id: `sim-${parcel.trackingNo}`,
    product_info: parcel.lines.map(({ lineId, quantity }) => ({
      sku_order_id: lineId,
      product_count: quantity,
    })),
  }
}

/** The platform gives exact shares; the simulated one puts the whole discount on the first line. */
function lineInfo(
  order: BookOrder,
  line: BookOrder['lines'][number],
  index: number,
): Record<string, unknown> {
  const sum = line.priceMinor * BigInt(line.quantity)
  const [shop, platform] = index === 0 ? [order.shopDiscount, order.platformDiscount] : [0n, 0n]
  return {
    order_id: line.lineId,
    parent_order_id: order.orderNo,
    product_id_str: '3601234567890123456',
    sku_id: int64('1790001112223334445'),
    product_name: line.title,
    spec: [{ name: '规格', value: specOf(line.sku) }],
    code: line.sku,
    item_num: line.quantity,
    origin_amount: Number(line.priceMinor),
    sum_amount: Number(sum),
    pay_amount: Number(sum - shop - platform),
    promotion_shop_amount: Number(shop),
    promotion_platform_amount: Number(platform),
    given_product_type: '',
    after_sale_info: { after_sale_status: 0, after_sale_type: 0, refund_status: 0 },
  }
}
