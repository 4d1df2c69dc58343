import { type HubProcess, LOAD_SHOP, seedCallback, startHubProcess } from './hub-process.ts'
import { type FreshDatabase, freshDatabase } from './postgres.ts'
import { adminKey } from './trade.ts'

type Environment = Readonly<Record<string, string>>

export type LoadHubs = {
  readonly database: FreshDatabase
  /** Path of the callback at any of the hubs. */
  readonly callback: string
  /** Text of an API key that may do everything. */
  readonly key: string
  /** One more hub process over the database, with one worker, at a port of its own unless given. */
  readonly start: (env?: Environment) => Promise<HubProcess>
  /** Ends whoever still lives. */
  readonly close: () => Promise<void>
}

/** A database that knows the shop of the load (`deliver`), and as many hub processes over it as a test starts; `env` is common to them. */
export async function openLoadHubs(env: Environment = {}): Promise<LoadHubs> {
  const database = await freshDatabase()
  const callback = await seedCallback(database.sql, { id: 'load', kind: 'shopify', settings: LOAD_SHOP })
  const key = await adminKey(database.sql)
  const started: HubProcess[] = []
  return {
    database,
    callback,
    key,
    start: async (more = {}) => {
      const hub = await startHubProcess({
        PORT: '0',
        DATABASE_URL: database.url,
        DATABASE_CONNECTIONS: '6',
        LOG_LEVEL: 'warn',
        WORKERS: '1',
        WORKERS_MAX: '1',
        ...env,
        ...more,
      })
      started.push(hub)
      return hub
    },
    close: async () => {
      for (const hub of started) hub.child.kill('SIGKILL')
      await database.close()
    },
  }
}
