import type { CallsFor, Connector, Settings } from '#domain/connector.ts'
import type { AuditEvent } from '#features/identity/index.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Result } from '#kernel/result.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import type { Steps } from './core/term.ts'

/** A connection as its credentials are looked at. */
export type CredentialConnection = {
  readonly id: string
  readonly name: string
  readonly kind: string
  readonly paused: boolean
  readonly connector: Connector
  readonly settings: Settings
}

export type CredentialDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly zone: () => string
  readonly connections: () => readonly CredentialConnection[]
  readonly callsFor: CallsFor
  readonly audit: (tx: Sql, entry: AuditEvent) => Promise<void>
  /** Keeps new settings of a connection, sealed; every process sees them at once. */
  readonly saveSettings: (connection: string, settings: Settings) => Promise<Result<null>>
  /** Words of a platform without any secret of the connection in them. */
  readonly withoutSecrets: (connection: string, words: string) => string
  readonly steps: Steps
  /** Minutes ahead of its end at which a token is renewed whose whole life is not known yet. */
  readonly aheadMinutes: number
  /** The addresses from which our calls go out, as the operator wrote them; null: nobody said. */
  readonly outwardAddresses: string | null
  /** Gives a carrier's account back to use. */
  readonly unblock: (tx: Sql, accountId: bigint) => Promise<void>
}
