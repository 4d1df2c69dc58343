import { connectors } from '#connectors/index.ts'
import type { CallsFor, Connector, OpenSocket } from '#domain/connector.ts'
import type { RuleKindPart } from '#domain/rulebook.ts'
import type { DirectTelling } from '#features/alerting/index.ts'
import { openTally, type Tally } from '#features/callback-health/index.ts'
import { connectionDirectory } from '#features/connections/index.ts'
import type { CredentialTally } from '#features/credentials/index.ts'
import type { FreightDirectory } from '#features/freight/index.ts'
import type { InterpretDeps } from '#features/intake/index.ts'
import type { MinuteCounter } from '#features/lanes/index.ts'
import type { LockTally } from '#features/lock-health/index.ts'
import { mappingDirectory } from '#features/mapping/index.ts'
import { openPromiseDirectory, type PromiseDirectory } from '#features/promises/index.ts'
import type { RulebookDirectory } from '#features/rulebook/index.ts'
import { openSettings, type SettingsDirectory } from '#features/settings/index.ts'
import type { WarehouseDirectory } from '#features/warehouses/index.ts'
import type { Clock, Instant } from '#kernel/clock.ts'
import { newUuid } from '#kernel/id.ts'
import type { Random } from '#kernel/random.ts'
import type { Alarms } from '#platform/alarms/alarms.ts'
import type { Intake } from '#platform/inbox/intake.ts'
import type { Log } from '#platform/log.ts'
import { createMetrics, type Metrics } from '#platform/metrics.ts'
import { loadOrCreateKey, openVault, type Vault } from '#platform/vault.ts'
import { openAlerting } from './alerting.ts'
import { countKept, openPublicFace, type PublicFace } from './callbacks.ts'
import type { Config } from './config.ts'
import { openCredentials } from './credentials.ts'
import type { OpenedDatabase } from './database.ts'
import { type EmergencyPart, openEmergency } from './emergency.ts'
import { openFreight } from './freight.ts'
import { type LaneParts, openLanes } from './lanes.ts'
import { openLockFigures } from './lock-health.ts'
import type { Machine } from './machine.ts'
import { orderNoReader } from './order-no-of.ts'
import { openRulebookDirectory, ruleKindParts } from './rulebook.ts'
import { openStock, type StockParts } from './stock.ts'
import { openWarehouses } from './warehouses.ts'
import { openWayIn } from './way-in.ts'
import { openWayOut, type WayOut } from './way-out.ts'

/** What every role needs, open and following the database. */
export type Parts = {
  readonly config: Config
  readonly log: Log
  readonly clock: Clock
  readonly random: Random
  /** Milliseconds that only ever grow, for what holds a moment. */
  readonly nowMs: () => number
  readonly metrics: Metrics
  readonly database: OpenedDatabase
  readonly vault: Vault
  readonly intake: Intake
  readonly directory: ReturnType<typeof connectionDirectory>
  readonly mapping: ReturnType<typeof mappingDirectory>
  readonly settings: SettingsDirectory
  readonly promises: PromiseDirectory
  readonly warehouses: WarehouseDirectory
  /** Levels of customers and remote areas, as freight rules see them. */
  readonly freight: FreightDirectory
  /** Which version of which rules decides now. */
  readonly rulebook: RulebookDirectory
  /** Every kind of rules, by its name. */
  readonly ruleParts: ReadonlyMap<string, RuleKindPart>
  /** The ledger: whatever changes a figure of stock asks it. */
  readonly stock: StockParts['stock']
  readonly stockParts: StockParts
  readonly lanes: LaneParts
  readonly callsFor: CallsFor
  readonly openSocket: OpenSocket
  /** Breakers and budgets of the way out. */
  readonly outward: WayOut['outward']
  /** Health figures of what comes in. */
  readonly tally: Tally
  /** Who refuses our credentials, out of calls and pushes. */
  readonly credentials: CredentialTally
  /** How locks go; told of those too that a feature takes in a transaction of its own. */
  readonly lockTally: LockTally
  readonly startedAt: Instant
  /** Who this process is to the others; another one after every start. */
  readonly processId: string
  readonly publicFace: PublicFace
  /** Where every part says what is wrong. */
  readonly alarms: Alarms
  /** The spool that stands in for the database, and the level of this process. */
  readonly emergency: EmergencyPart
  /** Tells people of alarms past a database that is away. */
  readonly direct: DirectTelling
  readonly interpret: (slot?: number) => InterpretDeps
}

export async function openParts(
  config: Config,
  log: Log,
  database: OpenedDatabase,
  machine: Machine,
): Promise<Parts> {
  const { clock, random, nowMs = () => performance.now() } = machine
  const processId = newUuid(clock, random)
  const metrics = createMetrics({ process: true })
  const vault = openHubVault(config)
  const ground = { config, log, clock, nowMs, random, metrics, database, vault }
  const held = await openDirectories(ground)
  const { directory, mapping, settings } = held
  const lanes = await openLanes({ db: database.db, clock, log, connections: directory })
  const tally = openCallbackTally(ground)
  const credentials = openCredentials({ db: database.db, clock, log, directory })
  const wayOut = await openWayOut(config, {
    ...{ db: database.db, clock, random, metrics, log },
    onEnded: credentials.noteCall,
    processId,
    aroundHttp: machine.aroundHttp ?? ((http) => http),
    nowMs,
    ...(machine.ticks === undefined ? {} : { ticks: machine.ticks }),
  })
  const { callsFor } = wayOut
  const alerting = openAlerting({ config, log, clock, random, database, directory, callsFor, settings })
  const { alarms } = alerting
  const stockParts = await openStock({ config, log, clock, database })
  const lockTally = openLockFigures({ db: database.db, log }, stockParts)
  const orderNoOf = orderNoReader(directory.byId)
  const emergency = await openEmergency({ ...ground, alarms, orderNoOf })
  const intake = openWayIn({
    ...(machine.ticks === undefined ? {} : { ticks: machine.ticks }),
    config,
    survive: emergency.survive,
    database,
    metrics,
    lanes,
    kindOf: (connection) => directory.byId(connection)?.kind ?? 'unknown',
    onKept: (arrival, verdict) => countKept({ tally, directory }, arrival, verdict),
  })
  const interpret = (slot = 0): InterpretDeps => ({
    db: database.db,
    vault,
    slot,
    canReport: (id) => canReport(directory.byId(id)?.connector),
    now: () => clock.now(),
    find: directory.byId,
    rulesFor: mapping.rulesFor,
    onInterpreted: (batch) => countInterpreted(metrics, lanes.minutes, batch),
  })
  return {
    ...ground,
    ...held,
    intake,
    tally,
    credentials,
    publicFace: openPublicFace(config),
    startedAt: clock.now(),
    processId,
    lanes,
    stock: stockParts.stock,
    stockParts,
    lockTally,
    ...wayOut,
    ...alerting,
    emergency,
    interpret,
  }
}

function openCallbackTally({ database, clock, log }: Pick<Parts, 'database' | 'clock' | 'log'>): Tally {
  return openTally({
    db: database.db,
    clock,
    onError: (error) =>
      log.warn({ err: error }, 'callback figures could not be written; kept unless it says dropped'),
  })
}

/** A file, or a queue that is only consumed, is a channel as well; it takes no reports. */
function canReport(connector: Connector | undefined): boolean {
  return connector?.role === 'channel' && connector.reports !== false && connector.calls !== undefined
}

export function openHubVault(config: Pick<Config, 'encryptionKey' | 'dataDir'>): Vault {
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
  const promises = await openPromiseDirectory(db, (error) =>
    log.error({ err: error }, 'promise rules cannot be read'),
  )
  const warehouses = await openWarehouses(db, log)
  const freight = await openFreight(db, log)
  const ruleParts = ruleKindParts({ db, clock, log, freight })
  const rulebook = await openRulebookDirectory({ db, clock, log }, ruleParts)
  return { directory, mapping, settings, promises, warehouses, freight, ruleParts, rulebook }
}

function countInterpreted(
  metrics: Metrics,
  minutes: MinuteCounter,
  { lane, parked, lags }: Parameters<NonNullable<InterpretDeps['onInterpreted']>>[0],
): void {
  metrics.interpreted.inc({ kind: 'all' }, lags.length)
  for (const lag of lags) {
    metrics.lagSeconds.observe({ kind: 'all' }, lag)
    metrics.laneLagSeconds.observe({ lane }, lag)
  }
  for (const { code } of parked) metrics.parked.inc({ kind: 'all', code })
  minutes.add(lane, { interpreted: lags.length - parked.length, parked: parked.length })
}
