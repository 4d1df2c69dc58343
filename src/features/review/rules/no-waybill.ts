import { fragment } from '#platform/postgres/fragment.ts'
import { ruleOfCondition } from '../rule-of-condition.ts'

/**
 * Paid, free to go, and no waybill stands. The status says the rest: a hold, an end or a waybill that was printed and not
 * voided makes another status. An order whose payment time nobody told counts from when it was placed.
 */
export const noWaybill = ruleOfCondition({
  id: 'no_waybill',
  zh: '付款后迟迟无面单',
  en: 'No waybill',
  minutes: 120,
  dueMinutes: 60,
  severity: 'warning',
  next: {
    zh: '先催仓库打单；若平台已显示发货，重新拉取订单',
    en: 'Ask the warehouse to print it; where the platform shows it as shipped, fetch the order again',
    action: 'refetch_order',
  },
  about: 'order',
  condition: ({ before, among }) => fragment`
    select o.id as key, o.id as order_id, o.connection_id, coalesce(o.paid_at, o.sort_at) as since, o.ship_by as deadline,
      jsonb_build_object('orderNo', o.order_no, 'paidAt', o.paid_at, 'shipBy', o.ship_by, 'afterSale', o.after_sale) as evidence
    from sales_order o
    where o.status = 'awaiting_shipment' and coalesce(o.paid_at, o.sort_at) <= ${before} and ${among(fragment`o.id`)}`,
  words: ({ minutes }) => ({
    zh: `付款已超过 ${spanZh(minutes)}，仍没有面单`,
    en: `Paid more than ${spanEn(minutes)} ago, and no waybill yet`,
  }),
})

function spanZh(minutes: number): string {
  return minutes % 60 === 0 && minutes > 0 ? `${minutes / 60} 小时` : `${minutes} 分钟`
}

function spanEn(minutes: number): string {
  return minutes % 60 === 0 && minutes > 0 ? `${minutes / 60} h` : `${minutes} min`
}
