import type { Sql } from '#platform/postgres/database.ts'
import { type FallbackSettings, mergeSettings, STANDARD } from '../core/settings.ts'
import { readSettingRows } from './store.ts'

/** Stands for every connection in `fallback_setting`. */
export const ALL = '*'

export type SettingsNow = {
  readonly all: FallbackSettings
  readonly of: (connection: string) => FallbackSettings
  /** What is set for one connection alone. */
  readonly own: (connection: string) => Readonly<Record<string, unknown>>
}

/** The settings as they stand now; asked before every turn, so that a change holds from the next one on. */
export async function readSettings(sql: Sql): Promise<SettingsNow> {
  const rows = new Map((await readSettingRows(sql)).map((row) => [row.connection_id, row.value]))
  const all = mergeSettings(STANDARD, rows.get(ALL) ?? {}, false)
  return {
    all,
    of: (connection) => {
      const own = mergeSettings(all, rows.get(connection) ?? {}, true)
      return { ...own, enabled: all.enabled && own.enabled }
    },
    own: (connection) => rows.get(connection) ?? {},
  }
}
