import type { Clock } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Database } from '#platform/postgres/database.ts'
import { SHORT } from './core/decide.ts'
import { cheapestPlan, type Gap, type Remedy, type RivalHold, rankRemedies } from './core/remedies.ts'
import { type RouteRule, routeFor } from './core/routes.ts'
import { type LevelRow, type RivalRow, readFree, readRivals } from './remedies/store.ts'
import { type Lack, readActiveRoutes, readKnownWarehouses, readStandings, readStockOrders } from './store.ts'

export type Remedies = {
  readonly shortage: readonly Lack[]
  /** The cheapest first. */
  readonly holds: readonly Remedy[]
  /** Those of them that together are enough, cheapest first; null where no release of orders' locks is. */
  readonly plan: readonly Remedy[] | null
}

const RIVALS_PER_SKU = 200
const SHOWN = 50

/** What could be released for a short order. Refuses with `order_stock.not_found`, `order_stock.not_short`. */
export async function findRemedies(
  { db, clock }: { readonly db: Database; readonly clock: Clock },
  orderId: bigint,
): Promise<Result<Remedies>> {
  const [order] = await readStockOrders(db, [orderId])
  if (order === undefined) return refuse('order_stock.not_found', 'there is no such order')
  const standing = (await readStandings(db, [orderId])).get(orderId)
  const shortage = standing?.code === SHORT ? (standing.shortage ?? []) : []
  if (shortage.length === 0) return refuse('order_stock.not_short', 'nothing lacks for this order now')
  const [rules, warehouses] = await Promise.all([readActiveRoutes(db), readKnownWarehouses(db)])
  const active = warehouses.filter((one) => one.active)
  const route = routeFor(order, rules, active)
  if (route === null) return ok({ shortage, holds: [], plan: null })
  const skus = shortage.map((lack) => lack.sku)
  const rivals = await readRivals(db, skus, route.warehouses, orderId, RIVALS_PER_SKU)
  const levels = await readFree(db, [...skus, ...rivals.flatMap((row) => row.lines.map((line) => line.sku))])
  const routeOf = (row: RivalRow): RouteRule | null =>
    row.connection_id === null
      ? null
      : routeFor({ connection: row.connection_id, kind: row.kind ?? '' }, rules, active)
  const gaps = gapsOf(shortage, route, levels)
  const holds = rankRemedies(
    gaps,
    rivals.map((row) => rivalOf(row, routeOf(row), levels)),
    clock.now(),
  )
  return ok({ shortage, holds: holds.slice(0, SHOWN), plan: cheapestPlan(gaps, holds, route.spread) })
}

/** What is free for the order at each of its warehouses. */
function gapsOf(shortage: readonly Lack[], route: RouteRule, levels: readonly LevelRow[]): Gap[] {
  return shortage.map(({ sku, wanted }) => ({
    sku,
    wanted,
    free: route.warehouses.map((warehouse) => ({
      warehouse,
      pieces: freeAt(levels, sku, warehouse, route.drawSafety),
    })),
  }))
}

function freeAt(levels: readonly LevelRow[], sku: string, warehouse: string, drawSafety: boolean): number {
  const level = levels.find((one) => one.sku === sku && one.warehouse === warehouse)
  return level === undefined ? 0 : Math.max(0, level.available - (drawSafety ? 0 : level.safety))
}

function rivalOf(row: RivalRow, route: RouteRule | null, levels: readonly LevelRow[]): RivalHold {
  // What it would give up goes to the short order: only other places count for it.
  const isElsewhere = (line: RivalRow['lines'][number]): boolean =>
    route?.warehouses.some(
      (code) => code !== line.warehouse && freeAt(levels, line.sku, code, route.drawSafety) >= line.quantity,
    ) ?? false
  return {
    id: row.id,
    key: row.key,
    owner: { kind: row.owner_kind, id: row.owner, reference: row.reference },
    reason: row.reason,
    createdAt: row.created_at,
    deadlineAt: row.deadline_at,
    lines: row.lines,
    order:
      row.order_id === null
        ? null
        : {
            isPacked: row.packed,
            dueAt: row.due_at,
            penaltyMinor: row.penalty_minor,
            paidMinor: row.payable_minor,
            currency: row.currency,
            servedElsewhere: row.lines.length > 0 && row.lines.every(isElsewhere),
          },
  }
}
