import type { CodeEntry } from '#domain/claim.ts'
import type { FactKind } from '#domain/fact.ts'

type Row = readonly [string, FactKind | 'none', string, string]
const entry = ([code, fact, zh, en]: Row): CodeEntry => ({ code, fact, zh, en })

/** What a snapshot of an order (`/order/orderDetail`, `/order/searchList`) can say. */
const ORDER_CODES: readonly Row[] = [
  ['create_time', 'placed', '下单时间', 'order created'],
  ['pay_time', 'paid', '支付时间', 'paid'],
  ['order_status:105', 'held', '已支付，平台处理中', 'paid, not yet released by the platform'],
  ['order_status:2', 'released', '备货中（待发货）', 'waiting to ship'],
  ['order_status:101', 'part_dispatched', '部分发货', 'partly shipped'],
  ['order_status:3', 'dispatched', '已发货（全部）', 'all shipped'],
  ['order_status:4', 'cancelled', '已取消', 'cancelled'],
  ['order_status:5', 'completed', '已完成（已收货）', 'completed, goods received'],
  ['logistics_info', 'dispatched', '包裹已发货', 'parcel shipped'],
  ['logistics_info:part', 'part_dispatched', '包裹已发货（内容未知）', 'parcel shipped, content not told'],
  ['main_status:103', 'none', '部分支付', 'partly paid'],
  ['main_status:21', 'refunded', '发货前退款完结', 'refunded before shipment'],
  ['main_status:22', 'refunded', '发货后退款完结', 'refunded after shipment'],
  ['main_status:39', 'refunded', '收货后退款完结', 'refunded after receipt'],
]

/** After-sale states of one line; for exchange, reship and repair (types 3, 7, 8) they are `exchange_status`. */
const AFTER_SALE: readonly Row[] = [
  ['after_sale_status:6', 'refund_requested', '售后申请，待商家同意', 'refund asked for'],
  ['after_sale_status:7', 'refund_requested', '待买家退货', 'buyer to send back'],
  ['after_sale_status:8', 'none', '待商家发货', 'merchant to send'],
  ['after_sale_status:11', 'refund_requested', '已退货，待商家二次同意', 'sent back, merchant to agree'],
  ['after_sale_status:12', 'part_refunded', '售后成功', 'line refunded'],
  ['after_sale_status:13', 'none', '待买家收货', 'buyer to receive'],
  ['after_sale_status:14', 'none', '换货/补寄/维修成功', 'exchange done'],
  ['after_sale_status:27', 'refund_closed', '商家一次拒绝', 'refused by merchant'],
  ['after_sale_status:28', 'refund_closed', '售后失败', 'after-sale failed'],
  ['after_sale_status:29', 'refund_closed', '商家二次拒绝', 'refused again by merchant'],
  ['after_sale_status:51', 'none', '订单取消成功', 'cancelled with the order'],
  ['after_sale_status:53', 'none', '逆向交易已完成', 'reverse deal complete'],
]
const EXCHANGE: readonly Row[] = AFTER_SALE.map(([code, , zh, en]) => [
  code.replace('after_sale_status', 'exchange_status'),
  'none',
  `${zh}（换货/补寄/维修）`,
  `${en} (exchange, reship, repair)`,
])

const TAGS: readonly Row[] = [
  ['tag:100', 'placed', '订单创建', 'order created'],
  ['tag:101', 'paid', '订单支付', 'order paid'],
  ['tag:102', 'dispatched', '卖家发货（全部）', 'seller shipped all'],
  ['tag:103', 'completed', '交易完成', 'deal completed'],
  ['tag:104', 'none', '物流信息变更', 'shipping details changed'],
  ['tag:105', 'none', '收货信息变更', 'address changed'],
  ['tag:106', 'cancelled', '订单取消', 'order cancelled'],
  ['tag:108', 'part_dispatched', '卖家部分发货', 'seller shipped a part'],
  ['tag:109', 'none', '订单金额修改', 'amount changed'],
  ['tag:110', 'none', '已支付待处理', 'paid, to be processed'],
  ['tag:111', 'none', '收货信息变更申请', 'address change asked for'],
  ['tag:113', 'none', '卖家备注', 'seller remark changed'],
  ['tag:126', 'none', '发货时效变更', 'shipping deadline changed'],
  ['tag:200', 'refund_requested', '发起售后', 'after-sale opened'],
  ['tag:201', 'none', '同意退款', 'refund agreed'],
  ['tag:202', 'none', '同意退货', 'return agreed'],
  ['tag:203', 'none', '买家退货', 'buyer sent goods back'],
  ['tag:204', 'refund_closed', '拒绝退款', 'refund refused'],
  ['tag:205', 'refund_closed', '拒绝退货', 'return refused'],
  ['tag:206', 'part_refunded', '退款成功', 'refund paid'],
  ['tag:207', 'refund_closed', '售后关闭', 'after-sale closed'],
  ['tag:208', 'none', '售后修改', 'after-sale changed'],
  ['tag:209', 'none', '售后超时时长变更', 'after-sale deadline changed'],
  ['tag:211', 'none', '确认换货并二次发货', 'exchange confirmed'],
  ['tag:224', 'none', '特殊权益售后', 'special-right after-sale'],
  ['tag:225', 'none', '特殊权益退款成功', 'special-right refund paid'],
  ['tag:226', 'none', '补寄商家发货', 'reship sent'],
  ['tag:227', 'none', '同意补寄', 'reship agreed'],
  ...[212, 213, 214, 215, 216, 217, 218].map(
    (tag): Row => [`tag:${tag}`, 'none', '客服仲裁', 'customer service arbitration'],
  ),
]

/** Tags that speak of no order: read, and nothing follows. 0 is the platform's check of our URL. */
export const TAGS_WITHOUT_ORDER: ReadonlySet<string> = new Set(['0', '400', '417'])

/** Values at rest: nothing has happened, no claim is made. */
export const RESTING: ReadonlySet<string> = new Set([
  'order_status:1',
  'after_sale_status:0',
  'exchange_status:0',
])

/** main_status values that say more than order_status; the others repeat it. */
export const MAIN_STATUS_OWN: ReadonlySet<string> = new Set(['103', '21', '22', '39'])
export const MAIN_STATUS_REPEATED: ReadonlySet<string> = new Set(['1', '105', '2', '101', '3', '4', '5'])

/** After-sale types that move goods, not money: exchange, reship, repair. */
export const EXCHANGE_TYPES: ReadonlySet<string> = new Set(['3', '7', '8'])

export const codes: readonly CodeEntry[] = [...ORDER_CODES, ...AFTER_SALE, ...EXCHANGE, ...TAGS].map(entry)
