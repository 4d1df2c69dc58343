import type { RuleOrder } from '#domain/rule-order.ts'
import type { ChosenRules, Decision, DecisionRecord, Rulebook, RuleKindPart } from '#domain/rulebook.ts'
import type { Clock, Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { NormaliseShipTo } from './orders/read-rule-orders.ts'

/** What the planning of orders stands on. */
export type PlanDeps = {
  readonly clock: Clock
  readonly rulebook: Rulebook
  /** Whether rules of any of these kinds are live. */
  readonly hasRules: (kinds: readonly string[]) => boolean
  /** By kind: `review`, `split`, `sourcing`, `freight`. */
  readonly parts: ReadonlyMap<string, RuleKindPart>
  readonly normalise: NormaliseShipTo
  readonly record: (tx: Sql, records: readonly DecisionRecord[]) => Promise<void>
  /** Tags and cases that review rules ask for. */
  readonly marks: (
    tx: Sql,
    orders: readonly {
      readonly orderId: bigint
      readonly orderNo: string
      readonly connection: string
      readonly ruled: { readonly chosen: ChosenRules; readonly decision: Decision } | null
    }[],
    now: Instant,
  ) => Promise<void>
  /** The buyer's level by the customer tiers; null where the buyer is not known. */
  readonly levelOf: (order: RuleOrder) => string | null
  readonly zone: () => string
  /** Told of an order that planning failed on: it is in review, and the others go on. */
  readonly onProblem?: (error: unknown, orderNo: string) => void
}
