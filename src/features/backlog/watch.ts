import type { CallsFor, Connector, Settings } from '#domain/connector.ts'
import type { Clock, Instant } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import type { Alarms } from '#platform/alarms/alarms.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import { type DeadGroup, judge, type LaneState, type Limits, type QueueState, RULES } from './core/limits.ts'
import { growthOf, projectEmpty, ratesOf, windowStart } from './core/rates.ts'
import {
  COUNTED_MOST,
  countLanes,
  pruneSamples,
  readDeadGroups,
  readMinutes,
  readOpenAlarms,
  readSamples,
  type Sample,
  type SampleRow,
  saveSamples,
} from './store.ts'

export type WatchedConnection = {
  readonly id: string
  readonly name: string
  readonly paused: boolean
  readonly connector: Connector
  readonly settings: Settings
}

export type WatchDeps = {
  readonly db: Sql
  readonly clock: Clock
  readonly alarms: Alarms
  readonly limits: Limits
  readonly alarmDepthOf: (lane: string) => number
  /** What people call a lane. */
  readonly titleOf: (lane: string) => string
  readonly connections: () => readonly WatchedConnection[]
  readonly callsFor: CallsFor
  readonly onError: (error: unknown, connection: string) => void
}

const EVERY_MS = 5_000
const QUEUES_EVERY_MS = 15_000
const KEPT_HOURS = 24
export const QUEUE = 'queue:'
export const LANE = 'lane:'
/** A sample of an attempt to ask a broker that failed. */
const UNSEEN = 'unseen:'

export function backlogSweeps(deps: WatchDeps): readonly Sweep[] {
  return [
    { name: 'backlog', everyMs: EVERY_MS, run: () => watchBacklog(deps) },
    { name: 'backlog-queues', everyMs: QUEUES_EVERY_MS, run: () => watchQueues(deps) },
  ]
}

/** Measures every lane, keeps the samples, and says what is too deep, too old or dead. */
export async function watchBacklog(deps: WatchDeps): Promise<void> {
  const { db, clock, alarms, limits } = deps
  const now = clock.now()
  const [lanes, groups, queues, open] = [
    await readLaneStates(deps, now),
    await readDeadGroups(db),
    await readQueueStates(deps, now),
    await readOpenAlarms(db),
  ]
  const samples = lanes.map((one) => ({
    subject: LANE + one.lane,
    depth: one.depth,
    dead: one.dead,
    oldestSeconds: Math.round(one.oldestSeconds ?? 0),
  }))
  await saveSamples(db, samples, now)
  await pruneSamples(db, now.subtract({ hours: KEPT_HOURS }))
  const signals = judge({ lanes, dead: byReason(groups), queues }, limits, open)
  for (const rule of RULES) await alarms.settle(rule, signals[rule])
}

const PROJECTED_BY_SECONDS = 60

export type LaneBacklog = LaneState & { readonly dead: number }

/** Lanes in which something waits, is parked or came by within the last minutes. */
export async function readLaneStates(
  { db, alarmDepthOf, titleOf }: Pick<WatchDeps, 'db' | 'alarmDepthOf' | 'titleOf'>,
  now: Instant,
): Promise<LaneBacklog[]> {
  const since = Temporal.Instant.fromEpochMilliseconds(windowStart(now))
  const counts = new Map((await countLanes(db)).map((one) => [one.lane, one]))
  const minutes = Map.groupBy(await readMinutes(db, since), ({ lane }) => lane)
  const samples = await readSamples(db, LANE, now.subtract({ seconds: PROJECTED_BY_SECONDS }))
  const moves = Map.groupBy(samples, ({ subject }) => subject)
  const names = [...new Set([...counts.keys(), ...minutes.keys()])].sort()
  return names.map((lane) => {
    const count = counts.get(lane)
    const rates = ratesOf(minutes.get(lane) ?? [], now)
    const depth = count?.pending ?? 0
    const oldest = count?.oldest ?? null
    return {
      lane,
      title: titleOf(lane),
      depth,
      capped: depth >= COUNTED_MOST,
      dead: count?.dead ?? 0,
      alarmDepth: alarmDepthOf(lane),
      oldestSeconds: oldest === null ? null : Math.max(0, now.since(oldest).total('seconds')),
      ...rates,
      secondsToEmpty: projectEmpty(depth, rates, [...(moves.get(LANE + lane) ?? []), { at: now, depth }]),
    }
  })
}

function byReason(groups: readonly { readonly code: string; readonly count: number }[]): DeadGroup[] {
  return [...Map.groupBy(groups, ({ code }) => code)].map(([code, of]) => {
    const count = of.reduce((sum, one) => sum + one.count, 0)
    return { code, count, capped: of.some((one) => one.count >= COUNTED_MOST), lanes: of.length }
  })
}

const TREND_MINUTES = 3

/** `seenAt`: when its broker last answered, within the last hour. */
export type SeenQueue = QueueState & { readonly seenAt: Instant | null }

/** The outside queues as they were last seen. A paused connection is not watched. */
export async function readQueueStates(
  deps: Pick<WatchDeps, 'db' | 'connections' | 'callsFor'>,
  now: Instant,
): Promise<SeenQueue[]> {
  const watched = watchedQueues(deps)
  if (watched.length === 0) return []
  const since = now.subtract({ hours: 1 })
  const bySubject = ({ subject }: SampleRow): string => subject
  const seen = Map.groupBy(await readSamples(deps.db, QUEUE, since), bySubject)
  const failed = Map.groupBy(await readSamples(deps.db, UNSEEN, since), bySubject)
  return watched.map(({ id, name }) => {
    const samples = seen.get(QUEUE + id) ?? []
    const last = samples.at(-1)
    const lastAt = last?.at ?? since
    const firstFailed = failed.get(UNSEEN + id)?.find(({ at }) => Temporal.Instant.compare(at, lastAt) > 0)
    return {
      connection: id,
      name,
      depth: last?.depth ?? 0,
      dead: last?.dead ?? 0,
      seenAt: last?.at ?? null,
      unseenSeconds: firstFailed === undefined ? 0 : now.since(firstFailed.at).total('seconds'),
      growth: growthOf(within(samples, now.subtract({ minutes: TREND_MINUTES }))),
    }
  })
}

function within(samples: readonly SampleRow[], since: Instant): readonly SampleRow[] {
  return samples.filter(({ at }) => Temporal.Instant.compare(at, since) >= 0)
}

function watchedQueues({ connections, callsFor }: Pick<WatchDeps, 'connections' | 'callsFor'>) {
  return connections().flatMap((entry) => {
    if (entry.paused || entry.connector.stream === undefined) return []
    const queueDepth = entry.connector.calls?.(entry.settings, callsFor(entry)).queueDepth
    return queueDepth === undefined ? [] : [{ id: entry.id, name: entry.name, queueDepth }]
  })
}

/** Asks every broker how much waits. One that does not answer leaves a mark of that; it is told once it lasts. */
export async function watchQueues(deps: WatchDeps): Promise<void> {
  const ask = async ({ id, queueDepth }: ReturnType<typeof watchedQueues>[number]): Promise<Sample> => {
    const failed = { subject: UNSEEN + id, depth: 1, dead: 0, oldestSeconds: 0 }
    try {
      const depth = await queueDepth()
      if (!depth.ok) {
        deps.onError(new Error(`${depth.refusal.code}: ${depth.refusal.detail}`), id)
        return failed
      }
      const { ready, deadLetters } = depth.value
      return { subject: QUEUE + id, depth: ready, dead: deadLetters ?? 0, oldestSeconds: 0 }
    } catch (error) {
      if (!(error instanceof Outage)) throw error
      deps.onError(error, id)
      return failed
    }
  }
  // Together: a broker that is silent until its time-out holds none of the others back.
  const samples = await Promise.all(watchedQueues(deps).map(ask))
  await saveSamples(deps.db, samples, deps.clock.now())
}
