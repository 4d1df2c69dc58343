import { textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Policy } from './core/policy.ts'
import type { Binding, Catalogue, Gift, Part, Place } from './core/sellable.ts'

/** Which of these are bundles, and of what. */
export async function readBundlesOf(sql: Sql, skus: readonly string[]): Promise<Map<string, Part[]>> {
  const rows = await sql<{ bundle_sku: string; part_sku: string; quantity: number }>`
    select bundle_sku, part_sku, quantity from sku_bundle where bundle_sku = any(${textArray(skus)}::text[])
    order by bundle_sku, part_sku`
  const bundles = new Map<string, Part[]>()
  for (const { bundle_sku, part_sku, quantity } of rows)
    bundles.set(bundle_sku, [...(bundles.get(bundle_sku) ?? []), { sku: part_sku, quantity }])
  return bundles
}

export async function readGiftsOf(sql: Sql, skus: readonly string[]): Promise<Map<string, Gift>> {
  const rows = await sql<{
    gift_sku: string
    main_sku: string
    numerator: number
    denominator: number
    binding: Binding
  }>`
    select gift_sku, main_sku, numerator, denominator, binding from sku_gift
    where gift_sku = any(${textArray(skus)}::text[])`
  return new Map(
    rows.map(({ gift_sku, main_sku, numerator, denominator, binding }) => [
      gift_sku,
      { mainSku: main_sku, numerator, denominator, binding },
    ]),
  )
}

/** What these SKUs have at every active warehouse, with what is left of the channel's quota there. */
async function readPlaces(
  sql: Sql,
  skus: readonly string[],
  channel: string | null,
): Promise<Map<string, Place[]>> {
  const rows = await sql<Place & { sku: string }>`
    select l.sku, l.warehouse, l.available, l.safety, coalesce(q.left_over, 0) as quota
    from stock_level l join warehouse w on w.code = l.warehouse and w.active
    left join stock_quota q on q.sku = l.sku and q.warehouse = l.warehouse and q.channel = ${channel}
    where l.sku = any(${textArray(skus)}::text[]) order by l.sku, l.warehouse`
  const places = new Map<string, Place[]>()
  for (const { sku, ...place } of rows) places.set(sku, [...(places.get(sku) ?? []), place])
  return places
}

/** Bundles and gifts among these, and all that their figures need, as it stands now. */
export async function readCatalogue(
  sql: Sql,
  skus: readonly string[],
  channel: string | null,
): Promise<Catalogue> {
  const gifts = await readGiftsOf(sql, skus)
  const bundles = await readBundlesOf(sql, [...skus, ...[...gifts.values()].map((gift) => gift.mainSku)])
  const parts = [...bundles.values()].flat().map((part) => part.sku)
  const mains = [...gifts.values()].map((gift) => gift.mainSku)
  const needed = [...new Set([...skus, ...mains, ...parts])]
  return { gifts, bundles, places: await readPlaces(sql, needed, channel) }
}

/** These, and what is made of them or follows them. */
export async function readTouched(sql: Sql, skus: readonly string[]): Promise<string[]> {
  const rows = await sql<{ sku: string }>`
    with changed as (select unnest(${textArray(skus)}::text[]) as sku),
    made as (select sku from changed union select bundle_sku from sku_bundle join changed on part_sku = sku)
    select sku from made union select gift_sku from sku_gift join made on main_sku = sku order by 1`
  return rows.map((row) => row.sku)
}

export type PolicyRow = Policy & {
  readonly id: bigint
  readonly updatedBy: string
  readonly updatedAt: Temporal.Instant
}

export async function readPolicies(sql: Sql, connections: readonly string[] | null): Promise<PolicyRow[]> {
  const rows = await sql<{
    id: bigint
    connection_id: string
    sku: string
    warehouses: string
    share_bps: number
    floor_units: number
    cap_units: number | null
    zero_at: number
    push: boolean
    active: boolean
    updated_by: string
    updated_at: Temporal.Instant
  }>`
    select id, connection_id, sku, array_to_json(warehouses)::text as warehouses, share_bps, floor_units, cap_units, zero_at, push,
      active, updated_by, updated_at
    from channel_policy
    where ${connections === null} or connection_id = any(${textArray(connections ?? [])}::text[])
    order by connection_id, (sku <> '*'), sku`
  return rows.map((row) => ({
    id: row.id,
    connection: row.connection_id,
    sku: row.sku,
    warehouses: JSON.parse(row.warehouses) as string[],
    shareBps: row.share_bps,
    floor: row.floor_units,
    cap: row.cap_units,
    zeroAt: row.zero_at,
    push: row.push,
    active: row.active,
    updatedBy: row.updated_by,
    updatedAt: row.updated_at,
  }))
}

/** Adds a rule, or puts it in the place of the one with this id; null where there is none, or another for the same channel and SKU. */
export async function writePolicy(
  tx: Sql,
  id: bigint | null,
  policy: Policy,
  by: string,
): Promise<bigint | null> {
  const { connection, sku, warehouses, shareBps, floor, cap, zeroAt, push, active } = policy
  const [row] =
    id === null
      ? await tx<{ id: bigint }>`
        insert into channel_policy (connection_id, sku, warehouses, share_bps, floor_units, cap_units, zero_at, push, active, updated_by)
        values (${connection}, ${sku}, ${textArray(warehouses)}::text[], ${shareBps}, ${floor}, ${cap}, ${zeroAt}, ${push}, ${active}, ${by})
        on conflict (connection_id, sku) do nothing returning id`
      : await tx<{ id: bigint }>`
        update channel_policy set connection_id = ${connection}, sku = ${sku}, warehouses = ${textArray(warehouses)}::text[],
          share_bps = ${shareBps}, floor_units = ${floor}, cap_units = ${cap}, zero_at = ${zeroAt}, push = ${push}, active = ${active},
          updated_by = ${by}, updated_at = now()
        where id = ${id} and not exists (
          select 1 from channel_policy other where other.connection_id = ${connection} and other.sku = ${sku} and other.id <> ${id})
        returning id`
  return row?.id ?? null
}

/** Locks one rule; null where it is gone. */
export async function lockPolicy(
  tx: Sql,
  id: bigint,
): Promise<{ readonly connection: string; readonly sku: string } | null> {
  const [row] = await tx<{ connection_id: string; sku: string }>`
    select connection_id, sku from channel_policy where id = ${id} for update`
  return row === undefined ? null : { connection: row.connection_id, sku: row.sku }
}

export async function deletePolicy(tx: Sql, id: bigint): Promise<void> {
  await tx`delete from channel_policy where id = ${id}`
}

/** Of these warehouses, those that do not exist. */
export async function missingWarehouses(sql: Sql, codes: readonly string[]): Promise<string[]> {
  const rows = await sql<{ code: string }>`
    select code from unnest(${textArray(codes)}::text[]) as given (code)
    where not exists (select 1 from warehouse w where w.code = given.code)`
  return rows.map((row) => row.code)
}
