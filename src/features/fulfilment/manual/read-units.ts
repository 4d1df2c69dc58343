import type { Binding, PlanUnit } from '#domain/fulfilment.ts'
import { readRecipes } from '#features/order-stock/index.ts'
import { unitsOf } from '#features/splitting/index.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { mergedOrder, unmergedUnit } from '../core/merged-order.ts'
import { type NormaliseShipTo, readRuleOrders } from '../orders/read-rule-orders.ts'

/** What there is to put into parcels, of orders that travel together; each unit knows its own order. */
export async function readUnits(
  sql: Sql,
  normalise: NormaliseShipTo,
  ids: readonly bigint[],
): Promise<{ readonly units: readonly PlanUnit[]; readonly bindings: readonly Binding[] }> {
  const recipes = await readRecipes(sql, ids)
  const orders = await readRuleOrders(sql, normalise, ids, recipes)
  if (orders.length === 0) return { units: [], bindings: [] }
  const { units, bindings } = unitsOf(mergedOrder(orders))
  return { units: units.map((unit) => unmergedUnit(unit, orders.length > 1)), bindings }
}
