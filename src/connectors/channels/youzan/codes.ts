import type { CodeEntry } from '#domain/claim.ts'
import type { FactKind } from '#domain/fact.ts'

const entry = (code: string, fact: FactKind | 'none', zh: string, en: string): CodeEntry => ({
  code,
  fact,
  zh,
  en,
})

/** Why an order was closed; `status:TRADE_CLOSED/close_type:<number>`. 2 is a refund, all others end the order unfulfilled. */
const CLOSE_TYPES: readonly (readonly [string, string, string])[] = [
  ['1', '过期关闭', 'expired'],
  ['2', '标记退款', 'marked as refunded'],
  ['3', '订单取消', 'order cancelled'],
  ['4', '买家取消', 'cancelled by the buyer'],
  ['5', '卖家取消', 'cancelled by the seller'],
  ['6', '部分退款', 'partial refund'],
  ['10', '无法联系上买家', 'buyer out of reach'],
  ['11', '买家误拍或重拍', 'bought by mistake or twice'],
  ['12', '买家无诚意完成交易', 'buyer not serious'],
  ['13', '已通过银行线下汇款', 'paid by bank transfer elsewhere'],
  ['14', '已通过同城见面交易', 'dealt in person'],
  ['15', '已通过货到付款交易', 'paid on delivery elsewhere'],
  ['16', '已通过网上银行直接汇款', 'paid by online banking elsewhere'],
  ['17', '已经缺货无法交易', 'out of stock'],
]

/** Default readings of Youzan's codes. Sources: reference 8(c), 8(d); the list filter's TRADE_CLOSE is no payload value. */
export const CODES: readonly CodeEntry[] = [
  entry('created', 'placed', '订单创建', 'order created'),
  entry('pay_time', 'paid', '买家已付款', 'paid'),
  entry('status:WAIT_BUYER_PAY', 'none', '待付款', 'awaiting payment'),
  entry('status:TRADE_NO_CREATE_PAY', 'none', '未创建支付', 'no payment created'),
  entry('status:WAIT_PAY_RETURN', 'none', '等待支付确认', 'awaiting payment confirmation'),
  entry('status:TRADE_PAID', 'paid', '已支付(瞬时)', 'paid (momentary)'),
  entry('status:WAIT_CONFIRM', 'held', '待成团/待接单', 'awaiting group or acceptance'),
  entry('status:WAIT_GROUP', 'held', '待成团', 'awaiting group'),
  entry('status:WAIT_SELLER_SEND_GOODS', 'released', '待发货', 'awaiting shipment'),
  entry('status:WAIT_BUYER_CONFIRM_GOODS', 'dispatched', '已发货', 'shipped'),
  entry('status:TRADE_BUYER_SIGNED', 'delivered', '买家已签收', 'signed for'),
  entry('status:TRADE_SUCCESS', 'completed', '交易成功', 'completed'),
  entry('status:TRADE_CLOSED', 'cancelled', '交易关闭', 'closed'),
  entry('status:TRADE_CLOSED_BY_USER', 'cancelled', '买家关闭', 'closed by the buyer'),
  entry('status:TRADE_CLOSED/refund_state:12', 'refunded', '全额退款后关闭', 'closed after full refund'),
  ...CLOSE_TYPES.map(([type, zh, en]) =>
    entry(
      `status:TRADE_CLOSED/close_type:${type}`,
      type === '2' ? 'refunded' : 'cancelled',
      `关闭: ${zh}`,
      `closed: ${en}`,
    ),
  ),
  entry('refund_state:0', 'none', '无退款', 'no refund'),
  entry('refund_state:1', 'refund_requested', '部分退款中', 'partial refund in progress'),
  entry('refund_state:2', 'part_refunded', '部分退款成功', 'partially refunded'),
  entry('refund_state:11', 'refund_requested', '全额退款中', 'full refund in progress'),
  entry('refund_state:12', 'refunded', '全额退款成功', 'fully refunded'),
  entry('refund_order:1', 'refund_requested', '买家已申请退款', 'refund requested'),
  entry('refund_order:10', 'refund_closed', '卖家拒绝退款', 'refund refused'),
  entry('refund_order:20', 'none', '同意, 待退货', 'agreed, awaiting return'),
  entry('refund_order:30', 'none', '已退货, 待收货', 'returned, awaiting receipt'),
  entry('refund_order:40', 'none', '未收到货, 拒绝', 'not received, refused'),
  entry('refund_order:50', 'refund_closed', '退款关闭', 'refund closed'),
  entry('refund_order:60', 'part_refunded', '退款成功', 'refund done'),
  entry('delivery_order:0', 'none', '包裹待发', 'parcel not yet sent'),
  entry('delivery_order:1', 'part_dispatched', '一个包裹已发', 'one parcel sent'),
  ...[
    'trade_TradeCreate',
    'trade_TradePaid',
    'trade_TradeBuyerPay',
    'trade_TradePartlySellerShip',
    'trade_TradeSellerShip',
    'trade_TradeSuccess',
    'trade_TradeClose',
    'trade_TradeMemoModified',
    'trade_refund_RefundSuccess',
    'TRADE',
    'TRADE_ORDER_STATE',
    'ITEM_SKU_INFO',
    'SCRM_CUSTOMER_EVENT',
    'api_trade',
  ].map((type) =>
    entry(`type:${type}`, 'none', `消息 ${type}, 由其内容说明`, `type ${type}: its content speaks`),
  ),
]

export const KNOWN_TYPES: ReadonlySet<string> = new Set(
  CODES.filter(({ code }) => code.startsWith('type:')).map(({ code }) => code.slice('type:'.length)),
)
/** The full list of refund messages was not found: all of the family point at their order. */
export const REFUND_FAMILY = 'trade_refund_'

/** Canonical carrier to Youzan's company id, as far as the reference knows; the setting `carrierIds` adds and overrides. */
const COMPANY_IDS: Readonly<Record<string, string>> = {
  YTO: '2',
  ZTO: '3',
  YUNDA: '4',
  BEST: '6',
  POST: '8',
  SF: '42',
  ANE: '128',
}

/** The table with the operator's own entries (`JD=138;STO=1`) laid over it. */
export function companyIds(setting: string | undefined): ReadonlyMap<string, string> {
  const own = (setting ?? '').split(/[;,\s]+/).flatMap((pair) => {
    const [carrier, id] = pair.split('=')
    return carrier !== undefined && id !== undefined && /^\d+$/.test(id)
      ? [[carrier.toUpperCase(), id] as const]
      : []
  })
  return new Map([...Object.entries(COMPANY_IDS), ...own])
}

export function carrierOfCompany(id: string, setting: string | undefined): string {
  for (const [carrier, company] of companyIds(setting)) if (company === id) return carrier
  return `other:${id}`
}
