import { connectors } from '#connectors/index.ts'
import type { CallsFor, OpenSocket } from '#domain/connector.ts'
import { connectionDirectory } from '#features/connections/index.ts'
import type { InterpretDeps } from '#features/intake/index.ts'
import { mappingDirectory } from '#features/mapping/index.ts'
import { openSettings, type SettingsDirectory } from '#features/settings/index.ts'
import { type Clock, systemClock } from '#kernel/clock.ts'
import { type Random, systemRandom } from '#kernel/random.ts'
import { type Alarms, openAlarms } from '#platform/alarms/alarms.ts'
import type { Intake } from '#platform/inbox/intake.ts'
import type { Log } from '#platform/log.ts'
import { createMetrics, type Metrics } from '#platform/metrics.ts'
import { loadOrCreateKey, openVault, type Vault } from '#platform/vault.ts'
import type { Config } from './config.ts'
import type { OpenedDatabase } from './database.ts'
import { openWayIn } from './way-in.ts'
import { openWayOut } from './way-out.ts'

/** What every role needs, open and following the database. */
export type Parts = {
  readonly config: Config
  readonly log: Log
  readonly clock: Clock
  readonly random: Random
  readonly metrics: Metrics
  readonly database: OpenedDatabase
  readonly vault: Vault
  readonly intake: Intake
  readonly directory: ReturnType<typeof connectionDirectory>
  readonly mapping: ReturnType<typeof mappingDirectory>
  readonly settings: SettingsDirectory
  readonly callsFor: CallsFor
  readonly openSocket: OpenSocket
  /** Where every part says what is wrong. */
  readonly alarms: Alarms
  readonly interpret: (slot?: number) => InterpretDeps
}

export async function openParts(config: Config, log: Log, database: OpenedDatabase): Promise<Parts> {
  const clock = systemClock
  const random = systemRandom
  const metrics = createMetrics({ process: true })
  const vault = openHubVault(config)
  const { directory, mapping, settings } = await openDirectories({ config, log, database, vault, clock })
  const intake = openWayIn({
    config,
    database,
    metrics,
    kindOf: (connection) => directory.byId(connection)?.kind ?? 'unknown',
  })
  const interpret = (slot = 0): InterpretDeps => ({
    db: database.db,
    vault,
    slot,
    canReport: (id) =>
      directory.byId(id)?.connector.calls !== undefined && directory.byId(id)?.connector.role === 'channel',
    now: () => clock.now(),
    find: directory.byId,
    rulesFor: mapping.rulesFor,
    onInterpreted: (batch) => countInterpreted(metrics, batch),
  })
  const alarms = openAlarms({
    db: database.db,
    clock,
    onUnstored: ({ rule, subject, words }) => log.error({ rule, subject }, words.en),
  })
  return {
    config,
    log,
    clock,
    random,
    metrics,
    database,
    vault,
    intake,
    directory,
    mapping,
    settings,
    ...openWayOut(config, { clock, random }),
    alarms,
    interpret,
  }
}

function openHubVault(config: Config): Vault {
  return openVault(
    config.encryptionKey === null
      ? loadOrCreateKey(config.dataDir)
      : { current: 'env', keys: new Map([['env', Buffer.from(config.encryptionKey, 'hex')]]) },
  )
}

/** What is read once, held in memory and read again when it changes. */
async function openDirectories(deps: {
  readonly config: Config
  readonly log: Log
  readonly database: OpenedDatabase
  readonly vault: Vault
  readonly clock: Clock
}) {
  const { config, log, vault, clock } = deps
  const { db } = deps.database
  const directory = connectionDirectory({
    db,
    vault,
    connectors,
    onProblem: (connection, error) => log.error({ connection, err: error }, 'connection cannot be used'),
  })
  const mapping = mappingDirectory({
    db,
    connectors,
    onProblem: (error) => log.error({ err: error }, 'status mapping cannot be read'),
  })
  await directory.start()
  await mapping.start()
  const settings = await openSettings({
    sql: db,
    clock,
    fallback: { zone: config.hubZone, rawMessageDays: config.rawMessageDays, locale: 'zh-CN' },
    onProblem: (error) => log.error({ err: error }, 'settings cannot be read'),
  })
  return { directory, mapping, settings }
}

function countInterpreted(
  metrics: Metrics,
  { parked, lags }: Parameters<NonNullable<InterpretDeps['onInterpreted']>>[0],
): void {
  metrics.interpreted.inc({ kind: 'all' }, lags.length)
  for (const lag of lags) metrics.lagSeconds.observe({ kind: 'all' }, lag)
  for (const { code } of parked) metrics.parked.inc({ kind: 'all', code })
}
