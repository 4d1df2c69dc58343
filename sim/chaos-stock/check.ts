import { differenceOf, type Entry, openOf, type Part, placeOf, takeStep } from './book.ts'
import { SKUS, startOf, WAREHOUSES } from './goods.ts'
import type { LedgerHold, StockLedger } from './ledger.ts'
import type { Move, Receipt } from './yard.ts'

/** A point at which the ledger and the buyers' book disagree, or at which the ledger contradicts itself. */
export type StockContradiction = {
  readonly check: string
  readonly words: string
}
export type StockBooks = {
  readonly entries: readonly Entry[]
  readonly receipts: readonly Receipt[]
  readonly moves: readonly Move[]
  /** Processes that were ended, and when. */
  readonly deaths: readonly { readonly hub: string; readonly at: number }[]
}
export type StockCounts = {
  acknowledged: number
  heldAsAcknowledged: number
  freedByDeadline: number
  /** Steps whose answer never came: done, not done. */
  stepsFound: number
  stepsNotFound: number
  /** Locks that nobody heard of: held now, or not. */
  unheardHeld: number
  unheardNotHeld: number
  /** Told `INV_LOCK_TIMEOUT` for good: nothing is held, or the process died that should have given it back. */
  timedOut: number
  leftByDeath: number
  /** Committed without a word in time, and given back by the hub. */
  givenBack: number
}
export type Compared = {
  readonly contradictions: readonly StockContradiction[]
  readonly counts: StockCounts
}

/** Within so long after its last word, a process that ends takes what it still had to give back with it. */
const DIES_WITHIN_MS = 60_000
/** A deadline is swept every 5 s. */
const SWEPT_WITHIN_MS = 20_000

export function compareStock(books: StockBooks, ledger: StockLedger): Compared {
  const counts: StockCounts = {
    acknowledged: 0,
    heldAsAcknowledged: 0,
    freedByDeadline: 0,
    stepsFound: 0,
    stepsNotFound: 0,
    unheardHeld: 0,
    unheardNotHeld: 0,
    timedOut: 0,
    leftByDeath: 0,
    givenBack: ledger.holds.filter((hold) => hold.key.includes('#late:')).length,
  }
  const contradictions = [
    ...compareHolds(books, ledger, counts),
    ...compareReceipts(books.receipts, ledger),
    ...compareMoves(books.moves, ledger),
    ...checkSums(ledger),
  ]
  return { contradictions, counts }
}

function compareHolds(books: StockBooks, ledger: StockLedger, counts: StockCounts): StockContradiction[] {
  const byKey = new Map(ledger.holds.map((hold) => [hold.key, hold]))
  const known = new Set(books.entries.map((entry) => entry.key))
  const strangers = ledger.holds
    .filter((hold) => !hold.key.startsWith('hub:') && !known.has(hold.key.replace(/#late:\d+$/, '')))
    .map((hold) => ({ check: 'unknown', words: `nobody asked for the hold ${hold.key}` }))
  // A lock that came too late keeps its place under another key, and no goods.
  const late = ledger.holds
    .filter((hold) => hold.key.includes('#late:') && hold.lines.some((line) => line.open > 0))
    .map((hold) => ({ check: 'late', words: `${hold.key} was given back, and still holds goods` }))
  const entries = books.entries.flatMap((entry) => {
    const hold = byKey.get(entry.key)
    const words =
      entry.locked === null
        ? neverHeard(entry, hold, books.deaths, counts)
        : acknowledged(entry, hold, ledger.atMs, counts)
    return words === null ? [] : [words]
  })
  return [...strangers, ...late, ...entries]
}

function acknowledged(
  entry: Entry,
  hold: LedgerHold | undefined,
  atMs: number,
  counts: StockCounts,
): StockContradiction | null {
  counts.acknowledged += 1
  if (hold === undefined || hold.id.toString() !== entry.locked?.holdId)
    return {
      check: 'lost',
      words: `${entry.key} was acknowledged as hold ${entry.locked?.holdId}, there is ${hold?.id ?? 'none'}`,
    }
  const shown = new Map(hold.lines.map((line) => [placeOf(line), line]))
  if (hold.state === 'held' && hold.onDeadline === 'ask' && hold.deadlineMs < entry.deadlineMs)
    return {
      check: 'deadline',
      words: `${entry.key}: the deadline is ${entry.deadlineMs - hold.deadlineMs} ms nearer than acknowledged`,
    }
  const without = differenceOf(entry, shown)
  if (without === null) {
    if (entry.maybe !== null) counts.stepsNotFound += 1
    if (hold.onDeadline === 'release' && openOf(entry) > 0 && hold.deadlineMs < atMs - SWEPT_WITHIN_MS)
      return {
        check: 'deadline',
        words: `${entry.key} is held ${atMs - hold.deadlineMs} ms after the deadline that should have freed it`,
      }
    counts.heldAsAcknowledged += 1
    return null
  }
  if (entry.maybe !== null && differenceOf(after(entry, true), shown) === null) {
    counts.stepsFound += 1
    return null
  }
  // Its deadline may come before or after a step that nobody heard of.
  if (hold.onDeadline === 'release' && hold.deadlineMs < atMs)
    for (const ended of [after(entry, false, true), after(entry, true, true)])
      if (differenceOf(ended, shown) === null) {
        counts.freedByDeadline += 1
        return null
      }
  return { check: 'lost', words: without }
}

/** The book with the step that nobody answered, or with its deadline passed. */
function after(entry: Entry, isStepDone: boolean, isFreed = false): Entry {
  const parts = new Map<string, Part>([...entry.parts].map(([place, part]) => [place, { ...part }]))
  if (isStepDone && entry.maybe !== null) takeStep(parts, entry.maybe.verb, entry.maybe.lines)
  if (isFreed) takeStep(parts, 'release', null)
  return { ...entry, parts }
}

function neverHeard(
  entry: Entry,
  hold: LedgerHold | undefined,
  deaths: StockBooks['deaths'],
  counts: StockCounts,
): StockContradiction | null {
  const holds = hold?.lines.some((line) => line.open > 0) === true
  if (hold?.lines.some((line) => line.committed > 0))
    return { check: 'unknown', words: `${entry.key} was committed, and nobody asked for that` }
  if (entry.doubts > 0) {
    if (holds) counts.unheardHeld += 1
    else counts.unheardNotHeld += 1
    return null
  }
  if (entry.timeouts.length > 0) {
    counts.timedOut += 1
    if (!holds) return null
    const died = entry.timeouts.some(({ hub, at }) =>
      deaths.some((death) => death.hub === hub && death.at > at && death.at < at + DIES_WITHIN_MS),
    )
    if (died) {
      counts.leftByDeath += 1
      return null
    }
    return { check: 'left', words: `${entry.key} was told INV_LOCK_TIMEOUT, and is held all the same` }
  }
  return holds ? { check: 'left', words: `${entry.key} was refused, and is held all the same` } : null
}

/** Each acknowledged receipt once, each other one at most once. */
export function compareReceipts(receipts: readonly Receipt[], ledger: StockLedger): StockContradiction[] {
  const rows = new Map(ledger.receipts.map((row) => [row.id, row]))
  return receipts.flatMap((receipt) => {
    const row = rows.get(receipt.id)
    const isThere = row?.times === 1 && row.pieces === receipt.pieces
    const isAbsent = row === undefined
    if (receipt.state === 'done' ? isThere : isThere || isAbsent) return []
    return [
      {
        check: 'receipt',
        words: `${receipt.id}: ${receipt.pieces} pieces, ${receipt.state}; in the ledger ${row?.times ?? 0} times, ${row?.pieces ?? 0} pieces`,
      },
    ]
  })
}

export function compareMoves(moves: readonly Move[], ledger: StockLedger): StockContradiction[] {
  const rows = new Map(ledger.transfers.map((row) => [row.key, row]))
  return moves.flatMap((move) => {
    const row = rows.get(`api:${move.key}`)
    const bad = (words: string) => [{ check: 'transfer', words: `${move.key}: ${words}` }]
    if (move.id === null) return []
    if (row === undefined || row.id.toString() !== move.id) return bad('was acknowledged and is not there')
    const may = [{ dispatched: move.dispatched, received: move.received }]
    if (move.maybe !== null && move.maybe !== 'cancel') may.push(move.maybe)
    if (!may.some((one) => one.dispatched === row.dispatched && one.received === row.received))
      return bad(
        `${move.dispatched} dispatched and ${move.received} received were acknowledged, there are ${row.dispatched} and ${row.received}`,
      )
    if (move.isCancelled && row.state !== 'cancelled') return bad(`was cancelled, and is ${row.state}`)
    return []
  })
}

/** Counters are sums of holds, levels are sums of movements, and no piece appears or vanishes. */
export function checkSums({ holds, levels, moved, receipts, transfers }: StockLedger): StockContradiction[] {
  const found: StockContradiction[] = []
  const sums = new Map<string, Sum>()
  const sumOf = (place: { readonly sku: string; readonly warehouse: string }): Sum => {
    const key = placeOf(place)
    const known = sums.get(key) ?? { open: 0, committed: 0, in: 0, onTheWay: 0 }
    sums.set(key, known)
    return known
  }
  for (const line of holds.flatMap((hold) => hold.lines)) {
    sumOf(line).open += line.open
    sumOf(line).committed += line.committed
  }
  for (const { sku, to, dispatched, received, others } of transfers) {
    sumOf({ sku, warehouse: to }).in += received
    sumOf({ sku, warehouse: to }).onTheWay += dispatched - received - others
  }
  const movements = new Map(moved.map((one) => [placeOf(one), one]))
  for (const level of levels) {
    const place = placeOf(level)
    const sum = sumOf(level)
    const move = movements.get(place)
    if (level.available < 0) found.push({ check: 'oversold', words: `${place} is at ${level.available}` })
    if (level.locked + level.reserved !== sum.open)
      found.push({
        check: 'counter',
        words: `${place}: ${level.locked} + ${level.reserved} counted, ${sum.open} held`,
      })
    for (const figure of ['physical', 'locked', 'reserved', 'inTransit'] as const)
      if (level[figure] !== (move?.[figure] ?? 0))
        found.push({
          check: 'movements',
          words: `${place}: ${figure} is ${level[figure]}, its movements add up to ${move?.[figure] ?? 0}`,
        })
    if (level.inTransit !== sum.onTheWay)
      found.push({
        check: 'transit',
        words: `${place}: ${level.inTransit} in transit, transfers say ${sum.onTheWay}`,
      })
  }
  return [...found, ...checkGoods(levels, sums, receipts)]
}

type Sum = { open: number; committed: number; in: number; onTheWay: number }

/** What came in over all warehouses is on a shelf, on the way, or was sold: never more sold than there was. */
function checkGoods(
  levels: StockLedger['levels'],
  sums: ReadonlyMap<string, Sum>,
  receipts: StockLedger['receipts'],
): StockContradiction[] {
  const cameIn = receipts.reduce((sum, one) => sum + one.pieces, 0)
  const atStart = SKUS.reduce((sum, sku) => sum + startOf(sku), 0) * WAREHOUSES.length
  const all = [...sums.values()]
  const left = all.reduce((sum, one) => sum + one.committed, 0)
  const arrived = all.reduce((sum, one) => sum + one.in, 0)
  const onShelf = levels.reduce((sum, one) => sum + one.physical, 0)
  // What a transfer takes from its source is committed there, and comes in at its destination.
  const should = atStart + cameIn - left + arrived
  if (onShelf === should) return []
  return [{ check: 'goods', words: `${should} pieces should lie on the shelves, ${onShelf} do` }]
}
