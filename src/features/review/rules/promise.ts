import { fragment } from '#platform/postgres/fragment.ts'
import { ruleOfCondition } from '../rule-of-condition.ts'

/** A ship-by promise of the order has entered its warning time, or is broken, and is not kept: one case for all of its promises. */
export const promiseAtRisk = ruleOfCondition({
  id: 'promise_at_risk',
  zh: '时效承诺告急',
  en: 'Promise at risk',
  minutes: 0,
  dueMinutes: 60,
  severity: 'critical',
  next: {
    zh: '先处理最早到期的；来不及就先向平台报备或联系买家',
    en: 'The earliest first; where it cannot be kept, tell the channel or the buyer before it breaks',
    action: 'open_order',
  },
  about: 'order',
  // Two arms, since each state has its own small index.
  condition: ({ before, among }) => fragment`
    select p.order_id as key, p.order_id, o.connection_id, min(p.warn_at) as since, min(p.due_at) as deadline,
      jsonb_build_object('orderNo', o.order_no, 'keeps', min(p.keeps), 'dueAt', min(p.due_at), 'broken', bool_or(p.broken)) as evidence
    from (
      select order_id, warn_at, due_at, keeps, false as broken from order_promise where state = 'running' and warn_at <= ${before}
      union all
      select order_id, warn_at, due_at, keeps, true from order_promise where state = 'breached'
    ) p
    join sales_order o on o.id = p.order_id
    where ${among(fragment`p.order_id`)}
    group by p.order_id, o.connection_id, o.order_no`,
  words: ({ evidence }) => {
    const [zh, en] = KEEPS[String(evidence.keeps)] ?? ['履约', 'being done']
    if (evidence.broken === true)
      return { zh: `时效承诺已违约，还没有${zh}`, en: `A promise is broken and still waits for ${en}` }
    return {
      zh: `时效承诺已到预警时间，还没有${zh}`,
      en: `A promise is in its warning time and still waits for ${en}`,
    }
  },
})

const KEEPS: Readonly<Record<string, readonly [string, string]>> = {
  waybill_issued: ['打单', 'the waybill'],
  dispatched: ['发出', 'the dispatch'],
  picked_up: ['揽收', 'the pick-up'],
  delivered: ['签收', 'the delivery'],
}
