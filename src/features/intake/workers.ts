import { setTimeout as sleep } from 'node:timers/promises'
import { Outage } from '#kernel/outage.ts'
import { openBell } from '#platform/bell.ts'
import { type InterpretDeps, interpretBatch, PoisonedBatch, parkPoison } from './interpret.ts'

export type Workers = { readonly wake: () => void; readonly stop: () => Promise<void> }
export type WorkerOptions = {
  readonly workers: number
  readonly batch: number
  readonly idleMs: number
  readonly onError: (error: unknown) => void
}

/**
 * After a batch that was far from full a worker waits this long before the next: a batch costs some 25 statements whatever is
 * in it, and at 1,000 messages a second twenty of them share that instead of one or two.
 */
const GATHER_MS = 20
const FIRST_BACKOFF_MS = 250
const LONGEST_BACKOFF_MS = 5_000

/**
 * Runs `workers` interpreting loops until stopped. Each takes the next batch at once while there is work, else waits for
 * `wake` or `idleMs`. An outage pauses the loop (0.25 s doubling to 5 s); nothing is lost, the tasks stay pending.
 */
export function startWorkers(depsOf: (slot: number) => InterpretDeps, options: WorkerOptions): Workers {
  const stopping = new AbortController()
  const bells = Array.from({ length: options.workers }, () => openBell(options.idleMs))
  const pause = (ms: number): Promise<void> =>
    sleep(ms, undefined, { signal: stopping.signal }).catch(() => undefined)
  // One worker is enough until it finds more than a batch: two of them would only halve each other's batches.
  const wake = (): void => bells[0]?.ring()
  const loop = async (bell: (typeof bells)[number], slot: number): Promise<void> => {
    const deps = depsOf(slot)
    let singles = 0
    let backoff = FIRST_BACKOFF_MS
    while (!stopping.signal.aborted) {
      try {
        const limit = singles > 0 ? 1 : options.batch
        const taken = await interpretBatch(deps, limit)
        singles = taken === 0 ? 0 : Math.max(0, singles - taken)
        backoff = FIRST_BACKOFF_MS
        if (taken === options.batch) bells[slot + 1]?.ring()
        if (taken === 0) await bell.rest()
        else if (singles === 0 && taken < options.batch / 4) await pause(GATHER_MS)
      } catch (error) {
        if (error instanceof PoisonedBatch && error.size > 1) singles = error.size
        else if (error instanceof PoisonedBatch)
          await parkPoison(deps, error.first, error.cause).catch(options.onError)
        else {
          options.onError(error)
          await pause(error instanceof Outage ? backoff : 1_000)
          backoff = Math.min(backoff * 2, LONGEST_BACKOFF_MS)
        }
      }
    }
  }
  const loops = bells.map(loop)
  return {
    wake,
    stop: async () => {
      stopping.abort()
      for (const bell of bells) bell.ring()
      await Promise.all(loops)
    },
  }
}
