import { AsyncLocalStorage } from 'node:async_hooks'

// What a hub does by timers would fall between any two of its statements, as real time has it. Its timers stand still here, and what
// they would do is a piece of its work.

export type Timers = {
  /** What is begun within, and what that begins, gets timers that stand still. */
  readonly within: <T>(work: () => Promise<T>) => Promise<T>
  /** Every timer's work once, in the order in which they were begun; the next one's after `settled`. */
  readonly tick: (settled: () => Promise<void>) => Promise<void>
}

type Held = Map<NodeJS.Timeout, () => void>

const scope = new AsyncLocalStorage<Held>()
/** Node's longest. */
const NEVER_MS = 2_147_483_647
let isPatched = false

export function openTimers(): Timers {
  if (!isPatched) patch()
  isPatched = true
  const held: Held = new Map()
  return {
    within: async (work) => await scope.run(held, work),
    tick: async (settled) => {
      for (const work of [...held.values()]) {
        work()
        await settled()
      }
    },
  }
}

/** Everybody else's timers go on as they are. */
function patch(): void {
  const begin = globalThis.setInterval
  const end = globalThis.clearInterval
  const ours = new WeakMap<object, Held>()
  const beginOurs = (work: (...args: unknown[]) => void, ms?: number, ...args: unknown[]): NodeJS.Timeout => {
    const held = scope.getStore()
    if (held === undefined) return begin(work, ms, ...args)
    const timer = begin(() => undefined, NEVER_MS).unref()
    held.set(timer, () => work(...args))
    ours.set(timer, held)
    return timer
  }
  const endOurs = (timer?: NodeJS.Timeout | string | number): void => {
    if (typeof timer === 'object') ours.get(timer)?.delete(timer)
    end(timer)
  }
  Object.assign(globalThis, { setInterval: beginOurs, clearInterval: endOurs })
}
