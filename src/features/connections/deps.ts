import type { CallsFor, Connector } from '#domain/connector.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Random } from '#kernel/random.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { Vault } from '#platform/vault.ts'
import type { ConnectionDirectory } from './directory.ts'

export type ConnectionDeps = {
  readonly db: Database
  readonly vault: Vault
  readonly connectors: readonly Connector[]
  readonly directory: ConnectionDirectory
  readonly clock: Clock
  readonly random: Random
  readonly callsFor: CallsFor
  /** Settings may name addresses of this machine or a private network (demo, tests). */
  readonly allowLoopback: boolean
}
