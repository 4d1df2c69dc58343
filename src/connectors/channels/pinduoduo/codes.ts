import type { CodeEntry } from '#domain/claim.ts'
import type { FactKind } from '#domain/fact.ts'

const entry = (code: string, fact: FactKind | 'none', zh: string, en: string): CodeEntry => ({
  code,
  fact,
  zh,
  en,
})

/** What a snapshot of an order (`pdd.order.information.get`) can say. */
const ORDER_CODES: readonly CodeEntry[] = [
  entry('created_time', 'placed', '下单时间', 'order created'),
  entry('pay_time', 'paid', '支付时间', 'paid in full'),
  entry('step_trade_status:1', 'none', '定金已付，尾款未付', 'deposit paid, balance open'),
  entry('confirm_status:0', 'held', '已支付，未成交', 'paid, not confirmed'),
  entry('group_status:0', 'held', '已支付，拼团中', 'paid, group not complete'),
  entry('group_status:2', 'cancelled', '拼团失败', 'group failed'),
  entry(
    'confirm_status:1',
    'released',
    '已成交、已成团、无风控',
    'confirmed, group complete, no risk review',
  ),
  entry('confirm_status:2', 'cancelled', '交易已取消', 'deal cancelled'),
  entry('risk_control_status:1', 'held', '风控审核中', 'under risk review'),
  entry('risk_control_status:0', 'released', '风控正常，待发货', 'risk review clear, waiting to ship'),
  entry('order_status:0', 'none', '发货状态异常', 'shipping state unknown to the platform'),
  entry('order_status:2', 'dispatched', '已发货待签收', 'shipped, not signed for'),
  entry('order_status:3', 'delivered', '已签收', 'signed for'),
  entry('extra_delivery', 'dispatched', '分包包裹', 'further parcel'),
  entry('gift_delivery', 'dispatched', '赠品包裹', 'gift parcel'),
  entry('resend_delivery', 'dispatched', '补发包裹', 'parcel sent again'),
  entry('refund_status:0', 'none', '售后状态异常', 'refund state unknown to the platform'),
  entry('refund_status:2', 'refund_requested', '售后处理中', 'after-sale open'),
  entry('refund_status:3', 'refund_requested', '退款中', 'refund under way'),
  entry('refund_status:4', 'refunded', '退款成功', 'refunded'),
]

const AFTER_SALES: readonly CodeEntry[] = (
  [
    ['2', 'refund_requested', '买家申请退款，待商家处理', 'refund asked for'],
    ['3', 'refund_requested', '退货退款，待商家处理', 'return and refund asked for'],
    ['4', 'refund_requested', '商家同意退款，退款中', 'merchant agreed, refund under way'],
    ['5', 'refund_requested', '平台同意退款，退款中', 'platform agreed, refund under way'],
    ['6', 'refund_requested', '驳回退款，待买家处理', 'refused, buyer to answer'],
    ['7', 'refund_requested', '已同意退货退款，待用户发货', 'return agreed, buyer to send'],
    ['8', 'refund_requested', '平台处理中', 'platform decides'],
    ['9', 'refund_closed', '平台拒绝退款，退款关闭', 'platform refused, closed'],
    ['10', 'refunded', '退款成功', 'refunded'],
    ['11', 'refund_closed', '买家撤销', 'withdrawn by buyer'],
    ['12', 'refund_closed', '买家逾期未处理，退款失败', 'buyer too late, closed'],
    ['13', 'refund_closed', '买家逾期，超过有效期', 'buyer too late, expired'],
    ['14', 'none', '换货补寄待商家处理', 'exchange: merchant to act'],
    ['15', 'none', '换货补寄待用户处理', 'exchange: buyer to act'],
    ['16', 'none', '换货补寄成功', 'exchange done'],
    ['17', 'none', '换货补寄失败', 'exchange failed'],
    ['18', 'none', '换货补寄待用户确认完成', 'exchange: buyer to confirm'],
    ['21', 'none', '待商家同意维修', 'repair asked for'],
    ['22', 'none', '待用户确认发货', 'repair: buyer to send'],
    ['24', 'none', '维修关闭', 'repair closed'],
    ['25', 'none', '维修成功', 'repaired'],
    ['27', 'none', '待用户确认收货', 'repair: buyer to confirm receipt'],
    ['31', 'refund_requested', '已同意拒收退款，待用户拒收', 'refund on refused delivery agreed'],
    ['32', 'none', '补寄待商家发货', 'reship: merchant to send'],
    ['33', 'refund_requested', '同意召回后退款，待商家召回', 'refund after recall agreed'],
  ] as const
).map(([value, fact, zh, en]) => entry(`after_sales_status:${value}`, fact, zh, en))

/** Push topics. Where the snapshot says the same with its own time, the topic itself claims nothing. */
const TOPICS: readonly CodeEntry[] = [
  entry('pdd_trade_TradeConfirmed', 'none', '交易确认', 'deal confirmed'),
  entry('pdd_trade_TradeSellerShip', 'none', '卖家发货', 'seller shipped'),
  entry('pdd_trade_TradeSuccess', 'completed', '交易成功', 'deal completed'),
  entry('pdd_trade_TradeLogisticsAddressChanged', 'none', '收货地址变更', 'address changed'),
  entry('pdd_trade_TradeRiskChanged', 'none', '订单审核状态变更', 'risk review changed'),
  entry('pdd_trade_TradeMemoModified', 'none', '商家备注变更', 'seller remark changed'),
  entry('pdd_trade_BuyerMemoModified', 'none', '买家留言变更', 'buyer remark changed'),
  entry('pdd_refund_RefundCreated', 'refund_requested', '售后单创建', 'after-sale opened'),
  entry('pdd_refund_RefundAgreeAgreement', 'none', '同意退款协议', 'refund terms agreed'),
  entry('pdd_refund_RefundClosed', 'refund_closed', '售后单关闭', 'after-sale closed'),
  entry('pdd_refund_RefundBuyerModifyAgreement', 'none', '买家修改退款协议', 'buyer changed terms'),
  entry('pdd_refund_RefundBuyerReturnGoods', 'none', '买家退货', 'buyer sent goods back'),
  entry('pdd_refund_RefundCreateMessage', 'none', '售后留言', 'after-sale message'),
]

/** Topics that speak of no order: read, and nothing follows. */
export const TOPICS_WITHOUT_ORDER: ReadonlySet<string> = new Set([
  'pdd_chat_OrderPromise',
  'pdd_goods_GoodsOnShelf',
  'pdd_goods_GoodsAdd',
  'pdd_goods_GoodsUpdate',
])

/** Values at rest: nothing has happened, no claim is made. */
export const RESTING: ReadonlySet<string> = new Set([
  'order_status:1',
  'refund_status:1',
  'after_sales_status:0',
  'step_trade_status:0',
  'step_trade_status:2',
])

export const codes: readonly CodeEntry[] = [...ORDER_CODES, ...AFTER_SALES, ...TOPICS]
