import type { CallsFor } from '#domain/connector.ts'
import type { Words } from '#domain/notice.ts'
import type { FeedBatch, FeedEnd, StockFeed } from '#domain/stock-feed.ts'
import type { Connected } from '#features/intake/index.ts'
import type { Clock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import type { Random } from '#kernel/random.ts'
import type { Database } from '#platform/postgres/database.ts'
import { applyChanges, type Source } from './apply-changes.ts'
import { highestId } from './core/movement-ids.ts'
import { pauseMs } from './core/pause.ts'
import { reserveDoubts } from './findings/reserve-doubts.ts'
import type { LagTally } from './lag-figures.ts'
import {
  beginRun,
  type FeedRow,
  type FeedStatus,
  forgetPosition,
  noteGap,
  noteHeartbeat,
  noteSchema,
  type Run,
  readCodes,
  saveProgress,
} from './store.ts'
import { fenced, takeSnapshot } from './take-snapshot.ts'

export type RunDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
  readonly callsFor: CallsFor
  readonly lag: LagTally
  readonly readRow: (id: bigint) => Promise<FeedRow | null>
  readonly onStatus: (run: Run, status: FeedStatus, words: Words) => Promise<void>
  readonly onError: (error: unknown, feed: string) => void
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  /** Milliseconds without a word of the source after which it is asked whether it is there. */
  readonly quietMs: number
}

const NO_WORDS: Words = { zh: '', en: '' }
/** So many questions without an answer, and the line is given up. */
const UNANSWERED_MOST = 3
const BLOCKED_MS = 30_000

/**
 * Follows one feed until the signal aborts: snapshot where one is due, then change after change. What ends it (an unreachable source, a
 * gap, a changed table) is on the feed's row, and it begins again within bounds; only a table that lacks mapped columns waits for a person.
 */
export async function runFeed(
  deps: RunDeps,
  row: FeedRow,
  connected: Connected,
  signal: AbortSignal,
): Promise<void> {
  const runNo = await beginRun(deps.db, row.id, deps.clock.now())
  const run = { feedId: row.id, runNo, mapping: row.mapping_hash }
  await followOn(deps, row, run, connected, signal)
  if (signal.aborted) await deps.onStatus(run, 'stopped', NO_WORDS).catch(() => undefined)
}

async function followOn(
  deps: RunDeps,
  row: FeedRow,
  run: Run,
  connected: Connected,
  signal: AbortSignal,
): Promise<void> {
  let tries = 0
  while (!signal.aborted) {
    try {
      const outcome = await runOnce(deps, run, connected, signal, () => {
        tries = 0
      })
      if (outcome === 'blocked') {
        // A person must act, here or over there; whether it was done over there only shows by looking again.
        await deps.sleep(BLOCKED_MS, signal)
        continue
      }
      tries += 1
      if (outcome === 'again' && tries <= 2) continue
      if (!signal.aborted)
        await deps.onStatus(run, 'waiting', {
          zh: '连接已结束，稍后重连',
          en: 'the connection ended; tried again soon',
        })
    } catch (error) {
      if (signal.aborted || (error instanceof Outage && error.code === 'capture.superseded')) return
      tries += 1
      deps.onError(error, row.name)
      const detail = error instanceof Outage ? `${error.code}: ${error.message}` : 'see the log of the hub'
      const words = { zh: `连不上或中断：${detail}`, en: `unreachable or broken off: ${detail}` }
      await deps.onStatus(run, 'waiting', words).catch(() => undefined)
    }
    await deps.sleep(pauseMs(tries, deps.random.next()), signal)
  }
}

type Once = 'again' | 'ended' | 'blocked'

async function runOnce(
  deps: RunDeps,
  run: Run,
  connected: Connected,
  signal: AbortSignal,
  onGood: () => void,
): Promise<Once> {
  const row = await deps.readRow(run.feedId)
  const open = connected.connector.stockFeed
  if (row === null || open === undefined) return 'blocked'
  const feed = open(connected.settings, deps.callsFor(connected))
  const codes = new Map((await readCodes(deps.db, row.id)).map((one) => [one.source_code, one.warehouse]))
  const source: Source = {
    feedId: row.id,
    feed: row.name,
    actor: `feed:${row.name}`,
    evidence: '',
    codes: row.mapping.warehouse === null ? everythingTo(codes) : codes,
    onUnknownSku: row.on_unknown_sku,
  }
  try {
    if (feed.snapshot !== undefined && isSnapshotDue(row)) {
      await deps.onStatus(run, 'snapshot', { zh: '正在读取全表', en: 'reading the whole table' })
      const taken = await takeSnapshot(deps, { feed, row, run, source, signal })
      if (!taken.ok) {
        await deps.onStatus(run, 'blocked', { zh: taken.refusal.detail, en: taken.refusal.detail })
        return 'blocked'
      }
      onGood()
    }
    const from = (await deps.readRow(run.feedId))?.position ?? null
    await deps.onStatus(run, 'following', NO_WORDS)
    const end = await followAlive(deps, { feed, row, run, source, signal }, from, onGood)
    return await noteEnd(deps, run, end, feed.snapshot !== undefined)
  } finally {
    await feed.close().catch((error: unknown) => deps.onError(error, row.name))
  }
}

/** A feed of one warehouse has one code, whatever a row may say. */
function everythingTo(codes: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const [only] = codes.values()
  return only === undefined ? codes : new Map([...codes, ['', only]])
}

export function isSnapshotDue(row: FeedRow): boolean {
  return (
    row.wants_snapshot ||
    row.snapshot_at === null ||
    row.position === null ||
    row.snapshot_stage !== null ||
    (row.position_mapping !== null && row.position_mapping !== row.mapping_hash)
  )
}

type Following = {
  readonly feed: StockFeed
  readonly row: FeedRow
  readonly run: Run
  readonly source: Source
  readonly signal: AbortSignal
}

/** Follows, and asks a source that is quiet whether it is there; one that does not answer is left and connected to anew. */
async function followAlive(
  deps: RunDeps,
  following: Following,
  from: string | null,
  onGood: () => void,
): Promise<FeedEnd> {
  const { feed, row, run, signal } = following
  const lost = new AbortController()
  const both = AbortSignal.any([signal, lost.signal])
  let quietSince = deps.clock.now()
  let unanswered = 0
  const sink = async (batch: FeedBatch): Promise<void> => {
    await takeBatch(deps, following, batch)
    quietSince = deps.clock.now()
    unanswered = 0
    onGood()
  }
  const watch = async (): Promise<void> => {
    while (!both.aborted) {
      await deps.sleep(deps.quietMs, both)
      if (both.aborted) return
      const isQuiet = deps.clock.now().since(quietSince).total('milliseconds') >= deps.quietMs
      const answers = !isQuiet || (await isThere(feed, row))
      unanswered = answers ? 0 : unanswered + 1
      await noteHeartbeat(deps.db, run, answers, deps.clock.now()).catch(() => undefined)
      if (unanswered >= UNANSWERED_MOST) lost.abort()
    }
  }
  const watching = watch()
  try {
    const end = await feed.follow(row.mapping, from, sink, both)
    if (lost.signal.aborted && !signal.aborted)
      throw new Outage('capture.silent', 'the source has not answered for a while')
    return end
  } finally {
    lost.abort()
    await watching
  }
}

async function isThere(feed: StockFeed, row: FeedRow): Promise<boolean> {
  try {
    return (await feed.sample(row.mapping.table, 1)).ok
  } catch {
    return false
  }
}

/** One batch: its effects and the position after it commit together, so that a kill at any instruction leaves both or neither. */
async function takeBatch(deps: RunDeps, { run, source, row }: Following, batch: FeedBatch): Promise<void> {
  const now = deps.clock.now()
  const { byWarehouse, hasDoubts } = await fenced(deps, run, async (tx) => {
    const mine = { ...source, evidence: batch.evidence }
    const applied =
      batch.changes.length + batch.faults.length === 0
        ? { byWarehouse: new Map<string, number>(), hasDoubts: false }
        : await applyChanges(tx, mine, batch, now)
    const idHigh = row.mapping.mode === 'movements' ? highestId(batch.changes, null) : null
    const { position, committedAt } = batch
    await saveProgress(
      tx,
      run,
      { position, changes: batch.changes.length, sourceAt: committedAt, idHigh },
      now,
    )
    return applied
  })
  deps.lag.add(run.feedId, byWarehouse, batch.committedAt, deps.clock.now())
  if (hasDoubts) await reserveDoubts(deps.db, deps.clock.now())
}

async function noteEnd(deps: RunDeps, run: Run, end: FeedEnd, hasSnapshot: boolean): Promise<Once> {
  const now = deps.clock.now()
  if (end.reason === 'stopped') return 'ended'
  if (end.reason === 'gap') {
    await noteGap(deps.db, run, end.words, now)
    // Without a table to read, nothing makes up for it: from now on, and a person is told.
    if (!hasSnapshot) await fenced(deps, run, (tx) => forgetPosition(tx, run))
    return 'again'
  }
  await noteSchema(deps.db, run, end, now)
  if (end.usable) return 'again'
  await deps.onStatus(run, 'blocked', end.words)
  return 'blocked'
}
