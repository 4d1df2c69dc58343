import { CARRIERS, carrierFromWords, isCarrierCode } from '#domain/carrier.ts'
import type { CodeEntry } from '#domain/claim.ts'
import type { FactKind } from '#domain/fact.ts'

const entry = (code: string, fact: FactKind | 'none', zh: string, en: string): CodeEntry => ({
  code,
  fact,
  zh,
  en,
})

/** Default readings of Shopify's codes. Sources: reference 10(c), 10(d); shipment states from the platform's enum pages. */
export const CODES: readonly CodeEntry[] = [
  entry('created_at', 'placed', '订单创建', 'order created'),
  entry('cancelled_at', 'cancelled', '订单取消', 'order cancelled'),
  entry('closed_at', 'completed', '订单归档', 'order closed (archived)'),
  entry('refund:money', 'part_refunded', '退款到账', 'money refunded'),
  entry('refund:restock', 'none', '退货入库登记, 无退款', 'restock without money'),

  entry('financial_status:pending', 'none', '待付款', 'payment pending'),
  entry('financial_status:authorized', 'none', '已授权未扣款', 'authorized, not captured'),
  entry('financial_status:partially_paid', 'none', '部分付款', 'partially paid'),
  entry('financial_status:paid', 'paid', '已付款', 'paid'),
  // Paid before, and some of it given back: the giving back is `refund:money`, with its own time.
  entry('financial_status:partially_refunded', 'paid', '已付款, 部分退款', 'paid, partially refunded'),
  entry('financial_status:refunded', 'refunded', '已全额退款', 'fully refunded'),
  entry('financial_status:voided', 'none', '授权作废', 'authorization voided'),
  entry('financial_status:expired', 'none', '授权过期', 'authorization expired'),

  // The parts are `fulfillment:success`, each with its own time and number.
  entry('fulfillment_status:partial', 'part_dispatched', '部分发货', 'partially fulfilled'),
  entry('fulfillment_status:fulfilled', 'dispatched', '全部发货', 'fulfilled'),
  entry('fulfillment_status:restocked', 'none', '已退回库存', 'restocked'),
  entry('fulfillment_status:open', 'none', '履约单已开启', 'open'),
  entry('fulfillment_status:in_progress', 'none', '履约处理中', 'in progress'),
  entry('fulfillment_status:pending_fulfillment', 'none', '等待履约', 'pending fulfillment'),
  entry('fulfillment_status:scheduled', 'none', '已排期', 'scheduled'),
  entry('fulfillment_status:request_declined', 'none', '履约请求被拒', 'fulfillment request declined'),
  // Shopify tells no release of it, and a hold that nothing lifts would stand for ever.
  entry('fulfillment_status:on_hold', 'none', '履约暂停', 'on hold'),

  entry('fulfillment:success', 'part_dispatched', '一个包裹发货', 'one parcel fulfilled'),
  entry('fulfillment:pending', 'none', '发货处理中', 'fulfillment pending'),
  entry('fulfillment:open', 'none', '发货处理中', 'fulfillment open'),
  entry('fulfillment:cancelled', 'none', '发货已撤销', 'fulfillment cancelled'),
  entry('fulfillment:error', 'none', '发货出错', 'fulfillment error'),
  entry('fulfillment:failure', 'none', '发货失败', 'fulfillment failure'),

  entry('shipment_status:label_purchased', 'none', '面单已购买', 'label purchased'),
  entry('shipment_status:label_printed', 'none', '面单已打印', 'label printed'),
  entry('shipment_status:label_voided', 'waybill_cancelled', '面单作废', 'label voided'),
  entry('shipment_status:confirmed', 'none', '承运商已确认', 'confirmed by carrier'),
  entry('shipment_status:submitted', 'none', '已提交', 'submitted'),
  entry('shipment_status:fulfilled', 'none', '已发货', 'fulfilled'),
  entry('shipment_status:marked_as_fulfilled', 'none', '已标记发货', 'marked as fulfilled'),
  entry('shipment_status:canceled', 'none', '已撤销', 'canceled'),
  entry('shipment_status:carrier_picked_up', 'picked_up', '承运商已揽收', 'picked up by carrier'),
  entry('shipment_status:in_transit', 'in_transit', '运输中', 'in transit'),
  entry('shipment_status:delayed', 'exception', '延误', 'delayed'),
  entry('shipment_status:out_for_delivery', 'out_for_delivery', '派送中', 'out for delivery'),
  entry('shipment_status:attempted_delivery', 'delivery_failed', '派送未成功', 'delivery attempted'),
  entry('shipment_status:ready_for_pickup', 'ready_for_pickup', '待自提', 'ready for pickup'),
  entry('shipment_status:picked_up', 'delivered', '买家已取件', 'picked up by the buyer'),
  entry('shipment_status:delivered', 'delivered', '已妥投', 'delivered'),
  entry('shipment_status:not_delivered', 'delivery_failed', '未妥投', 'not delivered'),
  entry('shipment_status:failure', 'exception', '运输失败', 'shipment failed'),

  ...[
    'orders/create',
    'orders/paid',
    'orders/updated',
    'orders/edited',
    'orders/cancelled',
    'orders/fulfilled',
    'orders/partially_fulfilled',
    'orders/delete',
    'order_transactions/create',
    'refunds/create',
    'fulfillments/create',
    'fulfillments/update',
    'inventory_levels/update',
    'app/uninstalled',
    'bulk_operations/finish',
    'customers/data_request',
    'customers/redact',
    'shop/redact',
    'graphql/order',
  ].map((topic) =>
    entry(`topic:${topic}`, 'none', `消息 ${topic}, 由其内容说明`, `topic ${topic}: its content speaks`),
  ),
]

export const KNOWN_TOPICS: ReadonlySet<string> = new Set(
  CODES.filter(({ code }) => code.startsWith('topic:')).map(({ code }) => code.slice('topic:'.length)),
)
/** Families that the reference names with a star. */
export const KNOWN_TOPIC_FAMILIES: readonly string[] = ['fulfillment_orders/', 'returns/']

/**
 * Canonical carrier to the name that Shopify links to a tracking page (case-sensitive). Any other carrier is sent under its
 * own name, without a link: the full list was not found in the reference.
 */
const COMPANY_NAMES: Readonly<Record<string, string>> = {
  SF: 'SF Express',
  POST: 'China Post',
  DHL: 'DHL Express',
  FEDEX: 'FedEx',
}

export function companyOfCarrier(carrier: string): string {
  return (
    COMPANY_NAMES[carrier] ?? (isCarrierCode(carrier) ? CARRIERS[carrier] : carrier.replace(/^other:/, ''))
  )
}

/** The canonical carrier behind a company's name, or the name itself behind `other:`. */
export function carrierOfCompany(name: string): string {
  return carrierFromWords(name) ?? `other:${name.trim()}`
}
