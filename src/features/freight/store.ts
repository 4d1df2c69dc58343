import type { FreightQuote } from '#domain/fulfilment.ts'
import type { Instant } from '#kernel/clock.ts'
import { int4Array, int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { AreaClass, RemoteArea } from '#platform/regions/remote.ts'
import type { SkuFigures } from './core/ask.ts'
import type { CustomerTier } from './core/tiers.ts'

/** Told whenever the levels or the remote areas change. */
export const FREIGHT_CHANNEL = 'freight_book'

export type RemoteAreaRow = RemoteArea & {
  readonly id: bigint
  readonly note: string
  readonly updatedBy: string
  readonly updatedAt: Instant
}
export type TierRow = CustomerTier & { readonly updatedBy: string; readonly updatedAt: Instant }

export async function readAreas(sql: Sql): Promise<readonly RemoteAreaRow[]> {
  const rows = await sql<{
    id: bigint
    province: string
    city: string
    district: string
    class: AreaClass
    note: string
    updated_by: string
    updated_at: Instant
  }>`
    select id, province, city, district, class, note, updated_by, updated_at
    from remote_area order by province collate "C", city collate "C", district collate "C"`
  return rows.map(({ class: areaClass, updated_by, updated_at, ...row }) => ({
    ...row,
    areaClass,
    updatedBy: updated_by,
    updatedAt: updated_at,
  }))
}

type AreaChange = RemoteArea & { readonly note: string }
type By = { readonly by: string; readonly at: Instant }

/** The id, and whether it was there before. */
export async function saveArea(
  sql: Sql,
  { province, city, district, areaClass, note }: AreaChange,
  { by, at }: By,
): Promise<bigint> {
  const [row] = await sql<{ id: bigint }>`
    insert into remote_area (province, city, district, class, note, updated_by, updated_at)
    values (${province}, ${city}, ${district}, ${areaClass}, ${note}, ${by}, ${at})
    on conflict (province, city, district) do update
      set class = excluded.class, note = excluded.note, updated_by = excluded.updated_by, updated_at = excluded.updated_at
    returning id`
  return row?.id ?? 0n
}

export async function dropArea(sql: Sql, id: bigint): Promise<RemoteArea | null> {
  const [row] = await sql<{ province: string; city: string; district: string; class: AreaClass }>`
    delete from remote_area where id = ${id} returning province, city, district, class`
  return row === undefined ? null : { ...row, areaClass: row.class }
}

export async function dropAllAreas(sql: Sql): Promise<void> {
  await sql`delete from remote_area`
}

export async function countAreas(sql: Sql): Promise<number> {
  const [row] = await sql<{ n: number }>`select count(*)::int as n from remote_area`
  return row?.n ?? 0
}

export async function readTiers(sql: Sql): Promise<readonly TierRow[]> {
  const rows = await sql<{
    name: string
    label: string
    min_orders: number
    min_spent_minor: bigint | null
    currency: string
    priority: number
    updated_by: string
    updated_at: Instant
  }>`
    select name, label, min_orders, min_spent_minor, currency, priority, updated_by, updated_at
    from customer_tier order by priority desc`
  return rows.map((row) => ({
    name: row.name,
    label: row.label,
    minOrders: row.min_orders,
    minSpentMinor: row.min_spent_minor,
    currency: row.currency,
    priority: row.priority,
    updatedBy: row.updated_by,
    updatedAt: row.updated_at,
  }))
}

/** All levels at once: they only mean something together. */
export async function replaceTiers(sql: Sql, tiers: readonly CustomerTier[], { by, at }: By): Promise<void> {
  await sql`lock table customer_tier in exclusive mode`
  await sql`delete from customer_tier`
  for (const tier of tiers)
    await sql`
      insert into customer_tier (name, label, min_orders, min_spent_minor, currency, priority, updated_by, updated_at)
      values (${tier.name}, ${tier.label}, ${tier.minOrders}, ${tier.minSpentMinor}, ${tier.currency}, ${tier.priority}, ${by}, ${at})`
}

export async function tellFreightChanged(sql: Sql): Promise<void> {
  await sql`select pg_notify(${FREIGHT_CHANNEL}, '')`
}

/** What the profiles have of these SKUs; a bundle without figures of its own is the sum of its parts, where all of them are known. */
export async function readSkuFigures(
  sql: Sql,
  skus: readonly string[],
): Promise<ReadonlyMap<string, SkuFigures>> {
  const rows = await sql<{
    sku: string
    weight_g: bigint | null
    volume_cm3: bigint | null
    tags: readonly string[]
  }>`
    select w.sku, coalesce(p.weight_g, parts.weight_g)::bigint as weight_g, coalesce(p.volume_cm3, parts.volume_cm3)::bigint as volume_cm3,
      array(select distinct unnest(coalesce(p.tags, '{}') || parts.tags) order by 1) as tags
    from unnest(${textArray(skus)}::text[]) as w (sku)
    left join sku_profile p on p.sku = w.sku
    cross join lateral (
      select case when count(*) = count(pp.weight_g) then sum(pp.weight_g::bigint * b.quantity) end as weight_g,
        case when count(*) = count(pp.volume_cm3) then sum(pp.volume_cm3::bigint * b.quantity) end as volume_cm3,
        array(select distinct t from sku_bundle bb join sku_profile ppp on ppp.sku = bb.part_sku, unnest(ppp.tags) as t
          where bb.bundle_sku = w.sku) as tags
      from sku_bundle b left join sku_profile pp on pp.sku = b.part_sku
      where b.bundle_sku = w.sku
    ) as parts`
  return new Map(
    rows.map((row) => [
      row.sku,
      {
        weightG: row.weight_g === null ? null : Number(row.weight_g),
        volumeCm3: row.volume_cm3 === null ? null : Number(row.volume_cm3),
        tags: row.tags,
      },
    ]),
  )
}

export type SavedQuote = {
  readonly orderId: bigint
  readonly orderNo: string
  readonly connection: string
  readonly quote: FreightQuote
  /** The version that decided. */
  readonly setId: bigint
  readonly versionId: bigint
  readonly number: number
  readonly arm: 'live' | 'gray'
  readonly parcels: number
  /** Numbers of the orders that it was quoted together with; empty for one alone. */
  readonly jointWith: readonly string[]
}

/**
 * Stores what orders were quoted, in the transaction that acted on it; call it with the orders' rows locked. What was quoted before stays
 * as history; the very same quote again by the same version leaves everything as it is, so that a repeated turn adds nothing.
 */
export async function saveQuotes(tx: Sql, quotes: readonly SavedQuote[], now: Instant): Promise<void> {
  const ordered = [...quotes].sort((a, b) => (a.orderId < b.orderId ? -1 : a.orderId > b.orderId ? 1 : 0))
  const current = await readCurrent(
    tx,
    ordered.map((one) => one.orderId),
  )
  const changed = ordered.filter((one) => {
    const before = current.get(one.orderId)
    return before === undefined || !isSame(before, one)
  })
  if (changed.length === 0) return
  const text = (of: (one: SavedQuote) => string | null) => textArray(changed.map(of))
  const ids = int8Array(changed.map((one) => one.orderId))
  if (current.size > 0)
    await tx`update freight_quote set is_current = false where order_id = any(${ids}::bigint[]) and is_current`
  await tx`
    insert into freight_quote (order_id, order_no, connection_id, currency, amount_minor, parts, carrier, set_id, version_id, number, arm,
      parcels, joint_with, quoted_at, is_current)
    select order_id, order_no, connection_id, currency, amount_minor, parts::jsonb, carrier, set_id, version_id, number, arm, parcels,
      array(select jsonb_array_elements_text(joint_with::jsonb)), ${now}, true
    from unnest(
      ${ids}::bigint[], ${text((one) => one.orderNo)}::text[], ${text((one) => one.connection)}::text[],
      ${text((one) => one.quote.currency)}::text[], ${int8Array(changed.map((one) => one.quote.amountMinor))}::bigint[],
      ${text((one) => JSON.stringify(partsJson(one.quote)))}::text[], ${text((one) => one.quote.carrier)}::text[],
      ${int8Array(changed.map((one) => one.setId))}::bigint[], ${int8Array(changed.map((one) => one.versionId))}::bigint[],
      ${int4Array(changed.map((one) => one.number))}::int[], ${text((one) => one.arm)}::text[],
      ${int4Array(changed.map((one) => one.parcels))}::int[], ${text((one) => JSON.stringify(one.jointWith))}::text[]
    ) as quote (order_id, order_no, connection_id, currency, amount_minor, parts, carrier, set_id, version_id, number, arm, parcels,
      joint_with)`
}

/** The order is not to be sent as it was quoted (back to review, cancelled): its last quote becomes history. */
export async function withdrawQuotes(tx: Sql, orderIds: readonly bigint[]): Promise<void> {
  await tx`
    update freight_quote set is_current = false
    where order_id = any(${int8Array(orderIds)}::bigint[]) and is_current`
}

export type StoredQuote = SavedQuote & {
  readonly id: bigint
  readonly quotedAt: Instant
  readonly isCurrent: boolean
}

/** Newest first. */
export async function readQuotes(sql: Sql, orderId: bigint, limit: number): Promise<readonly StoredQuote[]> {
  const rows = await sql<QuoteRow>`
    select id, order_id, order_no, connection_id, currency, amount_minor, parts, carrier, set_id, version_id, number, arm, parcels,
      joint_with, quoted_at, is_current
    from freight_quote where order_id = ${orderId} order by id desc limit ${limit}`
  return rows.map(quoteOfRow)
}

async function readCurrent(sql: Sql, ids: readonly bigint[]): Promise<ReadonlyMap<bigint, StoredQuote>> {
  if (ids.length === 0) return new Map()
  const rows = await sql<QuoteRow>`
    select id, order_id, order_no, connection_id, currency, amount_minor, parts, carrier, set_id, version_id, number, arm, parcels,
      joint_with, quoted_at, is_current
    from freight_quote where order_id = any(${int8Array(ids)}::bigint[]) and is_current`
  return new Map(rows.map((row) => [row.order_id, quoteOfRow(row)]))
}

type PartJson = { readonly node: string; readonly label: string; readonly amount: string }
type QuoteRow = {
  readonly id: bigint
  readonly order_id: bigint
  readonly order_no: string
  readonly connection_id: string
  readonly currency: string
  readonly amount_minor: bigint
  readonly parts: readonly PartJson[]
  readonly carrier: string | null
  readonly set_id: bigint
  readonly version_id: bigint
  readonly number: number
  readonly arm: 'live' | 'gray'
  readonly parcels: number
  readonly joint_with: readonly string[]
  readonly quoted_at: Instant
  readonly is_current: boolean
}

function quoteOfRow(row: QuoteRow): StoredQuote {
  return {
    id: row.id,
    orderId: row.order_id,
    orderNo: row.order_no,
    connection: row.connection_id,
    quote: {
      currency: row.currency,
      amountMinor: row.amount_minor,
      parts: row.parts.map(({ node, label, amount }) => ({ node, label, amountMinor: BigInt(amount) })),
      carrier: row.carrier,
    },
    setId: row.set_id,
    versionId: row.version_id,
    number: row.number,
    arm: row.arm,
    parcels: row.parcels,
    jointWith: row.joint_with,
    quotedAt: row.quoted_at,
    isCurrent: row.is_current,
  }
}

function partsJson(quote: FreightQuote): PartJson[] {
  return quote.parts.map(({ node, label, amountMinor }) => ({ node, label, amount: amountMinor.toString() }))
}

function isSame(before: SavedQuote, after: SavedQuote): boolean {
  const mark = ({ quote, versionId, parcels, jointWith }: SavedQuote): string =>
    JSON.stringify([
      quote.currency,
      quote.amountMinor.toString(),
      partsJson(quote),
      quote.carrier,
      versionId.toString(),
      parcels,
      jointWith,
    ])
  return mark(before) === mark(after)
}
