import { fragment } from '#platform/postgres/fragment.ts'
import { ruleOfCondition } from '../rule-of-condition.ts'

/** Kept on disk while the database was away, and the hub knows the same message with another content: two truths on record. */
export const spoolConflict = ruleOfCondition({
  id: 'spool_conflict',
  zh: '应急恢复冲突',
  en: 'Recovery conflict',
  minutes: 0,
  dueMinutes: 240,
  severity: 'warning',
  next: {
    zh: '对照两份内容，确认以哪一份为准',
    en: 'Compare the two contents and settle which one holds',
    action: 'open_emergency',
  },
  decision: true,
  record: true,
  about: 'receipt',
  condition: ({ among }) => fragment`
    select r.id as key, o.id as order_id, r.connection_id, r.merged_at as since, null::timestamptz as deadline,
      jsonb_build_object('orderNo', r.order_no, 'message', r.message_id, 'file', r.file) as evidence
    from spool_receipt r
    left join sales_order o on o.connection_id = r.connection_id and o.order_no = r.order_no
    where r.outcome = 'conflict' and ${among(fragment`r.id`)}`,
  words: () => ({
    zh: '应急期间存盘的报文与库里同键报文内容不同',
    en: 'A message kept on disk contradicts the one of the same key in the database',
  }),
})
