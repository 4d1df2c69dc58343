import type { Sql } from '#platform/postgres/database.ts'
import { type RouteRule, routeFor } from './core/routes.ts'
import { readActiveRoutes, readKnownWarehouses } from './store.ts'

/** Says which warehouses serve an order now; null where none does. */
export async function readRouting(
  sql: Sql,
): Promise<(order: { readonly connection: string; readonly kind: string }) => RouteRule | null> {
  const routes = await readActiveRoutes(sql)
  const active = (await readKnownWarehouses(sql)).filter((one) => one.active)
  return (order) => routeFor(order, routes, active)
}
