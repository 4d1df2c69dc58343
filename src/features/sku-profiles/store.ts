import type { Instant } from '#kernel/clock.ts'
import { money } from '#kernel/money.ts'
import { textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type SkuProfile, volumeOf } from './core/profile.ts'

export type ProfileRow = SkuProfile & {
  /** As rules reckon with it, told or worked out. */
  readonly volume: number | null
  readonly revision: number
  readonly updatedBy: string
  readonly updatedAt: Instant
}
/** A SKU of a list; null where it has no profile yet. */
export type ListedSku = {
  readonly sku: string
  readonly title: string
  readonly profile: ProfileRow | null
  readonly orders: number
}

type Row = {
  readonly sku: string
  readonly title: string
  readonly weight_g: number | null
  readonly volume_cm3: number | null
  readonly volume_told: boolean
  readonly length_mm: number | null
  readonly width_mm: number | null
  readonly height_mm: number | null
  readonly tags: string[]
  readonly value_minor: bigint | null
  readonly value_currency: string | null
  readonly revision: number
  readonly updated_by: string
  readonly updated_at: Instant
}

function rowToProfile(row: Row): ProfileRow {
  return {
    sku: row.sku,
    title: row.title,
    weightG: row.weight_g,
    volumeCm3: row.volume_told ? row.volume_cm3 : null,
    lengthMm: row.length_mm,
    widthMm: row.width_mm,
    heightMm: row.height_mm,
    tags: row.tags,
    value:
      row.value_minor === null || row.value_currency === null
        ? null
        : money(row.value_currency, row.value_minor),
    volume: row.volume_cm3,
    revision: row.revision,
    updatedBy: row.updated_by,
    updatedAt: row.updated_at,
  }
}

export type ProfileFilter = {
  /** Part of the SKU or the title. */
  readonly search: string
  readonly tag: string | null
}

/** In order of SKU, after one. */
export async function readProfiles(
  sql: Sql,
  { search, tag }: ProfileFilter,
  after: string,
  limit: number,
): Promise<ProfileRow[]> {
  const pattern = like(search)
  const rows = await sql<Row>`
    select * from sku_profile
    where sku > ${after} and (${search === ''} or sku ilike ${pattern} or title ilike ${pattern})
      and (${tag === null} or tags @> ${textArray([tag ?? ''])}::text[])
    order by sku limit ${limit}`
  return rows.map(rowToProfile)
}

/** Where a page of what lacks a weight ended. */
export type LackingPlace = { readonly orders: bigint; readonly sku: string }

/**
 * Stock SKUs, and parts of bundles, of orders that have not left, whose weight nobody told: what rules about weight send to review. Those
 * that the most orders wait for first, with a title from the orders where the profile has none.
 */
export async function readWeightless(
  sql: Sql,
  { search }: ProfileFilter,
  after: LackingPlace | null,
  limit: number,
): Promise<ListedSku[]> {
  const pattern = like(search)
  const rows = await sql<Omit<Row, 'sku'> & { of_sku: string; seen_title: string | null; orders: bigint }>`
    select w.sku as of_sku, w.orders, w.title as seen_title, p.* from (
      select coalesce(b.part_sku, l.stock_sku) as sku, count(distinct l.order_id) as orders,
        min(l.title) filter (where b.part_sku is null) as title
      from sales_order o join order_line l on l.order_id = o.id
      left join sku_bundle b on b.bundle_sku = l.stock_sku
      where o.status in ('on_hold', 'awaiting_shipment') and l.stock_sku is not null
      group by 1) w
    left join sku_profile p on p.sku = w.sku
    where p.weight_g is null
      and (${after === null} or (-w.orders, w.sku) > (${-(after?.orders ?? 0n)}, ${after?.sku ?? ''}))
      and (${search === ''} or w.sku ilike ${pattern} or p.title ilike ${pattern} or w.title ilike ${pattern})
    order by w.orders desc, w.sku limit ${limit}`
  return rows.map(({ of_sku: sku, orders, seen_title: seen, ...row }) => ({
    sku,
    orders: Number(orders),
    title: row.title || (seen ?? ''),
    profile: row.revision === null ? null : rowToProfile({ ...row, sku }),
  }))
}

function like(search: string): string {
  return `%${search.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`
}

export async function readProfile(sql: Sql, sku: string): Promise<ProfileRow | null> {
  const [row] = await sql<Row>`select * from sku_profile where sku = ${sku}`
  return row === undefined ? null : rowToProfile(row)
}

/** In order of SKU, so that two who change several never wait for each other crosswise. */
export async function lockProfiles(
  tx: Sql,
  skus: readonly string[],
): Promise<ReadonlyMap<string, ProfileRow>> {
  const rows = await tx<Row>`
    select * from sku_profile where sku = any(${textArray(skus)}::text[]) order by sku for update`
  return new Map(rows.map((row) => [row.sku, rowToProfile(row)]))
}

export async function knownProfiles(
  sql: Sql,
  skus: readonly string[],
): Promise<ReadonlyMap<string, ProfileRow>> {
  const rows = await sql<Row>`select * from sku_profile where sku = any(${textArray(skus)}::text[])`
  return new Map(rows.map((row) => [row.sku, rowToProfile(row)]))
}

/** Tags in use with the number of SKUs, the most used first. */
export async function readTags(sql: Sql): Promise<{ readonly tag: string; readonly skus: number }[]> {
  const rows = await sql<{ tag: string; skus: bigint }>`
    select tag, count(*) as skus from sku_profile, unnest(tags) as tag group by tag order by skus desc, tag limit 200`
  return rows.map(({ tag, skus }) => ({ tag, skus: Number(skus) }))
}

/** Writes them whole, new or known, in one statement. */
export async function saveProfiles(
  tx: Sql,
  profiles: readonly SkuProfile[],
  by: string,
  at: Instant,
): Promise<void> {
  const rows = profiles.map((profile) => ({
    sku: profile.sku,
    title: profile.title,
    weight_g: profile.weightG,
    volume_cm3: volumeOf(profile),
    volume_told: profile.volumeCm3 !== null,
    length_mm: profile.lengthMm,
    width_mm: profile.widthMm,
    height_mm: profile.heightMm,
    tags: profile.tags,
    value_minor: profile.value === null ? null : profile.value.minor.toString(),
    value_currency: profile.value?.currency ?? null,
  }))
  await tx`
    insert into sku_profile (sku, title, weight_g, volume_cm3, volume_told, length_mm, width_mm, height_mm, tags,
      value_minor, value_currency, updated_by, updated_at)
    select sku, title, weight_g, volume_cm3, volume_told, length_mm, width_mm, height_mm, tags, value_minor, value_currency,
      ${by}, ${at}
    from jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb) as given (sku text, title text, weight_g int, volume_cm3 int,
      volume_told boolean, length_mm int, width_mm int, height_mm int, tags text[], value_minor bigint, value_currency text)
    order by sku
    on conflict (sku) do update set title = excluded.title, weight_g = excluded.weight_g, volume_cm3 = excluded.volume_cm3,
      volume_told = excluded.volume_told, length_mm = excluded.length_mm, width_mm = excluded.width_mm,
      height_mm = excluded.height_mm, tags = excluded.tags, value_minor = excluded.value_minor,
      value_currency = excluded.value_currency, revision = sku_profile.revision + 1, updated_by = excluded.updated_by,
      updated_at = excluded.updated_at`
}

export async function deleteProfile(tx: Sql, sku: string): Promise<void> {
  await tx`delete from sku_profile where sku = ${sku}`
}
