import type { OrderStatus } from '#domain/order-status.ts'
import type { Instant } from '#kernel/clock.ts'
import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'

type AmountJson = { readonly currency: string; readonly amount: string }
export type LineJson = {
  readonly lineId: string
  readonly shopSku: string
  readonly title: string
  readonly quantity: number
  readonly unitPrice: AmountJson
  readonly paid: AmountJson | null
  readonly gift: boolean
}
export type TotalsJson = {
  readonly goods: AmountJson
  readonly shipping: AmountJson
  readonly discount: AmountJson
  readonly payable: AmountJson
  readonly discounts: readonly { readonly label: string }[]
}

export type OrderRow = {
  readonly id: bigint
  readonly connection_id: string
  readonly kind: string | null
  readonly order_no: string
  readonly status: OrderStatus
  readonly placed_at: Instant | null
  readonly paid_at: Instant | null
  readonly ship_by: Instant | null
  readonly currency: string | null
  readonly payable_minor: bigint | null
  readonly buyer_id: string | null
  readonly country: string | null
  readonly province: string | null
  readonly city: string | null
  readonly district: string | null
  readonly recipient_key: string | null
  readonly buyer_note: string | null
  readonly seller_note: string | null
  readonly lines: readonly LineJson[] | null
  readonly totals: TotalsJson | null
  readonly flag: string | null
  /** Stock SKUs by line id. */
  readonly skus: Readonly<Record<string, string | null>> | null
  readonly earlier: bigint | null
  readonly spent: bigint | null
}

/** Orders with all that rules may know, in id order. */
export async function readOrderRows(sql: Sql, ids: readonly bigint[]): Promise<OrderRow[]> {
  if (ids.length === 0) return []
  return await sql<OrderRow>`
    select o.id, o.connection_id, c.kind, o.order_no, o.status, o.placed_at, o.paid_at, o.ship_by, o.currency, o.payable_minor,
      o.buyer_id, o.ship_country as country, o.ship_province as province, o.ship_city as city, o.ship_district as district,
      o.recipient_key, o.buyer_note, o.seller_note, o.record -> 'lines' as lines, o.record -> 'totals' as totals,
      o.record -> 'notes' ->> 'flag' as flag, l.skus, b.earlier, b.spent
    from sales_order o
    left join connection c on c.id = o.connection_id
    left join lateral (
      select jsonb_object_agg(line_id, stock_sku) as skus from order_line where order_id = o.id
    ) l on true
    left join lateral (
      select count(*) as earlier,
        coalesce(sum(e.payable_minor) filter (where e.currency = o.currency), 0)::bigint as spent
      from (
        select payable_minor, currency from sales_order e
        where e.connection_id = o.connection_id and e.buyer_id = o.buyer_id and e.paid_at is not null and e.id <> o.id
          and (e.paid_at, e.id) < (coalesce(o.paid_at, now()), o.id)
        limit ${EARLIER_MOST}
      ) e
    ) b on o.buyer_id is not null
    where o.id = any(${int8Array([...ids])}::bigint[]) order by o.id`
}

/** Beyond this an old customer is an old customer. */
const EARLIER_MOST = 1_000

export async function idsByNumber(sql: Sql, orderNos: readonly string[]): Promise<bigint[]> {
  const rows = await sql<{ id: bigint }>`
    select o.id from unnest(${textArray([...new Set(orderNos)])}::text[]) as n (order_no)
    cross join lateral (select id from sales_order where order_no = n.order_no order by id limit 20) as o
    order by o.id`
  return rows.map((row) => row.id)
}

export async function idsBetween(
  sql: Sql,
  period: { readonly from: Instant; readonly to: Instant; readonly after: bigint; readonly limit: number },
): Promise<bigint[]> {
  const rows = await sql<{ id: bigint }>`
    select id from sales_order
    where sort_at >= ${period.from} and sort_at < ${period.to} and id > ${period.after}
    order by id limit ${period.limit}`
  return rows.map((row) => row.id)
}

export type ProfileRow = {
  readonly sku: string
  readonly weight_g: number | null
  readonly volume_cm3: number | null
  readonly tags: readonly string[]
}
export async function readProfiles(sql: Sql, skus: readonly string[]): Promise<Map<string, ProfileRow>> {
  if (skus.length === 0) return new Map()
  const rows = await sql<ProfileRow>`
    select sku, weight_g, volume_cm3, tags from sku_profile where sku = any(${textArray([...skus])}::text[])`
  return new Map(rows.map((row) => [row.sku, row]))
}

export type PartRow = { readonly sku: string; readonly quantity: number }
export async function readParts(sql: Sql, skus: readonly string[]): Promise<Map<string, PartRow[]>> {
  if (skus.length === 0) return new Map()
  const rows = await sql<PartRow & { readonly bundle_sku: string }>`
    select bundle_sku, part_sku as sku, quantity from sku_bundle
    where bundle_sku = any(${textArray([...skus])}::text[]) order by bundle_sku, part_sku`
  return Map.groupBy(rows, (row) => row.bundle_sku)
}

export type GiftRow = {
  readonly gift_sku: string
  readonly main_sku: string
  readonly binding: 'hard' | 'soft'
}
export async function readGifts(sql: Sql, skus: readonly string[]): Promise<Map<string, GiftRow>> {
  if (skus.length === 0) return new Map()
  const rows = await sql<GiftRow>`
    select gift_sku, main_sku, binding from sku_gift where gift_sku = any(${textArray([...skus])}::text[])`
  return new Map(rows.map((row) => [row.gift_sku, row]))
}
