import type { Instant } from '#kernel/clock.ts'
import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import { json, type Sql } from '#platform/postgres/database.ts'
import type { LedgerFault } from '../core/repair.ts'

export type CounterRow = {
  readonly sku: string
  readonly warehouse: string
  readonly locked: number
  readonly reserved: number
  readonly held_locked: number
  readonly held_reserved: number
}

const FAULTS_MOST = 1_000

/** Levels whose counters are not the sum of what is held; one snapshot, so that locks under way are no fault. */
export async function readCounterFaults(sql: Sql): Promise<CounterRow[]> {
  return await sql<CounterRow>`
    with held as (
      select sku, warehouse, coalesce(sum(open) filter (where kind = 'lock'), 0)::int as locked,
        coalesce(sum(open) filter (where kind = 'reservation'), 0)::int as reserved
      from stock_hold_line where open > 0 group by sku, warehouse
    ), quota as (
      select sku, warehouse, sum(left_over)::int as left_over from stock_quota group by sku, warehouse
    )
    select l.sku, l.warehouse, l.locked, l.reserved, coalesce(h.locked, 0) as held_locked,
      coalesce(h.reserved, 0) + coalesce(q.left_over, 0) as held_reserved
    from stock_level l left join held h using (sku, warehouse) left join quota q using (sku, warehouse)
    where l.locked <> coalesce(h.locked, 0) or l.reserved <> coalesce(h.reserved, 0) + coalesce(q.left_over, 0)
    order by l.sku, l.warehouse limit ${FAULTS_MOST}`
}

export async function readHoldFaults(sql: Sql): Promise<LedgerFault[]> {
  const rows = await sql<{ id: bigint; key: string; state: string; pieces: number }>`
    select h.id, h.key, h.state, sum(l.open)::int as pieces from stock_hold h join stock_hold_line l on l.hold_id = h.id
    where l.open > 0 and h.state <> 'held' group by h.id
    union all
    select h.id, h.key, h.state, 0 from stock_hold h
    where h.state = 'held' and not exists (select from stock_hold_line l where l.hold_id = h.id and l.open > 0)
    order by 1 limit ${FAULTS_MOST}`
  return rows.map(({ id, key, state, pieces }) => ({
    kind: state === 'held' ? 'held_empty' : 'ended_open',
    holdId: id.toString(),
    key,
    pieces,
  }))
}

export async function countLedger(sql: Sql): Promise<{ readonly levels: bigint; readonly holds: bigint }> {
  const [row] = await sql<{ levels: bigint; holds: bigint }>`
    select (select count(*) from stock_level) as levels, (select count(*) from stock_hold where state = 'held') as holds`
  return row ?? { levels: 0n, holds: 0n }
}

export async function insertCheck(
  sql: Sql,
  run: {
    readonly at: Instant
    readonly tookMs: number
    readonly levels: bigint
    readonly holds: bigint
    readonly faults: readonly LedgerFault[]
  },
): Promise<bigint> {
  const [row] = await sql<{ id: bigint }>`
    insert into ledger_check (at, took_ms, levels, holds, faults)
    values (${run.at}, ${Math.round(run.tookMs)}, ${run.levels}, ${run.holds}, ${json(run.faults)}::jsonb) returning id`
  return row?.id ?? 0n
}

export type CheckRow = {
  readonly id: bigint
  readonly at: Instant
  readonly took_ms: number
  readonly levels: bigint
  readonly holds: bigint
  readonly faults: readonly LedgerFault[]
  readonly repaired_at: Instant | null
  readonly repaired_by: string | null
}

export async function readChecks(sql: Sql, limit: number): Promise<CheckRow[]> {
  return await sql<CheckRow>`
    select id, at, took_ms, levels, holds, faults, repaired_at, repaired_by from ledger_check order by at desc, id desc limit ${limit}`
}

/** Old clean runs are of no use to anybody. */
export async function pruneChecks(sql: Sql, before: Instant): Promise<void> {
  await sql`delete from ledger_check where at < ${before}`
}

export async function noteRepair(
  tx: Sql,
  id: bigint,
  by: string,
  steps: unknown,
  now: Instant,
): Promise<void> {
  await tx`update ledger_check set repaired_at = ${now}, repaired_by = ${by}, repair = ${json(steps)}::jsonb where id = ${id}`
}

/** Lets a counter be raised to what is truly held even where that is more than there is: the guard is against new takers. */
export async function letGuardPass(tx: Sql): Promise<void> {
  await tx`select set_config('holdfast.repair', 'on', true)`
}

/** All levels that these holds or places touch, in the order that all keep. */
export async function lockForRepair(
  tx: Sql,
  places: readonly { readonly sku: string; readonly warehouse: string }[],
  holds: readonly bigint[],
): Promise<void> {
  await tx`
    select 1 from stock_level l where (l.sku, l.warehouse) in (
      select * from unnest(${textArray(places.map((one) => one.sku))}::text[], ${textArray(places.map((one) => one.warehouse))}::text[])
      union select sku, warehouse from stock_hold_line where hold_id = any(${int8Array(holds)}::bigint[]))
    order by l.sku, l.warehouse for update`
}

/** Settles holds that say two things at once; answers how many lines were closed. */
export async function settleHolds(
  tx: Sql,
  holds: readonly bigint[],
  by: string,
  now: Instant,
): Promise<number> {
  const lines = await tx`
    update stock_hold_line l set open = 0, from_quota = 0 from stock_hold h
    where h.id = l.hold_id and h.id = any(${int8Array(holds)}::bigint[]) and h.state <> 'held' and l.open > 0 returning 1`
  await tx`
    update stock_hold h set state = case when exists (
        select from stock_hold_line l where l.hold_id = h.id and l.committed > 0) then 'committed' else 'released' end,
      ended_at = ${now}, ended_by = ${by}, ended_reason = 'repair'
    where h.id = any(${int8Array(holds)}::bigint[]) and h.state = 'held'
      and not exists (select from stock_hold_line l where l.hold_id = h.id and l.open > 0)`
  return lines.length
}

/** Sets the counters of these places to what is held, with a movement each that says from what to what. */
export async function settleCounters(
  tx: Sql,
  places: readonly { readonly sku: string; readonly warehouse: string }[],
  by: string,
  now: Instant,
): Promise<number> {
  const rows = await tx`
    with held as (
      select p.sku, p.warehouse,
        coalesce((select sum(l.open) from stock_hold_line l where l.sku = p.sku and l.warehouse = p.warehouse and l.open > 0
          and l.kind = 'lock'), 0)::int as locked,
        coalesce((select sum(l.open) from stock_hold_line l where l.sku = p.sku and l.warehouse = p.warehouse and l.open > 0
          and l.kind = 'reservation'), 0)::int
        + coalesce((select sum(q.left_over) from stock_quota q where q.sku = p.sku and q.warehouse = p.warehouse), 0)::int as reserved
      from unnest(${textArray(places.map((one) => one.sku))}::text[], ${textArray(places.map((one) => one.warehouse))}::text[])
        as p (sku, warehouse)
    ), before as (
      select l.sku, l.warehouse, l.locked, l.reserved from stock_level l join held using (sku, warehouse)
    ), changed as (
      update stock_level l set locked = held.locked, reserved = held.reserved, version = version + 1, updated_at = ${now}
      from held where l.sku = held.sku and l.warehouse = held.warehouse
        and (l.locked <> held.locked or l.reserved <> held.reserved)
      returning l.sku, l.warehouse, l.locked, l.reserved, l.available
    )
    insert into stock_movement (at, sku, warehouse, cause, physical, locked, reserved, in_transit, safety, available_after, actor, evidence)
    select ${now}, c.sku, c.warehouse, 'repair', 0, c.locked - b.locked, c.reserved - b.reserved, 0, 0, c.available, ${by},
      jsonb_build_object('locked', jsonb_build_array(b.locked, c.locked), 'reserved', jsonb_build_array(b.reserved, c.reserved))
    from changed c join before b using (sku, warehouse) order by c.sku, c.warehouse returning 1`
  return rows.length
}
