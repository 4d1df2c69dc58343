import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock, Instant } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import type { Database } from '#platform/postgres/database.ts'
import { answersWithin } from '#platform/postgres/within.ts'
import { readUntold } from './store.ts'
import type { DirectTelling } from './tell-directly.ts'

const EVERY_MS = 5_000
const ANSWER_WITHIN_MS = 5_000
/** Telling runs every second; people are told past it once it has not for this long. */
const STALLED_SECONDS = 60

/**
 * Looks whether alarms are still told at all. The backend that tells them may hang with its lock, and nobody else could take its
 * place: what is open and untold then goes out past it. A database that does not answer here either is `watchDatabase`'s.
 */
export function watchTelling(deps: {
  readonly db: Database
  readonly clock: Clock
  readonly direct: Pick<DirectTelling, 'tell'>
  /** When alarms were last looked at to the end, by whichever process; null: never. */
  readonly lastLook: () => Promise<Instant | null>
  readonly onError: (error: unknown) => void
  readonly everyMs?: number
}): { readonly stop: () => Promise<void> } {
  const stopping = new AbortController()
  const startedAt = deps.clock.now()
  const look = async (): Promise<void> => {
    const last = await answersWithin(deps.lastLook(), ANSWER_WITHIN_MS)
    const now = deps.clock.now()
    const stalled = [last ?? now, startedAt].every((at) => now.since(at).total('seconds') >= STALLED_SECONDS)
    if (!stalled) return
    for (const signal of await answersWithin(readUntold(deps.db), ANSWER_WITHIN_MS)) deps.direct.tell(signal)
  }
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await look().catch((error: unknown) => {
        if (!(error instanceof Outage)) deps.onError(error)
      })
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
