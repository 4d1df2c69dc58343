import type { StockOrder } from './target.ts'

export const SPREADS = ['never', 'lines', 'units'] as const
export type Spread = (typeof SPREADS)[number]

/** Which warehouses serve which orders, the first that can goes first. */
export type RouteRule = {
  /** Null: what applies where no rule was made. */
  readonly id: bigint | null
  readonly name: string
  /** Kind of connector, or `*`. */
  readonly kind: string
  /** One connection of that kind; null: all of them. */
  readonly connection: string | null
  readonly warehouses: readonly string[]
  readonly spread: Spread
  readonly drawSafety: boolean
}

/** Warehouses that take locks, the preferred first. */
export type Warehouses = readonly { readonly code: string; readonly priority: number }[]

/**
 * The closest rule: of the connection, else of its kind, else of all; of two as close, the older. Warehouses that take no lock are
 * left out of it. Null where no warehouse remains.
 */
export function routeFor(
  order: Pick<StockOrder, 'connection' | 'kind'>,
  rules: readonly RouteRule[],
  warehouses: Warehouses,
): RouteRule | null {
  const active = new Set(warehouses.map((one) => one.code))
  const rule = closest(order, rules) ?? startingRule(warehouses)
  const usable = rule.warehouses.filter((code) => active.has(code))
  return usable.length === 0 ? null : { ...rule, warehouses: usable }
}

function closest(
  { connection, kind }: Pick<StockOrder, 'connection' | 'kind'>,
  rules: readonly RouteRule[],
): RouteRule | undefined {
  const oldest = [...rules].sort((a, b) => ((a.id ?? 0n) < (b.id ?? 0n) ? -1 : 1))
  return (
    oldest.find((rule) => rule.connection === connection) ??
    oldest.find((rule) => rule.connection === null && rule.kind === kind) ??
    oldest.find((rule) => rule.connection === null && rule.kind === '*')
  )
}

/** Until somebody makes rules: every warehouse serves everyone, by its own priority. */
function startingRule(warehouses: Warehouses): RouteRule {
  const sorted = [...warehouses].sort((a, b) => a.priority - b.priority || (a.code < b.code ? -1 : 1))
  return {
    id: null,
    name: '',
    kind: '*',
    connection: null,
    warehouses: sorted.map((one) => one.code),
    spread: 'lines',
    drawSafety: true,
  }
}
