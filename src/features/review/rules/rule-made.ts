import { fragment } from '#platform/postgres/fragment.ts'
import { ruleOfCondition } from '../rule-of-condition.ts'

/** A rule or a person holds an order, and nobody has released it. */
export const ruleHold = ruleOfCondition({
  id: 'rule_hold',
  zh: '审单拦截',
  en: 'Held by review',
  minutes: 0,
  dueMinutes: 120,
  severity: 'warning',
  next: {
    zh: '看拦截原因，处理好后在订单里放行；拦错了就改审单规则',
    en: 'See why, settle it and release the order; where the rule is wrong, change the rule',
    action: 'open_order',
  },
  about: 'order',
  condition: ({ before, among }) => fragment`
    select h.order_id as key, h.order_id, o.connection_id, min(h.at) as since, o.ship_by as deadline,
      jsonb_build_object('orderNo', o.order_no, 'reason', (array_agg(left(h.reason, 300) order by h.id))[1], 'by', min(h.placed_by_kind),
        'holds', count(*)) as evidence
    from plan_hold h join sales_order o on o.id = h.order_id
    where h.released_at is null and h.at <= ${before} and o.status in ('pending_payment', 'on_hold', 'awaiting_shipment', 'partially_shipped')
      and ${among(fragment`h.order_id`)}
    group by h.order_id, o.connection_id, o.order_no, o.ship_by`,
  words: ({ evidence: { reason, holds } }) => {
    const more = Number(holds ?? 1) - 1
    return {
      zh: `订单被拦下：${reason}${more > 0 ? `，另有 ${more} 个原因` : ''}`,
      en: `the order is held: ${reason}${more > 0 ? `, and ${more} more reasons` : ''}`,
    }
  },
})

/** Review rules asked for somebody to look. */
export const ruleCase = ruleOfCondition({
  id: 'rule_case',
  zh: '规则待办',
  en: 'Asked for by a rule',
  minutes: 0,
  dueMinutes: 240,
  severity: 'warning',
  next: {
    zh: '按规则写明的原因查看订单',
    en: 'Look at the order for the reason that the rule names',
    action: 'open_order',
  },
  about: 'order',
  condition: ({ before, among }) => fragment`
    select m.order_id as key, m.order_id, m.connection_id, min(m.since) as since, null::timestamptz as deadline,
      jsonb_build_object('orderNo', min(m.order_no), 'reason', string_agg(m.words, '; ' order by m.node),
        'severity', (array_agg(m.severity order by case m.severity when 'critical' then 0 when 'warning' then 1 else 2 end))[1]) as evidence
    from order_mark m where m.what = 'case' and m.since <= ${before} and ${among(fragment`m.order_id`)}
    group by m.order_id, m.connection_id`,
  severityOf: ({ severity }) =>
    severity === 'info' || severity === 'critical' || severity === 'warning' ? severity : undefined,
  words: ({ evidence: { reason } }) => ({ zh: String(reason), en: String(reason) }),
})
