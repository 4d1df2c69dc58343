import type { Instant } from '#kernel/clock.ts'
import { textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Fragment, fragment, joinFragments, runFragment } from '#platform/postgres/fragment.ts'

export const INTENT_STATES = ['pending', 'sending', 'unknown', 'done', 'refused', 'moot', 'dead'] as const

export type IntentFilter = {
  readonly states: readonly string[]
  readonly effect: string | null
  readonly connection: string | null
  readonly code: string | null
}
export type IntentRow = {
  readonly id: bigint
  readonly key: string
  readonly effect: string
  readonly connection_id: string
  readonly connection_kind: string | null
  readonly connection_name: string | null
  readonly order_id: bigint | null
  readonly order_no: string | null
  readonly state: string
  readonly attempts: number
  readonly not_before: Instant
  readonly last_code: string | null
  readonly last_detail: string | null
  readonly created_at: Instant
  readonly updated_at: Instant
}

/** Newest first, ids below `before`. */
export async function readIntents(
  sql: Sql,
  filter: IntentFilter,
  before: bigint | null,
  limit: number,
): Promise<IntentRow[]> {
  const conditions = joinFragments(
    [fragment`true`, ...conditionsOf(filter), ...(before === null ? [] : [fragment`i.id < ${before}`])],
    ' and ',
  )
  return await runFragment<IntentRow>(
    sql,
    fragment`select i.id, i.key, i.effect, i.connection_id, c.kind as connection_kind, c.name as connection_name, i.order_id,
      coalesce(o.order_no, i.payload ->> 'orderNo') as order_no, i.state, i.attempts, i.not_before, i.last_code, i.last_detail,
      i.created_at, i.updated_at
    from outbox_intent i left join connection c on c.id = i.connection_id left join sales_order o on o.id = i.order_id
    where ${conditions} order by i.id desc limit ${limit}`,
  )
}

export async function readIntentIds(sql: Sql, filter: IntentFilter, limit: number): Promise<bigint[]> {
  const conditions = joinFragments([fragment`true`, ...conditionsOf(filter)], ' and ')
  const rows = await runFragment<{ id: bigint }>(
    sql,
    fragment`select i.id from outbox_intent i where ${conditions} order by i.id desc limit ${limit}`,
  )
  return rows.map((row) => row.id)
}

function conditionsOf({ states, effect, connection, code }: IntentFilter): readonly Fragment[] {
  const [only] = states
  return [
    ...(only === undefined
      ? []
      : states.length === 1
        ? [fragment`i.state = ${only}`]
        : [fragment`i.state = any(${textArray(states)}::text[])`]),
    ...(effect === null ? [] : [fragment`i.effect = ${effect}`]),
    ...(connection === null ? [] : [fragment`i.connection_id = ${connection}`]),
    ...(code === null ? [] : [fragment`i.last_code = ${code}`]),
  ]
}

/** Counts per state, effect and last code; of what is done only the last day, since it is the bulk of the table. */
export async function readIntentSummary(
  sql: Sql,
  since: Instant,
): Promise<{ state: string; effect: string; code: string | null; count: bigint }[]> {
  return await sql`
    select state, effect, case when state in ('done', 'moot') then null else last_code end as code, count(*) as count
    from outbox_intent where state not in ('done', 'moot') or created_at >= ${since}
    group by 1, 2, 3 order by count desc, state, effect limit 500`
}

export type JobRow = {
  readonly id: bigint
  readonly kind: string
  readonly state: string
  readonly progress: bigint
  readonly total: bigint | null
  readonly result: unknown
  readonly error: string | null
  readonly attempts: number
  readonly created_by: string
  readonly created_at: Instant
  readonly updated_at: Instant
}

export async function readJobs(
  sql: Sql,
  filter: { kind: string | null; state: string | null },
  before: bigint | null,
  limit: number,
): Promise<JobRow[]> {
  const { kind, state } = filter
  return await sql<JobRow>`
    select id, kind, state, progress, total, result, error, attempts, created_by, created_at, updated_at from job
    where (${kind === null} or kind = ${kind ?? ''}) and (${state === null} or state = ${state ?? ''})
      and (${before === null} or id < ${before ?? 0n})
    order by id desc limit ${limit}`
}

export async function readJob(sql: Sql, id: bigint): Promise<JobRow | null> {
  const rows = await sql<JobRow>`
    select id, kind, state, progress, total, result, error, attempts, created_by, created_at, updated_at from job where id = ${id}`
  return rows[0] ?? null
}
