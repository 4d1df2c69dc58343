import type { Clock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { startPostgres } from '#platform/embedded-postgres/index.ts'
import type { Log } from '#platform/log.ts'
import { migrate } from '#platform/migrate.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { type Database, type DatabaseOptions, openDatabase as openPool } from '#platform/postgres/database.ts'
import { type Locks, openLocks } from '#platform/postgres/locks.ts'
import { serverVersion } from '#platform/postgres/store.ts'
import type { Config } from './config.ts'
import type { Machine } from './machine.ts'

export type OpenedDatabase = {
  readonly db: Database
  /** Two connections that only keep messages: no slow query can hold up an acknowledgement. */
  readonly inboxDb: Database
  /** For interpreting: two connections for each worker that there may ever be. */
  readonly workDb: Database
  /** The connections of the stock engine and of its reads: no slow query can hold up a lock. */
  readonly stockDb: Database
  /** Two connections for asking whether it commits again, and for merging the spool. */
  readonly spoolDb: Database
  /** For the locks of sweeps, each held while its sweep works with `db`: from one pool they would wait for each other. */
  readonly sweepDb: Database
  /** Names that this process holds: connections that it alone listens to or polls. */
  readonly locks: Locks
  readonly kind: 'embedded' | 'external'
  readonly version: string
  readonly close: () => Promise<void>
}

/** A commit that a dead connection holds up is long in the spool by then; the connection must not outlive the outage. */
const INBOX_GIVES_UP_MS = 15_000
/** Longer than any caller's deadline is of no use to anybody. */
const STOCK_GIVES_UP_MS = 30_000
/** A process that hangs in the middle of a lock holds its levels; the others wait no longer for them than this. */
const STOCK_IDLES_MS = 2_000
const MERGE_GIVES_UP_MS = 60_000
/** Of the locks of sweeps and of the look at the alarms, whose statements are all short. */
const SWEEP_GIVES_UP_MS = 10_000

/** Opens the hub's database: the one given by `DATABASE_URL`, else its own in the data folder; migrated and with partitions. */
export async function openHubDatabase(
  config: Config,
  log: Log,
  clock: Clock,
  around?: Machine['aroundDatabase'],
): Promise<OpenedDatabase> {
  const embedded =
    config.databaseUrl === null
      ? await startPostgres({ dataDir: config.dataDir, log: (line) => log.info(line) })
      : null
  const url = config.databaseUrl ?? embedded?.url ?? ''
  const pools = openPools(url, config, around)
  const { db } = pools
  const close = async (): Promise<void> => {
    for (const one of Object.values(pools)) await one.end().catch(() => undefined)
    await embedded?.stop()
  }
  try {
    const { applied } = await migrate(db)
    if (applied.length > 0) log.info({ applied }, 'database migrated')
    await ensurePartitions(db, clock.now().toZonedDateTimeISO('UTC').toPlainDate())
    return {
      ...pools,
      kind: embedded === null ? 'external' : 'embedded',
      version: await serverVersion(db),
      close,
    }
  } catch (error) {
    await close()
    if (error instanceof Outage && config.databaseUrl !== null)
      throw new Outage(
        'database.unreachable',
        `the database at DATABASE_URL did not answer: ${causeOf(error)}`,
        { cause: error },
      )
    throw error
  }
}

/** Every pool for one purpose, so that none waits for another's slow work. In the order in which they are closed. */
function openPools(url: string, config: Config, around: Machine['aroundDatabase'] = (db) => db) {
  const openDatabase = (options: DatabaseOptions): Database => around(openPool(options))
  const db = openDatabase({ url, connections: config.databaseConnections })
  const inboxDb = openDatabase({
    url,
    connections: 2,
    applicationName: 'holdfast inbox',
    plans: 'kept',
    keepOpen: true,
    queryTimeoutMs: INBOX_GIVES_UP_MS,
  })
  const spoolDb = openDatabase({
    url,
    connections: 2,
    applicationName: 'holdfast spool',
    plans: 'kept',
    queryTimeoutMs: MERGE_GIVES_UP_MS,
  })
  const stockDb = openDatabase({
    url,
    connections: config.stockLanes + 2,
    applicationName: 'holdfast stock',
    plans: 'by_key',
    keepOpen: true,
    queryTimeoutMs: STOCK_GIVES_UP_MS,
    idleInTransactionMs: STOCK_IDLES_MS,
  })
  const locks = openLocks(url)
  const sweepDb = openDatabase({
    url,
    connections: 6,
    applicationName: 'holdfast sweeps',
    queryTimeoutMs: SWEEP_GIVES_UP_MS,
  })
  const workDb = openDatabase({
    url,
    connections: Math.max(2, 2 * Math.max(config.workers, config.workersMax)),
    applicationName: 'holdfast worker',
    plans: 'by_key',
    commits: 'later',
    keepOpen: true,
  })
  return { locks, inboxDb, spoolDb, stockDb, sweepDb, workDb, db }
}

function causeOf(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : error.message
}
