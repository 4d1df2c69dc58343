import type { Database } from '#platform/postgres/database.ts'
import type { PromiseRule } from './core/clocks.ts'
import { PROMISE_CHANNEL, readCalendars, readRules, rulesOf } from './rules/store.ts'

/** A lost NOTIFY costs this long at most. */
const SAFETY_READ_MS = 30_000

export type PromiseDirectory = {
  readonly rules: () => readonly PromiseRule[]
  /** Reads now; for the process that made the change and wants to see it. */
  readonly refresh: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Active rules in memory, fresh within a moment of any change. */
export async function openPromiseDirectory(
  db: Database,
  onProblem: (error: unknown) => void,
): Promise<PromiseDirectory> {
  let rules: readonly PromiseRule[] = []
  const refresh = async (): Promise<void> => {
    const [rows, calendars] = await Promise.all([readRules(db), readCalendars(db)])
    rules = rulesOf(rows, calendars)
  }
  const refreshQuietly = (): void => void refresh().catch(onProblem)
  const unlisten = await db.listen(PROMISE_CHANNEL, refreshQuietly)
  await refresh()
  const timer = setInterval(refreshQuietly, SAFETY_READ_MS).unref()
  return {
    rules: () => rules,
    refresh,
    stop: async () => {
      clearInterval(timer)
      await unlisten()
    },
  }
}
