import type { Clock, Instant } from '#kernel/clock.ts'
import { backlog } from '#platform/inbox/store.ts'
import type { Metrics } from '#platform/metrics.ts'
import { readMigrations } from '#platform/migrate.ts'
import { countStates } from '#platform/outbox/store.ts'
import type { Database } from '#platform/postgres/database.ts'
import { countMigrations, databaseSize } from '#platform/postgres/store.ts'
import type { OpenedDatabase } from './database.ts'
import type { HubStatus, Readiness } from './http/system-routes.ts'

const READY_WITHIN_MS = 3_000
const SAMPLE_EVERY_MS = 5_000
const SAMPLES = 12

export type SystemSource = {
  readonly readiness: () => Promise<Readiness>
  readonly status: () => Promise<HubStatus>
  readonly stop: () => void
}

/** What `/readyz` and `/api/status` say, read when they are asked. */
export function systemSource(deps: {
  readonly database: Pick<OpenedDatabase, 'db' | 'kind' | 'version'>
  readonly metrics: Metrics
  readonly clock: Clock
  readonly version: string
}): SystemSource {
  const { database, metrics, clock, version } = deps
  const startedAt = clock.now()
  const expected = readMigrations().length
  const rates = sampleRates(metrics, clock)
  return {
    readiness: () => readReadiness(database.db, clock, expected),
    status: async () => {
      const now = clock.now()
      const { db, kind } = database
      const [waiting, states, sizeBytes] = await Promise.all([backlog(db), countStates(db), databaseSize(db)])
      return {
        version,
        uptimeSeconds: seconds(startedAt, now),
        database: { kind, version: database.version, sizeBytes },
        inbox: {
          pending: waiting.pending,
          parked: waiting.parked,
          oldestSeconds: waiting.oldest === null ? 0 : Math.max(0, seconds(waiting.oldest, now)),
        },
        outbox: states,
        throughput: await rates.perSecond(),
      }
    },
    stop: rates.stop,
  }
}

/** A database that hangs must not hang the probe too: no answer within 3 s is no database. */
async function readReadiness(db: Database, clock: Clock, expected: number): Promise<Readiness> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), READY_WITHIN_MS)
  })
  const asked = Promise.all([countMigrations(db), backlog(db)]).catch(() => null)
  const answer = await Promise.race([asked, late])
  clearTimeout(timer)
  if (answer === null) return { ready: false, database: false, migrations: false, lagSeconds: null }
  const [applied, { oldest }] = answer
  const migrations = applied === expected
  const lagSeconds = oldest === null ? 0 : Math.max(0, seconds(oldest, clock.now()))
  return { ready: migrations, database: true, migrations, lagSeconds }
}

/** Rates of the last minute, from the counters of this process. */
function sampleRates(metrics: Metrics, clock: Clock) {
  type Sample = { readonly at: Instant; readonly accepted: number; readonly interpreted: number }
  const samples: Sample[] = []
  const sample = async (): Promise<Sample> => {
    const total = async (counter: Metrics['accepted']): Promise<number> =>
      (await counter.get()).values.reduce((sum, { value }) => sum + value, 0)
    return {
      at: clock.now(),
      accepted: await total(metrics.accepted),
      interpreted: await total(metrics.interpreted),
    }
  }
  const timer = setInterval(() => {
    void sample().then((taken) => {
      samples.push(taken)
      if (samples.length > SAMPLES) samples.shift()
    })
  }, SAMPLE_EVERY_MS)
  timer.unref()
  return {
    stop: () => clearInterval(timer),
    perSecond: async () => {
      const now = await sample()
      const first = samples[0]
      const span = first === undefined ? 0 : seconds(first.at, now.at)
      const rate = (from: number, to: number): number =>
        span <= 0 ? 0 : Math.round(((to - from) / span) * 10) / 10
      return {
        acceptedPerSecond: rate(first?.accepted ?? 0, now.accepted),
        interpretedPerSecond: rate(first?.interpreted ?? 0, now.interpreted),
      }
    },
  }
}

function seconds(from: Instant, to: Instant): number {
  return (to.epochMilliseconds - from.epochMilliseconds) / 1_000
}
