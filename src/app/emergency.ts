import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { isRedelivery } from '#connectors/index.ts'
import {
  type Emergency,
  isCovered,
  mergeFolder,
  pingDatabase,
  probeCommit,
} from '#features/recovery/index.ts'
import type { Clock } from '#kernel/clock.ts'
import { newUuid } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import type { Random } from '#kernel/random.ts'
import type { AlarmSignal, Alarms } from '#platform/alarms/alarms.ts'
import type { Intake } from '#platform/inbox/intake.ts'
import { probeInbox } from '#platform/inbox/probe.ts'
import type { Arrival } from '#platform/inbox/store.ts'
import type { Log } from '#platform/log.ts'
import type { Metrics } from '#platform/metrics.ts'
import { ensurePartitions, isPartitionMissing } from '#platform/partitions/store.ts'
import { placesWithSegments, segmentsIn, setMerged, takePlace } from '#platform/spool/home.ts'
import { openSegment } from '#platform/spool/read-segment.ts'
import { openSpool, type Spool, type SpoolTrouble } from '#platform/spool/spool.ts'
import { type Level, openSpoolingIntake, type SpoolingIntake } from '#platform/spool/spooling-intake.ts'
import type { Vault } from '#platform/vault.ts'
import type { Config } from './config.ts'
import type { OpenedDatabase } from './database.ts'
import { damagedSignal, fullSignal, levelSignal, stuckSignal, troubleSignal } from './emergency-alarms.ts'
import { type OwnAlarms, openOwnAlarms } from './own-alarms.ts'

export type EmergencyDeps = {
  readonly config: Config
  readonly database: Pick<OpenedDatabase, 'spoolDb'>
  readonly vault: Vault
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly metrics: Metrics
  readonly alarms: Alarms
  /** The order that a message of the spool speaks of, for its receipt. */
  readonly orderNoOf: (arrival: Arrival) => string | null
}
export type EmergencyPart = Emergency & {
  /** Puts the spool behind the intake. Called once. */
  readonly survive: (inner: Intake) => Intake
  /** Called after messages of the spool came into the database. */
  readonly onMerged: (listener: () => void) => void
  readonly stop: () => Promise<void>
}

const MIB = 1_048_576
const DAY_MS = 86_400_000
const LOOK_EVERY_MS = 5_000
/** A merge that could not finish is tried again at the latest so long after. */
const MERGE_EVERY_MS = 30_000
const PRUNE_EVERY_MS = 3_600_000

/** The spool of this process, its level, and the merge that empties it again. */
export async function openEmergency(deps: EmergencyDeps): Promise<EmergencyPart> {
  const { config, clock, log, metrics, database } = deps
  const roots = spoolRoots(config)
  const troubles = openTroubles(deps)
  const spool = await openSpool({
    roots,
    clock,
    vault: config.spoolEncrypt ? deps.vault : null,
    quotaBytes: config.spoolQuotaMb * MIB,
    reserveBytes: config.spoolReserveMb * MIB,
    allowVolatile: config.spoolAllowTmpfs,
    maxQueue: config.ingestQueueMax,
    onTrouble: troubles.tell,
  })
  const subject = subjectOf(spool)
  const listeners = new Set<() => void>()
  const startedAt = clock.now()
  let intake: SpoolingIntake | null = null
  const level = (): Level => intake?.level() ?? { level: 0, since: startedAt, reason: null }
  const merger = openMerger({ ...deps, spool, roots, subject }, () => {
    for (const listener of listeners) listener()
  })
  const own = openOwnAlarms({
    ...deps,
    subject,
    isAway: () => level().level === 1,
    mayBeOpen: ['hub.level_1', 'spool.filling', 'spool.full', 'spool.unwritable'],
  })
  const keepLevel = (): void =>
    own.keep('hub.level_1', level().level === 1 ? levelSignal(subject, level(), spool.status()) : null)
  const onLevel = (now: Level): void => {
    metrics.level.set(now.level)
    if (now.level === 1) {
      log.error(
        { reason: now.reason },
        'level 1: the database takes no commit, messages go to the local disk',
      )
      keepLevel()
      return
    }
    log.warn('level 0: the database commits again; what is on the local disk is merged')
    keepLevel()
    merger.start()
  }
  const watch = watchSpool(deps, { spool, subject, level, troubles, own, keepLevel, merge: merger.start })
  merger.start()
  return {
    level,
    spool: spool.status,
    merging: merger.isRunning,
    mergeNow: async () => {
      if (level().level === 1 && !(await intake?.probeNow())) return false
      await merger.start()
      return level().level === 0
    },
    onMerged: (listener) => void listeners.add(listener),
    survive: (inner) => {
      intake = openSpoolingIntake({
        inner,
        spool,
        clock,
        ping: () => pingDatabase(database.spoolDb),
        probe: () => probeWay(deps, subject),
        commitDeadlineMs: config.spoolCommitDeadlineMs,
        probeEveryMs: config.spoolRetrySeconds * 1_000,
        onLevel,
        onLate: () => void merger.start(),
      })
      return intake
    },
    stop: async () => {
      // Whoever stops the hub would rather find everything in the database; what it does not take now waits for the next start.
      if (spool.status().records > 0 && (await intake?.probeNow().catch(() => false))) await merger.start()
      intake?.stop()
      watch.stop()
      await merger.stop()
      await spool.close()
    },
  }
}

export function spoolRoots(config: Config): string[] {
  const first = join(config.dataDir, 'spool')
  return config.spoolSecondDir === null ? [first] : [first, config.spoolSecondDir]
}

/** The process as alarms know it: the same after a restart in the same place. */
function subjectOf(spool: Spool): string {
  const [folder] = spool.status().folders
  return folder === undefined
    ? hostname()
    : `${hostname()}/${folder.dir.slice(dirname(folder.dir).length + 1)}`
}

/** Whether a message would be kept: asked of the inbox itself, and of one small commit. A day without its partition gets it first. */
async function probeWay({ config, database, clock, log }: EmergencyDeps, subject: string): Promise<void> {
  const probe = (): Promise<void> => probeInbox(database.spoolDb, clock.now(), config.spoolCommitDeadlineMs)
  try {
    await probe()
  } catch (error) {
    if (!isPartitionMissing(error)) throw error
    await ensurePartitions(database.spoolDb, clock.now().toZonedDateTimeISO('UTC').toPlainDate())
    log.warn('the inbox had no partition for the day; it was made')
    await probe()
  }
  await probeCommit(database.spoolDb, subject, clock.now())
}

type Troubles = {
  readonly tell: (trouble: SpoolTrouble) => void
  readonly taken: () => readonly SpoolTrouble[]
}

/** What the spool told since the last look; the same words are logged once in between. */
function openTroubles({ log }: Pick<EmergencyDeps, 'log'>): Troubles {
  let waiting = new Map<string, SpoolTrouble>()
  return {
    tell: (trouble) => {
      const key = `${trouble.code} ${trouble.words}`
      if (waiting.has(key) || waiting.size > 100) return
      waiting.set(key, trouble)
      log.error({ code: trouble.code, folder: trouble.folder }, trouble.words)
    },
    taken: () => {
      const taken = [...waiting.values()]
      waiting = new Map()
      return taken
    },
  }
}

const FILLING_SHARE = 0.7
const FULL_SHARE = 0.98

/** Keeps the figures and the alarms of the spool, and starts what is overdue. */
function watchSpool(
  deps: EmergencyDeps,
  of: {
    readonly spool: Spool
    readonly subject: string
    readonly level: () => Level
    readonly troubles: Troubles
    readonly own: OwnAlarms
    readonly keepLevel: () => void
    readonly merge: () => Promise<void>
  },
): { readonly stop: () => void } {
  const { config, metrics, database } = deps
  const { spool, subject } = of
  const { keep } = of.own
  let unwritable: AlarmSignal | null = null
  const look = (): void => {
    of.keepLevel()
    const status = spool.status()
    if (of.level().level === 0 && status.folders.some((folder) => folder.trouble !== null))
      spool
        .tryFailed()
        .catch((error: unknown) => deps.log.warn({ err: error }, 'the spool could not be looked at'))
    metrics.level.set(of.level().level)
    metrics.spoolRecords.set(status.records)
    metrics.spoolBytes.set(status.bytes)
    const share = status.bytes / status.quotaBytes
    keep('spool.filling', share >= FILLING_SHARE ? fullSignal(subject, 'spool.filling', status) : null)
    keep('spool.full', share >= FULL_SHARE ? fullSignal(subject, 'spool.full', status) : null)
    const told = of.troubles.taken()
    const damaged = told.filter((one) => one.code === 'spool.tail_cut' || one.code === 'spool.frame_damaged')
    for (const one of damaged) void raiseQuietly(deps, damagedSignal(subject, one))
    const broken = told.find((one) => !damaged.includes(one))
    if (broken !== undefined) unwritable = troubleSignal(subject, broken, status)
    else if (status.usable && status.folders.every((folder) => folder.trouble === null)) unwritable = null
    keep('spool.unwritable', unwritable)
  }
  const prune = (): void => {
    if (of.level().level === 1) return
    const isMerged = async (paths: readonly string[]): Promise<readonly string[]> =>
      await mergedAmong(database.spoolDb, deps.vault, paths)
    spool
      .prune(config.spoolKeepDays * DAY_MS, isMerged)
      .catch((error: unknown) => deps.log.warn({ err: error }, 'merged spool files could not be removed'))
  }
  const mergeLeft = (): void => {
    if (of.level().level === 0) void of.merge()
  }
  const timers = [
    setInterval(look, LOOK_EVERY_MS),
    setInterval(mergeLeft, MERGE_EVERY_MS),
    setInterval(prune, PRUNE_EVERY_MS),
  ]
  for (const timer of timers) timer.unref()
  look()
  return { stop: () => timers.forEach((timer) => void clearInterval(timer)) }
}

/** Only what the database says it has, to the last byte, is ever removed. */
async function mergedAmong(
  db: EmergencyDeps['database']['spoolDb'],
  vault: Vault,
  paths: readonly string[],
): Promise<string[]> {
  const covered: string[] = []
  for (const path of paths) {
    const opened = await openSegment(path, [vault])
    if (opened.ok && (await isCovered(db, opened.value))) covered.push(path)
  }
  return covered
}

type Merger = {
  readonly start: () => Promise<void>
  readonly isRunning: () => boolean
  readonly stop: () => Promise<void>
}

/** One merge at a time: this process's segments, then those that a process which is gone left beside them. */
function openMerger(
  deps: EmergencyDeps & {
    readonly spool: Spool
    readonly roots: readonly string[]
    readonly subject: string
  },
  onMerged: () => void,
): Merger {
  const { spool, log } = deps
  let running: Promise<void> | null = null
  let again = false
  let stopping = false
  const mergeAll = async (): Promise<void> => {
    try {
      const own = await spool.closeSegments()
      if (own.length > 0) await mergeSegments(deps, own, spool.merged, () => stopping)
      for (const root of deps.roots) await mergeLeftPlaces(deps, root, () => stopping)
      if (own.length > 0) onMerged()
    } catch (error) {
      if (error instanceof Outage) log.warn({ err: error }, 'the spool could not be merged; tried again soon')
      else log.error({ err: error }, 'the spool could not be merged')
    }
  }
  const mergeAndAgain = async (): Promise<void> => {
    do {
      again = false
      await mergeAll()
    } while (again && !stopping)
  }
  return {
    start: () => {
      if (stopping) return Promise.resolve()
      // What came to the disk after the running merge had closed its files waits for nobody's timer.
      again = running !== null
      running ??= mergeAndAgain().finally(() => {
        running = null
      })
      return running
    },
    isRunning: () => running !== null && spool.status().records > 0,
    stop: async () => {
      stopping = true
      await running
    },
  }
}

async function mergeSegments(
  deps: EmergencyDeps & { readonly subject: string },
  segments: readonly string[],
  onMerged: (path: string) => Promise<void>,
  isStopping: () => boolean,
): Promise<void> {
  const { config, database, clock, log, vault } = deps
  const merged = await mergeFolder(
    {
      db: database.spoolDb,
      clock,
      keepDays: config.rawMessageDays,
      vaults: [vault],
      isRedelivery,
      orderNoOf: deps.orderNoOf,
      closed: true,
      onMerged,
      isStopping,
    },
    {
      run: newUuid(clock, deps.random),
      source: dirname(segments[0] ?? ''),
      folder: { segments, documents: [], bytes: 0 },
    },
  )
  const { tally, damaged, problems } = merged
  log.warn({ ...tally, damaged, files: segments.length - problems.length }, 'spool merged')
  const [problem] = problems
  if (problem === undefined) await clearQuietly(deps, 'spool.stuck', deps.subject)
  else await raiseQuietly(deps, stuckSignal(deps.subject, problem, problems.length))
}

/** A place whose process is gone: its lock is free. While it is merged nobody else takes it. */
async function mergeLeftPlaces(
  deps: EmergencyDeps & { readonly subject: string },
  root: string,
  isStopping: () => boolean,
): Promise<void> {
  for (const place of placesWithSegments(root)) {
    const home = await takePlace(root, place)
    if (home === null) continue
    try {
      const left = segmentsIn(home.dir)
      if (left.length > 0) await mergeSegments(deps, left, (path) => setMerged(home.dir, path), isStopping)
    } finally {
      home.release()
    }
  }
}

async function raiseQuietly({ alarms, log }: EmergencyDeps, signal: AlarmSignal): Promise<void> {
  await alarms
    .raise(signal)
    .catch((error: unknown) => log.error({ err: error, rule: signal.rule }, 'an alarm could not be raised'))
}

async function clearQuietly({ alarms, log }: EmergencyDeps, rule: string, subject: string): Promise<void> {
  await alarms
    .clear(rule, subject)
    .catch((error: unknown) => log.debug({ err: error, rule }, 'an alarm could not be cleared'))
}
