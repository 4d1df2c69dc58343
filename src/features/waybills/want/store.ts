import type { HubEvent } from '#domain/hub-event.ts'
import type { Instant } from '#kernel/clock.ts'
import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import { json, type Sql } from '#platform/postgres/database.ts'

export type ReadyParcel = {
  readonly parcel_no: string
  readonly lead_id: bigint
  readonly warehouse: string | null
  readonly generation: number
}

/**
 * Parcels of plans that stand, wait for no goods and have no waybill that counts; one lead's together. Locks their plans. A plan that
 * waits for nothing but a gift stands: all else leaves without it. `byHand`: also of plans whose parcels are on their way by the book,
 * since a person knows of one that is not.
 */
export async function takeReadyParcels(
  tx: Sql,
  leads: readonly bigint[],
  byHand: boolean,
): Promise<ReadyParcel[]> {
  const plans = textArray(byHand ? ['locked', 'planned', 'left'] : ['locked', 'planned'])
  const parcels = textArray(byHand ? ['planned', 'left'] : ['planned'])
  if (leads.length === 0) return []
  await tx`
    select 1 from order_plan where order_id = any(${int8Array([...leads])}::bigint[]) order by order_id for update`
  return await tx<ReadyParcel>`
    select p.parcel_no, p.lead_id, p.warehouse,
      1 + coalesce((select max(generation) from waybill w where w.parcel_no = p.parcel_no), 0) as generation
    from plan_parcel p
    where p.lead_id = any(${int8Array([...leads])}::bigint[]) and p.state = any(${parcels}::text[]) and not p.waits
      and exists (
        select from order_plan m where m.lead_id = p.lead_id
          and (m.state = any(${plans}::text[]) or m.code = 'order_stock.part_waits'))
      and not exists (
        select from order_plan m where m.lead_id = p.lead_id and m.state not in ('locked', 'planned', 'left', 'ended')
          and m.code is distinct from 'order_stock.part_waits')
      and not exists (
        select from waybill w where w.parcel_no = p.parcel_no
          and (not ${byHand} or (w.state not in ('cancelled', 'void') and not w.replaced)))
    order by p.id`
}

/**
 * Leads behind `after` with a parcel that no waybill was ever wanted for; `warehouses` null: of any. In order of id, so that those for
 * which none is made here do not stand in front of the others for ever.
 */
export async function readReadyLeads(
  sql: Sql,
  warehouses: readonly string[] | null,
  after: bigint,
  limit: number,
): Promise<bigint[]> {
  const codes = warehouses === null ? null : textArray([...warehouses])
  const rows = await sql<{ lead_id: bigint }>`
    select distinct o.lead_id from order_plan o
    where o.lead_id > ${after} and (o.state in ('locked', 'planned') or o.state = 'short' and o.code = 'order_stock.part_waits') and exists (
      select from plan_parcel p where p.lead_id = o.lead_id and p.state = 'planned' and not p.waits
        and (${codes}::text[] is null or p.warehouse = any(${codes}::text[]))
        and not exists (select from waybill w where w.parcel_no = p.parcel_no))
    order by o.lead_id limit ${limit}`
  return rows.map((row) => row.lead_id)
}

export type PlanOrder = {
  readonly id: bigint
  readonly lead_id: bigint
  readonly connection: string
  readonly kind: string | null
  readonly order_no: string
  readonly currency: string | null
  readonly freight_carrier: string | null
}

/** Orders that travel under these leads. */
export async function readPlanOrders(sql: Sql, leads: readonly bigint[]): Promise<PlanOrder[]> {
  return await sql<PlanOrder>`
    select s.id, o.lead_id, s.connection_id as connection, c.kind, s.order_no, s.currency,
      q.carrier as freight_carrier
    from order_plan o join sales_order s on s.id = o.order_id
    left join connection c on c.id = s.connection_id
    left join freight_quote q on q.order_id = s.id and q.is_current
    where o.lead_id = any(${int8Array([...leads])}::bigint[])
      and (o.state in ('locked', 'planned', 'left') or o.code = 'order_stock.part_waits')
    order by s.id`
}

/** Orders by id, whatever became of their plans. */
export async function readOrdersOf(sql: Sql, ids: readonly bigint[], lead: bigint): Promise<PlanOrder[]> {
  return await sql<PlanOrder>`
    select s.id, ${lead}::bigint as lead_id, s.connection_id as connection, c.kind, s.order_no, s.currency, null as freight_carrier
    from sales_order s left join connection c on c.id = s.connection_id
    where s.id = any(${int8Array([...ids])}::bigint[]) order by s.id`
}

/** Where an order was sent from last: by its waybills, else by its plan; null where neither knows. */
export async function readSentFrom(sql: Sql, orderId: bigint): Promise<string | null> {
  const [row] = await sql<{ warehouse: string | null }>`
    select coalesce(
      (select w.warehouse from waybill w where w.order_ids @> array[${orderId}::bigint] and w.warehouse is not null
        order by w.id desc limit 1),
      (select p.warehouse from order_plan o join plan_parcel p on p.lead_id = o.lead_id
        where o.order_id = ${orderId} and p.state <> 'void' order by p.id desc limit 1)) as warehouse`
  return row?.warehouse ?? null
}

/** The next generation of a parcel's waybills. */
export async function nextGeneration(sql: Sql, parcelNo: string): Promise<number> {
  const [row] = await sql<{ next: number }>`
    select 1 + coalesce(max(generation), 0) as next from waybill where parcel_no = ${parcelNo}`
  return row?.next ?? 1
}

/** Connector kind of the shop that sold an order. */
export async function readShopKind(sql: Sql, orderId: bigint): Promise<string> {
  const [row] = await sql<{ kind: string }>`
    select coalesce(c.kind, s.connection_id) as kind from sales_order s left join connection c on c.id = s.connection_id
    where s.id = ${orderId}`
  return row?.kind ?? ''
}

export type NewWaybill = {
  readonly reference: string
  readonly parcelNo: string
  readonly generation: number
  readonly leadId: bigint
  readonly warehouse: string | null
  readonly accountId: bigint | null
  readonly connectionId: string | null
  readonly carrier: string | null
  readonly service: string | null
  readonly state: 'wanted' | 'review'
  readonly code: string | null
  readonly detail: string | null
  readonly zh: string
  readonly en: string
  readonly orders: HubEvent['orders']
  readonly orderIds: readonly bigint[]
  readonly because: string
  readonly isNamed: boolean
}

/** The ids of those that were new, by reference. */
export async function insertWaybills(
  tx: Sql,
  rows: readonly NewWaybill[],
  now: Instant,
): Promise<Map<string, bigint>> {
  const ids = new Map<string, bigint>()
  for (const row of rows) {
    const [made] = await tx<{ id: bigint }>`
      insert into waybill (reference, parcel_no, generation, lead_id, warehouse, account_id, connection_id, carrier, service, state, code,
        detail, zh, en, orders, order_ids, chosen_because, carrier_named, wanted_at, updated_at)
      values (${row.reference}, ${row.parcelNo}, ${row.generation}, ${row.leadId}, ${row.warehouse}, ${row.accountId},
        ${row.connectionId}, ${row.carrier}, ${row.service}, ${row.state}, ${row.code}, ${row.detail}, ${row.zh}, ${row.en},
        ${json(row.orders)}::jsonb, ${int8Array([...row.orderIds])}::bigint[], ${row.because}, ${row.isNamed}, ${now}, ${now})
      on conflict do nothing returning id`
    if (made !== undefined) ids.set(row.reference, made.id)
  }
  return ids
}

/** Pieces of each line as the channel sold them. */
export async function readLineQuantities(
  sql: Sql,
  orderIds: readonly bigint[],
): Promise<Map<string, number>> {
  const rows = await sql<{ order_id: bigint; line_id: string; quantity: number }>`
    select order_id, line_id, quantity from order_line where order_id = any(${int8Array([...orderIds])}::bigint[])`
  return new Map(rows.map((row) => [`${row.order_id}\n${row.line_id}`, Number(row.quantity)]))
}

/** Parcel numbers of the leads that still count, for the pieces of the whole plan. */
export async function readParcelNos(sql: Sql, leads: readonly bigint[]): Promise<Map<bigint, string[]>> {
  const rows = await sql<{ lead_id: bigint; parcel_no: string }>`
    select lead_id, parcel_no from plan_parcel
    where lead_id = any(${int8Array([...leads])}::bigint[]) and state <> 'void'`
  const byLead = Map.groupBy(rows, (row) => row.lead_id)
  return new Map([...byLead].map(([lead, own]) => [lead, own.map((row) => row.parcel_no)]))
}

export async function leadsOf(sql: Sql, orderIds: readonly bigint[]): Promise<bigint[]> {
  const rows = await sql<{ lead_id: bigint }>`
    select distinct lead_id from order_plan where order_id = any(${int8Array([...orderIds])}::bigint[]) order by lead_id`
  return rows.map((row) => row.lead_id)
}

export async function leadOfParcel(sql: Sql, parcelNo: string): Promise<bigint | null> {
  const [row] = await sql<{ lead_id: bigint }>`
    select lead_id from plan_parcel where parcel_no = any(${textArray([parcelNo])}::text[])`
  return row?.lead_id ?? null
}
