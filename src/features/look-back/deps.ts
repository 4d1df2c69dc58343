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
  /** Why a re-ship of the order would be proven by these facts; null: nothing proves it. */
  readonly reshipProof: (facts: readonly Fact[]) => string | null
  readonly onJobQueued: () => void
}

/** Days that a look back covers unless it is told otherwise, and at most. */
export const DAYS = 7
export const DAYS_AT_MOST = 90
