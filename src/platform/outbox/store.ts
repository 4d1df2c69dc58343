import { canonicalJson } from '#kernel/hash.ts'
import { AHEAD } from '../postgres/ahead.ts'
import { int8Array, textArray } from '../postgres/arrays.ts'
import type { Sql } from '../postgres/database.ts'

export type IntentState = 'pending' | 'sending' | 'unknown' | 'done' | 'refused' | 'moot' | 'dead'
export type NewIntent = {
  readonly key: string
  readonly effect: string
  readonly connection: string
  readonly orderId: bigint | null
  readonly payload: unknown
}
export type Intent = {
  readonly id: bigint
  readonly key: string
  readonly effect: string
  readonly connection: string
  readonly orderId: bigint | null
  readonly payload: Readonly<Record<string, unknown>>
  /** Attempts made before this one. */
  readonly attempts: number
  /** An earlier attempt may have taken effect: ask before doing it again. */
  readonly doubtful: boolean
}

/**
 * Adds intents that do not exist yet; the unique key makes a replay or a second worker harmless. They are due at once: what a process
 * whose clock is ahead wishes does not wait until the others' clocks are there.
 */
export async function newIntents(
  sql: Sql,
  drafts: readonly NewIntent[],
  now: Temporal.Instant,
): Promise<void> {
  const byKey = new Map(drafts.map((draft) => [draft.key, draft]))
  const rows = [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
  if (rows.length === 0) return
  await sql`
    insert into outbox_intent (key, effect, connection_id, order_id, payload, not_before, created_at, updated_at)
    select key, effect, connection_id, order_id, payload::jsonb, least(${now}::timestamptz, clock_timestamp()), ${now}, ${now} from unnest(
      ${textArray(rows.map((row) => row.key))}::text[], ${textArray(rows.map((row) => row.effect))}::text[],
      ${textArray(rows.map((row) => row.connection))}::text[], ${int8Array(rows.map((row) => row.orderId))}::bigint[],
      ${textArray(rows.map((row) => canonicalJson(row.payload)))}::text[]
    ) as draft (key, effect, connection_id, order_id, payload)
    where not exists (select 1 from outbox_intent known where known.key = draft.key)
    order by draft.key collate "C"
    on conflict (key) do nothing`
}

/**
 * Takes back intents of these orders that nobody has begun and that no fact asks for any more (two shops turned out to share
 * an order number, a mapping changed). What was begun stays: it may have happened.
 */
export async function withdrawIntents(
  sql: Sql,
  effect: string,
  orderIds: readonly bigint[],
  wanted: readonly string[],
): Promise<void> {
  if (orderIds.length === 0) return
  await sql`
    delete from outbox_intent
    where order_id = any(${int8Array(orderIds)}::bigint[]) and effect = ${effect} and state = 'pending' and attempts = 0
      and not key = any(${textArray(wanted)}::text[])`
}

/**
 * Takes due intents for one attempt and leases them: a process that dies leaves them in `sending`, which is doubtful once the
 * lease is over. Intents of the connections in `waiting` (paused, or busy enough) are left, and further attempts of those in
 * `noRetries`. A lease runs by the database's clock: a process whose own is hours off neither cuts another's short nor gives one
 * that is over at once, and the same call is never made by two. Goes from connection to connection along the index: the thousands that
 * wait behind one are not read for the sake of the others.
 */
export async function claimIntents(
  sql: Sql,
  now: Temporal.Instant,
  lease: Temporal.Duration,
  limit: number,
  waiting: readonly string[],
  noRetries: readonly string[] = [],
  owner: string | null = null,
): Promise<Intent[]> {
  const rows = await sql<{
    id: bigint
    key: string
    effect: string
    connection_id: string
    order_id: bigint | null
    payload: Record<string, unknown>
    attempts: number
    state: string
  }>`
    with recursive connection as (
      (select connection_id as id from outbox_intent where state in ('pending', 'sending', 'unknown') order by 1 limit 1)
      union all
      select (select min(i.connection_id) from outbox_intent i where i.state in ('pending', 'sending', 'unknown') and i.connection_id > connection.id)
      from connection where connection.id is not null
    ), due as (
      select next.id, next.state from connection cross join lateral (
        select id, state, not_before from outbox_intent
        where connection_id = connection.id and state in ('pending', 'sending', 'unknown') and not_before <= greatest(${now}, now())
          and not_before <= case state when 'sending' then now() else ${now} end
          and (attempts = 0 or not connection.id = any(${textArray(noRetries)}::text[]))
        order by not_before, id limit ${limit} for update skip locked) as next
      where connection.id is not null and not connection.id = any(${textArray(waiting)}::text[])
      order by next.not_before, next.id limit ${limit}
    )
    update outbox_intent o set state = 'sending', attempts = o.attempts + 1, owner = ${owner},
      not_before = now() + make_interval(secs => ${lease.total('seconds')}), updated_at = now()
    from due where o.id = due.id
    returning o.id, o.key, o.effect, o.connection_id, o.order_id, o.payload, o.attempts, due.state`
  return rows.map((row) => ({
    id: row.id,
    key: row.key,
    effect: row.effect,
    connection: row.connection_id,
    orderId: row.order_id,
    payload: row.payload,
    attempts: row.attempts - 1,
    doubtful: row.state !== 'pending',
  }))
}

/**
 * Ends the leases of owners who are not among the living; answers how many. The calls stay in doubt: whoever takes them asks first. Where
 * it is not certain that the owner ended, it may only have lost its database and still have the call under way: such a lease is
 * left until it is older than any single call lasts (`CALL_LASTS`).
 */
export async function freeIntents(
  sql: Sql,
  { living, ended }: { readonly living: readonly string[]; readonly ended: readonly string[] },
): Promise<number> {
  const rows = await sql`
    update outbox_intent set not_before = now()
    where state = 'sending' and not_before > now() and owner is not null and not owner = any(${textArray(living)}::text[])
      and (owner = any(${textArray(ended)}::text[]) or updated_at < now() - ${CALL_LASTS}::interval)
    returning id`
  return rows.length
}

/** A little longer than the longest time-out of a single call. */
const CALL_LASTS = '20 seconds'

/**
 * Writes how an attempt ended; `notBefore` only matters for states that are tried again. `attempts` puts the count back where
 * nothing was sent after all.
 */
export async function settleIntent(
  sql: Sql,
  id: bigint,
  end: {
    state: IntentState
    code: string | null
    detail: string | null
    notBefore?: Temporal.Instant
    attempts?: number
  },
  now: Temporal.Instant,
): Promise<void> {
  await sql`
    update outbox_intent set state = ${end.state}, last_code = ${end.code}, last_detail = ${end.detail?.slice(0, 1000) ?? null},
      not_before = ${end.notBefore ?? now}, updated_at = ${now}, attempts = coalesce(${end.attempts ?? null}::int, attempts)
    where id = ${id}`
}

/** How many intents stand in each state that still matters; `done` and `moot` are history and not counted here. */
export async function countStates(sql: Sql): Promise<Readonly<Record<string, number>>> {
  const rows = await sql<{ state: string; count: bigint }>`
    select state, count(*) as count from outbox_intent where state in ('pending', 'sending', 'unknown', 'refused', 'dead') group by state`
  return {
    pending: 0,
    sending: 0,
    unknown: 0,
    refused: 0,
    dead: 0,
    ...Object.fromEntries(rows.map((row) => [row.state, Number(row.count)])),
  }
}

export type Waiting = { readonly count: bigint; readonly oldest: Temporal.Instant }

/** Intents that are still to be carried out, by connection, and when the oldest of them was wished. */
export async function readWaiting(sql: Sql): Promise<Map<string, Waiting>> {
  const rows = await sql<Waiting & { connection_id: string }>`
    select connection_id, count(*) as count, min(created_at) as oldest from outbox_intent
    where state in ('pending', 'sending', 'unknown') group by connection_id`
  return new Map(rows.map(({ connection_id, count, oldest }) => [connection_id, { count, oldest }]))
}

/** Held back by a budget: nothing was sent, and nothing but the budget keeps it. */
const HELD_FOR_BUDGET = 'outward.rate_limited'

/** Intents that wait for their account's budget, by connection, and when the oldest of them was wished. */
export async function readHeldForBudget(sql: Sql): Promise<Map<string, Waiting>> {
  const rows = await sql<Waiting & { connection_id: string }>`
    select connection_id, count(*) as count, min(created_at) as oldest from outbox_intent
    where state in ('pending', 'unknown') and last_code = ${HELD_FOR_BUDGET} group by connection_id`
  return new Map(rows.map(({ connection_id, count, oldest }) => [connection_id, { count, oldest }]))
}

/** Makes those of these connections due now; answers how many. */
export async function wakeHeldForBudget(
  sql: Sql,
  connections: readonly string[],
  now: Temporal.Instant,
): Promise<number> {
  const rows = await sql`
    update outbox_intent set not_before = ${now}, updated_at = ${now}
    where state in ('pending', 'unknown') and last_code = ${HELD_FOR_BUDGET} and not_before > ${now}
      and connection_id = any(${textArray(connections)}::text[]) returning id`
  return rows.length
}

/**
 * Makes the orders' intents of one effect that were refused or given up due again; answers how many. One given up after outages
 * may have taken effect: it comes back doubtful, so that the other side is asked first.
 */
export async function reviveIntents(
  sql: Sql,
  effect: string,
  orderIds: readonly bigint[],
  now: Temporal.Instant,
): Promise<number> {
  const rows = await sql`
    update outbox_intent set state = case when state in ('unknown', 'dead') then 'unknown' else 'pending' end, attempts = 0, not_before = ${now}, updated_at = ${now}
    where order_id = any(${int8Array(orderIds)}::bigint[]) and effect = ${effect} and state in ('refused', 'dead', 'pending', 'unknown')
    returning id`
  return rows.length
}

/**
 * After the database was set back: an intent that looks as if it had never been sent may have been, so the other side is asked
 * first. Answers how many.
 */
export async function doubtPending(tx: Sql, now: Temporal.Instant): Promise<number> {
  const rows = await tx`
    update outbox_intent set state = 'unknown', not_before = ${now}, updated_at = ${now}
    where state in ('pending', 'sending') returning id`
  return rows.length
}

export const RETRYABLE = ['refused', 'dead', 'unknown', 'pending'] as const
export const DROPPABLE = ['pending', 'unknown', 'refused', 'dead'] as const

/**
 * Makes intents due again. What was refused starts afresh; what may have taken effect (`dead` after outages, `unknown`) stays
 * doubtful, so that the platform is asked before it is told a second time.
 */
export async function retryIntents(
  tx: Sql,
  ids: readonly bigint[],
  now: Temporal.Instant,
): Promise<bigint[]> {
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
  now: Temporal.Instant,
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

/**
 * Intents that wait by the word of a clock that was ahead (`AHEAD`, by the database's clock): they wait as long as was meant. What is
 * being sent is left alone: its lease is counted by the database's clock.
 */
export async function mendIntentTimes(sql: Sql): Promise<number> {
  const rows = await sql`
    update outbox_intent set not_before = not_before - (updated_at - clock_timestamp()), updated_at = clock_timestamp()
    where state in ('pending', 'unknown') and not_before > clock_timestamp()
      and updated_at > clock_timestamp() + ${AHEAD}::interval returning id`
  return rows.length
}
