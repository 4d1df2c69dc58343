import { openBell } from '#platform/bell.ts'
import { askSubject } from './ask-subject.ts'
import { type Askers, openAskers } from './askers.ts'
import type { FallbackDeps } from './deps.ts'
import { readSettings, type SettingsNow } from './settings/read-settings.ts'
import { type AskRow, takeDue } from './store.ts'

export type Asking = {
  readonly wake: () => void
  readonly stop: () => Promise<void>
  /** Takes what is due once and waits for it; answers how many. */
  readonly runOnce: () => Promise<number>
  readonly askers: Askers
}

/** Questions under way at once in this process, and about one connection. */
const AT_ONCE = 8
const AT_ONCE_PER_CONNECTION = 2
/** Longer than any question with its backups can take: three calls of 30 s each. */
const HOLD_SECONDS = 180

/**
 * Asks about due subjects until stopped, few at a time, and few of one connection: a platform that hangs or is away holds up
 * nobody else. Which process asks about a subject is settled by its row.
 */
export function startAsking(deps: FallbackDeps, idleMs: number): Asking {
  let stopping = false
  const bell = openBell(idleMs)
  const { takeOnce, running, askers } = openTaking(deps, bell.ring, AT_ONCE)
  const loop = async (): Promise<void> => {
    while (!stopping) {
      try {
        if ((await takeOnce()) === 0) await bell.rest()
      } catch (error) {
        deps.onError(error)
        await bell.rest()
      }
    }
    await Promise.all(running)
  }
  const done = loop()
  return {
    wake: bell.ring,
    askers,
    stop: async () => {
      stopping = true
      bell.ring()
      await done
    },
    runOnce: async () => {
      const taken = await takeOnce()
      await Promise.all(running)
      return taken
    },
  }
}

/** Asks about one subject that is due, and no loop: answers how many were taken, once the question ended. */
export function askByHand(deps: FallbackDeps): () => Promise<number> {
  const { takeOnce, running } = openTaking(deps, () => undefined, 1)
  return async () => {
    const taken = await takeOnce()
    await Promise.all(running)
    return taken
  }
}

type Taking = {
  readonly takeOnce: () => Promise<number>
  readonly running: ReadonlySet<Promise<void>>
  readonly askers: Askers
}

function openTaking(deps: FallbackDeps, onEnd: () => void, atOnce: number): Taking {
  const running = new Set<Promise<void>>()
  const load = new Map<string, number>()
  let settings: SettingsNow | null = null
  const isBusy = (connection: string): boolean => (load.get(connection) ?? 0) >= AT_ONCE_PER_CONNECTION
  const askers = openAskers(deps, (id) => settings?.of(id).enabled === false)
  const whileAsking = async <T>(connection: string, work: () => Promise<T>): Promise<T> => {
    load.set(connection, (load.get(connection) ?? 0) + 1)
    try {
      return await work()
    } finally {
      load.set(connection, (load.get(connection) ?? 1) - 1)
    }
  }
  const begin = (now: SettingsNow, row: AskRow): Promise<void> =>
    askSubject({ ...deps, askers, isBusy, whileAsking }, now, row).catch(deps.onError)
  /** One taking at a time: what another has taken is under way by then, and counts against what is free. */
  let taking: Promise<unknown> = Promise.resolve()
  const takeOnce = (): Promise<number> => {
    const turn = taking.then(take)
    taking = turn.catch(() => undefined)
    return turn
  }
  const take = async (): Promise<number> => {
    settings = await readSettings(deps.db)
    const free = atOnce - running.size
    if (free <= 0 || !settings.all.enabled) return 0
    const rows = await takeDue(deps.db, {
      now: deps.clock.now(),
      holdSeconds: HOLD_SECONDS,
      limit: free,
      shops: askers.shops().flatMap((shop) => (isBusy(shop.id) ? [] : [shop.id])),
      carriers: askers.carriers().filter((carrier) => !isBusy(askers.forCarrier(carrier)[0]?.id ?? '')),
    })
    for (const row of rows) {
      const work = begin(settings, row)
      running.add(work)
      void work.finally(() => {
        running.delete(work)
        onEnd()
      })
    }
    return rows.length
  }
  return { takeOnce, running, askers }
}
