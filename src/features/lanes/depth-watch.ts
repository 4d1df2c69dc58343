import { setTimeout as sleep } from 'node:timers/promises'
import type { LaneConfig } from '#domain/lane.ts'
import { laneDepths, waitingLanes } from '#platform/inbox/store.ts'
import type { Sql } from '#platform/postgres/database.ts'

export type DepthWatch = {
  /** Whether more messages waited in the lane, when it was last looked at, than it may hold. */
  readonly isFull: (lane: string) => boolean
  /** Looks now. */
  readonly look: () => Promise<void>
  readonly stop: () => Promise<void>
}

const EVERY_MS = 1_500
/** A million waiting messages take a while to count: the database counts a twentieth of the time at most. */
const REST_PER_WORK = 20

/**
 * Knows which lanes are too deep to take more. Looked at every second and a half, so a flood may go over its limit by what
 * comes within that time. While the database is away the last answer holds.
 */
export function openDepthWatch(deps: {
  readonly db: Sql
  readonly configOf: (lane: string) => LaneConfig
  readonly onProblem?: (error: unknown) => void
}): DepthWatch {
  let full: ReadonlySet<string> = new Set()
  const look = async (): Promise<void> => {
    const waiting = await waitingLanes(deps.db)
    const asked = waiting.map((lane) => ({ lane, most: deps.configOf(lane).depthLimit + 1 }))
    const depths = await laneDepths(deps.db, asked)
    full = new Set(
      depths.flatMap(({ lane, pending }) => (pending > deps.configOf(lane).depthLimit ? [lane] : [])),
    )
  }
  const stopping = new AbortController()
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const begunAt = performance.now()
      await look().catch((error: unknown) => deps.onProblem?.(error))
      const rest = Math.max(EVERY_MS, (performance.now() - begunAt) * REST_PER_WORK)
      await sleep(rest, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined)
    }
  }
  const running = run()
  return {
    isFull: (lane) => full.has(lane),
    look,
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}
