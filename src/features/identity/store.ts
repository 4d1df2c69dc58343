import type { Instant } from '#kernel/clock.ts'
import type { Scope } from '#platform/http/scopes.ts'
import { textArray } from '#platform/postgres/arrays.ts'
import { json, type Sql, type SqlArray } from '#platform/postgres/database.ts'
import type { Failures } from './core/throttle.ts'
import type { RoleName } from './roles.ts'

export type Account = {
  readonly id: bigint
  readonly name: string
  readonly role: RoleName
  readonly locale: string
  readonly password: string | null
  readonly disabled: boolean
  readonly shops: readonly string[] | null
  readonly createdAt: Instant
}

function shopArray(shops: readonly string[] | null): SqlArray | null {
  return shops === null ? null : textArray(shops)
}

/** Which of these connections there are not. */
export async function readMissingShops(sql: Sql, shops: readonly string[]): Promise<string[]> {
  const rows = await sql<{ id: string }>`
    select id from unnest(${textArray(shops)}::text[]) as wanted (id)
    where not exists (select 1 from connection c where c.id = wanted.id)`
  return rows.map((row) => row.id)
}

export async function countAccounts(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: bigint }>`select count(*) as count from account`
  return Number(row?.count ?? 0n)
}

export async function listAccounts(sql: Sql): Promise<(Account & { seenAt: Instant | null })[]> {
  return await sql`
    select id, name, role, locale, password, disabled, shops, created_at as "createdAt",
      (select max(seen_at) from account_session where account_id = account.id) as "seenAt"
    from account order by lower(name) limit 1000`
}

export async function readAccountByName(sql: Sql, name: string): Promise<Account | null> {
  const [row] = await sql<Account>`
    select id, name, role, locale, password, disabled, shops, created_at as "createdAt"
    from account where lower(name) = lower(${name})`
  return row ?? null
}

export async function readAccount(sql: Sql, id: bigint): Promise<Account | null> {
  const [row] = await sql<Account>`
    select id, name, role, locale, password, disabled, shops, created_at as "createdAt" from account where id = ${id}`
  return row ?? null
}

/** Null where the name is taken, also by a row that another process commits at the same moment. */
export async function insertAccount(
  sql: Sql,
  account: {
    name: string
    role: RoleName
    locale: string
    password: string | null
    shops?: readonly string[] | null
    at: Instant
  },
): Promise<Account | null> {
  const [row] = await sql<Account>`
    insert into account (name, role, locale, password, shops, created_at, updated_at)
    values (${account.name}, ${account.role}, ${account.locale}, ${account.password}, ${shopArray(account.shops ?? null)}::text[],
      ${account.at}, ${account.at})
    on conflict (lower(name)) do nothing
    returning id, name, role, locale, password, disabled, shops, created_at as "createdAt"`
  return row ?? null
}

export async function updateAccount(
  sql: Sql,
  id: bigint,
  change: {
    role: RoleName
    disabled: boolean
    locale: string
    password: string | null
    shops: readonly string[] | null
    at: Instant
  },
): Promise<void> {
  await sql`
    update account set role = ${change.role}, disabled = ${change.disabled}, locale = ${change.locale},
      password = ${change.password}, shops = ${shopArray(change.shops)}::text[], updated_at = ${change.at}
    where id = ${id}`
}

/** Locks all administrators, so that two people cannot each take the other's role and leave none. */
export async function lockAdmins(sql: Sql): Promise<bigint[]> {
  const rows = await sql<{ id: bigint }>`
    select id from account where role = 'admin' and not disabled order by id for update`
  return rows.map((row) => row.id)
}

export type SessionRow = {
  readonly accountId: bigint
  readonly name: string
  readonly role: RoleName
  readonly locale: string
  readonly shops: readonly string[] | null
  readonly seenAt: Instant
  readonly expiresAt: Instant
}

export async function insertSession(
  sql: Sql,
  row: {
    hash: Uint8Array
    accountId: bigint
    at: Instant
    expiresAt: Instant
    address: string
    agent: string
  },
): Promise<void> {
  await sql`delete from account_session where expires_at < ${row.at}`
  await sql`
    insert into account_session (token_hash, account_id, created_at, seen_at, expires_at, address, agent)
    values (${row.hash}, ${row.accountId}, ${row.at}, ${row.at}, ${row.expiresAt}, ${row.address}, ${row.agent})`
}

export async function readSession(sql: Sql, hash: Uint8Array): Promise<SessionRow | null> {
  const [row] = await sql<SessionRow>`
    select a.id as "accountId", a.name, a.role, a.locale, a.shops, s.seen_at as "seenAt", s.expires_at as "expiresAt"
    from account_session s join account a on a.id = s.account_id
    where s.token_hash = ${hash} and not a.disabled`
  return row ?? null
}

export async function touchSession(sql: Sql, hash: Uint8Array, at: Instant): Promise<void> {
  await sql`update account_session set seen_at = ${at} where token_hash = ${hash}`
}

export async function deleteSession(sql: Sql, hash: Uint8Array): Promise<void> {
  await sql`delete from account_session where token_hash = ${hash}`
}

export async function deleteSessionsOf(
  sql: Sql,
  accountId: bigint,
  except: Uint8Array | null,
): Promise<void> {
  await sql`
    delete from account_session where account_id = ${accountId} and token_hash is distinct from ${except}`
}

/** A new link makes the older ones of the same person void. */
export async function insertLink(
  sql: Sql,
  link: { hash: Uint8Array; accountId: bigint; at: Instant; expiresAt: Instant },
): Promise<void> {
  await sql`delete from sign_in_link where account_id = ${link.accountId} and used_at is null`
  await sql`
    insert into sign_in_link (token_hash, account_id, created_at, expires_at)
    values (${link.hash}, ${link.accountId}, ${link.at}, ${link.expiresAt})`
}

/** Locks the link's row: of two who use it at once, the second waits and then finds it used. */
export async function lockLink(
  sql: Sql,
  hash: Uint8Array,
  now: Instant,
): Promise<{ accountId: bigint } | null> {
  const [row] = await sql<{ accountId: bigint }>`
    select account_id as "accountId" from sign_in_link
    where token_hash = ${hash} and used_at is null and expires_at > ${now} for update`
  return row ?? null
}

export async function markLinkUsed(sql: Sql, hash: Uint8Array, at: Instant): Promise<void> {
  await sql`update sign_in_link set used_at = ${at} where token_hash = ${hash}`
}

/** Locks the row of a throttle key, made first where there is none. */
export async function lockFailures(sql: Sql, key: string, now: Instant): Promise<Failures> {
  await sql`
    insert into sign_in_failure (key, failures, first_at, blocked_until) values (${key}, 0, ${now}, ${now})
    on conflict (key) do nothing`
  const [row] = await sql<Failures>`
    select failures, first_at as "firstAt", blocked_until as "blockedUntil"
    from sign_in_failure where key = ${key} for update`
  return row ?? { failures: 0, firstAt: now, blockedUntil: now }
}

export async function saveFailures(sql: Sql, key: string, failures: Failures): Promise<void> {
  await sql`
    update sign_in_failure set failures = ${failures.failures}, first_at = ${failures.firstAt},
      blocked_until = ${failures.blockedUntil}
    where key = ${key}`
}

/** Keeps the table bounded: at most 200 forgotten rows go with each attempt, more than one attempt can add. */
export async function sweepFailures(sql: Sql, before: Instant, now: Instant): Promise<void> {
  await sql`
    delete from sign_in_failure where key in (
      select key from sign_in_failure where first_at < ${before} and blocked_until < ${now}
      limit 200 for update skip locked)`
}

export type KeyRow = {
  readonly id: string
  readonly name: string
  readonly secretHash: Uint8Array
  readonly scopes: readonly Scope[]
  readonly shops: readonly string[] | null
  readonly createdBy: string
  readonly createdAt: Instant
  readonly expiresAt: Instant | null
  readonly lastUsedAt: Instant | null
}

export async function insertKey(sql: Sql, key: Omit<KeyRow, 'lastUsedAt'>): Promise<void> {
  await sql`
    insert into api_key (id, name, secret_hash, scopes, shops, created_by, created_at, expires_at)
    values (${key.id}, ${key.name}, ${key.secretHash}, ${textArray(key.scopes)}, ${shopArray(key.shops)}::text[], ${key.createdBy}, ${key.createdAt},
      ${key.expiresAt})`
}

export async function readKey(sql: Sql, id: string): Promise<KeyRow | null> {
  const [row] = await sql<KeyRow>`
    select id, name, secret_hash as "secretHash", scopes, shops, created_by as "createdBy", created_at as "createdAt",
      expires_at as "expiresAt", last_used_at as "lastUsedAt"
    from api_key where id = ${id} and revoked_at is null`
  return row ?? null
}

export async function listKeys(sql: Sql): Promise<KeyRow[]> {
  return await sql<KeyRow>`
    select id, name, secret_hash as "secretHash", scopes, shops, created_by as "createdBy", created_at as "createdAt",
      expires_at as "expiresAt", last_used_at as "lastUsedAt"
    from api_key where revoked_at is null order by created_at desc, id limit 1000`
}

export async function touchKey(sql: Sql, id: string, at: Instant): Promise<void> {
  await sql`update api_key set last_used_at = ${at} where id = ${id}`
}

export async function revokeKey(sql: Sql, id: string, at: Instant): Promise<boolean> {
  const rows =
    await sql`update api_key set revoked_at = ${at} where id = ${id} and revoked_at is null returning id`
  return rows.length > 0
}

export type AuditRow = {
  readonly id: bigint
  readonly at: Instant
  readonly actorKind: 'user' | 'key' | 'system'
  readonly actorId: string
  readonly actorName: string
  readonly action: string
  readonly subject: string | null
  readonly detail: Record<string, unknown>
  readonly address: string | null
}

export async function insertAudit(sql: Sql, row: Omit<AuditRow, 'id'>): Promise<void> {
  await sql`
    insert into audit_entry (at, actor_kind, actor_id, actor_name, action, subject, detail, address)
    values (${row.at}, ${row.actorKind}, ${row.actorId}, ${row.actorName}, ${row.action}, ${row.subject},
      ${json(row.detail)}, ${row.address})`
}

/** Newest first; `before` is the id of the last row shown. */
export async function listAudit(
  sql: Sql,
  page: { before: bigint | null; action: string | null; actor: string | null; limit: number },
): Promise<AuditRow[]> {
  return await sql<AuditRow>`
    select id, at, actor_kind as "actorKind", actor_id as "actorId", actor_name as "actorName", action, subject,
      detail, address
    from audit_entry
    where (${page.before}::bigint is null or id < ${page.before})
      and (${page.action}::text is null or action = ${page.action})
      and (${page.actor}::text is null or actor_name = ${page.actor})
    order by id desc limit ${page.limit}`
}
