import type { PostalContact, WaybillRouting } from '#domain/waybill.ts'
import type { Instant } from '#kernel/clock.ts'
import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { isReship } from './core/reference.ts'

export type LabelRow = {
  readonly id: bigint
  readonly reference: string
  readonly parcel_no: string
  readonly lead_id: bigint
  readonly tracking_no: string
  readonly child_nos: readonly string[]
  readonly carrier: string
  readonly service: string | null
  readonly connection_id: string
  readonly warehouse: string | null
  readonly warehouse_name: string | null
  readonly routing: Partial<WaybillRouting>
  readonly order_nos: readonly string[]
  readonly channels: readonly string[]
  readonly from_contact: PostalContact | null
  readonly buyer_notes: readonly string[]
  readonly seller_notes: readonly string[]
  readonly tags: readonly string[]
  readonly document: Uint8Array | null
  readonly document_kind: string | null
  readonly printed_at: Instant | null
}

/** Waybills that have a number and are not cancelled. */
export async function readLabelRows(sql: Sql, ids: readonly bigint[]): Promise<LabelRow[]> {
  if (ids.length === 0) return []
  return await sql<LabelRow>`
    select w.id, w.reference, w.parcel_no, w.lead_id, w.tracking_no, w.child_nos, w.carrier, w.service, w.connection_id, w.warehouse,
      h.name as warehouse_name, w.routing, o.order_nos, o.channels, o.buyer_notes, o.seller_notes, coalesce(m.tags, '{}') as tags,
      case when f.warehouse is null then null else jsonb_build_object('name', f.name, 'phone', f.phone, 'company', f.company,
        'country', f.country, 'province', f.province, 'city', f.city, 'district', f.district, 'address', f.address,
        'postalCode', f.postal_code) end as from_contact,
      w.document, w.document_kind, w.printed_at
    from waybill w
    left join warehouse h on h.code = w.warehouse
    left join ship_from f on f.warehouse = w.warehouse
    cross join lateral (
      select array_agg(s.order_no order by s.id) as order_nos, array_agg(distinct coalesce(c.name, s.connection_id)) as channels,
        array_agg(coalesce(s.buyer_note, '') order by s.id) as buyer_notes,
        array_agg(coalesce(s.seller_note, '') order by s.id) as seller_notes
      from sales_order s left join connection c on c.id = s.connection_id where s.id = any(w.order_ids)
    ) o
    left join lateral (
      select array_agg(distinct words order by words) as tags from order_mark
      where order_id = any(w.order_ids) and what = 'tag'
    ) m on true
    where w.id = any(${int8Array([...ids])}::bigint[]) and w.tracking_no is not null and w.state = 'issued'`
}

/** Numbers of those that a parcel may travel under; one that is being cancelled is not among them. */
export async function readIssuedNumbers(
  sql: Sql,
  ids: readonly bigint[],
): Promise<ReadonlyMap<bigint, string>> {
  const rows = await sql<{ id: bigint; tracking_no: string }>`
    select id, tracking_no from waybill
    where id = any(${int8Array([...ids])}::bigint[]) and state = 'issued' and tracking_no is not null`
  return new Map(rows.map((row) => [row.id, row.tracking_no]))
}

export type PieceRow = {
  readonly parcel_no: string
  readonly order_id: bigint
  readonly line_id: string
  readonly unit: string
  readonly sku: string
  readonly title: string
  readonly quantity: number
  readonly gift: boolean
  readonly value_minor: bigint
  readonly weight_g: number | null
  readonly volume_cm3: number | null
  readonly tags: readonly string[] | null
}
/** What is in these parcels: as planned, and of re-ships as they were granted. */
export async function readPieces(sql: Sql, parcelNos: readonly string[]): Promise<PieceRow[]> {
  const reships = parcelNos.filter(isReship)
  const planned = parcelNos.length > reships.length ? await readPlanned(sql, parcelNos) : []
  return reships.length === 0 ? planned : [...planned, ...(await readReshipped(sql, reships))]
}

async function readPlanned(sql: Sql, parcelNos: readonly string[]): Promise<PieceRow[]> {
  return await sql<PieceRow>`
    select p.parcel_no, i.order_id, i.line_id, i.unit, i.sku, i.title, i.quantity::int, i.gift, i.value_minor,
      coalesce(i.weight_g, s.weight_g)::float8 as weight_g, s.volume_cm3::float8 as volume_cm3, s.tags
    from plan_parcel p join plan_piece i on i.parcel_id = p.id left join sku_profile s on s.sku = i.sku
    where p.parcel_no = any(${textArray([...parcelNos])}::text[]) order by p.id, i.gift, i.order_id, i.line_id, i.unit`
}

/**
 * Pieces of re-ships: the goods that the order's plan made of each line, in proportion, so that a set is sent as its parts; the line itself
 * where no plan knows it.
 */
async function readReshipped(sql: Sql, parcelNos: readonly string[]): Promise<PieceRow[]> {
  return await sql<PieceRow>`
    with wanted as (
      select w.parcel_no, o.id as order_id, x."lineId" as line_id, x.quantity
      from (select distinct on (parcel_no) parcel_no, orders, order_ids from waybill
        where parcel_no = any(${textArray([...parcelNos])}::text[]) order by parcel_no, generation desc) w
      cross join lateral jsonb_array_elements(w.orders) e
      join sales_order o on o.connection_id = e ->> 'connection' and o.order_no = e ->> 'orderNo' and o.id = any(w.order_ids)
      cross join lateral jsonb_to_recordset(e -> 'lines') x ("lineId" text, quantity int)
    ), planned as (
      select i.order_id, i.line_id, i.sku, min(i.title) as title, bool_and(i.gift) as gift, sum(i.quantity) as quantity,
        sum(i.value_minor) as value_minor, max(i.weight_g) as weight_g
      from plan_piece i join plan_parcel p on p.id = i.parcel_id and p.state <> 'void'
      where i.order_id in (select order_id from wanted) group by i.order_id, i.line_id, i.sku
    )
    select w.parcel_no, w.order_id, w.line_id, '' as unit, coalesce(g.sku, l.stock_sku, l.shop_sku) as sku,
      coalesce(g.title, l.title) as title,
      coalesce(ceil(g.quantity::numeric * w.quantity / l.quantity), w.quantity)::int as quantity, coalesce(g.gift, l.gift) as gift,
      coalesce(round(g.value_minor::numeric * w.quantity / l.quantity), 0)::bigint as value_minor,
      coalesce(g.weight_g, s.weight_g)::float8 as weight_g, s.volume_cm3::float8 as volume_cm3, s.tags
    from wanted w join order_line l on l.order_id = w.order_id and l.line_id = w.line_id
    left join planned g on g.order_id = w.order_id and g.line_id = w.line_id
    left join sku_profile s on s.sku = coalesce(g.sku, l.stock_sku, l.shop_sku)
    order by w.parcel_no, w.order_id, w.line_id, 5`
}

/** Sealed recipients by order. */
export async function readRecipients(
  sql: Sql,
  orderIds: readonly bigint[],
): Promise<Map<bigint, Uint8Array>> {
  if (orderIds.length === 0) return new Map()
  const rows = await sql<{ order_id: bigint; value: Uint8Array }>`
    select order_id, value from order_register
    where order_id = any(${int8Array([...orderIds])}::bigint[]) and part = 'recipient'`
  return new Map(rows.map((row) => [row.order_id, row.value]))
}

// Accounts and senders.

export type AccountRow = {
  readonly id: bigint
  readonly connection_id: string
  readonly connection_name: string | null
  readonly carrier: string
  readonly name: string
  readonly service: string | null
  readonly sealed: Uint8Array
  readonly warehouses: readonly string[]
  readonly priority: number
  readonly mode: 'auto' | 'by_hand'
  readonly active: boolean
  readonly blocked_code: string | null
  readonly blocked_at: Instant | null
  readonly updated_by: string
  readonly updated_at: Instant
}
export async function readAccounts(sql: Sql): Promise<AccountRow[]> {
  return await sql<AccountRow>`
    select a.*, c.name as connection_name from carrier_account a left join connection c on c.id = a.connection_id
    order by a.active desc, a.priority, a.id`
}

export type AccountWrite = {
  readonly connectionId: string
  readonly carrier: string
  readonly name: string
  readonly service: string | null
  readonly sealed: Uint8Array
  readonly warehouses: readonly string[]
  readonly priority: number
  readonly mode: 'auto' | 'by_hand'
  readonly active: boolean
}

/** The account's id; null where another one has the name. `id` null: a new one. */
export async function saveAccount(
  tx: Sql,
  id: bigint | null,
  one: AccountWrite,
  actor: string,
  now: Instant,
): Promise<bigint | null> {
  const taken = await tx`select 1 from carrier_account where name = ${one.name} and id is distinct from ${id}`
  if (taken.length > 0) return null
  const warehouses = textArray([...one.warehouses])
  const [row] =
    id === null
      ? await tx<{ id: bigint }>`
          insert into carrier_account (connection_id, carrier, name, service, sealed, warehouses, priority, mode, active, updated_by,
            created_at, updated_at)
          values (${one.connectionId}, ${one.carrier}, ${one.name}, ${one.service}, ${one.sealed}, ${warehouses}::text[],
            ${one.priority}, ${one.mode}, ${one.active}, ${actor}, ${now}, ${now})
          returning id`
      : await tx<{ id: bigint }>`
          update carrier_account set connection_id = ${one.connectionId}, carrier = ${one.carrier}, name = ${one.name},
            service = ${one.service}, sealed = ${one.sealed}, warehouses = ${warehouses}::text[], priority = ${one.priority},
            mode = ${one.mode}, active = ${one.active}, updated_by = ${actor}, updated_at = ${now}
          where id = ${id} returning id`
  return row?.id ?? null
}

/** Marks an account as not to be used for now; null: to be used again. Answers whether that changed anything. */
export async function setBlocked(tx: Sql, id: bigint, code: string | null, now: Instant): Promise<boolean> {
  const rows = await tx`
    update carrier_account set blocked_code = ${code}, blocked_at = ${code === null ? null : now}
    where id = ${id} and blocked_code is distinct from ${code} returning id`
  return rows.length > 0
}

export type SenderRow = PostalContact & {
  readonly warehouse: string
  readonly warehouseName: string
  readonly updatedBy: string | null
  readonly updatedAt: Instant | null
}

/** Every warehouse with its sender; texts empty where nobody filled one in. */
export async function readSenders(sql: Sql, codes: readonly string[] | null): Promise<SenderRow[]> {
  return await sql<SenderRow>`
    select h.code as warehouse, h.name as "warehouseName", coalesce(f.name, '') as name, coalesce(f.phone, '') as phone,
      coalesce(f.company, '') as company, coalesce(f.country, 'CN') as country, coalesce(f.province, h.province) as province,
      coalesce(f.city, h.city) as city, coalesce(f.district, '') as district, coalesce(f.address, h.address) as address,
      coalesce(f.postal_code, '') as "postalCode", f.updated_by as "updatedBy", f.updated_at as "updatedAt"
    from warehouse h left join ship_from f on f.warehouse = h.code
    where h.active and (${codes === null ? null : textArray([...codes])}::text[] is null or h.code = any(${codes === null ? null : textArray([...codes])}::text[]))
    order by h.priority, h.code`
}

/** False: there is no such warehouse. */
export async function saveSender(
  tx: Sql,
  warehouse: string,
  one: PostalContact,
  actor: string,
  now: Instant,
): Promise<boolean> {
  const rows = await tx`
    insert into ship_from (warehouse, name, phone, company, country, province, city, district, address, postal_code, updated_by, updated_at)
    select code, ${one.name}, ${one.phone}, ${one.company}, ${one.country}, ${one.province}, ${one.city}, ${one.district},
      ${one.address}, ${one.postalCode}, ${actor}, ${now} from warehouse where code = ${warehouse}
    on conflict (warehouse) do update set name = excluded.name, phone = excluded.phone, company = excluded.company,
      country = excluded.country, province = excluded.province, city = excluded.city, district = excluded.district,
      address = excluded.address, postal_code = excluded.postal_code, updated_by = excluded.updated_by, updated_at = excluded.updated_at
    returning warehouse`
  return rows.length > 0
}

export type NewEvent = {
  readonly waybillId: bigint
  readonly what: string
  readonly actor: string
  readonly words: string
  readonly detail?: Readonly<Record<string, unknown>>
}
export async function writeEvents(tx: Sql, events: readonly NewEvent[], now: Instant): Promise<void> {
  if (events.length === 0) return
  await tx`
    insert into waybill_event (waybill_id, at, what, actor, words, detail)
    select id, ${now}, what, actor, words, detail::jsonb from unnest(
      ${int8Array(events.map((one) => one.waybillId))}::bigint[], ${textArray(events.map((one) => one.what))}::text[],
      ${textArray(events.map((one) => one.actor))}::text[], ${textArray(events.map((one) => one.words.slice(0, 500)))}::text[],
      ${textArray(events.map((one) => JSON.stringify(one.detail ?? {})))}::text[]
    ) as e (id, what, actor, words, detail)`
}
