import type { FeedBatch, StockFeed } from '#domain/stock-feed.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result } from '#kernel/result.ts'
import { applyChanges, type Source } from './apply-changes.ts'
import { compareSeen } from './compare-seen.ts'
import { highestId, newerThan } from './core/movement-ids.ts'
import { placeChanges } from './core/place-changes.ts'
import { reserveDoubts } from './findings/reserve-doubts.ts'
import { openFindings } from './findings/store.ts'
import { inTurn } from './retry.ts'
import type { RunDeps } from './run-feed.ts'
import {
  addCompared,
  addSeen,
  beginComparing,
  beginReading,
  endSnapshot,
  readSeen,
  readUnlisted,
  type SeenRow,
} from './snapshot/store.ts'
import { type FeedRow, holdRun, type Run } from './store.ts'

const COMPARED_AT_ONCE = 500

export type SnapshotJob = {
  readonly feed: StockFeed
  readonly row: FeedRow
  readonly run: Run
  readonly source: Source
  readonly signal: AbortSignal
}

/** Another process has taken over: whatever this one still holds must not be written. */
export function superseded(): Outage {
  return new Outage('capture.superseded', 'another process follows this feed by now', { retryable: false })
}

/**
 * Reads the whole table aside, then compares it with the ledger batch by batch: until then the old figures stand. A restart while comparing
 * goes on comparing; what was compared already agrees. Refused: what the connector refuses.
 */
export async function takeSnapshot(deps: RunDeps, job: SnapshotJob): Promise<Result<null>> {
  if (job.row.mapping.mode === 'movements') return await readMovements(deps, job)
  if (job.row.snapshot_stage !== 'comparing' || job.row.snapshot_position === null) {
    const read = await readTable(deps, job)
    if (!read.ok) return read
  }
  await compareAll(deps, job)
  return ok(null)
}

async function readTable(deps: RunDeps, job: SnapshotJob): Promise<Result<null>> {
  const { run, source } = job
  const total = await tableRows(job)
  await fenced(deps, run, (tx) => beginReading(tx, run, total, deps.clock.now()))
  const stage = async (batch: FeedBatch): Promise<void> => {
    const { placed, misplaced } = placeChanges(batch.changes, source.codes)
    const rows = onePerPlace(
      placed.flatMap(({ change }) => (change.kind === 'level' ? [{ ...change, times: 1 }] : [])),
    )
    const now = deps.clock.now()
    await fenced(deps, run, async (tx) => {
      await addSeen(tx, run, rows, now)
      const told = { feed: source.feed, at: batch.evidence }
      const found = misplaced.map(({ kind, sku, warehouse, code, detail }) => ({
        kind,
        feedId: source.feedId,
        sku,
        warehouse,
        ledger: null,
        captured: null,
        evidence: { ...told, code, detail },
      }))
      await openFindings(tx, found, now)
      // Rows that the mapping cannot read are findings as in any batch.
      if (batch.faults.length > 0) await applyChanges(tx, source, { changes: [], faults: batch.faults }, now)
    })
  }
  const taken = await job.feed.snapshot?.(job.row.mapping, stage, job.signal)
  if (taken === undefined) return ok(null)
  if (!taken.ok) return taken
  await fenced(deps, run, (tx) => beginComparing(tx, run, taken.value.position))
  return ok(null)
}

async function tableRows({ feed, row }: SnapshotJob): Promise<number | null> {
  const tables = await feed.tables()
  return tables.ok ? (tables.value.find((one) => one.name === row.mapping.table)?.rows ?? null) : null
}

/** Rows of one place in one batch, added up and counted. */
function onePerPlace(rows: readonly SeenRow[]): SeenRow[] {
  const places = new Map<string, SeenRow>()
  for (const { warehouse, sku, quantity, version, times } of rows) {
    const key = `${warehouse}\n${sku}`
    const before = places.get(key)
    places.set(key, {
      warehouse,
      sku,
      quantity: (before?.quantity ?? 0) + quantity,
      version:
        before?.version != null && version !== null && before.version > version ? before.version : version,
      times: (before?.times ?? 0) + times,
    })
  }
  return [...places.values()]
}

async function compareAll(deps: RunDeps, job: SnapshotJob): Promise<void> {
  const { run, source } = job
  const row = await deps.readRow(run.feedId)
  const position = row?.snapshot_position
  if (row === null || position == null) throw superseded()
  await deps.onStatus(run, 'comparing', { zh: '正在与台账比对', en: 'comparing with the ledger' })
  const began = row.snapshot_started_at
  const compare = async (rows: readonly SeenRow[]): Promise<void> => {
    const now = deps.clock.now()
    const found = await fenced(deps, run, async (tx) => {
      await addCompared(tx, run, rows.length, now)
      return await compareSeen(
        tx,
        { source, rows, onDrift: row.on_drift, began, reached: row.source_at },
        now,
      )
    })
    if (found) await reserveDoubts(deps.db, now)
  }
  let after: SeenRow | null = null
  for (;;) {
    stopIf(job.signal)
    const rows: SeenRow[] = await readSeen(deps.db, run.feedId, after, COMPARED_AT_ONCE)
    if (rows.length === 0) break
    await compare(rows)
    after = rows.at(-1) ?? null
  }
  await compareUnlisted(deps, job, compare)
  await fenced(deps, run, (tx) =>
    endSnapshot(tx, run, { position, idHigh: null, keepsGap: false }, deps.clock.now()),
  )
}

/** What the table does not list is not there. */
async function compareUnlisted(
  deps: RunDeps,
  { run, source, signal }: SnapshotJob,
  compare: (rows: readonly SeenRow[]) => Promise<void>,
): Promise<void> {
  const warehouses = [...new Set(source.codes?.values() ?? [])]
  let after: { sku: string; warehouse: string } | null = null
  for (;;) {
    stopIf(signal)
    const places = await readUnlisted(deps.db, run.feedId, warehouses, after, COMPARED_AT_ONCE)
    if (places.length === 0) return
    await compare(places.map((place) => ({ ...place, quantity: 0, version: null, times: 1 })))
    after = places.at(-1) ?? null
  }
}

/**
 * A table of movements holds what came and went, not what is there. The first time it only shows which ids are old; after a gap, those above
 * the mark of an hour before are taken, and what is known of them has no second effect.
 */
async function readMovements(deps: RunDeps, job: SnapshotJob): Promise<Result<null>> {
  const { run, row, source } = job
  await fenced(deps, run, (tx) => beginReading(tx, run, null, deps.clock.now()))
  let high: string | null = null
  let isEmpty = true
  const take = async (batch: FeedBatch): Promise<void> => {
    const now = deps.clock.now()
    high = highestId(batch.changes, high)
    isEmpty &&= batch.changes.length === 0
    const changes = row.id_low === null ? [] : newerThan(batch.changes, row.id_low)
    const doubts = await fenced(deps, run, async (tx) => {
      await addSeen(tx, run, [], now)
      await addCompared(tx, run, batch.changes.length, now)
      const mine = { ...source, evidence: batch.evidence }
      return (await applyChanges(tx, mine, { changes, faults: batch.faults }, now)).hasDoubts
    })
    if (doubts) await reserveDoubts(deps.db, now)
  }
  const taken = await job.feed.snapshot?.(row.mapping, take, job.signal)
  if (taken === undefined) return ok(null)
  if (!taken.ok) return taken
  const idHigh = isEmpty ? '0' : high
  // Ids that are no numbers do not say which of them were missed: the gap stays until a person has counted.
  const isUnknown = row.gap_at !== null && row.id_low === null
  await fenced(deps, run, (tx) =>
    endSnapshot(tx, run, { position: taken.value.position, idHigh, keepsGap: isUnknown }, deps.clock.now()),
  )
  return ok(null)
}

function stopIf(signal: AbortSignal): void {
  if (signal.aborted) throw new Outage('capture.stopped', 'the feed was told to stop')
}

/** A transaction of this run; throws `Outage` (`capture.superseded`) when another run has begun. */
export async function fenced<T>(
  deps: Pick<RunDeps, 'db'>,
  run: Run,
  work: (tx: Parameters<Parameters<RunDeps['db']['begin']>[0]>[0]) => Promise<T>,
): Promise<T> {
  return await inTurn(deps.db, async (tx) => {
    if (!(await holdRun(tx, run))) throw superseded()
    return await work(tx)
  })
}
