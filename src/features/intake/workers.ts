import { Outage } from '#kernel/outage.ts'
import { type InterpretDeps, interpretBatch, PoisonedBatch, parkPoison } from './interpret.ts'

export type Workers = { readonly wake: () => void; readonly stop: () => Promise<void> }
export type WorkerOptions = {
  readonly workers: number
  readonly batch: number
  readonly idleMs: number
  readonly onError: (error: unknown) => void
}

/**
 * Runs `workers` interpreting loops until stopped. Each takes the next batch at once while there is work, else waits for
 * `wake` or `idleMs`. An outage pauses the loop (0.25 s doubling to 5 s); nothing is lost, the tasks stay pending.
 */
export function startWorkers(depsOf: (slot: number) => InterpretDeps, options: WorkerOptions): Workers {
  let stopping = false
  const sleepers = new Set<() => void>()
  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        sleepers.delete(done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      sleepers.add(done)
    })
  const wake = (): void => {
    for (const done of [...sleepers]) done()
  }
  const loop = async (slot: number): Promise<void> => {
    const deps = depsOf(slot)
    let singles = 0
    let backoff = 250
    while (!stopping) {
      try {
        const taken = await interpretBatch(deps, singles > 0 ? 1 : options.batch)
        singles = Math.max(0, singles - taken)
        backoff = 250
        if (taken === 0) {
          singles = 0
          await pause(options.idleMs)
        }
      } catch (error) {
        if (error instanceof PoisonedBatch && error.size > 1) singles = error.size
        else if (error instanceof PoisonedBatch)
          await parkPoison(deps, error.first, error.cause).catch(options.onError)
        else {
          options.onError(error)
          await pause(error instanceof Outage ? backoff : 1_000)
          backoff = Math.min(backoff * 2, 5_000)
        }
      }
    }
  }
  const loops = Array.from({ length: options.workers }, (_, slot) => loop(slot))
  return {
    wake,
    stop: async () => {
      stopping = true
      wake()
      await Promise.all(loops)
    },
  }
}
