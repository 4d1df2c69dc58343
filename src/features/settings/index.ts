import { recordAudit } from '#features/identity/index.ts'
import type { Clock } from '#kernel/clock.ts'
import { ok, type Result } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { Database } from '#platform/postgres/database.ts'
import { checkChange, type HubSettings, mergeSettings, type SettingsChange } from './core/rules.ts'
import { readSettings, SETTINGS_CHANNEL, saveSetting, tellSettingsChanged } from './store.ts'

export type { HubSettings, SettingsChange } from './core/rules.ts'
export { settingsRoutes } from './http.ts'

/** The hub's settings as this process knows them. */
export type SettingsDirectory = {
  readonly current: () => HubSettings
  readonly change: (by: Actor, change: SettingsChange) => Promise<Result<HubSettings>>
  readonly stop: () => Promise<void>
}

/** Reads the settings and follows every change that any process commits. `fallback` is what the environment says. */
export async function openSettings(deps: {
  readonly sql: Database
  readonly clock: Clock
  readonly fallback: HubSettings
  readonly onProblem: (error: unknown) => void
}): Promise<SettingsDirectory> {
  const { sql, clock, fallback } = deps
  let settings = fallback
  const refresh = async (): Promise<void> => {
    settings = mergeSettings(fallback, await readSettings(sql))
  }
  const unlisten = await sql.listen(SETTINGS_CHANNEL, () => void refresh().catch(deps.onProblem))
  await refresh()
  return {
    current: () => settings,
    change: async (by, wanted) => {
      const change = checkChange(wanted)
      if (!change.ok) return change
      const at = clock.now()
      await sql.begin(async (tx) => {
        for (const [name, value] of Object.entries(change.value))
          if (value !== undefined) await saveSetting(tx, name, value, at)
        await recordAudit(
          { sql: tx, clock },
          { actor: by, action: 'settings.changed', detail: { ...change.value } },
        )
        await tellSettingsChanged(tx)
      })
      await refresh()
      return ok(settings)
    },
    stop: unlisten,
  }
}
