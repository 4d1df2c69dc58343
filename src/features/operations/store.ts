import type { Instant } from '#kernel/clock.ts'
import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Fragment, fragment, joinFragments, runFragment } from '#platform/postgres/fragment.ts'

export const INTENT_STATES = ['pending', 'sending', 'unknown', 'done', 'refused', 'moot', 'dead'] as const
export const RETRYABLE = ['refused', 'dead', 'unknown', 'pending'] as const
export const DROPPABLE = ['pending', 'unknown', 'refused', 'dead'] as const

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

/**
 * Makes intents due again. What was refused starts afresh; what may have taken effect (`dead` after outages, `unknown`) stays
 * doubtful, so that the platform is asked before it is told a second time.
 */
export async function retryIntents(tx: Sql, ids: readonly bigint[], now: Instant): Promise<bigint[]> {
  const rows = await tx<{ id: bigint }>`
    with chosen as (
      select id from outbox_intent where id = any(${int8Array(ids)}::bigint[]) and state = any(${textArray(RETRYABLE)}::text[])
      order by id for update
    )
    update outbox_intent i set state = case when i.state in ('dead', 'unknown') then 'unknown' else 'pending' end,
      attempts = 0, not_before = ${now}, updated_at = ${now}
    from chosen where i.id = chosen.id returning i.id`
  return rows.map((row) => row.id)
}

/** Gives intents up for good; one that is being sent this moment is left alone. */
export async function dropIntents(
  tx: Sql,
  ids: readonly bigint[],
  reason: string,
  now: Instant,
): Promise<bigint[]> {
  const rows = await tx<{ id: bigint }>`
    with chosen as (
      select id from outbox_intent where id = any(${int8Array(ids)}::bigint[]) and state = any(${textArray(DROPPABLE)}::text[])
      order by id for update
    )
    update outbox_intent i set state = 'moot', last_code = 'outbox.dropped', last_detail = ${reason}, updated_at = ${now}
    from chosen where i.id = chosen.id returning i.id`
  return rows.map((row) => row.id)
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

/** True when the job was still to be done; its runner notices at its next heartbeat. */
export async function cancelJob(tx: Sql, id: bigint, now: Instant): Promise<boolean> {
  const rows = await tx`
    update job set state = 'cancelled', heartbeat_at = null, updated_at = ${now} where id = ${id} and state in ('queued', 'running') returning id`
  return rows.length > 0
}

/** True when the job had failed or been cancelled; it goes on from where it was. */
export async function resumeJob(tx: Sql, id: bigint, now: Instant): Promise<boolean> {
  const rows = await tx`
    update job set state = 'queued', error = null, attempts = 0, not_before = ${now}, updated_at = ${now}
    where id = ${id} and state in ('failed', 'cancelled') returning id`
  return rows.length > 0
}
