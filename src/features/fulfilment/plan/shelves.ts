import type { RuleOrder } from '#domain/rule-order.ts'
import type { DryRunItem } from '#domain/rulebook.ts'
import { readRouting } from '#features/order-stock/index.ts'
import { readSourceWarehousesFor, type SourcingContext } from '#features/sourcing/index.ts'
import { splitOrder, unitsOf } from '#features/splitting/index.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { PlanDeps } from '../deps.ts'
import { readLevels } from '../store.ts'
import { decideKind } from './decide-kind.ts'

/** What sourcing rules are tried on: an item with its parcels and shelves. */
export type TryOnShelves = (order: RuleOrder, item: DryRunItem) => DryRunItem

/**
 * For the dry run of sourcing rules: each order as the live splitting rules leave it, with its route's warehouses and the stock that is free
 * now. Every order sees the whole shelf: what is compared is two versions, not a day's sales. An order that cannot be split or whose goods
 * are not matched keeps its item as it is, and is compared by what the rules ask for.
 */
export async function readShelves(
  sql: Sql,
  deps: Pick<PlanDeps, 'clock' | 'rulebook' | 'parts' | 'levelOf' | 'zone'>,
  orders: readonly RuleOrder[],
): Promise<TryOnShelves> {
  const matched = orders.filter(({ lines }) => lines.length > 0 && lines.every((line) => line.sku !== null))
  const unitsById = new Map(matched.map((order) => [order.id, unitsOf(order)]))
  const skus = [...unitsById.values()].flatMap(({ units }) => units.map((unit) => unit.sku))
  const routeOf = await readRouting(sql)
  const routes = new Map(
    matched.map((order) => [order.id, routeOf({ connection: order.connection, kind: order.connectorKind })]),
  )
  const levels = Map.groupBy(await readLevels(sql, [...new Set(skus)]), (level) => level.sku)
  const asks = matched.map(({ id, to }) => ({
    key: id.toString(),
    codes: routes.get(id)?.warehouses ?? [],
    to,
  }))
  const warehouses = await readSourceWarehousesFor(sql, asks, deps.clock.now(), deps.zone())
  return (order, item) => {
    const found = unitsById.get(order.id)
    const served = warehouses.get(order.id.toString()) ?? []
    if (found === undefined || served.length === 0) return item
    const split = decideKind(deps, 'split', order, { pinned: null, values: {} })
    if (split?.decision.outcome === 'review') return item
    const parted = splitOrder({ ...found, actions: split?.decision.actions ?? [] })
    if (!parted.ok) return item
    const drawSafety = routes.get(order.id)?.drawSafety ?? true
    const free = [...new Set(found.units.map((unit) => unit.sku))].flatMap((sku) =>
      (levels.get(sku) ?? []).map(
        ({ warehouse, available, safety }) =>
          [`${sku}\n${warehouse}`, Math.max(0, available - (drawSafety ? 0 : safety))] as const,
      ),
    )
    const { parcels, bindings } = parted.value
    const context: SourcingContext = {
      units: found.units,
      bindings,
      parcels,
      to: order.to,
      warehouses: served,
      free: new Map(free),
      dueMinutes: dueMinutesOf(order),
    }
    const values = { ...item.input.values, parcel_count: BigInt(parcels.length) }
    return { ...item, input: { ...item.input, values }, context }
  }
}

/** From when it was paid: by now every order of last week would be late. */
function dueMinutesOf({ shipBy, paidAt, placedAt }: RuleOrder): number | null {
  const from = paidAt ?? placedAt
  return shipBy === null || from === null ? null : Math.round(shipBy.since(from).total('minutes'))
}
