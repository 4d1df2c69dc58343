import type { OrderStatus } from '#domain/order-status.ts'
import type { Taken } from '#domain/stock.ts'
import type { Instant } from '#kernel/clock.ts'
import { instantArray, int4Array, int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { OrderHold, Standing, StockState } from './core/decide.ts'
import type { RouteRule, Spread, Warehouses } from './core/routes.ts'
import { type Bundles, type StockOrder, WAITING_STATUSES } from './core/target.ts'

/** What lacks of one SKU, and where else how many of it are. */
export type Lack = {
  readonly sku: string
  readonly wanted: number
  /** What the candidates have. */
  readonly had: number
  readonly available: readonly { readonly warehouse: string; readonly available: number }[]
}

/** An order's stock as it was left when it was last looked at. */
export type KeptStanding = Standing & {
  readonly orderId: bigint
  readonly shortage: readonly Lack[] | null
  readonly bundles: Readonly<Record<string, readonly { readonly sku: string; readonly quantity: number }[]>>
  readonly tries: number
  readonly nextTryAt: Instant | null
  readonly since: Instant
  readonly updatedAt: Instant
}

/** Since when the hub counts stock; null while it counts none, and then no order is touched. */
export async function countsSince(sql: Sql): Promise<Instant | null> {
  const [row] = await sql<{ since: Instant | null }>`
    select min(created_at) as since from warehouse where exists (select from stock_level)`
  return row?.since ?? null
}

/** One bringing of orders to their stock at a time, over all processes, until the transaction ends. */
export async function takeTurn(tx: Sql): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended('holdfast.order_stock.settle', 0))`
}

export async function markPlace(tx: Sql): Promise<void> {
  await tx`savepoint order_stock_plan`
}

/** Undoes everything since the mark, row locks included. */
export async function returnToPlace(tx: Sql): Promise<void> {
  await tx`rollback to savepoint order_stock_plan`
}

type OrderRow = {
  readonly id: bigint
  readonly connection_id: string
  readonly kind: string | null
  readonly order_no: string
  readonly status: OrderStatus
  readonly paid_at: Instant | null
  readonly sort_at: Instant
  readonly shipped_at: Instant | null
  readonly parcels: readonly {
    readonly status: StockOrder['parcels'][number]['stage']
    readonly lines?: readonly { readonly lineId: string; readonly quantity: number }[]
  }[]
  readonly lines: StockOrder['lines'] | null
  readonly left_whole: boolean
}

/** Orders as they now stand, in the order of their ids. */
export async function readStockOrders(sql: Sql, ids: readonly bigint[]): Promise<StockOrder[]> {
  if (ids.length === 0) return []
  const rows = await sql<OrderRow>`
    select o.id, o.connection_id, c.kind, o.order_no, o.status, o.paid_at, o.sort_at, o.shipped_at,
      coalesce(o.record -> 'parcels', '[]'::jsonb) as parcels, l.lines,
      case when o.status in ('shipped', 'cancelled', 'refunded', 'returned') then exists (
        select from order_subject s join fact f on f.subject = s.subject
        where s.order_id = o.id and s.subject not like 'parcel:%' and f.tracking_no is null
          and f.kind in ('dispatched', 'picked_up', 'in_transit', 'out_for_delivery', 'delivered', 'returning', 'signed_back')
      ) else false end as left_whole
    from sales_order o
    left join connection c on c.id = o.connection_id
    left join lateral (
      select jsonb_agg(jsonb_build_object('lineId', line_id, 'sku', stock_sku, 'quantity', quantity) order by line_id) as lines
      from order_line where order_id = o.id
    ) l on true
    where o.id = any(${int8Array(ids)}::bigint[]) order by o.id`
  return rows.map((row) => ({
    id: row.id,
    connection: row.connection_id,
    kind: row.kind ?? '',
    orderNo: row.order_no,
    status: row.status,
    since: row.paid_at ?? row.sort_at,
    shippedAt: row.shipped_at,
    lines: row.lines ?? [],
    parcels: row.parcels.map((parcel) => ({ stage: parcel.status, lines: parcel.lines ?? [] })),
    leftWhole: row.left_whole,
  }))
}

export async function readStandings(
  sql: Sql,
  ids: readonly bigint[],
): Promise<ReadonlyMap<bigint, KeptStanding>> {
  const rows = await sql<{
    order_id: bigint
    state: StockState
    generation: number
    hold_key: string | null
    shortage: readonly Lack[] | null
    restored: readonly Taken[]
    bundles: KeptStanding['bundles']
    code: string | null
    tries: number
    next_try_at: Instant | null
    since: Instant
    updated_at: Instant
  }>`
    select order_id, state, generation, hold_key, shortage, restored, bundles, code, tries, next_try_at, since, updated_at
    from order_stock where order_id = any(${int8Array(ids)}::bigint[])`
  return new Map(
    rows.map((row) => [
      row.order_id,
      {
        orderId: row.order_id,
        state: row.state,
        generation: row.generation,
        holdKey: row.hold_key,
        shortage: row.shortage,
        restored: row.restored,
        bundles: row.bundles,
        code: row.code,
        tries: row.tries,
        nextTryAt: row.next_try_at,
        since: row.since,
        updatedAt: row.updated_at,
      },
    ]),
  )
}

/** Every hold that was made for these orders as the hub's own, by order. */
export async function readOrderHolds(
  sql: Sql,
  ids: readonly bigint[],
): Promise<ReadonlyMap<bigint, OrderHold[]>> {
  const rows = await sql<{
    owner: string
    id: bigint
    key: string
    state: OrderHold['state']
    lines: OrderHold['lines']
  }>`
    select h.owner, h.id, h.key, h.state, jsonb_agg(jsonb_build_object(
      'sku', l.sku, 'warehouse', l.warehouse, 'open', l.open, 'committed', l.committed) order by l.sku, l.warehouse) as lines
    from stock_hold h join stock_hold_line l on l.hold_id = h.id
    where h.owner_kind = 'order' and h.owner = any(${textArray(ids.map(String))}::text[]) and h.key like 'hub:order:%'
    group by h.id order by h.id`
  return Map.groupBy(
    rows.map(({ owner, ...hold }) => ({ owner: BigInt(owner), ...hold })),
    (hold) => hold.owner,
  )
}

/** What the bundles among these SKUs are made of. */
export async function readBundles(sql: Sql, skus: readonly string[]): Promise<Bundles> {
  if (skus.length === 0) return new Map()
  const rows = await sql<{ bundle_sku: string; part_sku: string; quantity: number }>`
    select bundle_sku, part_sku, quantity from sku_bundle where bundle_sku = any(${textArray(skus)}::text[])
    order by bundle_sku, part_sku`
  const parts = Map.groupBy(rows, (row) => row.bundle_sku)
  return new Map(
    [...parts].map(([sku, of]) => [sku, of.map((part) => ({ sku: part.part_sku, quantity: part.quantity }))]),
  )
}

export async function readActiveRoutes(sql: Sql): Promise<readonly RouteRule[]> {
  const rows = await sql<{
    id: bigint
    name: string
    kind: string
    connection_id: string | null
    warehouses: readonly string[]
    spread: Spread
    draw_safety: boolean
  }>`
    select id, name, kind, connection_id, to_jsonb(warehouses) as warehouses, spread, draw_safety
    from stock_route where active order by id`
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    kind: row.kind,
    connection: row.connection_id,
    warehouses: row.warehouses,
    spread: row.spread,
    drawSafety: row.draw_safety,
  }))
}

export type KnownWarehouse = Warehouses[number] & {
  readonly figures: 'own' | 'captured'
  readonly active: boolean
}

export async function readKnownWarehouses(sql: Sql): Promise<readonly KnownWarehouse[]> {
  return await sql<KnownWarehouse>`select code, priority, figures, active from warehouse order by code`
}

export type SavedStanding = Omit<KeptStanding, 'since' | 'updatedAt'> & {
  readonly connection: string
  readonly demand: string
}

/** Keeps how the orders stand; `since` moves when the state or its reason does. Answers those whose state is another one now. */
export async function saveStandings(
  tx: Sql,
  rows: readonly SavedStanding[],
  now: Instant,
): Promise<{ readonly orderId: bigint; readonly state: string }[]> {
  if (rows.length === 0) return []
  const before = await readStandings(
    tx,
    rows.map((row) => row.orderId),
  )
  await tx`
    insert into order_stock as s (order_id, connection_id, state, generation, hold_key, demand, shortage, restored, bundles, code, tries,
      next_try_at, since, updated_at)
    select order_id, connection_id, state, generation, hold_key, demand, shortage::jsonb, restored::jsonb, bundles::jsonb, code, tries,
      next_try_at, ${now}, ${now}
    from unnest(
      ${int8Array(rows.map((row) => row.orderId))}::bigint[], ${textArray(rows.map((row) => row.connection))}::text[],
      ${textArray(rows.map((row) => row.state))}::text[], ${int4Array(rows.map((row) => row.generation))}::int[],
      ${textArray(rows.map((row) => row.holdKey))}::text[], ${textArray(rows.map((row) => row.demand))}::text[],
      ${textArray(rows.map((row) => (row.shortage === null ? null : JSON.stringify(row.shortage))))}::text[],
      ${textArray(rows.map((row) => JSON.stringify(row.restored)))}::text[],
      ${textArray(rows.map((row) => JSON.stringify(row.bundles)))}::text[],
      ${textArray(rows.map((row) => row.code))}::text[], ${int4Array(rows.map((row) => row.tries))}::int[],
      ${instantArray(rows.map((row) => row.nextTryAt))}::timestamptz[]
    ) as kept (order_id, connection_id, state, generation, hold_key, demand, shortage, restored, bundles, code, tries, next_try_at)
    on conflict (order_id) do update set state = excluded.state, generation = excluded.generation, hold_key = excluded.hold_key,
      demand = excluded.demand, shortage = excluded.shortage, restored = excluded.restored, bundles = excluded.bundles,
      code = excluded.code, tries = excluded.tries, next_try_at = excluded.next_try_at, updated_at = excluded.updated_at,
      since = case when (s.state, s.code) is distinct from (excluded.state, excluded.code) then excluded.since else s.since end`
  return rows.flatMap((row) =>
    before.get(row.orderId)?.state === row.state ? [] : [{ orderId: row.orderId, state: row.state }],
  )
}

/** The longest pause (`nextTry`) and what clocks differ by in good health. */
const FARTHEST_TRY_MINUTES = 65

/** Orders whose next try is due, those paid first before the others. */
export async function dueOrders(sql: Sql, now: Instant, limit: number): Promise<bigint[]> {
  const rows = await sql<{ id: bigint }>`
    select due.order_id as id from (
      select order_id from order_stock where next_try_at <= ${now} order by next_try_at, order_id limit 5000
    ) due join sales_order o on o.id = due.order_id
    order by coalesce(o.paid_at, o.sort_at), o.id limit ${limit}`
  return rows.map((row) => row.id)
}

/**
 * Short orders for whose every lacking SKU something changed since they were last tried, and of which enough is there now: they are
 * due at once. No more of them than the pieces could serve are woken for one SKU, those paid first.
 */
export async function wakeServable(sql: Sql, now: Instant, limit: number): Promise<number> {
  const rows = await sql`
    with lacking as (
      select s.order_id, s.updated_at, coalesce(o.paid_at, o.sort_at) as paid, lack.sku, lack.wanted - coalesce(own.open, 0) as wanted
      from order_stock s join sales_order o on o.id = s.order_id
      cross join jsonb_to_recordset(s.shortage) as lack (sku text, wanted int)
      left join lateral (
        select sum(l.open)::int as open from stock_hold h join stock_hold_line l on l.hold_id = h.id
        where h.key = s.hold_key and h.state = 'held' and l.sku = lack.sku
      ) own on s.hold_key is not null
      where s.state = 'short' and s.code in ('order_stock.short', 'order_stock.part_waits') and s.next_try_at > ${now}
    ), there as (
      select l.sku, sum(greatest(l.available, 0)) as pieces, max(l.updated_at) as changed
      from stock_level l join warehouse w on w.code = l.warehouse and w.active
      where l.sku in (select distinct sku from lacking) group by l.sku
    ), served as (
      select lacking.order_id, lacking.updated_at, lacking.wanted, there.pieces, there.changed,
        sum(lacking.wanted) over (partition by lacking.sku order by lacking.paid, lacking.order_id) as until_here
      from lacking left join there on there.sku = lacking.sku
    ), ready as (
      select order_id from served group by order_id, updated_at
      having bool_and(pieces >= wanted and until_here <= pieces + wanted) and max(changed) > updated_at
      order by order_id limit ${limit}
    )
    update order_stock s set next_try_at = ${now} from ready where s.order_id = ready.order_id returning s.order_id`
  return rows.length
}

/**
 * Orders whose next try is farther off than any pause: a process set it whose clock was ahead, and its clock is no reason to wait.
 * They are due at once; until then no stock that came would have woken them, for they count as tried after it came.
 */
export async function wakeFromTheFuture(sql: Sql, now: Instant): Promise<void> {
  await sql`update order_stock set next_try_at = ${now} where next_try_at > ${now.add({ minutes: FARTHEST_TRY_MINUTES })}`
}

/** After a change of routes: orders that none served are looked at again, and those that lack as well. */
export async function wakeUnrouted(tx: Sql, now: Instant): Promise<void> {
  await tx`
    update order_stock set next_try_at = ${now}
    where state in ('waiting', 'short') and code in ('order_stock.no_route', 'order_stock.short')`
}

/** Waiting orders that nobody has looked at: they came before the hub counted stock, or while it could not. */
export async function unseenOrders(sql: Sql, limit: number): Promise<bigint[]> {
  const rows = await sql<{ id: bigint }>`
    select o.id from sales_order o
    where o.status = any(${textArray(WAITING_STATUSES)}::text[])
      and not exists (select from order_stock s where s.order_id = o.id)
    order by coalesce(o.paid_at, o.sort_at), o.id limit ${limit}`
  return rows.map((row) => row.id)
}

/** Orders that count as locked while the hold they know has been released by somebody lately. */
export async function freedOrders(sql: Sql, since: Instant, limit: number): Promise<bigint[]> {
  const rows = await sql<{ id: bigint }>`
    select s.order_id as id from stock_hold h join order_stock s on s.order_id = case when h.key like 'hub:order:%' then h.owner::bigint end and s.hold_key = h.key
    where h.ended_at >= ${since} and h.owner_kind = 'order' and h.key like 'hub:order:%' and h.state = 'released'
      and s.state = 'locked'
    limit ${limit}`
  return rows.map((row) => row.id)
}

/** Keys of holds whose deadline comes before, of orders that still wait. */
export async function holdsToRenew(sql: Sql, before: Instant, limit: number): Promise<string[]> {
  const rows = await sql<{ key: string }>`
    select h.key from stock_hold h join sales_order o on o.id = case when h.key like 'hub:order:%' then h.owner::bigint end
    where h.state = 'held' and h.deadline_at < ${before} and h.owner_kind = 'order' and h.key like 'hub:order:%'
      and o.status = any(${textArray(WAITING_STATUSES)}::text[])
    order by h.deadline_at, h.id limit ${limit}`
  return rows.map((row) => row.key)
}

/** Those after one, ascending: orders that wait, and orders that have ended and still hold something. */
export async function ordersToAudit(
  sql: Sql,
  after: bigint,
  settledBefore: Instant,
  limit: number,
): Promise<{ readonly id: bigint; readonly updated_at: Instant }[]> {
  return await sql<{ id: bigint; updated_at: Instant }>`
    select id, updated_at from (
      (select o.id, o.updated_at from sales_order o
        where o.id > ${after} and o.status = any(${textArray(WAITING_STATUSES)}::text[]) and o.updated_at < ${settledBefore}
        order by o.id limit ${limit})
      union
      (select o.id, o.updated_at from stock_hold h join sales_order o on o.id = case when h.key like 'hub:order:%' then h.owner::bigint end
        where h.state = 'held' and h.owner_kind = 'order' and h.key like 'hub:order:%' and o.id > ${after}
          and not o.status = any(${textArray(WAITING_STATUSES)}::text[]) and o.updated_at < ${settledBefore}
        order by o.id limit ${limit})
    ) looked order by id limit ${limit}`
}

export type ShortRow = {
  readonly connection_id: string
  readonly name: string | null
  readonly orders: number
  readonly oldest: Instant
  readonly sku: string | null
  readonly sample: string
}

/** Short orders per connection, since before; with the SKU that most of them lack. */
export async function readShort(sql: Sql, before: Instant): Promise<ShortRow[]> {
  return await sql<ShortRow>`
    select s.connection_id, c.name, count(*)::int as orders, min(s.since) as oldest,
      mode() within group (order by s.shortage #>> '{0,sku}') as sku, min(o.order_no) as sample
    from order_stock s join sales_order o on o.id = s.order_id left join connection c on c.id = s.connection_id
    where s.state = 'short' and s.code <> 'order_stock.left_unlocked' and s.since <= ${before} group by 1, 2 order by 1`
}

/** Orders without a route per connection. */
export async function readUnrouted(sql: Sql): Promise<ShortRow[]> {
  return await sql<ShortRow>`
    select s.connection_id, c.name, count(*)::int as orders, min(s.since) as oldest, null as sku, min(o.order_no) as sample
    from order_stock s join sales_order o on o.id = s.order_id left join connection c on c.id = s.connection_id
    where s.state = 'waiting' and s.code = 'order_stock.no_route' group by 1, 2 order by 1`
}

export type HoldView = {
  readonly id: bigint
  readonly key: string
  readonly state: OrderHold['state']
  readonly created_at: Instant
  readonly deadline_at: Instant
  readonly heartbeat_at: Instant
  readonly lines: readonly {
    readonly sku: string
    readonly warehouse: string
    readonly name: string
    readonly quantity: number
    readonly open: number
    readonly committed: number
  }[]
}

/** Holds of one order with the names of their warehouses, the newest first. */
export async function readHoldViews(sql: Sql, orderId: bigint): Promise<HoldView[]> {
  return await sql<HoldView>`
    select h.id, h.key, h.state, h.created_at, h.deadline_at, h.heartbeat_at, jsonb_agg(jsonb_build_object('sku', l.sku,
      'warehouse', l.warehouse, 'name', w.name, 'quantity', l.quantity, 'open', l.open, 'committed', l.committed)
      order by l.sku, l.warehouse) as lines
    from stock_hold h join stock_hold_line l on l.hold_id = h.id join warehouse w on w.code = l.warehouse
    where h.owner_kind = 'order' and h.owner = ${orderId.toString()} group by h.id order by h.id desc`
}

export type StandingRow = {
  readonly order_id: bigint
  readonly order_no: string
  readonly connection_id: string
  readonly connection_name: string | null
  readonly state: StockState
  readonly code: string | null
  readonly shortage: readonly Lack[] | null
  readonly since: Instant
  readonly next_try_at: Instant | null
  readonly tries: number
}
export type StandingPlace = { readonly since: Instant; readonly id: bigint }

/** Orders that cannot be locked, those that wait the longest first. */
export async function readUnlocked(
  sql: Sql,
  filter: { readonly state: 'waiting' | 'short' | null; readonly connection: string | null },
  after: StandingPlace | null,
  limit: number,
): Promise<StandingRow[]> {
  return await sql<StandingRow>`
    select s.order_id, o.order_no, s.connection_id, c.name as connection_name, s.state, s.code, s.shortage, s.since, s.next_try_at, s.tries
    from order_stock s join sales_order o on o.id = s.order_id left join connection c on c.id = s.connection_id
    where s.state in ('waiting', 'short') and s.code <> 'order_stock.left_unlocked' and (${filter.state}::text is null or s.state = ${filter.state})
      and (${filter.connection}::text is null or s.connection_id = ${filter.connection})
      and (${after?.since ?? null}::timestamptz is null or (s.since, s.order_id) > (${after?.since ?? null}, ${after?.id ?? 0n}))
    order by s.since, s.order_id limit ${limit}`
}

export async function countStates(sql: Sql): Promise<ReadonlyMap<string, number>> {
  const rows = await sql<{ state: string; count: number }>`
    select state, count(*)::int as count from order_stock where state in ('waiting', 'short')
      and code <> 'order_stock.left_unlocked' group by 1
    union all
    select 'locked', count(*)::int from stock_hold where state = 'held' and owner_kind = 'order'`
  return new Map(rows.map((row) => [row.state, row.count]))
}
