import type { Clock } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { addMinute, addTally, type Minutes, type Tally } from './core/minutes.ts'
import { addMinutes } from './store.ts'

export type MinuteCounter = {
  /** Adds to the present minute of a lane; in memory, so that no acknowledgement waits for it. */
  readonly add: (lane: string, more: Partial<Tally>) => void
  /** Writes what is held. */
  readonly flush: () => Promise<void>
  /** Writes what is held, if the database answers, and ends. */
  readonly stop: () => Promise<void>
}

const FLUSH_MS = 2_000

/** Counts arrivals, interpretations, parkings and refusals per lane and minute; what cannot be written is held, within bounds, and tried again. */
export function openMinuteCounter(deps: {
  readonly db: Sql
  readonly clock: Clock
  readonly onProblem?: (error: unknown) => void
}): MinuteCounter {
  let held: Minutes = new Map()
  let writing: Promise<void> = Promise.resolve()
  const write = async (): Promise<void> => {
    if (held.size === 0) return
    const going = held
    held = new Map()
    try {
      await addMinutes(deps.db, [...going.values()])
    } catch (error) {
      for (const one of going.values()) addMinute(held, one)
      throw error
    }
  }
  const flush = (): Promise<void> => {
    const next = writing.then(write)
    writing = next.catch(() => undefined)
    return next
  }
  const flushQuietly = async (): Promise<void> => {
    await flush().catch((error: unknown) => deps.onProblem?.(error))
  }
  const timer = setInterval(() => void flushQuietly(), FLUSH_MS).unref()
  return {
    add: (lane, more) => addTally(held, lane, deps.clock.now(), more),
    flush,
    stop: async () => {
      clearInterval(timer)
      await flushQuietly()
    },
  }
}
