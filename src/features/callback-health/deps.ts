import type { CallsFor, Connector, Settings } from '#domain/connector.ts'
import type { Clock, Instant } from '#kernel/clock.ts'
import type { Alarms } from '#platform/alarms/alarms.ts'
import type { ProbeTls } from '#platform/http-client/probe-tls.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { SilenceRules } from './core/silence.ts'
import type { TlsLimits } from './core/tls.ts'
import type { TroubleRules } from './core/verdict.ts'

/** A connection as this feature needs it. */
export type WatchedConnection = {
  readonly id: string
  readonly kind: string
  readonly name: string
  readonly paused: boolean
  readonly settings: Settings
  readonly connector: Connector
}

export type CallbackRules = TroubleRules & {
  readonly silence: SilenceRules
  /** For connections without a rhythm; 0 leaves them unwatched. */
  readonly fixedSilenceMinutes: number
  readonly daysKept: number
  readonly tls: TlsLimits
}

export type CallbackHealthDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly zone: () => string
  readonly connections: () => readonly WatchedConnection[]
  readonly callsFor: CallsFor
  /** PUBLIC_URL without a slash at the end; null: nobody said how platforms reach us. */
  readonly publicUrl: string | null
  readonly rules: CallbackRules
  readonly alarms: Alarms
  readonly probe: {
    /** Our own public address, which may lie in the own network. */
    readonly own: ProbeTls
    /** Addresses that a platform or a person named. */
    readonly other: ProbeTls
  }
  /** Silence is not judged in the first minutes after this: what was sent while the hub was away is still being sent again. */
  readonly startedAt: Instant
}

/** Whether messages come by themselves, so that their absence means something. */
export function isHeard({ connector }: Pick<WatchedConnection, 'connector'>): boolean {
  return connector.receive !== undefined || connector.stream !== undefined || connector.poll !== undefined
}

/** Polled messages count only where nothing is pushed: a poll that goes on must not hide a push that has stopped. */
export function countsTransport(
  { connector }: Pick<WatchedConnection, 'connector'>,
  transport: string,
): boolean {
  if (transport === 'stream') return true
  return transport === 'poll' && connector.receive === undefined && connector.stream === undefined
}
