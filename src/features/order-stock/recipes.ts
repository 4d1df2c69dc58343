import type { Sql } from '#platform/postgres/database.ts'
import { type Bundles, isWaiting, type StockOrder } from './core/target.ts'
import { type KeptStanding, readBundles, readStandings, readStockOrders } from './store.ts'

type Recipes = KeptStanding['bundles']

/** What the bundles of these orders are made of: of what is locked, as it was locked. */
export async function readRecipes(
  tx: Sql,
  orderIds: readonly bigint[],
): Promise<ReadonlyMap<bigint, Recipes>> {
  const ids = [...orderIds]
  const orders = await readStockOrders(tx, ids)
  const standings = await readStandings(tx, ids)
  const recipes = await readBundles(tx, skusOf(orders))
  return new Map(
    orders.map((order) => [
      order.id,
      recipesFor(order, bundlesFor(order, standings.get(order.id) ?? null, recipes)),
    ]),
  )
}

/** Every SKU that is sold in these orders. */
export function skusOf(orders: readonly StockOrder[]): string[] {
  return [...new Set(orders.flatMap((order) => order.lines.flatMap((line) => line.sku ?? [])))]
}

/** Of what an order sells, by its SKU. */
export function recipesFor({ lines }: StockOrder, bundles: Bundles): Recipes {
  return Object.fromEntries(
    lines.flatMap(({ sku }) => {
      const parts = sku === null ? undefined : bundles.get(sku)
      return sku === null || parts === undefined ? [] : [[sku, parts] as const]
    }),
  )
}

/** What left was made of what it was made of then; what was never held follows today's recipes. */
export function bundlesFor(order: StockOrder, standing: KeptStanding | null, recipes: Bundles): Bundles {
  if (standing === null || standing.holdKey === null) return recipes
  const then = Object.entries(standing.bundles)
  return isWaiting(order.status) ? new Map([...recipes, ...then]) : new Map(then)
}
