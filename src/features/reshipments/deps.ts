import type { CallsFor, Settings } from '#domain/connector.ts'
import type { AuditEvent } from '#features/identity/index.ts'
import type { Connected } from '#features/intake/index.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Result } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import type { Piece } from './core/may-ship.ts'
import type { ProofRules } from './core/proof.ts'

export type ReshipmentDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly zone: () => string
  readonly audit: (tx: Sql, entry: AuditEvent) => Promise<void>
  readonly rules: ProofRules
  readonly connections: () => readonly Connected[]
  readonly callsFor: CallsFor
  /** Wants a waybill for the pieces of a granted re-ship, in the caller's transaction. */
  readonly send: (tx: Sql, parcel: ReshipParcel) => Promise<Result<unknown>>
  /** What the account of a parcel's waybill was given; null: the hub did not make it. */
  readonly accountOf: (sql: Sql, trackingNo: string) => Promise<ParcelAccount | null>
}
export type ReshipParcel = {
  readonly parcelNo: string
  readonly order: { readonly id: bigint; readonly connection: string; readonly orderNo: string }
  readonly pieces: readonly Piece[]
  readonly because: string
}
export type ParcelAccount = {
  readonly connectionId: string
  readonly carrier: string
  readonly account: Settings
  readonly warehouse: string | null
}

export type By = Pick<Actor, 'kind' | 'id' | 'name'>

/** Tells people and keys apart, which may have the same id. */
export function identityOf({ kind, id }: By): string {
  return `${kind}:${id}`
}
