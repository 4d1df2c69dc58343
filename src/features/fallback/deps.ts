import type { CallsFor } from '#domain/connector.ts'
import type { Connected } from '#features/intake/index.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Intake } from '#platform/inbox/intake.ts'
import type { Database } from '#platform/postgres/database.ts'

/** Who can be asked, and by which way out. */
export type AskersDeps = {
  readonly connections: () => readonly Connected[]
  readonly callsFor: CallsFor
  readonly clock: Clock
}

export type FallbackDeps = AskersDeps & {
  readonly db: Database
  readonly intake: Intake
  /** Opens what the vault sealed: carriers ask for the last digits of a phone. */
  readonly unseal: (sealed: Uint8Array) => Uint8Array
  /** Another connection where the usual one's breaker is open; absent: the usual one always. */
  readonly routeFor?: (wish: {
    readonly capability: 'fetchTracking'
    readonly wanted: string
    readonly orderId: bigint
    readonly subject: string
  }) => Promise<{ readonly taken: string }>
  readonly onAccepted: (lane: string) => void
  readonly onAsked?: (kind: string, outcome: string) => void
  readonly onError: (error: unknown) => void
}
