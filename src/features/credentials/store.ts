import type { Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Side, Trouble } from './core/trouble.ts'

export type HandTerm = {
  readonly connection: string
  readonly field: string
  readonly expiresAt: Instant
  readonly note: string
  readonly by: string
}

export async function readHandTerms(sql: Sql): Promise<HandTerm[]> {
  return await sql<HandTerm>`
    select connection_id as connection, field, expires_at as "expiresAt", note, updated_by as by
    from credential_term order by connection_id, field`
}

export async function saveHandTerm(tx: Sql, term: HandTerm, at: Instant): Promise<void> {
  await tx`
    insert into credential_term (connection_id, field, expires_at, note, updated_by, updated_at)
    values (${term.connection}, ${term.field}, ${term.expiresAt}, ${term.note}, ${term.by}, ${at})
    on conflict (connection_id, field) do update
    set expires_at = excluded.expires_at, note = excluded.note, updated_by = excluded.updated_by, updated_at = excluded.updated_at`
}

/** False where there was none. */
export async function dropHandTerm(tx: Sql, connection: string, field: string): Promise<boolean> {
  const rows =
    await tx`delete from credential_term where connection_id = ${connection} and field = ${field} returning field`
  return rows.length > 0
}

export type RefreshRow = {
  readonly connection: string
  readonly triedAt: Instant | null
  readonly refreshedAt: Instant | null
  readonly expiresAt: Instant | null
  readonly failures: number
  readonly failingSince: Instant | null
  readonly code: string | null
  readonly detail: string | null
}

export async function readRefreshes(sql: Sql): Promise<RefreshRow[]> {
  return await sql<RefreshRow>`
    select connection_id as connection, tried_at as "triedAt", refreshed_at as "refreshedAt", expires_at as "expiresAt",
      failures, failing_since as "failingSince", code, detail from credential_refresh`
}

/**
 * Takes the turn to refresh one connection for some seconds of the database's clock, which all processes share; false where another process
 * has it, or has refreshed since `seen`.
 */
export async function leaseRefresh(
  sql: Sql,
  connection: string,
  turn: { readonly seen: Instant | null; readonly now: Instant; readonly seconds: number },
): Promise<boolean> {
  const rows = await sql`
    insert into credential_refresh (connection_id, leased_until, tried_at) 
    values (${connection}, now() + make_interval(secs => ${turn.seconds}), ${turn.now})
    on conflict (connection_id) do update set leased_until = excluded.leased_until, tried_at = excluded.tried_at
    where (credential_refresh.leased_until is null or credential_refresh.leased_until <= now())
      and credential_refresh.refreshed_at is not distinct from ${turn.seen}::timestamptz
    returning connection_id`
  return rows.length > 0
}

export async function saveRefreshed(
  sql: Sql,
  connection: string,
  expiresAt: Instant | null,
  at: Instant,
): Promise<void> {
  await sql`
    update credential_refresh set leased_until = null, refreshed_at = ${at}, expires_at = ${expiresAt}, failures = 0, failing_since = null,
      code = null, detail = null where connection_id = ${connection}`
}

export async function saveRefreshFailure(
  sql: Sql,
  connection: string,
  failure: { readonly code: string; readonly detail: string },
  at: Instant,
): Promise<void> {
  await sql`
    update credential_refresh set leased_until = null, failures = failures + 1, failing_since = coalesce(failing_since, ${at}),
      code = ${failure.code}, detail = ${failure.detail.slice(0, 500)} where connection_id = ${connection}`
}

/** The turn given back: nothing was sent. */
export async function giveRefreshBack(sql: Sql, connection: string): Promise<void> {
  await sql`update credential_refresh set leased_until = null where connection_id = ${connection}`
}

export type RefusalRow = {
  readonly connection: string
  readonly side: Side
  readonly trouble: Trouble
  readonly call: string
  readonly code: string
  readonly detail: string
  readonly firstAt: Instant
  readonly lastAt: Instant
  readonly times: number
  readonly wellAt: Instant | null
}

export async function readRefusals(sql: Sql): Promise<RefusalRow[]> {
  return await sql<RefusalRow>`
    select connection_id as connection, side, trouble, call, code, detail, first_at as "firstAt", last_at as "lastAt",
      times::int as times, well_at as "wellAt" from credential_refusal order by last_at desc`
}

export type Seen = {
  readonly connection: string
  readonly side: Side
  readonly trouble: Trouble
  readonly call: string
  readonly code: string
  readonly detail: string
  readonly times: number
  readonly at: Instant
}

/** Adds what was refused. One that had gone well in between begins anew. A connection that is gone is left out. */
export async function addRefusals(tx: Sql, seen: readonly Seen[]): Promise<void> {
  for (const one of seen)
    await tx`
      insert into credential_refusal (connection_id, side, trouble, call, code, detail, first_at, last_at, times)
      select id, ${one.side}, ${one.trouble}, ${one.call}, ${one.code}, ${one.detail.slice(0, 500)}, ${one.at}, ${one.at}, ${one.times}
      from connection where id = ${one.connection}
      on conflict (connection_id, side, trouble, call) do update set code = excluded.code, detail = excluded.detail,
        last_at = greatest(credential_refusal.last_at, excluded.last_at),
        first_at = case when credential_refusal.well_at >= credential_refusal.last_at then excluded.first_at else credential_refusal.first_at end,
        times = case when credential_refusal.well_at >= credential_refusal.last_at then 0 else credential_refusal.times end + excluded.times`
}

export type Well = {
  readonly connection: string
  readonly side: Side
  readonly call: string
  readonly at: Instant
}

/** A call or push that was taken heals every refusal of its side but those of permission, which only the same call heals. */
export async function noteWell(tx: Sql, wells: readonly Well[]): Promise<void> {
  for (const one of wells)
    await tx`
      update credential_refusal set well_at = ${one.at}
      where connection_id = ${one.connection} and side = ${one.side} and last_at <= ${one.at}
        and (well_at is null or well_at < last_at) and (trouble <> 'no_permission' or call = ${one.call})`
}

/** Connections with a refusal that nothing has healed; only for those is it worth writing down that a call went well. */
export async function readUnwell(sql: Sql): Promise<Set<string>> {
  const rows = await sql<{ connection: string }>`
    select distinct connection_id as connection from credential_refusal where well_at is null or well_at < last_at`
  return new Set(rows.map((row) => row.connection))
}

export async function forgetRefusals(sql: Sql, before: Instant): Promise<void> {
  await sql`delete from credential_refusal where last_at < ${before}`
}

/** Accounts of this connection that the hub took out because credentials were refused. */
export async function readBlockedAccounts(
  sql: Sql,
): Promise<
  { readonly id: bigint; readonly connection: string; readonly code: string; readonly at: Instant | null }[]
> {
  return await sql`
    select id, connection_id as connection, blocked_code as code, blocked_at as at from carrier_account
    where blocked_code in ('carrier.credential_expired', 'carrier.credential_refused', 'carrier.signature_refused', 'carrier.ip_refused',
      'carrier.no_permission') order by id`
}
