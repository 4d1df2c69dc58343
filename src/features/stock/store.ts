import type { Hold, HoldKind, HoldState, OwnerKind, StockLevel, StockPlace } from '#domain/stock.ts'
import type { Instant } from '#kernel/clock.ts'
import { canonicalJson } from '#kernel/hash.ts'
import { instantArray, int4Array, int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { HoldEnd, KeptHold, Movement, Quota, WarehouseFacts } from './core/ledger.ts'

type LevelRow = {
  readonly sku: string
  readonly warehouse: string
  readonly physical: number
  readonly locked: number
  readonly reserved: number
  readonly in_transit: number
  readonly safety: number
  readonly transit_counts: boolean
  readonly available: number
  readonly source_quantity: number | null
  readonly source_version: bigint | null
  readonly unseen_out: number
  readonly version: bigint
  readonly figures: 'own' | 'captured'
  readonly active: boolean
}
export type VersionedLevel = { readonly level: StockLevel; readonly version: bigint }

function levelOf(row: LevelRow): VersionedLevel {
  return {
    version: row.version,
    level: {
      sku: row.sku,
      warehouse: row.warehouse,
      physical: row.physical,
      locked: row.locked,
      reserved: row.reserved,
      inTransit: row.in_transit,
      safety: row.safety,
      available: row.available,
      transitCounts: row.transit_counts,
      figures: row.figures,
      active: row.active,
      sourceQuantity: row.source_quantity,
      sourceVersion: row.source_version,
      unseenOut: row.unseen_out,
    },
  }
}

const skus = (places: readonly StockPlace[]) => textArray(places.map((place) => place.sku))
const codes = (places: readonly StockPlace[]) => textArray(places.map((place) => place.warehouse))

/**
 * Locks the levels of these places in order of SKU and warehouse: whoever else wants some of them waits, and nobody waits in a circle.
 * With the database's time of it; null where there are none.
 */
export async function lockLevels(
  tx: Sql,
  places: readonly StockPlace[],
): Promise<{ readonly levels: readonly VersionedLevel[]; readonly at: Instant | null }> {
  const rows = await tx<LevelRow & { readonly at: Instant }>`
    select l.sku, l.warehouse, l.physical, l.locked, l.reserved, l.in_transit, l.safety, l.transit_counts, l.available,
      l.source_quantity, l.source_version, l.unseen_out, l.version, w.figures, w.active, clock_timestamp() as at
    from unnest(${skus(places)}::text[], ${codes(places)}::text[]) as wanted (sku, warehouse)
    join stock_level l on l.sku = wanted.sku and l.warehouse = wanted.warehouse
    join warehouse w on w.code = l.warehouse
    order by l.sku, l.warehouse for update of l`
  return { levels: rows.map(levelOf), at: rows[0]?.at ?? null }
}

/** Levels as they are, without a lock; places without one are left out. */
export async function readLevels(sql: Sql, places: readonly StockPlace[]): Promise<VersionedLevel[]> {
  const rows = await sql<LevelRow>`
    select l.sku, l.warehouse, l.physical, l.locked, l.reserved, l.in_transit, l.safety, l.transit_counts, l.available,
      l.source_quantity, l.source_version, l.unseen_out, l.version, w.figures, w.active
    from unnest(${skus(places)}::text[], ${codes(places)}::text[]) as wanted (sku, warehouse)
    join stock_level l on l.sku = wanted.sku and l.warehouse = wanted.warehouse
    join warehouse w on w.code = l.warehouse`
  return rows.map(levelOf)
}

/** Every warehouse's level of these SKUs, 20,000 rows at most. */
export async function readLevelsOfSkus(sql: Sql, wanted: readonly string[]): Promise<VersionedLevel[]> {
  const rows = await sql<LevelRow>`
    select l.sku, l.warehouse, l.physical, l.locked, l.reserved, l.in_transit, l.safety, l.transit_counts, l.available,
      l.source_quantity, l.source_version, l.unseen_out, l.version, w.figures, w.active
    from stock_level l join warehouse w on w.code = l.warehouse
    where l.sku = any(${textArray(wanted)}::text[]) order by l.sku, w.priority, l.warehouse limit 20000`
  return rows.map(levelOf)
}

/** Makes the missing levels, empty, where the warehouse exists; whose switch is being turned is waited for and read as it is then. */
export async function insertMissingLevels(
  tx: Sql,
  places: readonly StockPlace[],
  now: Instant,
): Promise<void> {
  await tx`
    insert into stock_level (sku, warehouse, transit_counts, updated_at)
    select p.sku, p.warehouse, w.counts_in_transit, ${now}
    from unnest(${skus(places)}::text[], ${codes(places)}::text[]) as p (sku, warehouse)
    join warehouse w on w.code = p.warehouse
    where not exists (select from stock_level l where l.sku = p.sku and l.warehouse = p.warehouse)
    order by p.sku, p.warehouse for share of w
    on conflict (sku, warehouse) do nothing`
}

export async function readWarehouses(
  sql: Sql,
  wanted: readonly string[],
): Promise<Map<string, WarehouseFacts>> {
  const rows = await sql<{
    code: string
    figures: 'own' | 'captured'
    active: boolean
    counts_in_transit: boolean
  }>`select code, figures, active, counts_in_transit from warehouse where code = any(${textArray(wanted)}::text[])`
  return new Map(
    rows.map((row) => [
      row.code,
      { figures: row.figures, active: row.active, transitCounts: row.counts_in_transit },
    ]),
  )
}

/** The places that these holds' lines are at. */
export async function placesOfHolds(sql: Sql, keys: readonly string[]): Promise<StockPlace[]> {
  return await sql<{ sku: string; warehouse: string }>`
    select l.sku, l.warehouse from unnest(${textArray(keys)}::text[]) as wanted (key)
    join stock_hold h on h.key = wanted.key join stock_hold_line l on l.hold_id = h.id`
}

type HoldRow = {
  readonly id: bigint
  readonly key: string
  readonly kind: HoldKind
  readonly state: HoldState
  readonly owner_kind: OwnerKind
  readonly owner: string
  readonly reference: string
  readonly channel: string | null
  readonly reason: string
  readonly actor: string
  readonly asked: string
  readonly created_at: Instant
  readonly deadline_at: Instant
  readonly heartbeat_at: Instant
  readonly on_deadline: 'ask' | 'release'
  readonly sku: string
  readonly warehouse: string
  readonly quantity: number
  readonly open: number
  readonly committed: number
  readonly from_quota: number
}

export async function readHolds(sql: Sql, keys: readonly string[]): Promise<KeptHold[]> {
  const rows = await sql<HoldRow>`
    select h.id, h.key, h.kind, h.state, h.owner_kind, h.owner, h.reference, h.channel, h.reason, h.actor, h.asked, h.created_at,
      h.deadline_at, h.heartbeat_at, h.on_deadline, l.sku, l.warehouse, l.quantity, l.open, l.committed, l.from_quota
    from unnest(${textArray(keys)}::text[]) as wanted (key)
    join stock_hold h on h.key = wanted.key join stock_hold_line l on l.hold_id = h.id`
  return [...Map.groupBy(rows, (row) => row.key).values()].map(holdOf)
}

function holdOf(rows: readonly HoldRow[]): KeptHold {
  const row = rows[0] as HoldRow
  return {
    id: row.id,
    key: row.key,
    kind: row.kind,
    state: row.state,
    owner: { kind: row.owner_kind, id: row.owner, reference: row.reference },
    channel: row.channel,
    reason: row.reason,
    actor: row.actor,
    asked: row.asked,
    createdAt: row.created_at,
    deadlineAt: row.deadline_at,
    heartbeatAt: row.heartbeat_at,
    onDeadline: row.on_deadline,
    lines: rows.map(({ sku, warehouse, quantity, open, committed, from_quota }) => ({
      sku,
      warehouse,
      quantity,
      open,
      committed,
      fromQuota: from_quota,
    })),
  }
}

/** The keys of all open holds of an owner. */
export async function readOwnersHolds(sql: Sql, kind: OwnerKind, owners: readonly string[]): Promise<Hold[]> {
  const keys = await sql<{ key: string }>`
    select key from stock_hold where owner_kind = ${kind} and owner = any(${textArray(owners)}::text[])`
  return keys.length === 0
    ? []
    : await readHolds(
        sql,
        keys.map((row) => row.key),
      )
}

export async function readQuotas(sql: Sql, places: readonly StockPlace[]): Promise<Quota[]> {
  const rows = await sql<{
    sku: string
    warehouse: string
    channel: string
    granted: number
    left_over: number
  }>`
    select q.sku, q.warehouse, q.channel, q.granted, q.left_over
    from unnest(${skus(places)}::text[], ${codes(places)}::text[]) as wanted (sku, warehouse)
    join stock_quota q on q.sku = wanted.sku and q.warehouse = wanted.warehouse`
  return rows.map(({ left_over, ...row }) => ({ ...row, leftOver: left_over }))
}

export async function readApplied(sql: Sql, keys: readonly string[]): Promise<string[]> {
  const rows = await sql<{ key: string }>`
    select a.key from unnest(${textArray(keys)}::text[]) as wanted (key) join stock_applied a on a.key = wanted.key`
  return rows.map((row) => row.key)
}

/** Answers false where another transaction took one of the keys at the same moment. */
export async function insertApplied(tx: Sql, keys: readonly string[], now: Instant): Promise<boolean> {
  const rows = await tx`
    insert into stock_applied (key, at) select key, ${now} from unnest(${textArray(keys.toSorted())}::text[]) as given (key)
    on conflict (key) do nothing returning 1`
  return rows.length === keys.length
}

export async function nextHoldBlock(sql: Sql): Promise<bigint> {
  const [row] = await sql<{ id: bigint }>`select nextval('stock_hold_id') as id`
  return row?.id ?? 0n
}

/** Levels, new holds with their lines, and movements in one statement: they are what a lock costs. */
export async function writeChanges(
  tx: Sql,
  levels: readonly StockLevel[],
  holds: readonly KeptHold[],
  movements: readonly Movement[],
  now: Instant,
): Promise<void> {
  const lines = holds.flatMap((hold) => hold.lines.map((line) => ({ ...line, hold })))
  await tx`
    with level as (
      update stock_level l set physical = n.physical, locked = n.locked, reserved = n.reserved, in_transit = n.in_transit,
        safety = n.safety, source_quantity = n.source_quantity, source_version = n.source_version, unseen_out = n.unseen_out,
        version = l.version + 1, updated_at = ${now}
      from unnest(
        ${skus(levels)}::text[], ${codes(levels)}::text[], ${int4Array(levels.map((one) => one.physical))}::int[],
        ${int4Array(levels.map((one) => one.locked))}::int[], ${int4Array(levels.map((one) => one.reserved))}::int[],
        ${int4Array(levels.map((one) => one.inTransit))}::int[], ${int4Array(levels.map((one) => one.safety))}::int[],
        ${int4Array(levels.map((one) => one.sourceQuantity))}::int[], ${int8Array(levels.map((one) => one.sourceVersion))}::bigint[],
        ${int4Array(levels.map((one) => one.unseenOut))}::int[]
      ) as n (sku, warehouse, physical, locked, reserved, in_transit, safety, source_quantity, source_version, unseen_out)
      where l.sku = n.sku and l.warehouse = n.warehouse
    ), hold as (
      insert into stock_hold (id, key, kind, state, owner_kind, owner, reference, channel, reason, actor, asked, created_at,
        deadline_at, heartbeat_at, on_deadline)
      select n.id, n.key, n.kind, n.state, n.owner_kind, n.owner, n.reference, n.channel, n.reason, n.actor, n.asked, ${now},
        n.deadline_at, ${now}, n.on_deadline
      from unnest(
        ${int8Array(holds.map((one) => one.id))}::bigint[], ${textArray(holds.map((one) => one.key))}::text[],
        ${textArray(holds.map((one) => one.kind))}::text[], ${textArray(holds.map((one) => one.state))}::text[],
        ${textArray(holds.map((one) => one.owner.kind))}::text[], ${textArray(holds.map((one) => one.owner.id))}::text[],
        ${textArray(holds.map((one) => one.owner.reference))}::text[], ${textArray(holds.map((one) => one.channel))}::text[],
        ${textArray(holds.map((one) => one.reason))}::text[], ${textArray(holds.map((one) => one.actor))}::text[],
        ${textArray(holds.map((one) => one.asked))}::text[], ${instantArray(holds.map((one) => one.deadlineAt))}::timestamptz[],
        ${textArray(holds.map((one) => one.onDeadline))}::text[]
      ) as n (id, key, kind, state, owner_kind, owner, reference, channel, reason, actor, asked, deadline_at, on_deadline)
    ), line as (
      insert into stock_hold_line (hold_id, sku, warehouse, kind, quantity, open, committed, from_quota)
      select n.hold_id, n.sku, n.warehouse, n.kind, n.quantity, n.open, n.committed, n.from_quota
      from unnest(
        ${int8Array(lines.map((one) => one.hold.id))}::bigint[], ${skus(lines)}::text[], ${codes(lines)}::text[],
        ${textArray(lines.map((one) => one.hold.kind))}::text[], ${int4Array(lines.map((one) => one.quantity))}::int[],
        ${int4Array(lines.map((one) => one.open))}::int[], ${int4Array(lines.map((one) => one.committed))}::int[],
        ${int4Array(lines.map((one) => one.fromQuota))}::int[]
      ) as n (hold_id, sku, warehouse, kind, quantity, open, committed, from_quota)
    )
    insert into stock_movement (at, sku, warehouse, cause, physical, locked, reserved, in_transit, safety, available_after, hold_id,
      actor, evidence)
    select ${now}, n.sku, n.warehouse, n.cause, n.physical, n.locked, n.reserved, n.in_transit, n.safety, n.available_after, n.hold_id,
      n.actor, n.evidence::jsonb
    from unnest(
      ${skus(movements)}::text[], ${codes(movements)}::text[], ${textArray(movements.map((one) => one.cause))}::text[],
      ${int4Array(movements.map((one) => one.physical))}::int[], ${int4Array(movements.map((one) => one.locked))}::int[],
      ${int4Array(movements.map((one) => one.reserved))}::int[], ${int4Array(movements.map((one) => one.inTransit))}::int[],
      ${int4Array(movements.map((one) => one.safety))}::int[], ${int4Array(movements.map((one) => one.availableAfter))}::int[],
      ${int8Array(movements.map((one) => one.holdId))}::bigint[], ${textArray(movements.map((one) => one.actor))}::text[],
      ${textArray(movements.map((one) => (one.evidence === null ? null : canonicalJson(one.evidence))))}::text[]
    ) as n (sku, warehouse, cause, physical, locked, reserved, in_transit, safety, available_after, hold_id, actor, evidence)`
}

/** Holds that were there before, as they are now, with what ended them. */
export async function updateHolds(
  tx: Sql,
  holds: readonly { readonly hold: KeptHold; readonly end: HoldEnd }[],
  now: Instant,
): Promise<void> {
  const all = holds.map((one) => one.hold)
  await tx`
    update stock_hold h set key = n.key, state = n.state, deadline_at = n.deadline_at, heartbeat_at = n.heartbeat_at,
      ended_at = case when n.state = 'held' then null else ${now}::timestamptz end,
      ended_by = case when n.state = 'held' then null else n.ended_by end,
      ended_reason = case when n.state = 'held' then null else n.ended_reason end
    from unnest(
      ${int8Array(all.map((one) => one.id))}::bigint[], ${textArray(all.map((one) => one.key))}::text[],
      ${textArray(all.map((one) => one.state))}::text[], ${instantArray(all.map((one) => one.deadlineAt))}::timestamptz[], ${instantArray(all.map((one) => one.heartbeatAt))}::timestamptz[],
      ${textArray(holds.map((one) => one.end.by))}::text[], ${textArray(holds.map((one) => one.end.reason))}::text[]
      ) as n (id, key, state, deadline_at, heartbeat_at, ended_by, ended_reason)
    where h.id = n.id`
  const lines = all.flatMap((hold) => hold.lines.map((line) => ({ ...line, id: hold.id })))
  await tx`
    update stock_hold_line l set open = n.open, committed = n.committed, from_quota = n.from_quota
    from unnest(
      ${int8Array(lines.map((one) => one.id))}::bigint[], ${skus(lines)}::text[], ${codes(lines)}::text[],
      ${int4Array(lines.map((one) => one.open))}::int[], ${int4Array(lines.map((one) => one.committed))}::int[],
      ${int4Array(lines.map((one) => one.fromQuota))}::int[]
    ) as n (hold_id, sku, warehouse, open, committed, from_quota)
    where l.hold_id = n.hold_id and l.sku = n.sku and l.warehouse = n.warehouse
      and (l.open, l.committed, l.from_quota) is distinct from (n.open, n.committed, n.from_quota)`
}

export async function writeQuotas(
  tx: Sql,
  quotas: readonly Quota[],
  by: string,
  now: Instant,
): Promise<void> {
  await tx`
    insert into stock_quota (sku, warehouse, channel, granted, left_over, updated_by, updated_at)
    select n.sku, n.warehouse, n.channel, n.granted, n.left_over, ${by}, ${now}
    from unnest(
      ${skus(quotas)}::text[], ${codes(quotas)}::text[], ${textArray(quotas.map((one) => one.channel))}::text[],
      ${int4Array(quotas.map((one) => one.granted))}::int[], ${int4Array(quotas.map((one) => one.leftOver))}::int[]
    ) as n (sku, warehouse, channel, granted, left_over)
    on conflict (sku, warehouse, channel) do update
    set granted = excluded.granted, left_over = excluded.left_over, updated_by = excluded.updated_by, updated_at = excluded.updated_at`
}

/** What is free of these SKUs at active warehouses, safety stock left out; 1,000 rows at most. */
export async function readElsewhere(
  sql: Sql,
  wanted: readonly string[],
): Promise<{ readonly sku: string; readonly warehouse: string; readonly available: number }[]> {
  return await sql<{ sku: string; warehouse: string; available: number }>`
    select l.sku, l.warehouse, l.available - l.safety as available from stock_level l join warehouse w on w.code = l.warehouse
    where l.sku = any(${textArray(wanted)}::text[]) and l.available > l.safety and w.active
    order by l.sku, l.available desc limit 1000`
}
