import type { HttpCall } from '#domain/connector.ts'
import type { AuditEvent } from '#features/identity/index.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Random } from '#kernel/random.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import type { Vault } from '#platform/vault.ts'

export type WebhookDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
  readonly vault: Vault
  readonly http: HttpCall
  readonly zone: () => string
  readonly audit: (tx: Sql, entry: AuditEvent) => Promise<void>
  /** Addresses in private networks, and without TLS, may be told. */
  readonly allowPrivate: boolean
  readonly onQueued: () => void
}
