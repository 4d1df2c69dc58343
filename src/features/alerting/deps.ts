import type { CallsFor, Connector, Settings } from '#domain/connector.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Random } from '#kernel/random.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'

/** A connection that may be able to notify. */
export type Notifier = {
  readonly id: string
  readonly name: string
  readonly kind: string
  readonly paused: boolean
  readonly settings: Settings
  readonly connector: Connector
}

export type AlertingDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
  readonly find: (id: string) => Notifier | null
  readonly callsFor: CallsFor
  /** How people reach the console, without a slash at the end; null where nobody said. */
  readonly publicUrl: () => string | null
  /** The hub's zone: quiet hours without one of their own are meant in it. */
  readonly zone: () => string
}

export type Audit = (
  tx: Sql,
  entry: {
    readonly actor: Actor
    readonly action: string
    readonly subject: string
    readonly detail: Record<string, unknown>
  },
) => Promise<void>

export const NOTIFIER_ROLE: Connector['role'] = 'notifier'
