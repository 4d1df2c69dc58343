import type { HttpCall } from '#domain/connector.ts'
import { type Clock, systemClock } from '#kernel/clock.ts'
import { type Random, systemRandom } from '#kernel/random.ts'
import type { Database } from '#platform/postgres/database.ts'

/** What a hub takes from the machine that it runs on. The seeded simulation gives it another one. */
export type Machine = {
  readonly clock: Clock
  readonly random: Random
  /** Milliseconds that only ever grow, for how long a call may wait and took; the process's own unless given. */
  readonly nowMs?: () => number
  /** `by_hand`: what breakers wrote down and know is only brought up to date when it is asked for, and no batch rests: nothing goes by a timer. */
  readonly ticks?: 'by_hand'
  /** Stands around every pool of connections. */
  readonly aroundDatabase?: (db: Database) => Database
  /** Stands around every HTTP call to the outside. */
  readonly aroundHttp?: (http: HttpCall) => HttpCall
}

export const THIS_MACHINE: Machine = { clock: systemClock, random: systemRandom }
