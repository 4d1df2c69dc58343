import { notesHider, withoutNotes } from '#domain/rule-privacy.ts'
import type { DecisionRecord } from '#domain/rulebook.ts'
import { decisionToJson, ruleInputToJson } from '#domain/rulebook-json.ts'
import type { Instant } from '#kernel/clock.ts'
import { instantArray, int4Array, int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Fragment, fragment, joinFragments, runFragment } from '#platform/postgres/fragment.ts'

/** One statement for all of them. Remarks are left out, whatever a rule made of them. */
export async function insertDecisions(sql: Sql, records: readonly DecisionRecord[]): Promise<void> {
  const rows = records.map((record) => ({
    record,
    written: decisionToJson(record.decision),
    hide: notesHider(record.input),
  }))
  const text = (of: (row: (typeof rows)[number]) => string | null) => textArray(rows.map(of))
  const jsons = (of: (row: (typeof rows)[number]) => unknown) =>
    text((row) => withoutNul(row.hide(JSON.stringify(of(row)))))
  await sql`
    insert into rule_decision (at, kind, set_id, version_id, number, arm, order_id, order_no, connection_id, outcome, code, reason_zh,
      reason_en, path, nodes, input, decision_values, actions, result)
    select at, kind, set_id, version_id, number, arm, order_id, order_no, connection_id, outcome, code, zh, en, path::jsonb,
      coalesce((select array_agg(step ->> 'node') from jsonb_array_elements(path::jsonb) step), '{}'),
      input::jsonb, decided::jsonb, actions::jsonb, result::jsonb
    from unnest(
      ${instantArray(records.map((one) => one.at))}::timestamptz[], ${text(({ record }) => record.chosen.kind)}::text[],
      ${int8Array(records.map((one) => one.chosen.setId))}::bigint[], ${int8Array(records.map((one) => one.chosen.versionId))}::bigint[],
      ${int4Array(records.map((one) => one.chosen.number))}::int[], ${text(({ record }) => record.chosen.arm)}::text[],
      ${int8Array(records.map((one) => one.orderId))}::bigint[], ${text(({ record }) => record.orderNo)}::text[],
      ${text(({ record }) => record.connection)}::text[], ${text(({ record }) => record.decision.outcome)}::text[],
      ${text(({ record }) => record.decision.reason?.code ?? null)}::text[],
      ${text(({ record }) => record.decision.reason?.words.zh ?? '')}::text[],
      ${text(({ record }) => record.decision.reason?.words.en ?? '')}::text[],
      ${jsons(({ written }) => written.path)}::text[], ${jsons(({ record }) => ruleInputToJson(withoutNotes(record.input)))}::text[],
      ${jsons(({ written }) => written.values)}::text[], ${jsons(({ written }) => written.actions)}::text[],
      ${text(({ record, hide }) => withoutNul(hide(JSON.stringify(record.result, bigintAsText))))}::text[]
    ) as d (at, kind, set_id, version_id, number, arm, order_id, order_no, connection_id, outcome, code, zh, en, path, input, decided,
      actions, result)`
}

function bigintAsText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}

/** PostgreSQL's jsonb holds no NUL; a buyer's remark may. */
function withoutNul(text: string): string {
  return text.includes('\\u0000') ? text.replace(/(?<!\\)((?:\\\\)*)\\u0000/g, '$1\\ufffd') : text
}

export type DecisionFilter = {
  /** Of the order or its beginning, from six characters on. */
  readonly orderNo: string | null
  readonly orderId: bigint | null
  readonly kind: string | null
  readonly setId: bigint | null
  readonly versionId: bigint | null
  readonly outcome: string | null
  readonly arm: string | null
  readonly node: string | null
  readonly from: Instant | null
  readonly to: Instant | null
}

export type DecisionRow = {
  readonly id: bigint
  readonly at: Instant
  readonly kind: string
  readonly set_id: bigint
  readonly set_name: string | null
  readonly version_id: bigint
  readonly number: number
  readonly arm: 'live' | 'gray'
  readonly order_id: bigint | null
  readonly order_no: string
  readonly connection_id: string
  readonly outcome: 'decided' | 'review'
  readonly code: string | null
  readonly reason_zh: string
  readonly reason_en: string
  readonly nodes: readonly string[]
  readonly decision_values: Record<string, unknown>
  readonly result: Record<string, unknown>
}
export type DecisionDetailRow = DecisionRow & {
  readonly path: unknown
  readonly input: unknown
  readonly actions: unknown
}

const COLUMNS = fragment`d.id, d.at, d.kind, d.set_id, s.name as set_name, d.version_id, d.number, d.arm, d.order_id, d.order_no,
  d.connection_id, d.outcome, d.code, d.reason_zh, d.reason_en, d.nodes, d.decision_values, d.result`

/** Newest first. */
export async function searchDecisions(
  sql: Sql,
  filter: DecisionFilter,
  below: bigint | null,
  limit: number,
): Promise<DecisionRow[]> {
  return await runFragment<DecisionRow>(
    sql,
    fragment`select ${COLUMNS} from rule_decision d left join rule_set s on s.id = d.set_id
      where ${joinFragments([fragment`(${below}::bigint is null or d.id < ${below})`, ...conditions(filter)], ' and ')}
      order by d.id desc limit ${limit}`,
  )
}

/** The beginning of a number finds its parts too; shorter ones would find half the table. */
const PREFIX_FROM = 6

function conditions(filter: DecisionFilter): Fragment[] {
  const found: Fragment[] = []
  const { orderNo } = filter
  if (orderNo !== null)
    found.push(
      orderNo.length < PREFIX_FROM
        ? fragment`d.order_no = ${orderNo}`
        : fragment`d.order_no like ${`${orderNo.replace(/[\\%_]/g, '\\$&')}%`}`,
    )
  if (filter.orderId !== null) found.push(fragment`d.order_id = ${filter.orderId}`)
  if (filter.kind !== null) found.push(fragment`d.kind = ${filter.kind}`)
  if (filter.setId !== null) found.push(fragment`d.set_id = ${filter.setId}`)
  if (filter.versionId !== null) found.push(fragment`d.version_id = ${filter.versionId}`)
  if (filter.outcome !== null) found.push(fragment`d.outcome = ${filter.outcome}`)
  if (filter.arm !== null) found.push(fragment`d.arm = ${filter.arm}`)
  if (filter.node !== null) found.push(fragment`d.nodes @> array[${filter.node}]::text[]`)
  // A decision is recorded within moments of being made: whole partitions stay unread. Told times may be older (a replay), never newer.
  if (filter.from !== null)
    found.push(fragment`d.at >= ${filter.from} and d.recorded_at >= ${filter.from.subtract({ minutes: 5 })}`)
  if (filter.to !== null) found.push(fragment`d.at < ${filter.to}`)
  return found
}

export async function readDecision(sql: Sql, id: bigint): Promise<DecisionDetailRow | null> {
  const [row] = await runFragment<DecisionDetailRow>(
    sql,
    fragment`select ${COLUMNS}, d.path, d.input, d.actions from rule_decision d left join rule_set s on s.id = d.set_id
      where d.id = ${id}`,
  )
  return row ?? null
}

export type ReviewShareRow = {
  readonly set_id: bigint
  readonly name: string
  readonly kind: string
  readonly decisions: bigint
  readonly reviews: bigint
  readonly code: string | null
}

/** Looked at per set and time: a busy set's last minutes say as much as its last hour. */
const SHARE_OF = 2_000

/** Undecided orders of the live versions since, of each set's newest 2,000 decisions, with the most frequent reason. */
export async function readReviewShares(sql: Sql, since: Instant): Promise<ReviewShareRow[]> {
  return await sql<ReviewShareRow>`
    select s.id as set_id, s.name, s.kind, count(*) as decisions, count(*) filter (where d.outcome = 'review') as reviews,
      mode() within group (order by d.code) filter (where d.outcome = 'review') as code
    from rule_set s cross join lateral (
      select version_id, outcome, code from rule_decision
      where set_id = s.id and recorded_at >= ${since} order by id desc limit ${SHARE_OF}
    ) d
    where s.active and d.version_id = s.live_version group by s.id, s.name, s.kind order by s.id`
}
