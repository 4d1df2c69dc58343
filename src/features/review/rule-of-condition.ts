import type { Words } from '#domain/notice.ts'
import type { Instant } from '#kernel/clock.ts'
import { boolArray, int4Array, int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Fragment, fragment, runFragment } from '#platform/postgres/fragment.ts'
import { latestDue, type RuleSettings } from './core/settings.ts'
import type { Found, ReviewRule } from './rule.ts'

/** What a condition may use to read only what matters. */
export type Scope = {
  /** Troubles that began later are due nowhere; to be put where an index can use it. */
  readonly before: Instant
  /** Goes into the innermost `where`, over the key of the subject: those asked about, or those without a case. */
  readonly among: (key: Fragment) => Fragment
}

type Evidence = Found['evidence']
type Row = {
  readonly key: bigint
  readonly order_id: bigint | null
  readonly connection_id: string | null
  readonly since: Instant
  readonly deadline: Instant | null
  readonly evidence: Evidence
  readonly minutes: number
}

type Condition = Omit<ReviewRule, 'sweep' | 'stillTrue'> & {
  /** What a subject is: `order` makes `order:<key>`. */
  readonly about:
    | 'order'
    | 'intent'
    | 'message'
    | 'receipt'
    | 'parcel'
    | 'reshipment'
    | 'duplicate'
    | 'intercept'
    | 'dispute'
  /**
   * A `select` with the columns `key` (bigint), `order_id`, `connection_id`, `since`, `deadline` (timestamptz, may be null) and
   * `evidence` (jsonb, flat). One text says both what opens a case and what keeps it open, so that the two cannot part.
   */
  readonly condition: (scope: Scope) => Fragment
  /** One sentence that stays true while the case is open: no "now", no elapsed time. */
  readonly words: (found: { readonly minutes: number; readonly evidence: Evidence }) => Words
  /** Instead of the rule's own, where what was found names one. */
  readonly severityOf?: (evidence: Evidence) => Found['severity']
}

/** A rule whose trouble is a condition on rows: found and known to be over by the same SQL. */
export function ruleOfCondition({
  about,
  condition,
  words,
  severityOf = () => undefined,
  ...rule
}: Condition): ReviewRule {
  const subjectOf = (key: Fragment): Fragment => fragment`${`${about}:`}::text || ${key}`
  return {
    ...rule,
    sweep: async (sql, settings, now, limit) => {
      const before = latestDue(settings, now)
      if (before === null) return []
      const among = (key: Fragment): Fragment => withoutCase(rule.id, subjectOf(key), now)
      const rows = await readDue(sql, condition({ before, among }), { settings, now, limit })
      return rows.map((row) => {
        const severity = severityOf(row.evidence)
        return {
          subject: `${about}:${row.key}`,
          orderId: row.order_id,
          connectionId: row.connection_id,
          since: row.since,
          deadline: row.deadline,
          ...(severity === undefined ? {} : { severity }),
          words: words(row),
          evidence: row.evidence,
        }
      })
    },
    stillTrue: async (sql, settings, now, subjects) => {
      if (rule.record === true) return new Set(subjects)
      const before = latestDue(settings, now)
      if (before === null) return new Set()
      const keys = subjects.map((subject) => BigInt(subject.slice(about.length + 1)))
      const among = (key: Fragment): Fragment => fragment`${key} = any(${int8Array(keys)}::bigint[])`
      const rows = await readDue(sql, condition({ before, among }), { settings, now, limit: subjects.length })
      return new Set(rows.map((row) => `${about}:${row.key}`))
    },
  }
}

/** Two `not exists`, each on its own partial index: over one of both the planner reads the whole history of cases. */
function withoutCase(rule: string, subject: Fragment, now: Instant): Fragment {
  return fragment`not exists (
      select 1 from review_case c where c.rule = ${rule} and c.subject = ${subject} and c.state <> 'resolved'
    ) and not exists (
      select 1 from review_case c where c.rule = ${rule} and c.subject = ${subject} and c.state = 'resolved' and c.gone_at is null
        and (c.answered_until is null or c.answered_until > ${now}))`
}

async function readDue(
  sql: Sql,
  condition: Fragment,
  { settings, now, limit }: { settings: RuleSettings; now: Instant; limit: number },
): Promise<Row[]> {
  const own = [...settings.own]
  return await runFragment<Row>(
    sql,
    fragment`select t.key, t.order_id, t.connection_id, t.since, t.deadline, t.evidence,
      coalesce(own.minutes, ${settings.all.minutes}::int) as minutes
    from (${condition}) t
    left join unnest(${textArray(own.map(([id]) => id))}::text[], ${int4Array(own.map(([, one]) => one.minutes))}::int[],
      ${boolArray(own.map(([, one]) => one.active))}::bool[]) as own (connection_id, minutes, active)
      on own.connection_id = t.connection_id
    where coalesce(own.active, ${settings.all.active}::bool)
      and t.since <= ${now}::timestamptz - make_interval(mins => coalesce(own.minutes, ${settings.all.minutes}::int))
    order by t.since, t.key limit ${limit}`,
  )
}
