import { json, type Sql } from '#platform/postgres/database.ts'

export type ConnectionRow = {
  readonly id: string
  readonly kind: string
  readonly name: string
  readonly settings: Record<string, string>
  /** Sealed JSON. */
  readonly secrets: Uint8Array
  readonly zone: string | null
  readonly callback_token: string
  readonly paused: boolean
  readonly stream_state: string | null
  readonly stream_words: string | null
  readonly last_test: TestOutcome | null
  readonly created_at: Temporal.Instant
}
export type TestOutcome = {
  readonly ok: boolean
  readonly words: string
  readonly code: string | null
  /** Instant as ISO text, since it lies in JSON. */
  readonly at: string
}

/** Channel of the notification that makes every process read its connections again. */
export const CONNECTION_CHANNEL = 'connection'

export async function readConnections(sql: Sql): Promise<ConnectionRow[]> {
  return await sql<ConnectionRow>`
    select id, kind, name, settings, secrets, zone, callback_token, paused, stream_state, stream_words, last_test, created_at
    from connection order by created_at, id`
}

export async function readConnectionForUpdate(sql: Sql, id: string): Promise<ConnectionRow | null> {
  const [row] = await sql<ConnectionRow>`
    select id, kind, name, settings, secrets, zone, callback_token, paused, stream_state, stream_words, last_test, created_at
    from connection where id = ${id} for update`
  return row ?? null
}

export type NewConnection = Pick<
  ConnectionRow,
  'id' | 'kind' | 'name' | 'settings' | 'secrets' | 'zone' | 'paused'
> & {
  readonly callbackToken: string
  readonly at: Temporal.Instant
}

/** False when the id is taken. */
export async function insertConnection(sql: Sql, row: NewConnection): Promise<boolean> {
  const rows = await sql`
    insert into connection (id, kind, name, settings, secrets, zone, callback_token, paused, created_at, updated_at)
    values (${row.id}, ${row.kind}, ${row.name}, ${json(row.settings)}::jsonb, ${row.secrets}, ${row.zone},
      ${row.callbackToken}, ${row.paused}, ${row.at}, ${row.at})
    on conflict (id) do nothing returning id`
  await notify(sql, row.id)
  return rows.length > 0
}

export async function nameIsTaken(sql: Sql, name: string, exceptId: string): Promise<boolean> {
  const rows = await sql`select 1 from connection where name = ${name} and id <> ${exceptId} limit 1`
  return rows.length > 0
}

/** Names are unique without a constraint: two writers of names take turns. */
export async function lockNames(sql: Sql): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtext('connection names'))`
}

export async function updateConnection(
  sql: Sql,
  row: Pick<ConnectionRow, 'id' | 'name' | 'settings' | 'secrets' | 'zone' | 'paused'>,
  at: Temporal.Instant,
): Promise<void> {
  await sql`
    update connection set name = ${row.name}, settings = ${json(row.settings)}::jsonb, secrets = ${row.secrets},
      zone = ${row.zone}, paused = ${row.paused}, updated_at = ${at}
    where id = ${row.id}`
  await notify(sql, row.id)
}

export async function removeConnection(sql: Sql, id: string): Promise<void> {
  await sql`delete from connection where id = ${id}`
  await notify(sql, id)
}

/** Whether records would lose their shop's name with this connection. */
export async function hasRecords(sql: Sql, id: string): Promise<boolean> {
  const [row] = await sql<{ orders: boolean; messages: boolean }>`
    select exists (select 1 from sales_order where connection_id = ${id}) as orders,
      exists (select 1 from inbox_message where connection_id = ${id} and verdict = 'accepted') as messages`
  return row?.orders === true || row?.messages === true
}

export async function saveTest(sql: Sql, id: string, outcome: TestOutcome): Promise<void> {
  await sql`update connection set last_test = ${json(outcome)}::jsonb where id = ${id}`
}

/** What a connection's own listening client says of itself; shown on the page, not part of the settings. */
export async function saveStreamState(sql: Sql, id: string, state: string, words: string): Promise<void> {
  await sql`
    update connection set stream_state = ${state}, stream_words = ${words.slice(0, 500)},
      stream_down_since = case when ${state} = 'open' then null else coalesce(stream_down_since, now()) end
    where id = ${id}`
}

async function notify(sql: Sql, id: string): Promise<void> {
  await sql`select pg_notify(${CONNECTION_CHANNEL}, ${id})`
}

export type Traffic = {
  readonly connection_id: string
  readonly last_at: Temporal.Instant | null
  readonly accepted: bigint
  readonly rejected: bigint
}

/** Counting stops here, so that the page of a busy hub costs what that of a quiet one does. */
export const TRAFFIC_CAP = 10_000

/** Messages since `since` per connection, each figure capped. */
export async function readTraffic(sql: Sql, since: Temporal.Instant): Promise<Traffic[]> {
  return await sql<Traffic>`
    with refused as (
      select connection_id, count(*) as rejected from (
        select connection_id from inbox_message
        where verdict = 'rejected' and received_at >= ${since} order by id desc limit ${TRAFFIC_CAP}) as recent
      group by connection_id
    )
    select c.id as connection_id, last.received_at as last_at, taken.accepted, coalesce(refused.rejected, 0) as rejected
    from connection c
    left join refused on refused.connection_id = c.id
    left join lateral (
      select received_at from inbox_message m where m.connection_id = c.id order by m.id desc limit 1
    ) as last on true
    cross join lateral (
      select count(*) as accepted from (
        select 1 from inbox_message m
        where m.connection_id = c.id and m.verdict = 'accepted' and m.received_at >= ${since} limit ${TRAFFIC_CAP}) as few
    ) as taken`
}

/** The secret part of a connection's callback address; null when there is no such connection. */
export async function readCallbackToken(sql: Sql, id: string): Promise<string | null> {
  const rows = await sql<{ callback_token: string }>`select callback_token from connection where id = ${id}`
  return rows[0]?.callback_token ?? null
}
