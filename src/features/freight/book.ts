import type { Database } from '#platform/postgres/database.ts'
import { DEFAULT_REMOTE_AREAS, type RemoteArea } from '#platform/regions/remote.ts'
import { type CustomerTier, DEFAULT_TIERS } from './core/tiers.ts'
import { FREIGHT_CHANNEL, readAreas, readTiers } from './store.ts'

/** What freight rules lean on beside the order: levels of customers, and remote areas. */
export type FreightBook = { readonly tiers: readonly CustomerTier[]; readonly areas: readonly RemoteArea[] }

/** For rules that are tried without a database: `holdfast try`. */
export const STANDARD_BOOK: FreightBook = { tiers: DEFAULT_TIERS, areas: DEFAULT_REMOTE_AREAS }

export type FreightDirectory = {
  readonly current: () => FreightBook
  /** Reads now; for the process that made the change and wants to see it. */
  readonly refresh: () => Promise<void>
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** A lost NOTIFY costs this long at most. */
const SAFETY_READ_MS = 30_000

/** Levels and areas in memory, so that a quote makes no query; fresh within a moment of any change in any process. */
export function freightDirectory(deps: {
  readonly db: Database
  readonly onProblem?: (error: unknown) => void
}): FreightDirectory {
  let book = STANDARD_BOOK
  const refresh = async (): Promise<void> => {
    const [tiers, areas] = await Promise.all([readTiers(deps.db), readAreas(deps.db)])
    book = { tiers, areas }
  }
  const refreshQuietly = (): void => {
    refresh().catch((error: unknown) => deps.onProblem?.(error))
  }
  let timer: NodeJS.Timeout | null = null
  let unlisten: (() => Promise<void>) | null = null
  return {
    current: () => book,
    refresh,
    start: async () => {
      unlisten = await deps.db.listen(FREIGHT_CHANNEL, refreshQuietly)
      await refresh()
      timer = setInterval(refreshQuietly, SAFETY_READ_MS).unref()
    },
    stop: async () => {
      if (timer !== null) clearInterval(timer)
      await unlisten?.()
    },
  }
}
