import type { Words } from '#domain/notice.ts'
import type { AuditEvent } from '#features/identity/index.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'

export type By = AuditEvent['actor'] & { readonly name: string }

/** What became, or would become, of one order's plan. `before` and `after` are its parcels as people read them. */
export type Replanned = {
  readonly orderId: bigint
  readonly orderNo: string
  readonly before: string
  readonly after: string
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
