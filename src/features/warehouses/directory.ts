import type { Database } from '#platform/postgres/database.ts'
import { readWarehouses, WAREHOUSE_CHANNEL, type WarehouseRow } from './store.ts'

export type WarehouseDirectory = {
  /** The preferred first; inactive ones too. */
  readonly all: () => readonly WarehouseRow[]
  readonly byCode: (code: string) => WarehouseRow | null
  /** Reads now; for the process that made the change and wants to see it. */
  readonly refresh: () => Promise<void>
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** A lost NOTIFY costs this long at most. */
const SAFETY_READ_MS = 30_000

/** All warehouses in memory, so that naming one costs no query; fresh within a moment of any change. */
export function warehouseDirectory(deps: {
  readonly db: Database
  readonly onProblem?: (error: unknown) => void
}): WarehouseDirectory {
  let rows: readonly WarehouseRow[] = []
  let codes: ReadonlyMap<string, WarehouseRow> = new Map()
  const refresh = async (): Promise<void> => {
    rows = await readWarehouses(deps.db)
    codes = new Map(rows.map((row) => [row.code, row]))
  }
  const refreshQuietly = (): void => {
    refresh().catch((error: unknown) => deps.onProblem?.(error))
  }
  let timer: NodeJS.Timeout | null = null
  let unlisten: (() => Promise<void>) | null = null
  return {
    all: () => rows,
    byCode: (code) => codes.get(code) ?? null,
    refresh,
    start: async () => {
      unlisten = await deps.db.listen(WAREHOUSE_CHANNEL, refreshQuietly)
      await refresh()
      timer = setInterval(refreshQuietly, SAFETY_READ_MS).unref()
    },
    stop: async () => {
      if (timer !== null) clearInterval(timer)
      await unlisten?.()
    },
  }
}
