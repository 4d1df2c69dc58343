import type { StockPlace } from '#domain/stock.ts'
import type { FeedMapping } from '#domain/stock-feed.ts'
import type { Instant } from '#kernel/clock.ts'
import { canonicalJson, sha256 } from '#kernel/hash.ts'
import { textArray } from '#platform/postgres/arrays.ts'
import { json, type Sql } from '#platform/postgres/database.ts'
import type { FeedBeside } from './core/clash.ts'
import type { LedgerFigure } from './core/compare.ts'
import type { FeedWarehouse } from './core/mapping.ts'

/** Channel of the notification that a feed was made, changed, set going or stopped. */
export const FEED_CHANNEL = 'stock_feed'
export const DRY_RUN_JOB = 'capture_dry_run'

export type FeedState = 'draft' | 'dry_run' | 'live' | 'paused'
export type FeedDraft = {
  readonly id: bigint
  readonly source: string
  readonly name: string
  readonly state: FeedState
  readonly mapping: FeedMapping
  readonly mappingHash: string
  readonly onDrift: 'ask' | 'accept'
  readonly onUnknownSku: 'create' | 'ignore' | 'ask'
  readonly warehouses: readonly FeedWarehouse[]
  readonly updatedBy: string
  readonly updatedAt: Instant
  /** How it runs, as its runner writes it. */
  readonly running: {
    readonly status: string
    readonly words: { readonly zh: string; readonly en: string }
    readonly changes: number
    readonly snapshotRows: number
    readonly snapshotAt: Instant | null
    /** Newest commit of the source in the ledger, and when it came to be there. */
    readonly sourceAt: Instant | null
    readonly appliedAt: Instant | null
  }
}

type Row = {
  readonly id: bigint
  readonly connection_id: string
  readonly name: string
  readonly state: FeedState
  readonly mapping: FeedMapping
  readonly mapping_hash: string
  readonly on_drift: FeedDraft['onDrift']
  readonly on_unknown_sku: FeedDraft['onUnknownSku']
  readonly updated_by: string
  readonly updated_at: Instant
  readonly status: string
  readonly words: string
  readonly words_en: string
  readonly changes: bigint
  readonly snapshot_rows: bigint
  readonly snapshot_at: Instant | null
  readonly source_at: Instant | null
  readonly applied_at: Instant | null
  readonly warehouses: FeedWarehouse[]
}

export async function readDrafts(sql: Sql): Promise<FeedDraft[]> {
  const rows = await sql<Row>`
    select f.id, f.connection_id, f.name, f.state, f.mapping, f.mapping_hash, f.on_drift, f.on_unknown_sku, f.updated_by, f.updated_at,
      f.status, f.words, f.words_en, f.changes, f.snapshot_rows, f.snapshot_at, f.source_at, f.applied_at,
      coalesce((select jsonb_agg(jsonb_build_object('sourceCode', w.source_code, 'warehouse', w.warehouse) order by w.source_code)
        from stock_feed_warehouse w where w.feed_id = f.id), '[]') as warehouses
    from stock_feed f order by f.id`
  return rows.map(rowToDraft)
}

export async function readDraft(sql: Sql, id: bigint): Promise<FeedDraft | null> {
  return (await readDrafts(sql)).find((feed) => feed.id === id) ?? null
}

/** Holds the feed's row until the transaction ends; null: there is none. */
export async function lockDraft(tx: Sql, id: bigint): Promise<FeedDraft | null> {
  const rows = await tx`select id from stock_feed where id = ${id} for update`
  return rows.length === 0 ? null : await readDraft(tx, id)
}

function rowToDraft(row: Row): FeedDraft {
  return {
    id: row.id,
    source: row.connection_id,
    name: row.name,
    state: row.state,
    mapping: row.mapping,
    mappingHash: row.mapping_hash,
    onDrift: row.on_drift,
    onUnknownSku: row.on_unknown_sku,
    warehouses: row.warehouses,
    updatedBy: row.updated_by,
    updatedAt: row.updated_at,
    running: {
      status: row.status,
      words: { zh: row.words, en: row.words_en },
      changes: Number(row.changes),
      snapshotRows: Number(row.snapshot_rows),
      snapshotAt: row.snapshot_at,
      sourceAt: row.source_at,
      appliedAt: row.applied_at,
    },
  }
}

export function hashOf(mapping: FeedMapping): string {
  return sha256(canonicalJson(mapping)).toString('hex')
}

export async function nameIsTaken(sql: Sql, name: string, but: bigint | null): Promise<boolean> {
  const rows = await sql`select 1 from stock_feed where name = ${name} and id <> ${but ?? 0n}`
  return rows.length > 0
}

export async function lockNames(tx: Sql): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended('holdfast.stock_feed', 0))`
}

export async function insertDraft(
  tx: Sql,
  draft: { readonly name: string; readonly source: string; readonly mapping: FeedMapping },
  by: string,
  at: Instant,
): Promise<bigint> {
  const [row] = await tx<{ id: bigint }>`
    insert into stock_feed (connection_id, name, state, mapping, mapping_hash, updated_by, created_at, updated_at)
    values (${draft.source}, ${draft.name}, 'draft', ${json(draft.mapping)}, ${hashOf(draft.mapping)}, ${by}, ${at}, ${at})
    returning id`
  return row?.id ?? 0n
}

/** A mapping that differs makes the place where the feed stood worthless: it begins again with a snapshot. */
export async function updateDraft(
  tx: Sql,
  feed: Pick<FeedDraft, 'id' | 'name' | 'state' | 'mapping' | 'onDrift' | 'onUnknownSku'>,
  by: string,
  at: Instant,
): Promise<void> {
  const hash = hashOf(feed.mapping)
  await tx`
    update stock_feed set name = ${feed.name}, state = ${feed.state}, on_drift = ${feed.onDrift}, on_unknown_sku = ${feed.onUnknownSku},
      position = case when mapping_hash = ${hash} then position end, mapping = ${json(feed.mapping)}, mapping_hash = ${hash},
      updated_by = ${by}, updated_at = ${at}
    where id = ${feed.id}`
  await notifyFeed(tx, feed.id)
}

export async function saveFeedWarehouses(tx: Sql, id: bigint, list: readonly FeedWarehouse[]): Promise<void> {
  await tx`delete from stock_feed_warehouse where feed_id = ${id}`
  await tx`
    insert into stock_feed_warehouse (feed_id, source_code, warehouse)
    select ${id}, source_code, warehouse from unnest(${textArray(list.map((one) => one.sourceCode))}::text[],
      ${textArray(list.map((one) => one.warehouse))}::text[]) as given (source_code, warehouse) order by source_code`
  await notifyFeed(tx, id)
}

/** What the other live feeds of connections tell of these warehouses. */
export async function readBeside(sql: Sql, id: bigint, homes: readonly string[]): Promise<FeedBeside[]> {
  return await sql<FeedBeside>`
    select distinct on (f.id) f.name, f.mapping, theirs.warehouse
    from stock_feed_warehouse theirs
    join stock_feed f on f.id = theirs.feed_id and f.state = 'live' and not starts_with(f.connection_id, ':')
    where f.id <> ${id} and theirs.warehouse = any(${textArray(homes)}::text[]) order by f.id, theirs.warehouse`
}

/** The table is read anew: what it says belongs to other warehouses now. */
export async function wantSnapshot(tx: Sql, id: bigint): Promise<void> {
  await tx`update stock_feed set wants_snapshot = true where id = ${id}`
}

/** The dry run is over and well: what was tried may go live, unless it was changed meanwhile. */
export async function noteTried(sql: Sql, id: bigint, mappingHash: string, at: Instant): Promise<void> {
  await sql`
    update stock_feed set state = 'dry_run', updated_at = ${at}
    where id = ${id} and state = 'draft' and mapping_hash = ${mappingHash}`
}

export async function removeDraft(tx: Sql, id: bigint): Promise<void> {
  await tx`delete from stock_feed_warehouse where feed_id = ${id}`
  await tx`delete from stock_feed where id = ${id}`
  await notifyFeed(tx, id)
}

async function notifyFeed(tx: Sql, id: bigint): Promise<void> {
  await tx`select pg_notify(${FEED_CHANNEL}, ${String(id)})`
}

/** Which of these the hub knows: from its ledger, the shops' mappings, or orders. */
export async function readKnownSkus(sql: Sql, skus: readonly string[]): Promise<Set<string>> {
  const rows = await sql<{ sku: string }>`
    select sku from unnest(${textArray([...new Set(skus)])}::text[]) as given (sku)
    where exists (select 1 from stock_level l where l.sku = given.sku)
      or exists (select 1 from sku_mapping m where m.stock_sku = given.sku)`
  return new Set(rows.map((row) => row.sku))
}

/** What the ledger has at these places; those without a level are left out. */
export async function readLedger(
  sql: Sql,
  places: readonly StockPlace[],
): Promise<Map<string, LedgerFigure>> {
  const rows = await sql<{
    sku: string
    warehouse: string
    physical: number
    unseen_out: number
    captured: boolean
  }>`
    select l.sku, l.warehouse, l.physical, l.unseen_out, l.source_quantity is not null as captured
    from unnest(${textArray(places.map((one) => one.sku))}::text[], ${textArray(places.map((one) => one.warehouse))}::text[]) as given (sku, warehouse)
    join stock_level l on l.sku = given.sku and l.warehouse = given.warehouse`
  return new Map(
    rows.map((row) => [
      placeKey(row.sku, row.warehouse),
      { physical: row.physical, unseenOut: row.unseen_out, isCaptured: row.captured },
    ]),
  )
}

export function placeKey(sku: string, warehouse: string): string {
  return `${warehouse}\n${sku}`
}

export type TriedRow = {
  readonly id: bigint
  readonly state: string
  readonly error: string | null
  readonly result: unknown
  readonly at: Instant
}

/** The feed's newest dry run. */
export async function readLastTry(sql: Sql, id: bigint): Promise<TriedRow | null> {
  const [row] = await sql<TriedRow>`
    select id, state, error, result, updated_at as at from job
    where kind = ${DRY_RUN_JOB} and payload ->> 'feedId' = ${String(id)} order by id desc limit 1`
  return row ?? null
}

/** Whether a key that is still good may send stock figures. */
export async function hasPushKey(sql: Sql, now: Instant): Promise<boolean> {
  const rows = await sql`
    select 1 from api_key where revoked_at is null and (expires_at is null or expires_at > ${now})
      and (scopes @> '{stock:write}' or scopes @> '{admin}') limit 1`
  return rows.length > 0
}
