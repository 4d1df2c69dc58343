import type { Taken } from '#domain/stock.ts'
import type { Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { StockState } from './core/decide.ts'
import type { RouteRule } from './core/routes.ts'
import type { Quantities, StockOrder } from './core/target.ts'
import type { Lack } from './store.ts'

/** An order is planned so many times in one settling before what could not be had is left for the next. */
export const PLANS_AT_MOST = 3

/** An order whose goods have to be somewhere. */
export type PlanAsk = {
  readonly order: StockOrder
  /** It is paid and not all of it has left. */
  readonly waits: boolean
  /** Something of it was packed or has left: its parcels are settled. */
  readonly isLeaving: boolean
  /** To be held now. */
  readonly hold: Quantities
  /** What it holds now: free for its own plan. */
  readonly held: readonly Taken[]
  readonly route: RouteRule | null
  /** What its bundles are made of, by their SKU: what was locked stays what it was made of then. */
  readonly bundles: Readonly<Record<string, readonly { readonly sku: string; readonly quantity: number }[]>>
  /** It would take goods now; false where a person freed what it held and others go first. */
  readonly takes: boolean
  /** What it holds is given to another order: free for all, and it is served last. */
  readonly givesUp: boolean
  /** Somebody, or its turn, asks for it now. */
  readonly asked: boolean
}

/** Where the goods are to be had: `later` pieces wait by design (a gift bound softly); `short`: no warehouse can, by the plan's own rules. */
export type Planned =
  | {
      readonly is: 'placed'
      /** Equal for orders that travel together: they give back what they hold before any of them takes. */
      readonly lead: bigint
      readonly places: readonly Taken[]
      readonly later: Quantities
      readonly lacks: readonly Lack[]
    }
  | { readonly is: 'short'; readonly lacks: readonly Lack[] }

/** What became of a planned order's lock. */
export type LockedPlan = {
  readonly orderId: bigint
  readonly state: StockState
  readonly code: string | null
}

/** Plans the orders of one settling, in its transaction. */
export type PlanSession = {
  /** There is nothing to plan with: no warehouse, no rules, and nothing was planned before. */
  readonly isIdle: () => Promise<boolean>
  /** Those of the orders, and the ones that travel with them. */
  readonly mates: (ids: readonly bigint[]) => Promise<readonly bigint[]>
  /**
   * The plans, for those that have one: the others are served by their route. `again`: these places could not be had, the figures are
   * read anew. `counted` false: the hub counts no stock.
   */
  readonly plan: (
    asks: readonly PlanAsk[],
    how: { readonly counted: boolean; readonly again: boolean },
  ) => Promise<ReadonlyMap<bigint, Planned>>
  /** Told at the end how every order stands; null where no stock is counted. */
  readonly settled: (outcomes: readonly LockedPlan[] | null) => Promise<void>
}
export type Planner = (tx: Sql, now: Instant) => PlanSession
