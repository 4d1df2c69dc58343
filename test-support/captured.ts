import type { Connector } from '#domain/connector.ts'
import type { FeedChange, FeedMapping } from '#domain/stock-feed.ts'
import type { Connected } from '#features/intake/index.ts'
import type { ConnectionId } from '#kernel/id.ts'
import type { Database } from '#platform/postgres/database.ts'
import { type FakeSource, fakeFeed } from './fake-feed.ts'

export const level = (
  sku: string,
  quantity: number,
  version: bigint | null,
  warehouse = 'w',
): FeedChange => ({
  kind: 'level',
  warehouse,
  sku,
  quantity,
  version,
  reference: null,
  removed: false,
})
export const move = (sku: string, delta: number, id: string): FeedChange => ({
  kind: 'movement',
  warehouse: 'w',
  sku,
  delta,
  id,
  reference: `SO-${id}`,
})
const MAPPING: FeedMapping = {
  mode: 'levels',
  table: 'wms.stock',
  sku: 'sku',
  quantity: 'qty',
  warehouse: 'wh',
  version: 'v',
  id: null,
  reference: null,
  zone: 'UTC',
}

export async function addFeed(
  db: Database,
  name: string,
  more: { mapping?: Partial<FeedMapping>; onDrift?: string } = {},
): Promise<bigint> {
  const mapping = { ...MAPPING, ...more.mapping }
  const [row] = await db<{ id: bigint }>`
    insert into stock_feed (connection_id, name, state, mapping, mapping_hash, on_drift, updated_by)
    values (${name}, ${name}, 'live', ${JSON.stringify(mapping)}::jsonb, ${JSON.stringify(mapping)}, ${more.onDrift ?? 'ask'}, 't')
    returning id`
  const id = row?.id ?? 0n
  await db`insert into stock_feed_warehouse (feed_id, source_code, warehouse) values (${id}, 'w', 'W'), (${id}, 'v', 'V')`
  return id
}

export function connectedTo(name: string, source: FakeSource): Connected {
  const connector = {
    kind: 'fake',
    role: 'warehouse',
    stockFeed: () => fakeFeed(source),
  } as unknown as Connector
  return { id: name as ConnectionId, kind: 'fake', name, paused: false, settings: {}, connector }
}

export async function ledgerOf(db: Database): Promise<Record<string, number>> {
  const rows = await db<{ sku: string; warehouse: string; physical: number }>`
    select sku, warehouse, physical from stock_level order by sku, warehouse`
  return Object.fromEntries(rows.map((row) => [`${row.sku}@${row.warehouse}`, row.physical]))
}
export async function findingsOf(db: Database): Promise<string[]> {
  const rows = await db<{
    kind: string
    sku: string
    state: string
    ledger: number | null
    captured: number | null
  }>`
    select kind, sku, state, ledger, captured from stock_finding where settled_at is null order by kind, sku`
  return rows.map((row) => `${row.kind} ${row.sku} ${row.state} ${row.ledger}/${row.captured}`)
}
export async function reservedOf(db: Database): Promise<Record<string, number>> {
  const rows = await db<{ sku: string; reserved: number }>`
    select sku, reserved from stock_level where reserved > 0 order by sku`
  return Object.fromEntries(rows.map((row) => [row.sku, row.reserved]))
}

/** Empty tables and two captured warehouses, W and V. */
export async function freshLedger(db: Database): Promise<void> {
  // Deleting a few rows takes a tenth of the time of truncating partitioned tables.
  await db`delete from stock_movement`
  await db`delete from stock_hold_line`
  await db`delete from stock_hold`
  await db`delete from stock_level`
  await db`delete from stock_applied`
  await db`delete from stock_finding`
  await db`delete from capture_place`
  await db`delete from capture_minute`
  await db`delete from capture_seen`
  await db`delete from capture_upload`
  await db`delete from stock_feed_warehouse`
  await db`delete from stock_feed`
  await db`delete from warehouse`
  await db`insert into warehouse (code, name, figures, updated_by) values ('W', '仓', 'captured', 't'), ('V', '二仓', 'captured', 't')`
}
