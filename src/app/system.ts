import type { Emergency } from '#features/recovery/index.ts'
import type { Clock, Instant } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { backlog } from '#platform/inbox/store.ts'
import type { Metrics } from '#platform/metrics.ts'
import { readMigrations } from '#platform/migrate.ts'
import { countStates } from '#platform/outbox/store.ts'
import type { Database } from '#platform/postgres/database.ts'
import { countMigrations, databaseSize } from '#platform/postgres/store.ts'
import { answersWithin } from '#platform/postgres/within.ts'
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
  readonly emergency: Pick<Emergency, 'level' | 'spool'>
  readonly stock: () => HubStatus['stock']
  /** All processes of the hub, this one too. */
  readonly processes: () => Promise<HubStatus['processes']>
  readonly isDraining: () => boolean
  /** Whether this process takes requests: at level 1 it goes on, one that only works cannot. */
  readonly takesRequests: boolean
}): SystemSource {
  const { database, metrics, clock, version } = deps
  const startedAt = clock.now()
  const expected = readMigrations().length
  const rates = sampleRates(metrics, clock)
  return {
    readiness: () => readReadiness(database.db, deps, expected),
    status: async () => {
      const now = clock.now()
      const { level, reason } = deps.emergency.level()
      const { records, bytes } = deps.emergency.spool()
      const figures = level === 1 ? null : await readFigures(database.db, now)
      return {
        version,
        uptimeSeconds: seconds(startedAt, now),
        level,
        reason,
        spool: { records, bytes },
        database: {
          kind: database.kind,
          version: database.version,
          answers: figures !== null,
          sizeBytes: figures?.sizeBytes ?? null,
        },
        inbox: figures?.inbox ?? null,
        processes: figures === null ? null : await deps.processes().catch(() => null),
        outbox: figures?.outbox ?? null,
        stock: deps.stock(),
        throughput: await rates.perSecond(),
      }
    },
    stop: rates.stop,
  }
}

/** What only the database knows; null where it does not answer. */
async function readFigures(
  db: Database,
  now: Instant,
): Promise<{
  inbox: NonNullable<HubStatus['inbox']>
  outbox: Record<string, number>
  sizeBytes: number
} | null> {
  try {
    const [waiting, outbox, sizeBytes] = await answersWithin(
      Promise.all([backlog(db), countStates(db), databaseSize(db)]),
      READY_WITHIN_MS,
    )
    const oldestSeconds = waiting.oldest === null ? 0 : Math.max(0, seconds(waiting.oldest, now))
    return { inbox: { pending: waiting.pending, parked: waiting.parked, oldestSeconds }, outbox, sizeBytes }
  } catch (error) {
    if (error instanceof Outage) return null
    throw error
  }
}

/** A database that hangs must not hang the probe too: no answer within 3 s is no database. */
async function readReadiness(
  db: Database,
  deps: {
    readonly clock: Clock
    readonly emergency: Pick<Emergency, 'level' | 'spool'>
    readonly takesRequests: boolean
    readonly isDraining: () => boolean
  },
  expected: number,
): Promise<Readiness> {
  const { clock, emergency } = deps
  const { level, reason } = emergency.level()
  const { usable, records, bytes, oldestAt } = emergency.spool()
  const oldestSeconds = oldestAt === null ? 0 : Math.max(0, seconds(oldestAt, clock.now()))
  const draining = deps.isDraining()
  const now = { draining, level, reason, spool: { usable, records, bytes, oldestSeconds } }
  // Work is still taken while the local disk stands in; who only interprets has nothing to do.
  const away = {
    ...now,
    ready: deps.takesRequests && usable && !draining,
    database: false,
    migrations: false,
    lagSeconds: null,
  }
  if (level === 1) return away
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), READY_WITHIN_MS)
  })
  const asked = Promise.all([countMigrations(db), backlog(db)]).catch(() => null)
  const answer = await Promise.race([asked, late])
  clearTimeout(timer)
  if (answer === null) return away
  const [applied, { oldest }] = answer
  // More than ours: a later release is being rolled out beside us, and until its turn comes this process works on.
  const migrations = applied >= expected
  const lagSeconds = oldest === null ? 0 : Math.max(0, seconds(oldest, clock.now()))
  return { ...now, ready: migrations && !draining, database: true, migrations, lagSeconds }
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
