import { JOURNAL_CHANNEL } from '#platform/journal/store.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { OrderChange, Subscribe } from './order-stream.ts'
import { lastJournalId, readOrderChanges } from './watch/store.ts'

const LOOK_EVERY_MS = 400
const CHANGES_AT_MOST = 1_000

/**
 * Follows the journal for the live list: a NOTIFY only says that there is more, and one read in 400 ms fetches it. What a
 * burst brings beyond a thousand changes is skipped: the list is told that it changed, and reads itself anew.
 */
export async function watchOrders(
  sql: Database,
): Promise<{ subscribe: Subscribe; stop: () => Promise<void> }> {
  const listeners = new Set<(change: OrderChange) => void>()
  let seen = await lastJournalId(sql)
  let news = false
  let reading = false
  const look = async (): Promise<void> => {
    if (!news || reading) return
    news = false
    reading = true
    try {
      const { changes, last } = await readOrderChanges(sql, seen, CHANGES_AT_MOST)
      seen = last ?? seen
      for (const change of changes) for (const listener of listeners) listener(change)
    } catch {
      // The database is away; the next look reads on from the same place.
      news = true
    } finally {
      reading = false
    }
  }
  const timer = setInterval(() => void look(), LOOK_EVERY_MS)
  timer.unref()
  const unlisten = await sql.listen(JOURNAL_CHANNEL, () => {
    news = true
  })
  return {
    subscribe: (onChange) => {
      listeners.add(onChange)
      return () => listeners.delete(onChange)
    },
    stop: async () => {
      clearInterval(timer)
      await unlisten()
    },
  }
}
