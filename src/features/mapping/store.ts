import { json, type Sql } from '#platform/postgres/database.ts'
import type { Rules } from './core/rules.ts'

/** Rules of a connector kind, or of one connection of that kind. */
export type Scope = { readonly kind: string; readonly connectionId: string | null }

export type VersionRow = {
  readonly id: bigint
  readonly kind: string
  readonly connection_id: string | null
  readonly version: number
  readonly state: 'draft' | 'live' | 'retired'
  readonly rules: Rules
  readonly note: string
  readonly author: string
  readonly created_at: Temporal.Instant
  readonly published_at: Temporal.Instant | null
}

/** Channel of the notification that makes every process compile its rules again. */
export const MAPPING_CHANNEL = 'mapping'

export async function readLive(
  sql: Sql,
): Promise<Pick<VersionRow, 'id' | 'kind' | 'connection_id' | 'rules'>[]> {
  return await sql`select id, kind, connection_id, rules from mapping_version where state = 'live' order by id`
}

/** Newest first; drafts and history of one scope. */
export async function readVersions(
  sql: Sql,
  { kind, connectionId }: Scope,
  limit: number,
): Promise<VersionRow[]> {
  return await sql<VersionRow>`
    select id, kind, connection_id, version, state, rules, note, author, created_at, published_at
    from mapping_version where kind = ${kind} and coalesce(connection_id, '') = ${connectionId ?? ''}
    order by version desc limit ${limit}`
}

export async function readVersion(sql: Sql, id: bigint): Promise<VersionRow | null> {
  const [row] = await sql<VersionRow>`
    select id, kind, connection_id, version, state, rules, note, author, created_at, published_at
    from mapping_version where id = ${id} for update`
  return row ?? null
}

/** One writer of a scope at a time, so that numbers have no gaps to fight over and one version is live. */
export async function lockScope(sql: Sql, { kind, connectionId }: Scope): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext(${`mapping ${kind} ${connectionId ?? ''}`}))`
}

export type NewDraft = {
  readonly rules: Rules
  readonly note: string
  readonly author: string
  readonly at: Temporal.Instant
}

/** The scope must be locked. */
export async function insertDraft(
  sql: Sql,
  { kind, connectionId }: Scope,
  draft: NewDraft,
): Promise<VersionRow> {
  const [row] = await sql<VersionRow>`
    insert into mapping_version (kind, connection_id, version, state, rules, note, author, created_at)
    select ${kind}, ${connectionId}, coalesce(max(version), 0) + 1, 'draft', ${json(draft.rules)}::jsonb, ${draft.note},
      ${draft.author}, ${draft.at}
    from mapping_version where kind = ${kind} and coalesce(connection_id, '') = ${connectionId ?? ''}
    returning id, kind, connection_id, version, state, rules, note, author, created_at, published_at`
  if (row === undefined) throw new Error('insert returned nothing')
  return row
}

export async function updateDraft(sql: Sql, id: bigint, rules: Rules, note: string): Promise<void> {
  await sql`update mapping_version set rules = ${json(rules)}::jsonb, note = ${note} where id = ${id} and state = 'draft'`
}

export async function deleteDraft(sql: Sql, id: bigint): Promise<void> {
  await sql`delete from mapping_version where id = ${id} and state = 'draft'`
}

/** Retires the scope's live version and puts this one in its place. The scope must be locked. */
export async function makeLive(
  sql: Sql,
  { kind, connectionId }: Scope,
  id: bigint,
  at: Temporal.Instant,
): Promise<void> {
  await sql`
    update mapping_version set state = 'retired'
    where state = 'live' and kind = ${kind} and coalesce(connection_id, '') = ${connectionId ?? ''}`
  await sql`update mapping_version set state = 'live', published_at = ${at} where id = ${id}`
  await sql`select pg_notify(${MAPPING_CHANNEL}, ${kind})`
}

export type UnknownRow = {
  readonly connection_id: string
  readonly code: string
  readonly seen: bigint
  readonly first_at: Temporal.Instant
  readonly last_at: Temporal.Instant
  readonly sample_message: string
}

/** Codes that nobody had decided when they came, most frequent first. */
export async function readUnknown(
  sql: Sql,
  { kind, connectionId }: Scope,
  limit: number,
): Promise<UnknownRow[]> {
  return await sql<UnknownRow>`
    select connection_id, code, seen, first_at, last_at, sample_message from mapping_unknown
    where kind = ${kind} and (${connectionId}::text is null or connection_id = ${connectionId})
    order by seen desc, code limit ${limit}`
}

export const UNKNOWN_CODE = 'mapping.unknown_code'

/** Messages of a connection that wait for a code, oldest first, with the codes they wait for. */
export async function readParked(
  sql: Sql,
  connection: string,
  after: bigint,
  limit: number,
): Promise<{ message_id: bigint; received_at: Temporal.Instant; park_detail: string | null }[]> {
  return await sql`
    select message_id, received_at, park_detail from inbox_task
    where state = 'parked' and park_code = ${UNKNOWN_CODE} and lane = ${connection} and message_id > ${after}
    order by message_id limit ${limit}`
}
