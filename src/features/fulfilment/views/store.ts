import type { Instant } from '#kernel/clock.ts'
import { int8Array } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { PlanState, PlanStep } from '../store.ts'

export type ListRow = {
  readonly order_id: bigint
  readonly order_no: string
  readonly connection_id: string
  readonly connection_name: string | null
  readonly state: PlanState
  readonly step: PlanStep
  readonly code: string | null
  readonly zh: string
  readonly en: string
  readonly group_size: bigint
  readonly is_manual: boolean
  readonly parcels: bigint
  readonly warehouses: readonly string[] | null
  readonly updated_at: Instant
  readonly planned_at: Instant
}
export type ListFilter = {
  readonly state: PlanState | null
  readonly warehouse: string | null
  readonly q: string | null
}

/** Plans, the newest change first. */
export async function readList(
  sql: Sql,
  { state, warehouse, q }: ListFilter,
  after: { readonly at: Instant; readonly id: bigint } | null,
  limit: number,
): Promise<ListRow[]> {
  return await sql<ListRow>`
    select p.order_id, p.order_no, p.connection_id, c.name as connection_name, p.state, p.step, p.code, p.zh, p.en,
      coalesce(g.size, 1) as group_size, coalesce(l.manual, p.manual) is not null as is_manual, coalesce(pp.parcels, 0) as parcels,
      pp.warehouses, p.updated_at, p.planned_at
    from order_plan p
    left join connection c on c.id = p.connection_id
    left join order_plan l on l.order_id = p.lead_id
    left join lateral (
      select count(*) as size from order_group_member m where m.group_id = p.group_id and m.left_at is null
    ) g on p.group_id is not null
    left join lateral (
      select count(*) as parcels, array_agg(distinct warehouse order by warehouse) filter (where warehouse is not null) as warehouses
      from plan_parcel where lead_id = p.lead_id and state <> 'void'
    ) pp on true
    where (${state}::text is null or p.state = ${state})
      and (${q}::text is null or p.order_no = ${q})
      and (${warehouse}::text is null or exists (
        select from plan_parcel w where w.lead_id = p.lead_id and w.state = 'planned' and w.warehouse = ${warehouse}))
      and (${after?.at ?? null}::timestamptz is null or (p.updated_at, p.order_id) < (${after?.at ?? null}, ${after?.id ?? null}::bigint))
    order by p.updated_at desc, p.order_id desc limit ${limit}`
}

export async function countStates(sql: Sql): Promise<Map<PlanState, number>> {
  const rows = await sql<{ state: PlanState; count: bigint }>`
    select state, count(*) as count from order_plan where state not in ('left', 'ended') group by 1`
  return new Map(rows.map((row) => [row.state, Number(row.count)]))
}

export type EventRow = {
  readonly id: bigint
  readonly at: Instant
  readonly what: string
  readonly actor: string
  readonly reason: string
  readonly detail: unknown
}
export async function readEvents(sql: Sql, orderId: bigint, limit: number): Promise<EventRow[]> {
  return await sql<EventRow>`
    select id, at, what, actor, reason, detail from plan_event where order_id = ${orderId} order by id desc limit ${limit}`
}

export async function readMembers(
  sql: Sql,
  groupId: bigint,
): Promise<{ order_id: bigint; order_no: string; connection_id: string }[]> {
  return await sql`
    select o.id as order_id, o.order_no, o.connection_id from order_group_member m join sales_order o on o.id = m.order_id
    where m.group_id = ${groupId} and m.left_at is null order by o.id`
}

/** Orders whose plans wait for other rules, oldest first. */
export async function readUndecided(sql: Sql, after: bigint, limit: number): Promise<bigint[]> {
  const rows = await sql<{ order_id: bigint }>`
    select order_id from order_plan where state = 'review' and order_id > ${after} order by order_id limit ${limit}`
  return rows.map((row) => row.order_id)
}

/** Paid orders that were never planned. */
export async function readUnplanned(sql: Sql, after: bigint, limit: number): Promise<bigint[]> {
  const rows = await sql<{ id: bigint }>`
    select o.id from sales_order o
    where o.status in ('on_hold', 'awaiting_shipment') and o.id > ${after}
      and not exists (select from order_plan p where p.order_id = o.id)
    order by o.id limit ${limit}`
  return rows.map((row) => row.id)
}

/** Orders planned for a warehouse, or short, for sourcing them anew. */
export async function readPlannedAt(sql: Sql, warehouse: string, limit: number): Promise<bigint[]> {
  const rows = await sql<{ order_id: bigint }>`
    select distinct pc.order_id from plan_parcel pp join plan_piece pc on pc.parcel_id = pp.id
    where pp.warehouse = ${warehouse} and pp.state = 'planned' order by 1 limit ${limit}`
  return rows.map((row) => row.order_id)
}

export async function readShortPlans(sql: Sql, limit: number): Promise<bigint[]> {
  const rows = await sql<{ order_id: bigint }>`
    select order_id from order_plan where state = 'short' order by planned_at, order_id limit ${limit}`
  return rows.map((row) => row.order_id)
}

export async function idsByNumbers(sql: Sql, ids: readonly bigint[]): Promise<Map<bigint, string>> {
  const rows = await sql<{ id: bigint; order_no: string }>`
    select id, order_no from sales_order where id = any(${int8Array([...ids])}::bigint[])`
  return new Map(rows.map((row) => [row.id, row.order_no]))
}
