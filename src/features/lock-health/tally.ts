import type { LockOutcome, OnLocked } from '#features/stock/index.ts'
import { type Database, type Sql, sqlState } from '#platform/postgres/database.ts'
import {
  ALL,
  countOne,
  failuresOf,
  type HourCounts,
  hourOf,
  joinCounts,
  type LockFailure,
  nothingAt,
  placesOf,
  verdictOf,
} from './core/count.ts'
import { addFailures, addHours } from './store.ts'

export type LockTally = {
  /** Counts answered locks in memory; never waits, never throws. For the engine's hook. */
  readonly recordLocks: OnLocked
  /** Writes what was counted; what cannot be written now is kept for the next time. */
  readonly flush: () => Promise<void>
  readonly stop: () => Promise<void>
}

const FLUSH_EVERY_MS = 1_000
/** A sold-out flash sale fails thousands of times a second; the first of each second say why, and all are counted. */
const FAILURES_A_FLUSH = 200
/** Kept while the database is away: the newest failures, and counts of 50 warehouses over a week. */
const FAILURES_HELD = 5_000
const CELLS_HELD = 10_000

type Held = { readonly cells: Map<string, HourCounts>; failures: LockFailure[]; fresh: number }

/** How locks went, per warehouse and hour, added up in memory and written every second; and the failed ones, within bounds. */
export function openLockTally({
  db,
  onError,
}: {
  readonly db: Database
  readonly onError: (error: unknown) => void
}): LockTally {
  let held = nothing()
  let writing: Promise<void> | null = null
  const write = async (): Promise<void> => {
    const batch = held
    held = nothing()
    if (batch.cells.size === 0) return
    try {
      await store(db, batch)
    } catch (error) {
      if (error instanceof RangeError || /^2[23]/.test(sqlState(error) ?? '')) await storeCounts(db, batch)
      else giveBack(held, batch)
      throw error
    }
  }
  const flush = async (): Promise<void> => {
    await writing?.catch(() => undefined)
    writing = write()
    await writing.finally(() => {
      writing = null
    })
  }
  const timer = setInterval(() => {
    if (writing === null) flush().catch(onError)
  }, FLUSH_EVERY_MS)
  timer.unref()
  return {
    recordLocks: (outcomes) => {
      for (const outcome of outcomes) count(held, outcome)
    },
    flush,
    stop: async () => {
      clearInterval(timer)
      await flush().catch(onError)
    },
  }
}

function nothing(): Held {
  return { cells: new Map(), failures: [], fresh: 0 }
}

function count(held: Held, outcome: LockOutcome): void {
  const verdict = verdictOf(outcome)
  if (verdict === null) return
  const hourMs = hourOf(outcome)
  countAt(held, hourMs, ALL, verdict, outcome.tookMs)
  for (const place of placesOf(outcome)) countAt(held, hourMs, place, verdict, outcome.tookMs)
  if (verdict === 'locked' || held.fresh >= FAILURES_A_FLUSH || held.failures.length >= FAILURES_HELD) return
  held.fresh += 1
  held.failures.push(...failuresOf(outcome))
}

function countAt(
  held: Held,
  hourMs: number,
  warehouse: string,
  verdict: NonNullable<ReturnType<typeof verdictOf>>,
  tookMs: number,
): void {
  const key = `${hourMs} ${warehouse}`
  let cell = held.cells.get(key)
  if (cell === undefined) {
    if (held.cells.size >= CELLS_HELD) return
    cell = nothingAt(hourMs, warehouse)
    held.cells.set(key, cell)
  }
  countOne(cell, verdict, tookMs)
}

async function store(db: Database, { cells, failures }: Held): Promise<void> {
  await db.begin(async (tx) => {
    await addHours(tx, [...cells.values()])
    if (failures.length > 0) await addFailures(tx, failures)
  })
}

/** A failure that no column takes (a NUL in a caller's words, a figure too large) must not cost the figures, nor stop those after it. */
async function storeCounts(db: Sql, { cells }: Held): Promise<void> {
  await addHours(db, [...cells.values()])
}

function giveBack(held: Held, batch: Held): void {
  for (const [key, counts] of batch.cells) {
    const newer = held.cells.get(key)
    if (newer !== undefined) joinCounts(newer, counts)
    else if (held.cells.size < CELLS_HELD) held.cells.set(key, counts)
  }
  held.failures = [...batch.failures, ...held.failures].slice(-FAILURES_HELD)
}
