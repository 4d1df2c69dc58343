import { fragment } from '#platform/postgres/fragment.ts'
import { ruleOfCondition } from '../rule-of-condition.ts'

/** Something that the hub owed the world was given up after all its tries. */
export const deadIntent = ruleOfCondition({
  id: 'dead_intent',
  zh: '外发已放弃',
  en: 'Given up sending',
  minutes: 0,
  dueMinutes: 120,
  severity: 'warning',
  next: {
    zh: '对方恢复后重试（会先查询，不会重复）；不再需要就放弃并写明原因',
    en: 'Retry once the other side is back (it asks first); drop it with a reason where it is not wanted any more',
    action: 'retry_intent',
  },
  about: 'intent',
  condition: ({ among }) => fragment`
    select i.id as key, i.order_id, i.connection_id, i.updated_at as since, null::timestamptz as deadline,
      jsonb_build_object('orderNo', i.payload ->> 'orderNo', 'effect', i.effect, 'code', i.last_code,
        'words', left(i.last_detail, 300), 'attempts', i.attempts) as evidence
    from outbox_intent i where i.state = 'dead' and ${among(fragment`i.id`)}`,
  words: ({ evidence }) => ({
    zh: `${effectZh(String(evidence.effect))}试了 ${evidence.attempts} 次后放弃${evidence.code === null ? '' : `（${evidence.code}）`}`,
    en: `${effectEn(String(evidence.effect))} was given up after ${evidence.attempts} tries${evidence.code === null ? '' : ` (${evidence.code})`}`,
  }),
})

const EFFECTS: Readonly<Record<string, readonly [string, string]>> = {
  report_shipment: ['发货回传', 'Reporting the shipment'],
  fetch_order: ['拉取订单', 'Fetching the order'],
}

function effectZh(effect: string): string {
  return EFFECTS[effect]?.[0] ?? `外发 ${effect} `
}

function effectEn(effect: string): string {
  return EFFECTS[effect]?.[1] ?? effect
}
