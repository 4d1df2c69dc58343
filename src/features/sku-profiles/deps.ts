import type { AuditEvent } from '#features/identity/index.ts'
import type { FileStore } from '#features/imports/index.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'

export type By = AuditEvent['actor'] & { readonly name: string }

export type ProfileDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly audit: (tx: Sql, entry: AuditEvent) => Promise<void>
}
export type ProfileHttpDeps = ProfileDeps & {
  /** Where the bytes of a list lie while it is read. */
  readonly files: () => FileStore
  readonly zone: () => string
}
