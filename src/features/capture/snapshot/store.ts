import type { StockPlace } from '#domain/stock.ts'
import type { Instant } from '#kernel/clock.ts'
import { int4Array, int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Run } from '../store.ts'

export type SeenRow = StockPlace & {
  readonly quantity: number
  readonly version: bigint | null
  readonly times: number
}

/** Forgets what an earlier try read, and says that reading begins. */
export async function beginReading(
  tx: Sql,
  { feedId, runNo }: Run,
  total: number | null,
  now: Instant,
): Promise<void> {
  await tx`delete from capture_seen where feed_id = ${feedId}`
  await tx`
    update stock_feed set snapshot_stage = 'reading', snapshot_position = null, snapshot_started_at = ${now}, snapshot_rows = 0,
      snapshot_total = ${total === null ? null : BigInt(total)}
    where id = ${feedId} and run_no = ${runNo}`
}

/** Rows of one place: the smallest figure stands, since more than one row cannot be followed anyhow. */
export async function addSeen(
  tx: Sql,
  { feedId, runNo }: Run,
  rows: readonly SeenRow[],
  now: Instant,
): Promise<void> {
  if (rows.length > 0)
    await tx`
      insert into capture_seen as c (feed_id, warehouse, sku, quantity, version, times)
      select ${feedId}, * from unnest(${textArray(rows.map((one) => one.warehouse))}::text[],
        ${textArray(rows.map((one) => one.sku))}::text[], ${int4Array(rows.map((one) => one.quantity))}::int[],
        ${int8Array(rows.map((one) => one.version))}::bigint[], ${int4Array(rows.map((one) => one.times))}::int[])
      on conflict (feed_id, warehouse, sku) do update set times = c.times + excluded.times,
        quantity = c.quantity + excluded.quantity, version = greatest(c.version, excluded.version)`
  await tx`
    update stock_feed set snapshot_rows = snapshot_rows + ${rows.length}, heartbeat_at = ${now}, seen_at = ${now}
    where id = ${feedId} and run_no = ${runNo}`
}

/** All is read: from here on a restart goes on comparing. */
export async function beginComparing(tx: Sql, { feedId, runNo }: Run, position: string): Promise<void> {
  await tx`
    update stock_feed set snapshot_stage = 'comparing', snapshot_position = ${position},
      snapshot_total = (select count(*) from capture_seen where feed_id = ${feedId}), snapshot_rows = 0
    where id = ${feedId} and run_no = ${runNo}`
}

/** The next rows after a place, in order of warehouse and SKU. */
export async function readSeen(
  sql: Sql,
  feedId: bigint,
  after: StockPlace | null,
  limit: number,
): Promise<SeenRow[]> {
  return await sql<SeenRow>`
    select warehouse, sku, quantity, version, times from capture_seen
    where feed_id = ${feedId} and (warehouse, sku) > (${after?.warehouse ?? ''}, ${after?.sku ?? ''})
    order by warehouse, sku limit ${limit}`
}

/** Places of these warehouses that the ledger has pieces of by the source's word, and that the snapshot did not hold. */
export async function readUnlisted(
  sql: Sql,
  feedId: bigint,
  warehouses: readonly string[],
  after: StockPlace | null,
  limit: number,
): Promise<StockPlace[]> {
  return await sql<StockPlace>`
    select l.warehouse, l.sku from stock_level l
    where l.warehouse = any(${textArray(warehouses)}::text[]) and (l.source_quantity <> 0 or l.physical > 0)
      and (l.warehouse, l.sku) > (${after?.warehouse ?? ''}, ${after?.sku ?? ''})
      and not exists (
        select 1 from capture_seen c where c.feed_id = ${feedId} and c.warehouse = l.warehouse and c.sku = l.sku)
    order by l.warehouse, l.sku limit ${limit}`
}

export async function addCompared(
  sql: Sql,
  { feedId, runNo }: Run,
  rows: number,
  now: Instant,
): Promise<void> {
  await sql`
    update stock_feed set snapshot_rows = snapshot_rows + ${rows}, heartbeat_at = ${now}, seen_at = ${now}
    where id = ${feedId} and run_no = ${runNo}`
}

/** The snapshot is in the ledger: what it made up for is over, and following goes on from where it stood. */
export async function endSnapshot(
  tx: Sql,
  { feedId, runNo }: Run,
  end: { readonly position: string; readonly idHigh: string | null; readonly keepsGap: boolean },
  now: Instant,
): Promise<void> {
  const { position, idHigh, keepsGap } = end
  await tx`
    update stock_feed set position = ${position}, position_mapping = mapping_hash, snapshot_at = ${now}, wants_snapshot = false,
      snapshot_stage = null, snapshot_position = null,
      gap_at = case when ${keepsGap} then gap_at end, gap_words = case when ${keepsGap} then gap_words end,
      gap_words_en = case when ${keepsGap} then gap_words_en end, schema_at = null,
      schema_usable = null, schema_words = null, schema_words_en = null, seen_at = ${now}, heartbeat_at = ${now},
      id_high = greatest(id_high, ${idHigh}::numeric), id_low = coalesce(id_low, ${idHigh}::numeric)
    where id = ${feedId} and run_no = ${runNo}`
  await tx`delete from capture_seen where feed_id = ${feedId}`
  await tx`
    update stock_finding set state = case when state = 'kept' then 'kept' else 'gone' end, ended_at = coalesce(ended_at, ${now}),
      ended_by = coalesce(ended_by, 'hub'), ended_words = coalesce(ended_words, 'the table was read anew'), settled_at = ${now}
    where feed_id = ${feedId} and kind = 'unreadable' and settled_at is null
      and opened_at < (select snapshot_started_at from stock_feed where id = ${feedId})`
}
