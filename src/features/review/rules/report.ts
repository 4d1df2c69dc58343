import { fragment } from '#platform/postgres/fragment.ts'
import { ruleOfCondition } from '../rule-of-condition.ts'

/** The channel refused the shipment (回传被拒): the buyer sees "not shipped" while the parcel is on its way. */
export const reportRefused = ruleOfCondition({
  id: 'report_refused',
  zh: '回传被拒绝',
  en: 'Report refused',
  minutes: 0,
  dueMinutes: 60,
  severity: 'critical',
  next: {
    zh: '看平台给的原因，改正后重新回传',
    en: "Read the platform's reason, put it right, then report again",
    action: 'report_again',
  },
  about: 'order',
  condition: ({ among }) => fragment`
    select o.id as key, o.id as order_id, o.connection_id, coalesce(i.updated_at, o.updated_at) as since, o.ship_by as deadline,
      jsonb_build_object('orderNo', o.order_no, 'code', i.last_code, 'words', left(i.last_detail, 300)) as evidence
    from sales_order o
    left join lateral (
      select updated_at, last_code, last_detail from outbox_intent
      where order_id = o.id and effect = 'report_shipment' and state = 'refused' order by id limit 1
    ) i on true
    where o.report = 'refused' and o.status not in ('cancelled', 'refunded') and ${among(fragment`o.id`)}`,
  words: ({ evidence }) => ({
    zh: `平台拒绝了发货回传${evidence.words === null ? '' : `：${evidence.words}`}`,
    en: `The channel refused the shipment${evidence.words === null ? '' : `: ${evidence.words}`}`,
  }),
})

/** Told, and nobody knows whether it arrived: given up as unknown, or still being asked after. */
export const reportUnknown = ruleOfCondition({
  id: 'report_unknown',
  zh: '回传结果不明',
  en: 'Report unknown',
  minutes: 15,
  dueMinutes: 60,
  severity: 'warning',
  next: {
    zh: '到平台后台核对是否已发货；未发货则重新回传（会先查询，不会重复）',
    en: "Look in the channel's own console whether it is shipped; if not, report again (it asks first, nothing is done twice)",
    action: 'report_again',
  },
  about: 'order',
  condition: ({ before, among }) => fragment`
    select o.id as key, o.id as order_id, o.connection_id, i.since, o.ship_by as deadline,
      jsonb_build_object('orderNo', o.order_no, 'code', i.last_code, 'attempts', i.attempts) as evidence
    from (
      select order_id, min(created_at) as since, min(last_code) as last_code, max(attempts) as attempts from outbox_intent
      where effect = 'report_shipment' and order_id is not null and created_at <= ${before}
        and (state = 'unknown' or (state = 'dead' and order_id in (select id from sales_order where report = 'unknown')))
      group by order_id
    ) i
    join sales_order o on o.id = i.order_id
    where o.report <> 'accepted' and o.status not in ('cancelled', 'refunded') and ${among(fragment`o.id`)}`,
  words: ({ minutes }) => ({
    zh: `回传已过 ${minutes} 分钟，仍不知道平台是否收到`,
    en: `Reported more than ${minutes} min ago, and nobody knows whether the channel took it`,
  }),
})
