import type { Database } from '#platform/postgres/database.ts'

// The ledger as it stands in the hub's database, read by the harness itself.

export type LedgerHold = {
  readonly id: bigint
  readonly key: string
  readonly state: 'held' | 'released' | 'committed'
  readonly onDeadline: 'ask' | 'release'
  readonly deadlineMs: number
  readonly lines: readonly LedgerLine[]
}
export type LedgerLine = {
  readonly sku: string
  readonly warehouse: string
  readonly quantity: number
  readonly open: number
  readonly committed: number
}
export type LedgerLevel = {
  readonly sku: string
  readonly warehouse: string
  readonly physical: number
  readonly locked: number
  readonly reserved: number
  readonly inTransit: number
  readonly available: number
}
/** Sums of all movements of a place. */
export type LedgerMoved = Omit<LedgerLevel, 'available'>
export type LedgerReceipt = { readonly id: string; readonly pieces: number; readonly times: number }
export type LedgerTransfer = {
  readonly key: string
  readonly id: bigint
  readonly state: string
  readonly from: string
  readonly to: string
  readonly sku: string
  readonly quantity: number
  readonly dispatched: number
  readonly received: number
  readonly others: number
}
export type StockLedger = {
  readonly atMs: number
  readonly holds: readonly LedgerHold[]
  readonly levels: readonly LedgerLevel[]
  readonly moved: readonly LedgerMoved[]
  readonly receipts: readonly LedgerReceipt[]
  readonly transfers: readonly LedgerTransfer[]
}

/** All of it as of one moment. */
export async function readLedger(sql: Database): Promise<StockLedger> {
  const [row] = await sql<{
    ledger: Omit<StockLedger, 'holds'> & { holds: readonly (LedgerHold & { id: string })[] }
  }>`
    select json_build_object(
      'atMs', (extract(epoch from now()) * 1000)::bigint,
      'holds', (select coalesce(json_agg(json_build_object('id', h.id::text, 'key', h.key, 'state', h.state, 'onDeadline', h.on_deadline,
          'deadlineMs', (extract(epoch from h.deadline_at) * 1000)::bigint,
          'lines', (select coalesce(json_agg(json_build_object('sku', l.sku, 'warehouse', l.warehouse, 'quantity', l.quantity,
            'open', l.open, 'committed', l.committed)), '[]') from stock_hold_line l where l.hold_id = h.id))), '[]') from stock_hold h),
      'levels', (select coalesce(json_agg(json_build_object('sku', sku, 'warehouse', warehouse, 'physical', physical, 'locked', locked,
          'reserved', reserved, 'inTransit', in_transit, 'available', available)), '[]') from stock_level),
      'moved', (select coalesce(json_agg(m), '[]') from (select sku, warehouse, sum(physical)::int as physical, sum(locked)::int as locked,
          sum(reserved)::int as reserved, sum(in_transit)::int as "inTransit" from stock_movement group by sku, warehouse) m),
      'receipts', (select coalesce(json_agg(r), '[]') from (select evidence->>'reason' as id, sum(physical)::int as pieces, count(*)::int as times
          from stock_movement where hold_id is null and evidence->>'reason' like 'receipt %' group by 1) r),
      'transfers', (select coalesce(json_agg(json_build_object('key', t.request_key, 'id', t.id::text, 'state', t.state, 'from', t.from_warehouse,
          'to', t.to_warehouse, 'sku', l.sku, 'quantity', l.quantity, 'dispatched', l.dispatched, 'received', l.received,
          'others', l.damaged + l.lost + l.returned)), '[]') from transfer t join transfer_line l on l.transfer_id = t.id)
    ) as ledger`
  if (row === undefined) throw new Error('the ledger said nothing')
  const { ledger } = row
  return { ...ledger, holds: ledger.holds.map((hold) => ({ ...hold, id: BigInt(hold.id) })) }
}

export type Sampled = { readonly negative: string | null; readonly uneven: string | null }

/** A look while everything goes on: a level below nothing, a counter that is not the sum of its holds. One statement, one moment. */
export async function sampleLedger(sql: Database): Promise<Sampled> {
  const [row] = await sql<Sampled>`
    with held as (
      select sku, warehouse, sum(open) filter (where kind = 'lock') as locked, sum(open) filter (where kind = 'reservation') as reserved
      from stock_hold_line where open > 0 group by sku, warehouse)
    select
      (select concat(sku, '@', warehouse, ' ', available) from stock_level where available < 0 limit 1) as negative,
      (select concat(l.sku, '@', l.warehouse, ' ', l.locked, '/', l.reserved, ' counted, ', coalesce(h.locked, 0), '/', coalesce(h.reserved, 0), ' held')
        from stock_level l left join held h using (sku, warehouse)
        where l.locked <> coalesce(h.locked, 0) or l.reserved <> coalesce(h.reserved, 0) limit 1) as uneven`
  return { negative: row?.negative || null, uneven: row?.uneven || null }
}
