import type { Instant } from '#kernel/clock.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import { type Ask, afterThrottle, FACTOR_MIN, type Grant, type Limit } from '../core/budget.ts'

/** What an ask brought, and what the process must know to go on alone when the database is away. */
export type Granted = Grant & {
  /** The limit as set, and the share of it in use. */
  readonly limit: Limit
  readonly factor: number
  readonly blockedMs: number
}

type GrantRow = {
  readonly urgent: number
  readonly routine: number
  readonly wait_ms: number
  readonly per_second: number
  readonly burst: number
  readonly eff: number
  readonly blocked_ms: number
}

/**
 * Takes tokens of an account, for all processes in one row update: `takeTokens` of `core/budget.ts` in SQL. The database's own
 * clock counts, so that clocks of processes may differ; it is read after the row is locked. `at` stands in for it in tests.
 */
export async function takeFromBudget(
  sql: Sql,
  account: string,
  usual: Limit,
  ask: Ask,
  at: Instant | null = null,
): Promise<Granted> {
  const [row] = await take(sql, account, usual, ask, at)
  if (row !== undefined) return grantedOf(row)
  await sql`
    insert into rate_budget (account, tat, factor_at) values (${account}, 'epoch', coalesce(${at}::timestamptz, now()))
    on conflict (account) do nothing`
  const [first] = await take(sql, account, usual, ask, at)
  if (first === undefined) throw new Error(`budget ${account} vanished`)
  return grantedOf(first)
}

async function take(sql: Sql, account: string, usual: Limit, ask: Ask, at: Instant | null) {
  return await sql<GrantRow>`
    with locked as materialized (
      select b.tat, b.factor, b.factor_at, b.blocked_until,
        coalesce(l.per_second, ${usual.perSecond}::float8) as per_second, coalesce(l.burst, ${usual.burst}::int)::float8 as burst
      from rate_budget b left join rate_limit l on l.account = b.account
      where b.account = ${account} for update of b
    ), timed as materialized (
      select *, coalesce(${at}::timestamptz, clock_timestamp()) as now from locked
    ), shared as (
      select *, least(1, factor + 0.05 * greatest(0, floor(extract(epoch from now - factor_at)::float8 / 10))) as eff from timed
    ), allowed as (
      select *, per_second * eff as rate, greatest(1, burst * eff) as most from shared
    ), deep as (
      select *, most - rate * least(0.1, (most - 1) / rate / 2) as depth,
        greatest(0, extract(epoch from tat - now)::float8) * rate as used,
        greatest(0, coalesce(extract(epoch from blocked_until - now)::float8, 0)) * 1000 as blocked_ms
      from allowed
    ), given as (
      select *, greatest(1, depth * 0.8) as routine_depth,
        case when blocked_ms > 0 then 0
          else least(${ask.urgent}::float8, greatest(0, floor(depth - used + 1e-6))) end as urgent
      from deep
    ), full_grant as (
      select *, case when blocked_ms > 0 then 0
        else least(${ask.routine}::float8, greatest(0, floor(routine_depth - used - urgent + 1e-6))) end as routine
      from given
    ), told as (
      select *, case when blocked_ms > 0 then blocked_ms else greatest(0, coalesce(least(
        case when urgent < ${ask.urgent}::float8 then used + urgent + routine + 1 - depth end,
        case when routine < ${ask.routine}::float8 then used + urgent + routine + 1 - routine_depth end), 0)) / rate * 1000 end as wait_ms
      from full_grant
    )
    update rate_budget b set tat = case when t.urgent + t.routine = 0 then b.tat
      else greatest(b.tat, t.now) + make_interval(secs => ceil((t.urgent + t.routine) / t.rate * 1000000) / 1000000) end
    from told t where b.account = ${account}
    returning t.urgent, t.routine, t.wait_ms, t.per_second, t.burst, t.eff, t.blocked_ms`
}

function grantedOf(row: GrantRow): Granted {
  return {
    urgent: row.urgent,
    routine: row.routine,
    waitMs: row.wait_ms,
    limit: { perSecond: row.per_second, burst: row.burst },
    factor: row.eff,
    blockedMs: row.blocked_ms,
  }
}

/** The platform said "too many" to one of our calls. Answers the share of the rate from now on. */
export async function slowBudget(
  db: Database,
  account: string,
  retryAfterMs: number,
  isLesson = true,
): Promise<number> {
  return await db.begin(async (tx) => {
    const [row] = await tx<{
      factor: number
      factor_at: Instant
      blocked_until: Instant | null
      now: Instant
    }>`
      select factor, factor_at, blocked_until, clock_timestamp() as now from rate_budget where account = ${account} for update`
    if (row === undefined) return 1
    const next = afterThrottle(
      {
        tat: 0,
        factor: row.factor,
        factorAt: row.factor_at.epochMilliseconds,
        blockedUntil: row.blocked_until?.epochMilliseconds ?? null,
      },
      Math.ceil(retryAfterMs),
      row.now.epochMilliseconds,
      isLesson,
    )
    await tx`
      update rate_budget set factor = ${Math.max(FACTOR_MIN, next.factor)}, refused = refused + 1,
        factor_at = ${Temporal.Instant.fromEpochMilliseconds(next.factorAt)},
        blocked_until = ${next.blockedUntil === null ? null : Temporal.Instant.fromEpochMilliseconds(next.blockedUntil)}
      where account = ${account}`
    return next.factor
  })
}

/**
 * The limit has changed: what is used of the bucket stays used, but fills again at the new rate. Without that an account whose limit
 * was a call an hour would stay closed for hours after it was raised. `from` null: nobody knows it any more, the bucket is full.
 */
export async function rescaleBudget(sql: Sql, account: string, from: Limit | null, to: Limit): Promise<void> {
  const used = from?.perSecond ?? 0
  await sql`
    update rate_budget set tat = n.now + make_interval(secs => least(
      greatest(0, extract(epoch from tat - n.now)::float8) * ${used}::float8, ${to.burst}::float8) / ${to.perSecond}::float8)
    from (select clock_timestamp() as now) n where account = ${account}`
}

/** Adds calls that had to wait. */
export async function addWaited(sql: Sql, account: string, waited: number): Promise<void> {
  await sql`update rate_budget set waited = waited + ${waited}::bigint where account = ${account}`
}

export type BudgetRow = {
  readonly account: string
  readonly tat: Instant
  readonly factor: number
  readonly factor_at: Instant
  readonly blocked_until: Instant | null
  readonly waited: bigint
  readonly refused: bigint
  readonly now: Instant
}

export async function readBudgets(sql: Sql): Promise<Map<string, BudgetRow>> {
  const rows = await sql<BudgetRow>`
    select account, tat, factor, factor_at, blocked_until, waited, refused, clock_timestamp() as now from rate_budget`
  return new Map(rows.map((row) => [row.account, row]))
}

export type LimitRow = Limit & { readonly by: string; readonly at: Instant }

/** What operators set, by account. */
export async function readLimits(sql: Sql): Promise<Map<string, LimitRow>> {
  const rows = await sql<{
    account: string
    per_second: number
    burst: number
    updated_by: string
    updated_at: Instant
  }>`
    select account, per_second, burst, updated_by, updated_at from rate_limit`
  return new Map(
    rows.map((row) => [
      row.account,
      { perSecond: row.per_second, burst: row.burst, by: row.updated_by, at: row.updated_at },
    ]),
  )
}

/** Null gives the connector's own figures back. */
export async function saveLimit(
  tx: Sql,
  account: string,
  limit: Limit | null,
  who: string,
  now: Instant,
): Promise<void> {
  if (limit === null) await tx`delete from rate_limit where account = ${account}`
  else
    await tx`
      insert into rate_limit (account, per_second, burst, updated_by, updated_at)
      values (${account}, ${limit.perSecond}, ${limit.burst}, ${who}, ${now})
      on conflict (account) do update set per_second = excluded.per_second, burst = excluded.burst,
        updated_by = excluded.updated_by, updated_at = excluded.updated_at`
}

/** Notes that the process lives; answers how many do, this one included. */
export async function noteProcess(sql: Sql, id: string): Promise<number> {
  await sql`
    insert into outward_process (id, seen_at) values (${id}, now()) on conflict (id) do update set seen_at = excluded.seen_at`
  const [row] = await sql<{ alive: bigint }>`
    select count(*) as alive from outward_process where seen_at > now() - interval '15 seconds'`
  return Number(row?.alive ?? 1n)
}

export async function forgetProcess(sql: Sql, id: string): Promise<void> {
  await sql`delete from outward_process where id = ${id} or seen_at < now() - interval '1 day'`
}
