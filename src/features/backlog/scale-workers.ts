import type { Clock } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { nextTarget, openTarget, type WorkerBounds } from './core/worker-target.ts'
import { countWaiting, readSamples, saveSamples } from './store.ts'

export type ScaleDeps = {
  readonly db: Sql
  readonly clock: Clock
  /** Names this process among those that share the database. */
  readonly process: string
  readonly bounds: WorkerBounds
  readonly alarmDepthOf: (lane: string) => number
  readonly workers: { readonly setTarget: (count: number) => void; readonly size: () => number }
  readonly onChange: (from: number, to: number) => void
  readonly onError: (error: unknown) => void
  /** Milliseconds of a steady clock; the process's own where not given. */
  readonly nowMs?: () => number
}
export type Scaling = { readonly look: () => Promise<void>; readonly stop: () => Promise<void> }

export const WORKERS = 'workers:'
const EVERY_MS = 2_000

/**
 * Gives this process more workers while a lane is deeper than its alarm depth and takes them back after (SY9). Every process
 * decides for itself from the same figures, so none has to be told; the lanes' own concurrency still holds over all of them.
 */
export function startScaling(deps: ScaleDeps): Scaling {
  const nowMs = deps.nowMs ?? (() => performance.now())
  let state = openTarget(deps.bounds)
  const look = async (): Promise<void> => {
    const waiting = await countWaiting(deps.db, (lane) => deps.alarmDepthOf(lane) + 1)
    const lanes = waiting.map(({ lane, pending }) => ({
      depth: pending,
      alarmDepth: deps.alarmDepthOf(lane),
    }))
    const before = state.target
    state = nextTarget(state, lanes, deps.bounds, nowMs())
    if (state.target !== before) {
      deps.workers.setTarget(state.target)
      deps.onChange(before, state.target)
    }
    await saveSamples(
      deps.db,
      [{ subject: WORKERS + deps.process, depth: deps.workers.size(), dead: 0, oldestSeconds: 0 }],
      deps.clock.now(),
    )
  }
  let running: Promise<void> | null = null
  const timer = setInterval(() => {
    running ??= look()
      .catch(deps.onError)
      .finally(() => {
        running = null
      })
  }, EVERY_MS)
  return {
    look,
    stop: async () => {
      clearInterval(timer)
      await running
    },
  }
}

const PRESENT_SECONDS = 45

/** How many batches each process interprets at a time, as told within the last three quarters of a minute. */
export async function readWorkers(
  sql: Sql,
  now: Temporal.Instant,
): Promise<{ readonly process: string; readonly size: number }[]> {
  const rows = await readSamples(sql, WORKERS, now.subtract({ seconds: PRESENT_SECONDS }))
  const last = new Map(rows.map(({ subject, depth }) => [subject.slice(WORKERS.length), depth]))
  return [...last]
    .map(([process, size]) => ({ process, size }))
    .sort((a, b) => (a.process < b.process ? -1 : 1))
}
