import type { Connector, Settings } from '#domain/connector.ts'
import type { FactKind } from '#domain/fact.ts'
import type { ConnectionId } from '#kernel/id.ts'

/** A connection as the hot path needs it: decrypted, in memory. */
export type Connected = {
  readonly id: ConnectionId
  readonly kind: string
  readonly name: string
  readonly paused: boolean
  readonly settings: Settings
  readonly connector: Connector
}

export type FindConnection = (id: string) => Connected | null
export type RulesFor = (kind: string, connection: string) => ReadonlyMap<string, FactKind | 'none'>
