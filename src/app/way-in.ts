import { Outage } from '#kernel/outage.ts'
import { type Intake, openIntake } from '#platform/inbox/intake.ts'
import type { Arrival, Kept } from '#platform/inbox/store.ts'
import type { Metrics } from '#platform/metrics.ts'
import type { Config } from './config.ts'
import type { OpenedDatabase } from './database.ts'
import type { LaneParts } from './lanes.ts'

export type WayInDeps = {
  readonly config: Config
  readonly database: OpenedDatabase
  readonly metrics: Metrics
  readonly lanes: LaneParts
  /** Puts the local disk behind the database. */
  readonly survive: (intake: Intake) => Intake
  readonly kindOf: (connection: string) => string
  readonly ticks?: 'by_hand'
  /** Told of every message that was kept and was not pushed: fetched, polled, heard on a stream, imported. */
  readonly onKept?: (arrival: Arrival, verdict: Kept['verdict']) => void
}

/** The one way in: what was kept here is durable. */
export function openWayIn(deps: WayInDeps): Intake {
  const { config, database, lanes } = deps
  const intake = openIntake({
    db: database.inboxDb,
    maxBatch: config.ingestBatchMax,
    maxQueue: config.ingestQueueMax,
    lanes,
    rests: deps.ticks === undefined,
  })
  return countingIntake(deps.survive(intake), deps)
}

/**
 * Counts each lane's traffic, and by kind what the hub fetched, polled, heard or imported; callbacks are counted by their route,
 * rejected ones too.
 */
function countingIntake(intake: Intake, { metrics, lanes, kindOf, onKept }: WayInDeps): Intake {
  const keep: Intake['keep'] = async (arrival) => {
    try {
      const kept = await intake.keep(arrival)
      if (kept.verdict === 'accepted') lanes.minutes.add(arrival.lane, { arrived: 1 })
      return kept
    } catch (error) {
      if (error instanceof Outage) lanes.minutes.add(arrival.lane, { refused: 1 })
      throw error
    }
  }
  return {
    ...intake,
    keep: async (arrival) => {
      const kept = await keep(arrival)
      if (arrival.transport !== 'http') {
        const kind = kindOf(arrival.connection)
        metrics.received.inc({ kind })
        onKept?.(arrival, kept.verdict)
        if (kept.verdict === 'duplicate') metrics.duplicate.inc({ kind })
        else metrics.accepted.inc({ kind })
      }
      return kept
    },
  }
}
