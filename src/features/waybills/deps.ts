import type { CallsFor, Connector, Settings } from '#domain/connector.ts'
import type { RuleOrder } from '#domain/rule-order.ts'
import type { DecisionRecord, Rulebook } from '#domain/rulebook.ts'
import type { Clock } from '#kernel/clock.ts'
import type { ConnectionId, TrackingNo } from '#kernel/id.ts'
import type { Refusal, Result } from '#kernel/result.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import type { Vault } from '#platform/vault.ts'
import type { PoolStanding } from './core/choose-account.ts'

export type CarrierConnection = {
  readonly id: ConnectionId
  readonly name: string
  readonly kind: string
  readonly paused: boolean
  readonly settings: Settings
  readonly connector: Connector
}

export type LinePieces = { readonly lineId: string; readonly quantity: number }

export type WaybillDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly vault: Vault
  readonly find: (id: string) => CarrierConnection | null
  readonly callsFor: CallsFor
  readonly rulebook: Rulebook
  readonly readOrders: (sql: Sql, ids: readonly bigint[]) => Promise<readonly RuleOrder[]>
  readonly levelOf: (order: RuleOrder) => string | null
  readonly record: (tx: Sql, records: readonly DecisionRecord[]) => Promise<void>
  /** Why an order's goods may not be shipped (again); null: they may. Absent from the map: they may. */
  readonly mayShip: (
    tx: Sql,
    orderIds: readonly bigint[],
    /** The pieces that are to leave, by order. */
    wanted: ReadonlyMap<bigint, readonly LinePieces[]>,
  ) => Promise<ReadonlyMap<bigint, Refusal | null>>
  /** How the number pools of accounts stand, by account id. */
  readonly pools: (sql: Sql) => Promise<ReadonlyMap<string, PoolStanding>>
  readonly takeNumber: (
    tx: Sql,
    ask: { readonly accountId: bigint; readonly reference: string; readonly now: Temporal.Instant },
  ) => Promise<Result<TrackingNo>>
}
