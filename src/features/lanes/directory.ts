import type { LaneConfig } from '#domain/lane.ts'
import type { Database } from '#platform/postgres/database.ts'
import {
  type Lane,
  type LaneBook,
  type LaneConnection,
  laneOf,
  listLanes,
  standardConfig,
} from './core/lane-rules.ts'
import { LANE_CHANNEL, readChosenLanes, readLanes } from './store.ts'

export type LaneDirectory = {
  readonly laneOf: (connection: string) => string
  readonly configOf: (lane: string) => LaneConfig
  /** Every lane that is configured or has connections, by name; `besides`: names to list as well. */
  readonly all: (besides?: readonly string[]) => readonly Lane[]
  /** Whether the lane is configured or has connections. */
  readonly has: (lane: string) => boolean
  /** The ids of the connections whose lane it is, none for one that is only configured; null: there is no such lane. */
  readonly membersOf: (lane: string) => readonly string[] | null
  /** Reads now; for the process that made the change and wants to see it. */
  readonly refresh: () => Promise<void>
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
}

export type LaneDirectoryDeps = {
  readonly db: Database
  readonly connections: () => readonly LaneConnection[]
  readonly onProblem?: (error: unknown) => void
}

/** A lost NOTIFY costs this long at most. */
const SAFETY_READ_MS = 30_000

/** All lanes in memory, so that receiving a message makes no query; fresh within a moment of any change. */
export function laneDirectory(deps: LaneDirectoryDeps): LaneDirectory {
  let book: LaneBook = { rows: new Map(), chosen: new Map() }
  let connections: readonly LaneConnection[] | null = null
  let lanes: ReadonlyMap<string, Lane> = new Map()
  // Asked for every message: worked out once for each set of rows and connections, which are both replaced and never changed.
  const current = (): ReadonlyMap<string, Lane> => {
    const now = deps.connections()
    if (now !== connections) {
      connections = now
      lanes = new Map(listLanes(book, now).map((lane) => [lane.name, lane]))
    }
    return lanes
  }
  const refresh = async (): Promise<void> => {
    const [rows, chosen] = await Promise.all([readLanes(deps.db), readChosenLanes(deps.db)])
    book = {
      rows: new Map(rows.map((row) => [row.name, row])),
      chosen: new Map(chosen.map((one) => [one.connection_id, one.lane])),
    }
    connections = null
  }
  const refreshQuietly = (): void => {
    refresh().catch((error: unknown) => deps.onProblem?.(error))
  }
  let timer: NodeJS.Timeout | null = null
  let unlisten: (() => Promise<void>) | null = null
  return {
    laneOf: (connection) => laneOf(book, connection),
    configOf: (lane) => current().get(lane)?.config ?? standardConfig([]),
    all: (besides) => listLanes(book, deps.connections(), besides),
    has: (lane) => current().has(lane),
    membersOf: (lane) =>
      current()
        .get(lane)
        ?.connections.map(({ id }) => id) ?? null,
    refresh,
    start: async () => {
      unlisten = await deps.db.listen(LANE_CHANNEL, refreshQuietly)
      await refresh()
      timer = setInterval(refreshQuietly, SAFETY_READ_MS).unref()
    },
    stop: async () => {
      if (timer !== null) clearInterval(timer)
      await unlisten?.()
    },
  }
}
