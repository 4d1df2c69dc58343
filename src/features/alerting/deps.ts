import type { CallsFor, Connector, Settings } from '#domain/connector.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Random } from '#kernel/random.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'

/**
 * Which connection tells people, when one of them is not open to calls: another one than `wanted` where that is chosen and fit.
 * `isHeld`: its budget or its probes held the notice back although its breaker is not open.
 */
export type NoticeRoute = (wish: {
  readonly capability: 'notify'
  readonly wanted: string
  readonly subject: string
  readonly isHeld: boolean
}) => Promise<{ readonly taken: string }>

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
