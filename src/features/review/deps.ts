import type { Clock } from '#kernel/clock.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import type { ReviewRule } from './rule.ts'

/** Somebody who may own a case. */
export type Assignee = { readonly id: string; readonly name: string; readonly role: string }

export type ReviewDeps = {
  readonly sql: Database
  readonly clock: Clock
  readonly zone: () => string
  readonly rules: readonly ReviewRule[]
  /** Enabled people who may work on cases. */
  readonly assignees: () => Promise<readonly Assignee[]>
  /** Writes an audit line within the given transaction. */
  readonly audit: (
    tx: Sql,
    entry: {
      actor: Pick<Actor, 'kind' | 'id' | 'name'>
      action: string
      subject: string
      detail: Record<string, unknown>
    },
  ) => Promise<void>
  /** Told once a large change was queued, so that this process's runner takes it at once. */
  readonly onJobQueued: () => void
}
