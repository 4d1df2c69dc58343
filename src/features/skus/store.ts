import type { Instant } from '#kernel/clock.ts'
import { textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Mapping } from './core/parse-csv.ts'

export type UnmatchedSku = {
  readonly connection_id: string
  readonly connection_name: string | null
  readonly shop_sku: string
  readonly title: string
  readonly orders: bigint
  readonly quantity: bigint
}
export type UnmatchedPlace = {
  readonly orders: bigint
  readonly connection: string
  readonly shopSku: string
}

export type UnmatchedFilter = {
  readonly connection: string | null
  /** Part of the code or the title. */
  readonly search: string
  /** Only what this order waits for; the counts stay those of all orders. */
  readonly orderNo: string | null
}

/** Shop SKUs without a stock SKU, those that hold up the most orders first. */
export async function readUnmatched(
  sql: Sql,
  filter: UnmatchedFilter,
  after: UnmatchedPlace | null,
  limit: number,
): Promise<UnmatchedSku[]> {
  const { connection, search, orderNo } = filter
  const pattern = like(search)
  return await sql<UnmatchedSku>`
    select u.*, c.name as connection_name from (
      select connection_id, shop_sku, min(title) as title, count(distinct order_id) as orders, sum(quantity)::bigint as quantity
      from order_line l
      where stock_sku is null and (${connection === null} or connection_id = ${connection ?? ''})
        and (${orderNo === null} or (connection_id, shop_sku) in (
          select w.connection_id, w.shop_sku from order_line w join sales_order o on o.id = w.order_id
          where o.order_no = ${orderNo ?? ''} and w.stock_sku is null))
      group by connection_id, shop_sku
      having ${search === ''} or shop_sku ilike ${pattern} or min(title) ilike ${pattern}
    ) u
    left join connection c on c.id = u.connection_id
    where ${after === null} or (-u.orders, u.connection_id, u.shop_sku) > (${-(after?.orders ?? 0n)}, ${after?.connection ?? ''}, ${after?.shopSku ?? ''})
    order by u.orders desc, u.connection_id, u.shop_sku limit ${limit}`
}

export type MappingRow = {
  readonly connection_id: string
  readonly connection_name: string | null
  readonly shop_sku: string
  readonly stock_sku: string
  readonly updated_by: string
  readonly updated_at: Instant
}

export async function readMappings(
  sql: Sql,
  search: string,
  after: { readonly shopSku: string; readonly connection: string } | null,
  limit: number,
): Promise<MappingRow[]> {
  const pattern = like(search)
  return await sql<MappingRow>`
    select m.*, c.name as connection_name from sku_mapping m left join connection c on c.id = m.connection_id
    where (${search === ''} or m.shop_sku ilike ${pattern} or m.stock_sku ilike ${pattern})
      and (${after === null} or (m.shop_sku, m.connection_id) > (${after?.shopSku ?? ''}, ${after?.connection ?? ''}))
    order by m.shop_sku, m.connection_id limit ${limit}`
}

function like(search: string): string {
  return `%${search.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`
}

/** Connection ids by what a person may call a connection: its id, or its name (no two have the same). */
export async function readConnections(sql: Sql): Promise<Map<string, string>> {
  const rows = await sql<{ id: string; name: string }>`select id, name from connection`
  return new Map([
    ...rows.map((row) => [row.name, row.id] as const),
    ...rows.map((row) => [row.id, row.id] as const),
  ])
}

export async function lockMapping(sql: Sql, connection: string, shopSku: string): Promise<Mapping | null> {
  const [row] = await sql<{ stock_sku: string }>`
    select stock_sku from sku_mapping where connection_id = ${connection} and shop_sku = ${shopSku} for update`
  return row === undefined ? null : { connection, shopSku, stockSku: row.stock_sku }
}

export async function deleteMapping(sql: Sql, connection: string, shopSku: string): Promise<void> {
  await sql`delete from sku_mapping where connection_id = ${connection} and shop_sku = ${shopSku}`
}

export async function saveMappings(sql: Sql, mappings: readonly Mapping[], by: string): Promise<void> {
  await sql`
    insert into sku_mapping (connection_id, shop_sku, stock_sku, updated_by)
    select connection_id, shop_sku, stock_sku, ${by} from unnest(
      ${textArray(mappings.map((row) => row.connection))}::text[], ${textArray(mappings.map((row) => row.shopSku))}::text[],
      ${textArray(mappings.map((row) => row.stockSku))}::text[]
    ) as given (connection_id, shop_sku, stock_sku)
    order by connection_id, shop_sku
    on conflict (connection_id, shop_sku) do update
    set stock_sku = excluded.stock_sku, updated_by = excluded.updated_by, updated_at = now()
    where sku_mapping.stock_sku <> excluded.stock_sku`
}
