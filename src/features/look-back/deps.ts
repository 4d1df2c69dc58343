import type { Fact } from '#domain/fact.ts'
import type { AuditEvent } from '#features/identity/index.ts'
import type { InterpretDeps } from '#features/intake/index.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'

export type LookBackDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly zone: () => string
  readonly audit: (tx: Sql, entry: AuditEvent) => Promise<void>
  /** Today's readers and rules, and how what they say joins into orders. */
  readonly interpret: InterpretDeps
  /** What would prove a re-ship of these orders by the facts given, beside what people decided: the rules that a shipment is let go by. */
  readonly reshipProofs: (
    sql: Sql,
    orders: readonly bigint[],
  ) => Promise<(order: bigint, facts: readonly Fact[]) => readonly ReshipProof[]>
  readonly onJobQueued: () => void
}

/** `trackingNo` null: the whole order. */
export type ReshipProof = { readonly kind: string; readonly trackingNo: string | null }

/** Days that a look back covers unless it is told otherwise, and at most. */
export const DAYS = 7
export const DAYS_AT_MOST = 90
