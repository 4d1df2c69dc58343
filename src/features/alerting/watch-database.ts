import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock, Instant } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import type { Alarms } from '#platform/alarms/alarms.ts'
import type { Database } from '#platform/postgres/database.ts'
import { answersWithin } from '#platform/postgres/within.ts'
import { databaseSignal } from './core/own-signals.ts'
import { pingDatabase } from './store.ts'

const EVERY_MS = 2_000
const ANSWER_WITHIN_MS = 3_000

/**
 * Asks the database for an answer every two seconds. Away for `afterSeconds`: `database.unreachable` is raised, which reaches
 * people past the database. Back: it is written down and resolved, so that the history and the people know.
 */
export function watchDatabase(deps: {
  readonly db: Database
  readonly clock: Clock
  readonly alarms: Alarms
  /** This process, as a person would call it. */
  readonly host: string
  readonly afterSeconds: number
  readonly onBack: () => Promise<unknown>
  readonly onError: (error: unknown) => void
  readonly everyMs?: number
}): { readonly stop: () => Promise<void> } {
  const stopping = new AbortController()
  let awaySince: Instant | null = null
  let raised: number | null = null
  /** A process of this place that was killed while the database was away may have left its alarm open. */
  let mayBeOpen = true
  const look = async (): Promise<void> => {
    const now = deps.clock.now()
    if (await answers(deps.db)) {
      awaySince = null
      if (raised === null && !mayBeOpen) return
      if (raised !== null) {
        await deps.onBack()
        await deps.alarms.raise(databaseSignal(raised, deps.host))
      }
      await deps.alarms.clear('database.unreachable', deps.host)
      raised = null
      mayBeOpen = false
      return
    }
    awaySince ??= now
    const seconds = Math.floor(now.since(awaySince).total('seconds'))
    if (seconds < deps.afterSeconds) return
    raised = seconds
    await deps.alarms.raise(databaseSignal(seconds, deps.host))
  }
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await look().catch(deps.onError)
      await sleep(deps.everyMs ?? EVERY_MS, undefined, { signal: stopping.signal }).catch(() => undefined)
    }
  }
  const done = loop()
  return {
    stop: async () => {
      stopping.abort()
      await done
    },
  }
}

/** A database that hangs is away as well; its own time limits do not hold while it stands still. */
async function answers(db: Database): Promise<boolean> {
  try {
    await answersWithin(pingDatabase(db), ANSWER_WITHIN_MS)
    return true
  } catch (error) {
    if (error instanceof Outage) return false
    throw error
  }
}
