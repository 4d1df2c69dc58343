import type { CallsFor } from '#domain/connector.ts'
import type { Connected } from '#features/intake/index.ts'
import type { Clock } from '#kernel/clock.ts'

export type StandingDeps = {
  readonly clock: Clock
  readonly connections: () => readonly Connected[]
  /** Only to see which calls a connection has; nothing is called. */
  readonly callsFor: CallsFor
  /** Short name of the province that a place is in; null where the words name none for certain. */
  readonly provinceOf: (place: string) => string | null
}
