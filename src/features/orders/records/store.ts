import { canonicalJson } from '#kernel/hash.ts'
import { writeJournal } from '#platform/journal/store.ts'
import {
  boolArray,
  byteaArray,
  instantArray,
  int4Array,
  int8Array,
  textArray,
} from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Drift } from '../core/drift.ts'

type Instant = Temporal.Instant

/** Stands for "as it is" in the upsert: another transaction may be matching SKUs meanwhile. */
const UNMATCHED_UNCHANGED = -1

/** Where an order goes as far as rules may know it, and a print that is equal for the same person and place. */
export type Place = {
  readonly country: string | null
  readonly province: string | null
  readonly city: string | null
  readonly district: string | null
  readonly recipientKey: string | null
}

/** A `sales_order` row as derived; `unmatchedLines` null leaves the stored count alone. */
export type OrderRow = {
  readonly id: bigint
  readonly connection: string
  readonly orderNo: string
  readonly status: string
  readonly placedAt: Instant | null
  readonly paidAt: Instant | null
  readonly shippedAt: Instant | null
  readonly deliveredAt: Instant | null
  readonly shipBy: Instant | null
  readonly currency: string | null
  readonly payableMinor: bigint | null
  readonly itemCount: number
  readonly parcelCount: number
  readonly unmatchedLines: number | null
  readonly driftCount: number
  readonly afterSale: string
  readonly report: string
  readonly region: string | null
  readonly recipientMasked: string | null
  readonly buyerNote: string | null
  readonly sellerNote: string | null
  readonly firstTitle: string | null
  readonly place: Place
  readonly buyerId: string | null
  readonly sortAt: Instant
  readonly record: string
  readonly digest: Uint8Array
}

export type KnownRow = {
  readonly status: string
  readonly digest: Uint8Array
  readonly recipientMasked: string | null
  readonly region: string | null
  readonly place: Place
  readonly sortAt: Instant
}

export async function loadKnownRows(sql: Sql, ids: readonly bigint[]): Promise<Map<bigint, KnownRow>> {
  const rows = await sql<{
    id: bigint
    status: string
    digest: Buffer
    recipient_masked: string | null
    region: string | null
    country: string | null
    province: string | null
    city: string | null
    district: string | null
    recipient_key: string | null
    sort_at: Instant
  }>`
    select id, status, digest, recipient_masked, region, sort_at, ship_country as country, ship_province as province,
      ship_city as city, ship_district as district, recipient_key from sales_order where id = any(${int8Array(ids)}::bigint[])`
  return new Map(
    rows.map((row) => [
      row.id,
      {
        status: row.status,
        digest: row.digest,
        recipientMasked: row.recipient_masked,
        region: row.region,
        place: {
          country: row.country,
          province: row.province,
          city: row.city,
          district: row.district,
          recipientKey: row.recipient_key,
        },
        sortAt: row.sort_at,
      },
    ]),
  )
}

export async function saveOrders(sql: Sql, rows: readonly OrderRow[], now: Instant): Promise<void> {
  if (rows.length === 0) return
  await sql`
    insert into sales_order (id, connection_id, order_no, status, placed_at, paid_at, shipped_at, delivered_at, ship_by, currency,
      payable_minor, item_count, parcel_count, unmatched_lines, drift_count, after_sale, report, region, recipient_masked,
      buyer_note, seller_note, first_title, sort_at, record, digest, ship_country, ship_province, ship_city, ship_district, recipient_key, buyer_id,
      created_at, updated_at)
    select id, connection_id, order_no, status, placed_at, paid_at, shipped_at, delivered_at, ship_by, currency,
      payable_minor, item_count, parcel_count, unmatched_lines, drift_count, after_sale, report, region, recipient_masked,
      buyer_note, seller_note, first_title, sort_at, record::jsonb, digest, ship_country, ship_province, ship_city, ship_district, recipient_key, buyer_id,
      ${now}, ${now}
    from unnest(
      ${int8Array(rows.map((row) => row.id))}::bigint[], ${textArray(rows.map((row) => row.connection))}::text[],
      ${textArray(rows.map((row) => row.orderNo))}::text[], ${textArray(rows.map((row) => row.status))}::text[],
      ${instantArray(rows.map((row) => row.placedAt))}::timestamptz[], ${instantArray(rows.map((row) => row.paidAt))}::timestamptz[],
      ${instantArray(rows.map((row) => row.shippedAt))}::timestamptz[], ${instantArray(rows.map((row) => row.deliveredAt))}::timestamptz[],
      ${instantArray(rows.map((row) => row.shipBy))}::timestamptz[], ${textArray(rows.map((row) => row.currency))}::text[],
      ${int8Array(rows.map((row) => row.payableMinor))}::bigint[], ${int4Array(rows.map((row) => row.itemCount))}::int[],
      ${int4Array(rows.map((row) => row.parcelCount))}::int[], ${int4Array(rows.map((row) => row.unmatchedLines ?? UNMATCHED_UNCHANGED))}::int[],
      ${int4Array(rows.map((row) => row.driftCount))}::int[], ${textArray(rows.map((row) => row.afterSale))}::text[],
      ${textArray(rows.map((row) => row.report))}::text[], ${textArray(rows.map((row) => row.region))}::text[],
      ${textArray(rows.map((row) => row.recipientMasked))}::text[], ${textArray(rows.map((row) => row.buyerNote))}::text[],
      ${textArray(rows.map((row) => row.sellerNote))}::text[], ${textArray(rows.map((row) => row.firstTitle))}::text[],
      ${instantArray(rows.map((row) => row.sortAt))}::timestamptz[], ${textArray(rows.map((row) => row.record))}::text[],
      ${byteaArray(rows.map((row) => row.digest))}::bytea[], ${textArray(rows.map((row) => row.place.country))}::text[],
      ${textArray(rows.map((row) => row.place.province))}::text[], ${textArray(rows.map((row) => row.place.city))}::text[],
      ${textArray(rows.map((row) => row.place.district))}::text[], ${textArray(rows.map((row) => row.place.recipientKey))}::text[],
      ${textArray(rows.map((row) => row.buyerId))}::text[]
    ) as derived (id, connection_id, order_no, status, placed_at, paid_at, shipped_at, delivered_at, ship_by, currency,
      payable_minor, item_count, parcel_count, unmatched_lines, drift_count, after_sale, report, region, recipient_masked,
      buyer_note, seller_note, first_title, sort_at, record, digest, ship_country, ship_province, ship_city, ship_district, recipient_key, buyer_id)
    on conflict (id) do update set
      status = excluded.status, placed_at = excluded.placed_at, paid_at = excluded.paid_at, shipped_at = excluded.shipped_at,
      delivered_at = excluded.delivered_at, ship_by = excluded.ship_by, currency = excluded.currency,
      payable_minor = excluded.payable_minor, item_count = excluded.item_count, parcel_count = excluded.parcel_count,
      drift_count = excluded.drift_count,
      unmatched_lines = case when excluded.unmatched_lines = ${UNMATCHED_UNCHANGED} then sales_order.unmatched_lines else excluded.unmatched_lines end,
      after_sale = excluded.after_sale, report = excluded.report, region = excluded.region,
      recipient_masked = excluded.recipient_masked, buyer_note = excluded.buyer_note, seller_note = excluded.seller_note,
      first_title = excluded.first_title, sort_at = excluded.sort_at, record = excluded.record, digest = excluded.digest,
      ship_country = excluded.ship_country, ship_province = excluded.ship_province, ship_city = excluded.ship_city,
      ship_district = excluded.ship_district, recipient_key = excluded.recipient_key, buyer_id = excluded.buyer_id,
      updated_at = excluded.updated_at`
}

export type LineRow = {
  readonly orderId: bigint
  readonly lineId: string
  readonly connection: string
  readonly shopSku: string
  readonly stockSku: string | null
  readonly title: string
  readonly quantity: number
  readonly gift: boolean
}

/** Stock SKUs by `connection\nshopSku`: the shop's own mapping before the one for every shop. */
export async function matchSkus(
  sql: Sql,
  wanted: readonly { connection: string; shopSku: string }[],
): Promise<ReadonlyMap<string, string>> {
  const rows = [...new Map(wanted.map((line) => [`${line.connection}\n${line.shopSku}`, line])).values()]
  if (rows.length === 0) return new Map()
  const found = await sql<{ connection_id: string; shop_sku: string; stock_sku: string }>`
    select line.connection_id, line.shop_sku, coalesce(own.stock_sku, common.stock_sku) as stock_sku
    from unnest(
      ${textArray(rows.map((row) => row.connection))}::text[], ${textArray(rows.map((row) => row.shopSku))}::text[]
    ) as line (connection_id, shop_sku)
    left join sku_mapping own on own.connection_id = line.connection_id and own.shop_sku = line.shop_sku
    left join sku_mapping common on common.connection_id = '*' and common.shop_sku = line.shop_sku
    where own.stock_sku is not null or common.stock_sku is not null`
  return new Map(found.map((row) => [`${row.connection_id}\n${row.shop_sku}`, row.stock_sku]))
}

/** Replaces the lines of orders whose content changed; `known` are those of them that had lines before. */
export async function replaceLines(
  sql: Sql,
  known: readonly bigint[],
  lines: readonly LineRow[],
): Promise<void> {
  if (known.length > 0) await sql`delete from order_line where order_id = any(${int8Array(known)}::bigint[])`
  if (lines.length === 0) return
  await sql`
    insert into order_line (order_id, line_id, connection_id, shop_sku, stock_sku, title, quantity, gift)
    select * from unnest(
      ${int8Array(lines.map((line) => line.orderId))}::bigint[], ${textArray(lines.map((line) => line.lineId))}::text[],
      ${textArray(lines.map((line) => line.connection))}::text[], ${textArray(lines.map((line) => line.shopSku))}::text[],
      ${textArray(lines.map((line) => line.stockSku))}::text[], ${textArray(lines.map((line) => line.title))}::text[],
      ${int4Array(lines.map((line) => line.quantity))}::int[], ${boolArray(lines.map((line) => line.gift))}::boolean[]
    )
    on conflict do nothing`
}

export async function replaceDrift(
  sql: Sql,
  orderIds: readonly bigint[],
  drifts: readonly (Drift & { orderId: bigint })[],
): Promise<void> {
  if (orderIds.length === 0) return
  await sql`
    delete from drift using unnest(${int8Array(orderIds)}::bigint[]) as gone (order_id)
    where drift.order_id = gone.order_id
      and not (drift.order_id, drift.field) in (select * from unnest(${int8Array(drifts.map((row) => row.orderId))}::bigint[], ${textArray(drifts.map((row) => row.field))}::text[]))`
  if (drifts.length === 0) return
  await sql`
    insert into drift (order_id, field, cause, since, until, claims)
    select order_id, field, cause, since, until, claims::jsonb from unnest(
      ${int8Array(drifts.map((row) => row.orderId))}::bigint[], ${textArray(drifts.map((row) => row.field))}::text[],
      ${textArray(drifts.map((row) => row.cause))}::text[], ${instantArray(drifts.map((row) => row.since))}::timestamptz[],
      ${instantArray(drifts.map((row) => row.until))}::timestamptz[], ${textArray(drifts.map((row) => canonicalJson(row.claims)))}::text[]
    ) as derived (order_id, field, cause, since, until, claims)
    on conflict (order_id, field) do update
    set cause = excluded.cause, since = excluded.since, until = excluded.until, claims = excluded.claims`
}

/** Which subjects an order is made of, for searching by tracking number. */
export async function linkSubjects(
  sql: Sql,
  links: readonly { orderId: bigint; subject: string }[],
): Promise<void> {
  if (links.length === 0) return
  await sql`
    insert into order_subject (subject, order_id)
    select * from unnest(${textArray(links.map((link) => link.subject))}::text[], ${int8Array(links.map((link) => link.orderId))}::bigint[])
    on conflict do nothing`
}

/** Adds a batch's changes to the counters per shop and status; each worker has its own slot, so none waits for another. */
export async function addTallies(sql: Sql, slot: number, deltas: ReadonlyMap<string, number>): Promise<void> {
  const rows = [...deltas].filter(([, count]) => count !== 0).sort(([a], [b]) => (a < b ? -1 : 1))
  if (rows.length === 0) return
  await sql`
    insert into order_tally (connection_id, status, slot, count)
    select connection_id, status, ${slot}::smallint, delta from unnest(
      ${textArray(rows.map(([key]) => key.split('\n')[0] ?? ''))}::text[], ${textArray(rows.map(([key]) => key.split('\n')[1] ?? ''))}::text[],
      ${int8Array(rows.map(([, count]) => BigInt(count)))}::bigint[]
    ) as change (connection_id, status, delta)
    on conflict (connection_id, status, slot) do update set count = order_tally.count + excluded.count`
}

/**
 * Gives waiting lines of these shop SKUs their stock SKU, a shop's own mapping before the common one, and takes them off
 * their orders' counts. The orders are locked first and by id, as the pipeline does it, so that the two never wait crosswise.
 */
export async function matchWaitingLines(
  tx: Sql,
  shopSkus: readonly string[],
): Promise<{ lines: number; orders: number }> {
  await tx`
    select id from sales_order where id in (select order_id from order_line where stock_sku is null and shop_sku = any(${textArray(shopSkus)}::text[]))
    order by id for update`
  const rows = await tx<MatchedOrder>`
    with matched as (
      update order_line l set stock_sku = m.stock_sku
      from (
        select distinct on (w.order_id, w.line_id) w.order_id, w.line_id, s.stock_sku
        from order_line w join sku_mapping s on s.shop_sku = w.shop_sku and s.connection_id in (w.connection_id, '*')
        where w.stock_sku is null and w.shop_sku = any(${textArray(shopSkus)}::text[])
        order by w.order_id, w.line_id, (s.connection_id = '*')
      ) m
      where l.order_id = m.order_id and l.line_id = m.line_id and l.stock_sku is null
      returning l.order_id
    ), counted as (
      update sales_order o set unmatched_lines = greatest(0, o.unmatched_lines - n.lines), updated_at = now()
      from (select order_id, count(*)::int as lines from matched group by order_id) n
      where o.id = n.order_id returning o.id, o.connection_id, o.order_no, o.status, n.lines
    )
    select id, connection_id, order_no, status, lines, now() as at from counted order by id`
  return await tellMatched(tx, rows)
}

type MatchedOrder = {
  readonly id: bigint
  readonly connection_id: string
  readonly order_no: string
  readonly status: string
  readonly lines: number
  readonly at: Temporal.Instant
}

/** What a line is in stock changed: whoever follows the orders hears of it as of any other change. */
async function tellMatched(
  tx: Sql,
  rows: readonly MatchedOrder[],
): Promise<{ lines: number; orders: number }> {
  const [first] = rows
  if (first === undefined) return { lines: 0, orders: 0 }
  await writeJournal(
    tx,
    rows.map((row) => ({
      kind: 'order.changed',
      orderId: row.id,
      data: { connection: row.connection_id, orderNo: row.order_no, from: row.status, to: row.status },
    })),
    first.at,
  )
  return { lines: rows.reduce((sum, row) => sum + row.lines, 0), orders: rows.length }
}

/** Goods of these orders are still in the house; what has left keeps the stock SKU it left under. */
const NOTHING_LEFT = ['pending_payment', 'on_hold', 'awaiting_shipment'] as const

/**
 * Takes the stock SKU that a mapping gave from the lines of orders of which nothing has left, so that they wait again.
 * Lines of shops with a mapping of their own do not belong to the common one (`*`). Locks like `matchWaitingLines`.
 */
export async function unmatchLines(
  tx: Sql,
  mapping: { readonly connection: string; readonly shopSku: string; readonly stockSku: string },
): Promise<{ lines: number; orders: number }> {
  const { connection, shopSku, stockSku } = mapping
  const ids = await tx<{ id: bigint }>`
    select o.id from sales_order o
    where o.status = any(${textArray(NOTHING_LEFT)}::text[]) and exists (
      select 1 from order_line l
      where l.order_id = o.id and l.stock_sku = ${stockSku} and l.shop_sku = ${shopSku} and ${connection} in (l.connection_id, '*')
        and not exists (select 1 from sku_mapping own where ${connection} = '*' and own.connection_id = l.connection_id and own.shop_sku = l.shop_sku)
    ) order by o.id for update`
  if (ids.length === 0) return { lines: 0, orders: 0 }
  const rows = await tx<MatchedOrder>`
    with unmatched as (
      update order_line set stock_sku = null
      where order_id = any(${int8Array(ids.map((row) => row.id))}::bigint[]) and shop_sku = ${shopSku} and stock_sku = ${stockSku}
      returning order_id
    ), counted as (
      update sales_order o set unmatched_lines = o.unmatched_lines + n.lines, updated_at = now()
      from (select order_id, count(*)::int as lines from unmatched group by order_id) n
      where o.id = n.order_id returning o.id, o.connection_id, o.order_no, o.status, n.lines
    )
    select id, connection_id, order_no, status, lines, now() as at from counted order by id`
  return await tellMatched(tx, rows)
}
