import { openBell } from '#platform/bell.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import { type MovementRow, openReader, readMovementsAfter, savePlace, takePlace } from './store.ts'

export type FollowMovementsDeps = {
  readonly db: Database
  /** Unique per purpose and never changed. A name that is new begins at the end. */
  readonly name: string
  /** Runs in the transaction that moves the reader on. Must not call `applyStock`: it would wait for what waits for it. */
  readonly handler: (tx: Sql, rows: readonly MovementRow[]) => Promise<void>
  readonly onError: (error: unknown) => void
  /** Milliseconds between two looks when nothing comes; 200 unless given. */
  readonly everyMs?: number
  /** Most rows at once, 1 to 10,000; 2,000 unless given. */
  readonly batch?: number
}
export type MovementFollower = { readonly wake: () => void; readonly stop: () => Promise<void> }

const EVERY_MS = 200
const BATCH = 2_000
const LONGEST_PAUSE_MS = 10_000

/** The reading itself, once: how many rows it handled. `open` before the first. */
export function movementReader(deps: FollowMovementsDeps): {
  readonly open: () => Promise<void>
  readonly readOnce: () => Promise<number>
} {
  const { db, name, handler, batch = BATCH } = deps
  return {
    open: () => openReader(db, name),
    readOnce: () =>
      db.begin(async (tx) => {
        const place = await takePlace(tx, name)
        if (place === null) return 0
        const rows = await readMovementsAfter(tx, place, batch)
        const last = rows.at(-1)
        if (last === undefined) return 0
        await handler(tx, rows)
        await savePlace(tx, name, last)
        return rows.length
      }),
  }
}

/**
 * Gives every movement of stock to the handler, one process at a time, in the order of their transactions. A handler that fails is
 * called again with growing pauses: movements say that something changed, so a handler looks at how it stands now.
 */
export async function followMovements(deps: FollowMovementsDeps): Promise<MovementFollower> {
  const { onError, everyMs = EVERY_MS, batch = BATCH } = deps
  const reader = movementReader(deps)
  const bell = openBell(everyMs)
  let stopping = false
  let pauseMs = 0
  await reader.open()
  const done = (async () => {
    while (!stopping) {
      try {
        const count = await reader.readOnce()
        pauseMs = 0
        if (count < batch) await bell.rest()
      } catch (error) {
        onError(error)
        pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(everyMs, pauseMs * 2))
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
    }
  })()
  return {
    wake: bell.ring,
    stop: async () => {
      stopping = true
      bell.ring()
      await done
    },
  }
}
