import { fragment } from '#platform/postgres/fragment.ts'
import { ruleOfCondition, type Scope } from '../rule-of-condition.ts'

/** Cancelled or refunded, and the goods move or a printed waybill stands: the parcel has to be stopped by somebody. */
export const cancelledShipped = ruleOfCondition({
  id: 'cancelled_shipped',
  zh: '已取消仍发货',
  en: 'Shipped although cancelled',
  minutes: 0,
  dueMinutes: 30,
  severity: 'critical',
  next: {
    zh: '立即拦截包裹或作废面单；拦不下则联系买家',
    en: 'Stop the parcel or void the waybill now; where that fails, contact the buyer',
    action: 'open_order',
  },
  decision: true,
  about: 'order',
  condition: (scope) => openDrift(scope, 'cancelled_shipped'),
  words: ({ evidence }) =>
    evidence.cause === 'waybill_stands'
      ? {
          zh: '订单已取消或退款，打印的面单还没作废',
          en: 'Cancelled or refunded, and a printed waybill still stands',
        }
      : {
          zh: '订单已取消或退款，货物仍在途',
          en: 'Cancelled or refunded, and the goods are on their way',
        },
})

/** One says delivered, another says that it went back: money and stock hang on which is true. */
export const deliveredDrift = ruleOfCondition({
  id: 'delivered_drift',
  zh: '签收存疑',
  en: 'Delivery disputed',
  minutes: 30,
  dueMinutes: 240,
  severity: 'warning',
  next: {
    zh: '向承运商核实签收，对照时间线里双方的说法',
    en: 'Ask the carrier; the timeline shows what each of them says',
    action: 'open_order',
  },
  decision: true,
  about: 'order',
  condition: (scope) => openDrift(scope, 'delivered'),
  words: () => ({
    zh: '有人说已签收，有人说已退回或撤销签收',
    en: 'One source says delivered, another that it went back or was revoked',
  }),
})

function openDrift({ among }: Scope, field: 'cancelled_shipped' | 'delivered') {
  return fragment`
    select o.id as key, o.id as order_id, o.connection_id, coalesce(d.since, o.updated_at) as since, null::timestamptz as deadline,
      jsonb_build_object('orderNo', o.order_no, 'cause', d.cause) as evidence
    from drift d join sales_order o on o.id = d.order_id
    where d.field = ${field} and d.until is null and ${among(fragment`o.id`)}`
}
