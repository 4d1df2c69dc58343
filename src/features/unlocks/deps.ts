import type { AuditEvent } from '#features/identity/index.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'

export type UnlockDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly zone: () => string
  readonly audit: (tx: Sql, entry: AuditEvent) => Promise<void>
  /** Whoever asked must not be the one who approves. */
  readonly twoPeople: boolean
}

export type By = Pick<Actor, 'kind' | 'id' | 'name'>

/** Tells people and keys apart, which may have the same id. */
export function identityOf({ kind, id }: By): string {
  return `${kind}:${id}`
}

/** Holds and requests that one call may touch. */
export const AT_MOST = 100
