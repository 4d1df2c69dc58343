import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '#kernel/clock.ts'
import type { Database } from '../postgres/database.ts'
import { sweepIfDue } from './store.ts'

/** A look, every few seconds, for what did not happen. Stateless: a missed one is made up by the next. */
export type Sweep = {
  /** Unique; `review`, `callback-health`. */
  readonly name: string
  /** 1,000 or more. */
  readonly everyMs: number
  readonly run: () => Promise<void>
}
export type Sweeps = { readonly stop: () => Promise<void> }

/**
 * A sweep holds one connection for its lock and asks for others to work with. Were all of a process to begin at once, their locks would
 * have taken the whole pool and each would wait for the others.
 */
const AT_ONCE = 3

/** Runs each sweep on its rhythm, over all processes one at a time. A failed one is told and tried again at its next turn. */
export function startSweeps(deps: {
  readonly db: Database
  readonly clock: Clock
  readonly sweeps: readonly Sweep[]
  readonly onError: (error: unknown, sweep: string) => void
}): Sweeps {
  const stopping = new AbortController()
  const inTurn = turns(AT_ONCE)
  const loop = async (sweep: Sweep): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await inTurn(() => sweepIfDue(deps.db, { ...sweep, now: deps.clock.now() }, sweep.run))
      } catch (error) {
        deps.onError(error, sweep.name)
      }
      await sleep(sweep.everyMs, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
  const loops = deps.sweeps.map(loop)
  return {
    stop: async () => {
      stopping.abort()
      await Promise.all(loops)
    },
  }
}

function turns(most: number): (work: () => Promise<unknown>) => Promise<void> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running >= most) await new Promise<void>((resolve) => waiting.push(resolve))
    else running += 1
    try {
      await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
