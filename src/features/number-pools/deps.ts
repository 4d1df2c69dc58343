import type { CallsFor, Connector, HttpCall, Settings } from '#domain/connector.ts'
import type { AuditEvent } from '#features/identity/index.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Random } from '#kernel/random.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import type { Vault } from '#platform/vault.ts'

export type By = AuditEvent['actor']

/** A connection as pools need it. */
export type PoolConnection = {
  readonly id: string
  readonly name: string
  readonly paused: boolean
  readonly connector: Connector
  readonly settings: Settings
}

export type PoolDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
  readonly vault: Vault
  readonly zone: () => string
  readonly find: (connection: string) => PoolConnection | null
  readonly callsFor: CallsFor
  readonly audit: (tx: Sql, entry: AuditEvent) => Promise<void>
  /** Whether a branch's address may lie in a private network or on this machine. */
  readonly allowPrivate: boolean
  readonly limits: PoolLimits
  /** Gives an account back to use that was taken out because its numbers were gone. */
  readonly unblock: (tx: Sql, accountId: bigint) => Promise<void>
}

/** Settings of the hub. */
export type PoolLimits = {
  /** Numbers below which a pool is low, unless the account says otherwise. */
  readonly lowNumbers: number
  /** Hours of use below which it is low. */
  readonly lowHours: number
  /** Usual minutes between two questions for a balance. */
  readonly balanceMinutes: number
}

/** Calls the branch's own address: no carrier's connection, but under the same rules for addresses. */
export type RefillDeps = PoolDeps & { readonly http: HttpCall }
