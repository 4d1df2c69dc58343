import type { FeedBatch, FeedChange, StockFeed } from '#domain/stock-feed.ts'
import { ok, type Result } from '#kernel/result.ts'
import type { JobHandler, Progress } from '#platform/jobs/runner.ts'
import { queueJob } from '#platform/jobs/store.ts'
import { type Comparison, compareBatch, NOTHING_COMPARED } from './core/compare.ts'
import { sourceKind } from './core/sources.ts'
import type { By, SetupDeps } from './deps.ts'
import { checkWhole, noFeed } from './edit-feed.ts'
import { withFeed } from './look-at-source.ts'
import {
  DRY_RUN_JOB,
  type FeedDraft,
  noteTried,
  placeKey,
  readDraft,
  readKnownSkus,
  readLedger,
} from './store.ts'

export const FOLLOW_SECONDS = { least: 1, most: 30, standard: 5 } as const
/** A table that cannot be read within is told as far as it was read. */
const SNAPSHOT_MS = 90_000
const SHOWN_MOST = 20
/** Places in which a second row is looked for: bounded, however large the table is. */
const PLACES_KEPT = 200_000

/** What a dry run found; nothing was written. */
export type DryRun = Comparison & {
  /** Whether the whole table was read; false where time was up, or the source has no table to read. */
  readonly isWhole: boolean
  readonly live: {
    readonly seconds: number
    readonly changes: number
    /** Milliseconds from the source's commit until the hub had it; null where nothing came or the source does not say. */
    readonly lagMs: number | null
    readonly shown: readonly {
      readonly sku: string
      readonly warehouse: string
      readonly quantity: number
      readonly isDelta: boolean
      readonly evidence: string
    }[]
    /** Why following ended early; null where it did not. */
    readonly ended: { readonly zh: string; readonly en: string } | null
  }
}

/** Queues a dry run; answers its job. Refused: `capture.feed_not_found`, as `checkMapping` and `checkWarehouses`. */
export async function startDryRun(
  deps: SetupDeps,
  by: By,
  id: bigint,
  seconds: number,
): Promise<Result<bigint>> {
  const feed = await readDraft(deps.db, id)
  if (feed === null) return noFeed(id)
  const whole = checkWhole(feed, feed.warehouses)
  if (!whole.ok) return whole
  const payload = { feedId: String(id), seconds }
  const job = await queueJob(deps.db, { kind: DRY_RUN_JOB, payload, createdBy: by.name }, deps.clock.now())
  deps.onJobQueued()
  return ok(job)
}

/** Reads the whole source, compares it with the ledger, and listens a while; writes nothing but that it was tried. */
export function dryRunJob(deps: SetupDeps): JobHandler {
  return async (job, progress) => {
    const payload = job.payload as { readonly feedId: string; readonly seconds: number }
    const feed = await readDraft(deps.db, BigInt(payload.feedId))
    if (feed === null) return noFeed(BigInt(payload.feedId))
    const whole = checkWhole(feed, feed.warehouses)
    if (!whole.ok) return whole
    if (sourceKind(feed.source) !== 'connection') return ok(untried())
    const done = await withFeed(deps, feed.source, (source) =>
      tryFeed(deps, feed, source, payload.seconds, progress),
    )
    if (done.ok) await noteTried(deps.db, feed.id, feed.mappingHash, deps.clock.now())
    return done
  }
}

function untried(): DryRun {
  return {
    ...NOTHING_COMPARED,
    isWhole: false,
    live: { seconds: 0, changes: 0, lagMs: null, shown: [], ended: null },
  }
}

async function tryFeed(
  deps: SetupDeps,
  feed: FeedDraft,
  source: StockFeed,
  seconds: number,
  progress: Progress,
): Promise<Result<DryRun>> {
  const read = await readWhole(deps, feed, source, progress)
  if (!read.ok) return read
  const { position, compared, isWhole } = read.value
  const live = await listen(deps, feed, source, position, seconds)
  return ok({ ...compared, isWhole, live })
}

type Whole = { readonly position: string | null; readonly compared: Comparison; readonly isWhole: boolean }

/** A stream, or a table of movements, has no state to compare: its latest rows stand for it. */
async function readWhole(
  deps: SetupDeps,
  feed: FeedDraft,
  source: StockFeed,
  progress: Progress,
): Promise<Result<Whole>> {
  let compared = NOTHING_COMPARED
  if (source.snapshot === undefined || feed.mapping.mode === 'movements')
    return ok({ position: null, compared, isWhole: false })
  const timeUp = AbortSignal.timeout(SNAPSHOT_MS)
  const seen = new Set<string>()
  const isSecond = (sku: string, warehouse: string): boolean => {
    const key = placeKey(sku, warehouse)
    if (seen.has(key)) return true
    if (seen.size < PLACES_KEPT) seen.add(key)
    return false
  }
  const take = async (batch: FeedBatch): Promise<void> => {
    compared = await compareWithLedger(deps, feed, compared, batch, isSecond)
    await progress(compared.rows)
  }
  try {
    const snapshot = await source.snapshot(feed.mapping, take, timeUp)
    if (!snapshot.ok) return snapshot
    return ok({ position: snapshot.value.position, compared, isWhole: true })
  } catch (error) {
    if (!timeUp.aborted) throw error
    return ok({ position: null, compared, isWhole: false })
  }
}

async function compareWithLedger(
  { db }: SetupDeps,
  feed: FeedDraft,
  so: Comparison,
  batch: FeedBatch,
  isSecond: (sku: string, warehouse: string) => boolean,
): Promise<Comparison> {
  const homes = new Map(feed.warehouses.map((one) => [one.sourceCode, one.warehouse]))
  const places = batch.changes.flatMap(({ sku, warehouse }) => {
    const home = homes.get(warehouse)
    return home === undefined ? [] : [{ sku, warehouse: home }]
  })
  const [ledger, known] = await Promise.all([
    readLedger(db, places),
    readKnownSkus(
      db,
      places.map(({ sku }) => sku),
    ),
  ])
  return compareBatch(so, batch, {
    homeOf: (code) => homes.get(code) ?? null,
    figureOf: (sku, warehouse) => ledger.get(placeKey(sku, warehouse)) ?? null,
    isKnownSku: (sku) => known.has(sku),
    isSecond,
  })
}

/** Follows for so many seconds. What a stream hands over is held and not acknowledged: the feed that goes live still gets it. */
async function listen(
  { clock }: SetupDeps,
  feed: FeedDraft,
  source: StockFeed,
  from: string | null,
  seconds: number,
): Promise<DryRun['live']> {
  const shown: DryRun['live']['shown'][number][] = []
  let changes = 0
  let lagMs: number | null = null
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), seconds * 1_000)
  const acknowledges = source.snapshot === undefined
  const take = async (batch: FeedBatch): Promise<void> => {
    changes += batch.changes.length
    if (batch.committedAt !== null && batch.changes.length > 0)
      lagMs = Math.max(0, clock.now().epochMilliseconds - batch.committedAt.epochMilliseconds)
    for (const change of batch.changes) {
      if (shown.length >= SHOWN_MOST) break
      shown.push(shownChange(change, batch.evidence))
    }
    if (acknowledges) await until(stop.signal)
  }
  try {
    const end = await Promise.race([
      source.follow(feed.mapping, from, take, stop.signal),
      until(stop.signal).then(() => ({ reason: 'stopped' as const })),
    ])
    return { seconds, changes, lagMs, shown, ended: end.reason === 'stopped' ? null : { ...end.words } }
  } finally {
    clearTimeout(timer)
    stop.abort()
  }
}

function shownChange(change: FeedChange, evidence: string) {
  const { sku, warehouse } = change
  const isDelta = change.kind === 'movement'
  return { sku, warehouse, quantity: isDelta ? change.delta : change.quantity, isDelta, evidence }
}

function until(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
