import type { Words } from '#domain/notice.ts'
import type { AuditEvent } from '#features/identity/index.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'

export type By = AuditEvent['actor'] & { readonly name: string }

/** Parcels of a plan and what sending them costs by the warehouses' lanes; null where nobody knows. */
export type ReplannedFigures = { readonly parcels: number; readonly costMinor: bigint | null }

/** What became, or would become, of one order's plan. `before` and `after` are its parcels as people read them. */
export type Replanned = {
  readonly orderId: bigint
  readonly orderNo: string
  readonly before: string
  readonly after: string
  readonly figures: { readonly before: ReplannedFigures; readonly after: ReplannedFigures }
  readonly outcome: 'same' | 'changed' | 'short' | 'held'
  readonly words: Words
}
/** Plans orders anew, without the excluded warehouses; `dryRun` changes nothing. */
export type Replan = (
  ids: readonly bigint[],
  options: {
    readonly dryRun: boolean
    readonly exclude: readonly string[]
    readonly reason: string
    readonly actor: string
  },
) => Promise<readonly Replanned[]>

export type SourcingDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly zone: () => string
  readonly audit: (tx: Sql, entry: AuditEvent) => Promise<void>
  readonly replan: Replan
  readonly onJobQueued: () => void
}
