import { int4Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Binding, Gift, Part } from '../core/sellable.ts'
import type { KnownSets } from '../core/sets.ts'

/** Keeps changes of bundles and gifts apart: what a check read still holds when it is written. */
export async function lockSets(tx: Sql): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended('sellable.sets', 0))`
}

/** What is known of these SKUs, those of `except` left out of the bundles (they are about to be written anew). */
export async function readKnown(tx: Sql, skus: readonly string[], except: string | null): Promise<KnownSets> {
  const given = textArray(skus)
  const bundles = await tx<{ sku: string; part: string }>`
    select bundle_sku as sku, part_sku as part from sku_bundle
    where (bundle_sku = any(${given}::text[]) or part_sku = any(${given}::text[])) and bundle_sku <> ${except ?? ''}`
  const gifts = await tx<{ gift_sku: string; main_sku: string }>`
    select gift_sku, main_sku from sku_gift where gift_sku = any(${given}::text[]) or main_sku = any(${given}::text[])`
  return {
    bundles: new Set(bundles.map((row) => row.sku)),
    parts: new Set(bundles.map((row) => row.part)),
    gifts: new Map(gifts.map((row) => [row.gift_sku, row.main_sku])),
  }
}

export async function replaceBundle(tx: Sql, sku: string, parts: readonly Part[], by: string): Promise<void> {
  await tx`delete from sku_bundle where bundle_sku = ${sku}`
  await tx`
    insert into sku_bundle (bundle_sku, part_sku, quantity, updated_by)
    select ${sku}, part_sku, quantity, ${by} from unnest(
      ${textArray(parts.map((part) => part.sku))}::text[], ${int4Array(parts.map((part) => part.quantity))}::int[]
    ) as given (part_sku, quantity)`
}

export async function deleteBundle(tx: Sql, sku: string): Promise<boolean> {
  return (await tx`delete from sku_bundle where bundle_sku = ${sku} returning 1`).length > 0
}

export async function saveGift(tx: Sql, sku: string, gift: Gift, by: string): Promise<void> {
  const { mainSku, numerator, denominator, binding } = gift
  await tx`
    insert into sku_gift (gift_sku, main_sku, numerator, denominator, binding, updated_by)
    values (${sku}, ${mainSku}, ${numerator}, ${denominator}, ${binding}, ${by})
    on conflict (gift_sku) do update set main_sku = excluded.main_sku, numerator = excluded.numerator,
      denominator = excluded.denominator, binding = excluded.binding, updated_by = excluded.updated_by, updated_at = now()`
}

export async function deleteGift(tx: Sql, sku: string): Promise<boolean> {
  return (await tx`delete from sku_gift where gift_sku = ${sku} returning 1`).length > 0
}

export type BundleRow = {
  readonly sku: string
  readonly parts: readonly Part[]
  readonly updatedBy: string
  readonly updatedAt: Temporal.Instant
}

/** Bundles whose code, or that of a part, holds the text; in order of their code. */
export async function readBundles(
  sql: Sql,
  search: string,
  after: string,
  limit: number,
): Promise<BundleRow[]> {
  const rows = await sql<{
    bundle_sku: string
    parts: Part[]
    updated_by: string
    updated_at: Temporal.Instant
  }>`
    select b.bundle_sku, jsonb_agg(jsonb_build_object('sku', b.part_sku, 'quantity', b.quantity) order by b.part_sku) as parts,
      min(b.updated_by) as updated_by, max(b.updated_at) as updated_at
    from sku_bundle b
    where b.bundle_sku > ${after} and b.bundle_sku in (
      select bundle_sku from sku_bundle where ${search === ''} or bundle_sku ilike ${like(search)} or part_sku ilike ${like(search)})
    group by b.bundle_sku order by b.bundle_sku limit ${limit}`
  return rows.map((row) => ({
    sku: row.bundle_sku,
    parts: row.parts.map((part) => ({ sku: part.sku, quantity: Number(part.quantity) })),
    updatedBy: row.updated_by,
    updatedAt: row.updated_at,
  }))
}

export type GiftRow = Gift & {
  readonly sku: string
  readonly updatedBy: string
  readonly updatedAt: Temporal.Instant
}

export async function readGifts(sql: Sql, search: string, after: string, limit: number): Promise<GiftRow[]> {
  const rows = await sql<{
    gift_sku: string
    main_sku: string
    numerator: number
    denominator: number
    binding: Binding
    updated_by: string
    updated_at: Temporal.Instant
  }>`
    select * from sku_gift
    where gift_sku > ${after} and (${search === ''} or gift_sku ilike ${like(search)} or main_sku ilike ${like(search)})
    order by gift_sku limit ${limit}`
  return rows.map((row) => ({
    sku: row.gift_sku,
    mainSku: row.main_sku,
    numerator: row.numerator,
    denominator: row.denominator,
    binding: row.binding,
    updatedBy: row.updated_by,
    updatedAt: row.updated_at,
  }))
}

export function like(search: string): string {
  return `%${search.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`
}
