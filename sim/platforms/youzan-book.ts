import type { SimDeps, SimOrder, SimWish } from '../platform.ts'
import { beijingText } from './carrier-server.ts'
import { digits, noteOf, pickAddress, pickLines, type SimAddress, specOf } from './channel-goods.ts'

export type YouzanParcel = {
  readonly oids: readonly string[]
  readonly companyId: string
  readonly trackingNo: string
}
/** The shop's own record: what `SimOrder` says, and what only Youzan knows. */
export type YouzanBookOrder = SimOrder & {
  address: SimAddress
  readonly isPlain: boolean
  postFee: bigint
  readonly discounts: ReadonlyMap<string, bigint>
  readonly buyerId: string
  updatedAt: Temporal.Instant
  consignedAt: Temporal.Instant | null
  readonly parcels: YouzanParcel[]
}

export function newYouzanOrder({ clock, random }: SimDeps, wish?: SimWish): YouzanBookOrder {
  const lines = pickLines(random, 2, () => `32${digits(random, 17)}`, wish)
  const isBare = wish?.isPlain === true
  const coupon = random.next() < 0.4 && !isBare
  const discounts = new Map(
    coupon ? lines.map((line) => [line.lineId, (line.priceMinor * BigInt(line.quantity)) / 20n]) : [],
  )
  const goods = lines.reduce((sum, line) => sum + line.priceMinor * BigInt(line.quantity), 0n)
  const off = [...discounts.values()].reduce((sum, amount) => sum + amount, 0n)
  const postFee = random.next() < 0.5 || isBare ? 0n : 600n
  const now = clock.now()
  return {
    orderNo: `E${beijingText(now).replace(/\D/g, '')}${digits(random, 9)}`,
    lines,
    discounts,
    postFee,
    address: pickAddress(random, wish),
    isPlain: wish?.isPlain === true,
    buyerId: `9${digits(random, 17)}`,
    currency: 'CNY',
    payableMinor: goods - off + postFee,
    placedAt: now,
    updatedAt: now,
    paidAt: null,
    cancelledAt: null,
    deliveredAt: null,
    consignedAt: null,
    shipments: [],
    parcels: [],
  }
}

export function statusOf(order: YouzanBookOrder): string {
  if (order.cancelledAt !== null) return 'TRADE_CLOSED'
  if (order.deliveredAt !== null) return 'TRADE_SUCCESS'
  if (order.consignedAt !== null) return 'WAIT_BUYER_CONFIRM_GOODS'
  return order.paidAt === null ? 'WAIT_BUYER_PAY' : 'WAIT_SELLER_SEND_GOODS'
}

/** The full order, as pushes and API answers carry it; money in yuan, times in China without offset. */
export function tradeJson(order: YouzanBookOrder): string {
  const refunded = order.cancelledAt !== null && order.paidAt !== null
  // A buyer's name always comes as the same ciphertext; one in a thousand orders is of somebody who bought before.
  const buyer = Buffer.from(order.buyerId.slice(0, 4)).toString('base64url')
  const closeType = order.cancelledAt === null ? 0 : refunded ? 2 : 4
  const trade = {
    full_order_info: {
      order_info: {
        tid: order.orderNo,
        status: statusOf(order),
        type: 0,
        express_type: 0,
        close_type: closeType,
        refund_state: refunded ? 12 : 0,
        created: beijingText(order.placedAt),
        update_time: beijingText(order.updatedAt),
        pay_time: textOf(order.paidAt),
        consign_time: textOf(order.consignedAt),
        success_time: textOf(order.deliveredAt),
      },
      pay_info: {
        total_fee: yuan(goodsOf(order)),
        post_fee: yuan(order.postFee),
        payment: yuan(order.payableMinor),
      },
      remark_info: { buyer_message: noteOf(order.orderNo), star: 0, trade_memo: '' },
      buyer_info: { buyer_id: `int:${order.buyerId}`, fans_nickname: '模拟买家' },
      address_info: {
        receiver_name: order.isPlain ? '李四' : `$${buyer}==$1$`,
        receiver_tel: order.isPlain ? '13800001234' : `$${buyer}cGhvbmU=$1$`,
        delivery_province: order.address.province,
        delivery_city: order.address.city,
        delivery_district: order.address.town,
        delivery_address: order.isPlain ? '文三路 1 号' : `$${buyer}YWRkcmVzcw==$1$`,
        delivery_postal_code: '',
      },
      orders: order.lines.map((line) => ({
        oid: line.lineId,
        item_id: 700,
        sku_id: 0,
        outer_item_id: line.sku,
        outer_sku_id: line.sku,
        title: line.title,
        sku_properties_name: JSON.stringify([{ k: '规格', v: specOf(line.sku) }]),
        num: line.quantity,
        price: yuan(line.priceMinor),
        total_fee: yuan(line.priceMinor * BigInt(line.quantity)),
        payment: yuan(line.priceMinor * BigInt(line.quantity) - (order.discounts.get(line.lineId) ?? 0n)),
        is_present: false,
      })),
    },
    refund_order: [],
    delivery_order: order.parcels.map((parcel, index) => ({
      pk_id: String(index + 1),
      express_state: 1,
      express_type: 0,
      oids: parcel.oids,
      dists: [
        {
          dist_id: String(index + 1),
          express_info: { express_id: Number(parcel.companyId), express_no: parcel.trackingNo },
        },
      ],
    })),
    order_promotion: promotionOf(order),
  }
  return JSON.stringify(trade).replace(/"int:(\d+)"/g, '$1')
}

function promotionOf(order: YouzanBookOrder): unknown {
  const off = [...order.discounts.values()].reduce((sum, amount) => sum + amount, 0n)
  const coupon = {
    promotion_type: 'coupon',
    promotion_title: '九五折券',
    discount_fee: yuan(off),
    coupon_id: '88001',
  }
  return {
    item_discount_fee: '0.00',
    order_discount_fee: yuan(off),
    item: [],
    order: off === 0n ? [] : [coupon],
  }
}

function goodsOf(order: YouzanBookOrder): bigint {
  return order.lines.reduce((sum, line) => sum + line.priceMinor * BigInt(line.quantity), 0n)
}

function yuan(fen: bigint): string {
  return `${fen / 100n}.${String(fen % 100n).padStart(2, '0')}`
}

function textOf(instant: Temporal.Instant | null): string {
  return instant === null ? '' : beijingText(instant)
}
