import { type Intake, openIntake } from '#platform/inbox/intake.ts'
import type { Metrics } from '#platform/metrics.ts'
import type { Config } from './config.ts'
import type { OpenedDatabase } from './database.ts'

export type WayInDeps = {
  readonly config: Config
  readonly database: OpenedDatabase
  readonly metrics: Metrics
  readonly kindOf: (connection: string) => string
}

/** The one way in: what was kept here is durable. */
export function openWayIn({ config, database, metrics, kindOf }: WayInDeps): Intake {
  return countingIntake(
    openIntake({ db: database.inboxDb, maxBatch: config.ingestBatchMax, maxQueue: config.ingestQueueMax }),
    metrics,
    kindOf,
  )
}

/** Counts what the hub fetched, polled, heard or imported; callbacks are counted by their route, rejected ones too. */
function countingIntake(intake: Intake, metrics: Metrics, kindOf: (connection: string) => string): Intake {
  return {
    ...intake,
    keep: async (arrival) => {
      const kept = await intake.keep(arrival)
      if (arrival.transport !== 'http') {
        const kind = kindOf(arrival.connection)
        metrics.received.inc({ kind })
        if (kept.verdict === 'duplicate') metrics.duplicate.inc({ kind })
        else metrics.accepted.inc({ kind })
      }
      return kept
    },
  }
}
