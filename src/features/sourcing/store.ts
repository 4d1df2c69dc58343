import type { Instant } from '#kernel/clock.ts'
import { int4Array, int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Lane } from './core/lanes.ts'
import type { PlannedOrder, ResourceAsk } from './core/resource.ts'

export type AbilityDraft = {
  readonly takes: readonly string[]
  readonly capacityPerDay: number | null
  /** `HH:MM` by the warehouse's clock. */
  readonly cutoff: string | null
  readonly zone: string | null
}
export type ServedWarehouse = AbilityDraft & {
  readonly code: string
  readonly name: string
  readonly province: string
  readonly city: string
  readonly priority: number
  readonly active: boolean
  /** Parcels planned there since `dayStart`. */
  readonly load: number
  readonly lanes: number
  readonly updatedBy: string | null
  readonly updatedAt: Instant | null
}

/** Warehouses with what they can do and today's load; null: all of them. In their order of priority. */
export async function readServed(
  sql: Sql,
  codes: readonly string[] | null,
  dayStart: Instant,
): Promise<readonly ServedWarehouse[]> {
  const rows = await sql<{
    code: string
    name: string
    province: string
    city: string
    priority: number
    active: boolean
    takes: readonly string[] | null
    capacity_per_day: number | null
    cutoff: string | null
    zone: string | null
    load: bigint
    lanes: bigint
    updated_by: string | null
    updated_at: Instant | null
  }>`
    select w.code, w.name, w.province, w.city, w.priority, w.active, to_jsonb(s.takes) as takes, s.capacity_per_day,
      to_char(s.cutoff, 'HH24:MI') as cutoff, s.zone, s.updated_by, s.updated_at,
      (select count(*) from plan_parcel p where p.warehouse = w.code and p.state <> 'void' and p.planned_at >= ${dayStart}) as load,
      (select count(*) from sourcing_lane l where l.warehouse = w.code) as lanes
    from warehouse w left join warehouse_service s on s.warehouse = w.code
    where ${codes === null} or w.code = any(${textArray(codes ?? [])}::text[])
    order by w.priority, w.code`
  return rows.map((row) => ({
    code: row.code,
    name: row.name,
    province: row.province,
    city: row.city,
    priority: row.priority,
    active: row.active,
    takes: row.takes ?? [],
    capacityPerDay: row.capacity_per_day,
    cutoff: row.cutoff,
    zone: row.zone,
    load: Number(row.load),
    lanes: Number(row.lanes),
    updatedBy: row.updated_by,
    updatedAt: row.updated_at,
  }))
}

export async function saveAbility(
  tx: Sql,
  warehouse: string,
  { takes, capacityPerDay, cutoff, zone }: AbilityDraft,
  by: string,
  at: Instant,
): Promise<void> {
  await tx`
    insert into warehouse_service (warehouse, takes, capacity_per_day, cutoff, zone, updated_by, updated_at)
    values (${warehouse}, ${textArray(takes)}::text[], ${capacityPerDay}, ${cutoff}::time, ${zone}, ${by}, ${at})
    on conflict (warehouse) do update set takes = excluded.takes, capacity_per_day = excluded.capacity_per_day,
      cutoff = excluded.cutoff, zone = excluded.zone, updated_by = excluded.updated_by, updated_at = excluded.updated_at`
}

type LaneRow = {
  readonly warehouse: string
  readonly province: string
  readonly city: string
  readonly hours: number | null
  readonly first_kg_minor: bigint | null
  readonly further_kg_minor: bigint | null
  readonly currency: string
}

/** Lanes of these warehouses that could be the way to one of these provinces. */
export async function readLanesTo(
  sql: Sql,
  codes: readonly string[],
  provinces: readonly string[],
): Promise<readonly Lane[]> {
  const rows = await sql<LaneRow>`
    select warehouse, province, city, hours, first_kg_minor, further_kg_minor, currency from sourcing_lane
    where warehouse = any(${textArray(codes)}::text[]) and province = any(${textArray(['*', ...provinces])}::text[])`
  return rows.map(rowToLane)
}

/** All lanes of one warehouse, or of all; provinces together, the general row first. */
export async function readLanes(sql: Sql, warehouse: string | null): Promise<readonly Lane[]> {
  const rows = await sql<LaneRow>`
    select warehouse, province, city, hours, first_kg_minor, further_kg_minor, currency from sourcing_lane
    where ${warehouse === null} or warehouse = ${warehouse ?? ''}
    order by warehouse, province <> '*', province, city <> '*', city`
  return rows.map(rowToLane)
}

function rowToLane({ first_kg_minor, further_kg_minor, ...rest }: LaneRow): Lane {
  return { ...rest, firstKgMinor: first_kg_minor, furtherKgMinor: further_kg_minor }
}

export async function saveLanes(tx: Sql, lanes: readonly Lane[], by: string, at: Instant): Promise<void> {
  const of = (pick: (lane: Lane) => string) => textArray(lanes.map(pick))
  await tx`
    insert into sourcing_lane (warehouse, province, city, hours, first_kg_minor, further_kg_minor, currency, updated_by, updated_at)
    select u.warehouse, u.province, u.city, u.hours, u.first, u.further, u.currency, ${by}, ${at}
    from unnest(${of((one) => one.warehouse)}::text[], ${of((one) => one.province)}::text[], ${of((one) => one.city)}::text[],
      ${int4Array(lanes.map((one) => one.hours))}::int[], ${int8Array(lanes.map((one) => one.firstKgMinor))}::bigint[],
      ${int8Array(lanes.map((one) => one.furtherKgMinor))}::bigint[], ${of((one) => one.currency)}::text[])
      as u (warehouse, province, city, hours, first, further, currency)
    order by u.warehouse, u.province, u.city
    on conflict (warehouse, province, city) do update set hours = excluded.hours, first_kg_minor = excluded.first_kg_minor,
      further_kg_minor = excluded.further_kg_minor, currency = excluded.currency, updated_by = excluded.updated_by,
      updated_at = excluded.updated_at`
}

/** False: it was not there. */
export async function removeLane(
  tx: Sql,
  { warehouse, province, city }: Pick<Lane, 'warehouse' | 'province' | 'city'>,
): Promise<boolean> {
  const rows = await tx`
    delete from sourcing_lane where warehouse = ${warehouse} and province = ${province} and city = ${city} returning warehouse`
  return rows.length > 0
}

/** One who changes lanes at a time, so that an import and a form do not wait for each other crosswise. */
export async function lockLanes(tx: Sql): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended('holdfast.sourcing_lane', 0))`
}

export async function readKnownCodes(sql: Sql): Promise<ReadonlySet<string>> {
  const rows = await sql<{ code: string }>`select code from warehouse`
  return new Set(rows.map(({ code }) => code))
}

/** Free pieces of these SKUs, by `sku\nwarehouse`. */
export async function readFree(sql: Sql, skus: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const rows = await sql<{ sku: string; warehouse: string; available: number }>`
    select sku, warehouse, available from stock_level where sku = any(${textArray(skus)}::text[]) and available > 0`
  return new Map(rows.map(({ sku, warehouse, available }) => [`${sku}\n${warehouse}`, available]))
}

/** Plans that a re-sourcing may be about: those with a planned parcel at a warehouse, those named, or those that are short; in id order. */
export async function readPlansOf(
  sql: Sql,
  { warehouse, ids, numbers, short }: ResourceAsk,
  limit: number,
): Promise<readonly PlannedOrder[]> {
  const rows = await sql<{
    order_id: bigint
    order_no: string
    state: string
    is_manual: boolean
    warehouses: readonly string[] | null
  }>`
    select o.order_id, o.order_no, o.state, o.manual is not null as is_manual,
      (select to_jsonb(array_agg(distinct p.warehouse order by p.warehouse)) from plan_parcel p
        where p.lead_id = o.lead_id and p.state = 'planned' and p.warehouse is not null) as warehouses
    from order_plan o
    where o.order_id = any(${int8Array(ids)}::bigint[]) or o.order_no = any(${textArray(numbers)}::text[])
      or (${short} and o.state = 'short')
      or (${warehouse !== null} and o.lead_id in (
        select p.lead_id from plan_parcel p where p.warehouse = ${warehouse ?? ''} and p.state = 'planned'))
    order by o.order_id limit ${limit}`
  return rows.map((row) => ({
    orderId: row.order_id,
    orderNo: row.order_no,
    state: row.state,
    isManual: row.is_manual,
    warehouses: row.warehouses ?? [],
  }))
}
