import type { Clock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { startPostgres } from '#platform/embedded-postgres/index.ts'
import type { Log } from '#platform/log.ts'
import { migrate } from '#platform/migrate.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { type Database, openDatabase } from '#platform/postgres/database.ts'
import { serverVersion } from '#platform/postgres/store.ts'
import type { Config } from './config.ts'

export type OpenedDatabase = {
  readonly db: Database
  /** Two connections that only keep messages: no slow query can hold up an acknowledgement. */
  readonly inboxDb: Database
  /** For interpreting: two connections for each worker. */
  readonly workDb: Database
  readonly kind: 'embedded' | 'external'
  readonly version: string
  readonly close: () => Promise<void>
}

/** Opens the hub's database: the one given by `DATABASE_URL`, else its own in the data folder; migrated and with partitions. */
export async function openHubDatabase(config: Config, log: Log, clock: Clock): Promise<OpenedDatabase> {
  const embedded =
    config.databaseUrl === null
      ? await startPostgres({ dataDir: config.dataDir, log: (line) => log.info(line) })
      : null
  const url = config.databaseUrl ?? embedded?.url ?? ''
  const db = openDatabase({ url, connections: config.databaseConnections })
  const inboxDb = openDatabase({ url, connections: 2, applicationName: 'holdfast inbox', plans: 'kept' })
  const workDb = openDatabase({
    url,
    connections: Math.max(2, 2 * config.workers),
    applicationName: 'holdfast worker',
    plans: 'by_key',
  })
  try {
    const { applied } = await migrate(db)
    if (applied.length > 0) log.info({ applied }, 'database migrated')
    await ensurePartitions(db, clock.now().toZonedDateTimeISO('UTC').toPlainDate())
    return {
      db,
      inboxDb,
      workDb,
      kind: embedded === null ? 'external' : 'embedded',
      version: await serverVersion(db),
      close: async () => {
        await inboxDb.end()
        await workDb.end()
        await db.end()
        await embedded?.stop()
      },
    }
  } catch (error) {
    await inboxDb.end().catch(() => undefined)
    await workDb.end().catch(() => undefined)
    await db.end().catch(() => undefined)
    await embedded?.stop()
    if (error instanceof Outage && config.databaseUrl !== null)
      throw new Outage(
        'database.unreachable',
        `the database at DATABASE_URL did not answer: ${causeOf(error)}`,
        { cause: error },
      )
    throw error
  }
}

function causeOf(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : error.message
}
