import type { Words } from '#domain/notice.ts'
import type { StockPlace } from '#domain/stock.ts'
import type { FeedMapping } from '#domain/stock-feed.ts'
import type { Instant } from '#kernel/clock.ts'
import { instantArray, int4Array, int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { LedgerFigure } from './core/compare.ts'
import type { LagMinute } from './core/lag-tally.ts'

export const FEED_STATUSES = [
  'stopped',
  'connecting',
  'snapshot',
  'comparing',
  'following',
  'waiting',
  'blocked',
] as const
export type FeedStatus = (typeof FEED_STATUSES)[number]
/** Channel of the notification sent when a feed was changed by a person. */
export const FEED_CHANNEL = 'stock_feed'

export type FeedRow = {
  readonly id: bigint
  readonly connection_id: string
  readonly name: string
  readonly state: 'draft' | 'dry_run' | 'live' | 'paused'
  readonly mapping: FeedMapping
  readonly mapping_hash: string
  readonly on_drift: 'ask' | 'accept'
  readonly on_unknown_sku: 'create' | 'ignore' | 'ask'
  readonly position: string | null
  readonly position_mapping: string | null
  readonly snapshot_at: Instant | null
  readonly wants_snapshot: boolean
  readonly snapshot_stage: 'reading' | 'comparing' | null
  readonly snapshot_position: string | null
  readonly snapshot_started_at: Instant | null
  readonly snapshot_rows: bigint
  readonly snapshot_total: bigint | null
  readonly run_no: bigint
  readonly heartbeat_at: Instant | null
  readonly seen_at: Instant | null
  readonly gap_at: Instant | null
  readonly gap_words: string | null
  readonly gap_words_en: string | null
  readonly schema_at: Instant | null
  readonly schema_usable: boolean | null
  readonly schema_words: string | null
  readonly schema_words_en: string | null
  /** Numeric, as text. */
  readonly id_low: string | null
  readonly id_high: string | null
  readonly source_at: Instant | null
  readonly applied_at: Instant | null
  readonly changes: bigint
  readonly status: FeedStatus
  readonly status_since: Instant
  readonly words: string
  readonly words_en: string
}

/** Every feed, by name; or those in one state. */
export async function readFeeds(sql: Sql, state: FeedRow['state'] | null = null): Promise<FeedRow[]> {
  return await sql<FeedRow>`
    select * from stock_feed where ${state}::text is null or state = ${state} order by name`
}

/** Paused feeds of warehouses that count by capture and of which no other feed tells now. */
export async function readLeftPaused(sql: Sql): Promise<FeedRow[]> {
  return await sql<FeedRow>`
    select f.* from stock_feed f where f.state = 'paused' and exists (
      select 1 from stock_feed_warehouse mine join warehouse w on w.code = mine.warehouse and w.figures = 'captured' and w.active
      where mine.feed_id = f.id and not exists (
        select 1 from stock_feed_warehouse theirs join stock_feed o on o.id = theirs.feed_id and o.state = 'live'
        where theirs.warehouse = mine.warehouse))
    order by f.name`
}

export async function readFeed(sql: Sql, id: bigint): Promise<FeedRow | null> {
  const [row] = await sql<FeedRow>`select * from stock_feed where id = ${id}`
  return row ?? null
}

export async function readFeedByName(sql: Sql, name: string): Promise<FeedRow | null> {
  const [row] = await sql<FeedRow>`select * from stock_feed where name = ${name}`
  return row ?? null
}

export type FeedCode = { readonly feed_id: bigint; readonly source_code: string; readonly warehouse: string }

/** What each feed's source calls the warehouses; of one feed, or of all. */
export async function readCodes(sql: Sql, feedId: bigint | null): Promise<FeedCode[]> {
  return await sql<FeedCode>`
    select feed_id, source_code, warehouse from stock_feed_warehouse
    where ${feedId}::bigint is null or feed_id = ${feedId} order by feed_id, source_code`
}

/** Begins a run: the answer is its number, under which alone it may write from now on. */
export async function beginRun(sql: Sql, id: bigint, now: Instant): Promise<bigint> {
  const [row] = await sql<{ run_no: bigint }>`
    update stock_feed set run_no = run_no + 1, heartbeat_at = ${now}, status = 'connecting', status_since = ${now},
      words = '', words_en = ''
    where id = ${id} returning run_no`
  return row?.run_no ?? -1n
}

export type Run = {
  readonly feedId: bigint
  readonly runNo: bigint
  /** Hash of the mapping that it reads by. */
  readonly mapping: string
}

/** Holds the feed's row for the rest of the transaction; false when another run has taken over, or the mapping was changed. */
export async function holdRun(tx: Sql, { feedId, runNo, mapping }: Run): Promise<boolean> {
  const rows = await tx`
    select id from stock_feed where id = ${feedId} and run_no = ${runNo} and mapping_hash = ${mapping} for update`
  return rows.length > 0
}

export async function noteStatus(
  sql: Sql,
  { feedId, runNo }: Run,
  status: FeedStatus,
  words: Words,
  now: Instant,
): Promise<void> {
  await sql`
    update stock_feed set status_since = case when status = ${status} then status_since else ${now}::timestamptz end,
      status = ${status}, words = ${words.zh.slice(0, 500)}, words_en = ${words.en.slice(0, 500)}, heartbeat_at = ${now}
    where id = ${feedId} and run_no = ${runNo}`
}

/** `seen`: the source has shown that it is there. */
export async function noteHeartbeat(
  sql: Sql,
  { feedId, runNo }: Run,
  seen: boolean,
  now: Instant,
): Promise<void> {
  await sql`
    update stock_feed set heartbeat_at = ${now}, seen_at = case when ${seen} then ${now}::timestamptz else seen_at end
    where id = ${feedId} and run_no = ${runNo}`
}

export type Progress = {
  readonly position: string
  readonly changes: number
  readonly sourceAt: Instant | null
  /** Highest numeric id of a movement in it, as text. */
  readonly idHigh: string | null
}

/**
 * The position after a batch, in its transaction. The mark of ids moves once an hour, so that what commits late at the source is above it.
 */
export async function saveProgress(
  tx: Sql,
  { feedId, runNo }: Run,
  one: Progress,
  now: Instant,
): Promise<void> {
  const hourAgo = now.subtract({ hours: 1 })
  await tx`
    update stock_feed set position = ${one.position}, position_mapping = mapping_hash, changes = changes + ${one.changes},
      source_at = greatest(source_at, ${one.sourceAt}::timestamptz),
      applied_at = case when ${one.changes} > 0 then ${now}::timestamptz else applied_at end,
      heartbeat_at = ${now}, seen_at = ${now},
      id_high = greatest(id_high, ${one.idHigh}::numeric),
      id_low = case when id_mark_at <= ${hourAgo}::timestamptz then id_mark else id_low end,
      id_mark = case when id_mark_at is null or id_mark_at <= ${hourAgo}::timestamptz then id_high else id_mark end,
      id_mark_at = case when id_mark_at is null or id_mark_at <= ${hourAgo}::timestamptz
        then ${now}::timestamptz else id_mark_at end
    where id = ${feedId} and run_no = ${runNo}`
}

// A gap and a changed table are made up for by the run that met them: it is no longer `following`, so that nobody ends it for the wish.
export async function noteGap(sql: Sql, { feedId, runNo }: Run, words: Words, now: Instant): Promise<void> {
  await sql`
    update stock_feed set gap_at = ${now}, gap_words = ${words.zh.slice(0, 500)}, gap_words_en = ${words.en.slice(0, 500)},
      wants_snapshot = true, status = 'snapshot', status_since = ${now} where id = ${feedId} and run_no = ${runNo}`
}

export async function noteSchema(
  sql: Sql,
  { feedId, runNo }: Run,
  one: { readonly usable: boolean; readonly words: Words },
  now: Instant,
): Promise<void> {
  await sql`
    update stock_feed set schema_at = ${now}, schema_usable = ${one.usable}, schema_words = ${one.words.zh.slice(0, 500)},
      schema_words_en = ${one.words.en.slice(0, 500)}, wants_snapshot = true,
      status = 'snapshot', status_since = ${now} where id = ${feedId} and run_no = ${runNo}`
}

/** A person has seen that changes of a source without a snapshot were missed. */
export async function dropGap(tx: Sql, id: bigint): Promise<void> {
  await tx`update stock_feed set gap_at = null, gap_words = null, gap_words_en = null where id = ${id}`
}

/** Pauses, resumes or asks for a snapshot; answers whether there was something to change. */
export async function changeFeed(
  tx: Sql,
  id: bigint,
  change: { readonly state?: 'live' | 'paused'; readonly wantsSnapshot?: true },
  by: string,
  now: Instant,
): Promise<void> {
  await tx`
    update stock_feed set state = coalesce(${change.state ?? null}, state),
      wants_snapshot = wants_snapshot or ${change.wantsSnapshot === true}, updated_by = ${by}, updated_at = ${now}
    where id = ${id}`
  await tx`select pg_notify(${FEED_CHANNEL}, '')`
}

export async function wantSnapshots(sql: Sql, ids: readonly bigint[]): Promise<void> {
  await sql`update stock_feed set wants_snapshot = true where id = any(${int8Array(ids)}::bigint[])`
  await sql`select pg_notify(${FEED_CHANNEL}, '')`
}

// What the ledger knows of places.

export type PlaceFigure = StockPlace &
  LedgerFigure & { readonly available: number; readonly updatedAt: Instant }

type LevelRow = {
  readonly sku: string
  readonly warehouse: string
  readonly physical: number
  readonly available: number
  readonly source_quantity: number | null
  readonly source_version: bigint | null
  readonly unseen_out: number
  readonly updated_at: Instant
}

/** `since`: a level written at or after it is fresh. Places without a level are left out; the key is `sku\nwarehouse`. */
export async function readFigures(
  sql: Sql,
  places: readonly StockPlace[],
  since: Instant | null,
): Promise<ReadonlyMap<string, PlaceFigure>> {
  if (places.length === 0) return new Map()
  const rows = await sql<LevelRow>`
    select l.sku, l.warehouse, l.physical, l.available, l.source_quantity, l.source_version, l.unseen_out, l.updated_at
    from unnest(${textArray(places.map((one) => one.sku))}::text[], ${textArray(places.map((one) => one.warehouse))}::text[])
      as p (sku, warehouse)
    join stock_level l on l.sku = p.sku and l.warehouse = p.warehouse`
  return new Map(rows.map((row) => [keyOf(row), rowToFigure(row, since)]))
}

export const keyOf = (place: StockPlace): string => `${place.sku}\n${place.warehouse}`

function rowToFigure(row: LevelRow, since: Instant | null): PlaceFigure {
  return {
    sku: row.sku,
    warehouse: row.warehouse,
    physical: row.physical,
    available: row.available,
    sourceQuantity: row.source_quantity,
    sourceVersion: row.source_version,
    unseenOut: row.unseen_out,
    updatedAt: row.updated_at,
    isFresh: since !== null && Temporal.Instant.compare(row.updated_at, since) >= 0,
  }
}

/** Which of these SKUs a level or a shop's mapping knows. */
export async function readKnownSkus(sql: Sql, skus: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await sql<{ sku: string }>`
    select s.sku from unnest(${textArray(skus)}::text[]) as s (sku)
    where exists (select 1 from stock_level l where l.sku = s.sku)
      or exists (select 1 from sku_mapping m where m.stock_sku = s.sku)`
  return new Set(rows.map((row) => row.sku))
}

export type WarehouseFigures = {
  readonly code: string
  readonly name: string
  readonly figures: 'own' | 'captured'
}

export async function readWarehouses(sql: Sql): Promise<WarehouseFigures[]> {
  return await sql<WarehouseFigures>`select code, name, figures from warehouse order by priority, code`
}

// Lag.

export async function addLagMinutes(sql: Sql, minutes: readonly LagMinute[]): Promise<void> {
  if (minutes.length === 0) return
  await sql`
    insert into capture_minute (minute, warehouse, feed_id, changes, lag_ms_sum, lag_ms_most)
    select * from unnest(${instantArray(minutes.map((one) => one.minute))}::timestamptz[],
      ${textArray(minutes.map((one) => one.warehouse))}::text[], ${int8Array(minutes.map((one) => one.feedId))}::bigint[],
      ${int8Array(minutes.map((one) => BigInt(one.changes)))}::bigint[],
      ${int8Array(minutes.map((one) => BigInt(one.lagSum)))}::bigint[],
      ${int4Array(minutes.map((one) => one.lagMost))}::int[])
    on conflict (minute, warehouse, feed_id) do update set changes = capture_minute.changes + excluded.changes,
      lag_ms_sum = capture_minute.lag_ms_sum + excluded.lag_ms_sum,
      lag_ms_most = greatest(capture_minute.lag_ms_most, excluded.lag_ms_most)`
}

export type LagRow = {
  readonly minute: Instant
  readonly warehouse: string
  readonly feed_id: bigint
  readonly changes: bigint
  readonly lag_ms_sum: bigint
  readonly lag_ms_most: number
}

export async function readLagMinutes(sql: Sql, since: Instant): Promise<LagRow[]> {
  return await sql<LagRow>`
    select minute, warehouse, feed_id, changes, lag_ms_sum, lag_ms_most from capture_minute
    where minute >= ${since} order by minute, warehouse, feed_id`
}

/** Removes minutes before `before`, and uploads that nobody wrote within a day; answers how many minutes. */
export async function forgetCapture(sql: Sql, before: Instant, now: Instant): Promise<number> {
  const rows = await sql`delete from capture_minute where minute < ${before} returning 1 as one`
  await sql`
    delete from capture_upload where (state = 'looked' and created_at < ${now.subtract({ hours: 24 })})
      or created_at < ${before}`
  return rows.length
}

/** Follows from now: what the position pointed at is gone. */
export async function forgetPosition(tx: Sql, { feedId, runNo }: Run): Promise<void> {
  await tx`update stock_feed set position = null, wants_snapshot = false where id = ${feedId} and run_no = ${runNo}`
}

/** What a warehouse's system sent by itself came to its feed. */
export async function notePushed(tx: Sql, id: bigint, changes: number, now: Instant): Promise<void> {
  await tx`
    update stock_feed set changes = changes + ${changes}, seen_at = ${now}, applied_at = ${now} where id = ${id}`
}
