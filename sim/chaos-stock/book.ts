import type { Taken } from '#domain/stock.ts'
import { type Order, partsOf } from './goods.ts'

// The buyers' own book: what was asked, what was acknowledged, and what nobody answered. The ledger is compared with this and with
// nothing else. Times are milliseconds of the harness's own steady clock, deadlines milliseconds since 1970 as the hub said them.

export type HoldSaid = {
  readonly id: string
  readonly key: string
  readonly state: 'held' | 'released' | 'committed'
  readonly deadlineAt: string
  readonly lines: readonly (Taken & { readonly open: number; readonly committed: number })[]
}
export type Said = {
  readonly key: string
  readonly outcome: 'done' | 'refused'
  readonly repeated: boolean
  readonly code: string | null
  readonly detail: string | null
  readonly hold: HoldSaid | null
}

export type Part = { open: number; committed: number; readonly quantity: number }
export type Step = {
  readonly verb: 'commit' | 'release'
  /** All that is open unless given. */
  readonly lines: readonly Taken[] | null
}

/** One order's lock through its life. */
export type Entry = {
  readonly key: string
  readonly order: Order
  locked: { readonly holdId: string; readonly lines: readonly Taken[] } | null
  /** By place: what is open and what was committed, as acknowledged last. */
  readonly parts: Map<string, Part>
  /** The latest deadline that was acknowledged. */
  deadlineMs: number
  /** How the last asking for the lock ended, where it never was acknowledged. */
  last: 'unasked' | 'timeout' | 'refused' | 'doubt'
  /** Askings for the lock that nobody answered: each may still be carried out. */
  doubts: number
  /** Who said `INV_LOCK_TIMEOUT`, and when. */
  readonly timeouts: { readonly hub: string; readonly at: number }[]
  /** A step whose answer never came, and which nobody asked for again. */
  maybe: Step | null
  /** Found ended by its own deadline. */
  isFreed: boolean
}

export const placeOf = (one: { readonly sku: string; readonly warehouse: string }): string =>
  `${one.sku}@${one.warehouse}`

export function newEntry(key: string, order: Order): Entry {
  return {
    key,
    order,
    locked: null,
    parts: new Map(),
    deadlineMs: 0,
    last: 'unasked',
    doubts: 0,
    timeouts: [],
    maybe: null,
    isFreed: false,
  }
}

/** Writes down an acknowledged lock; answers what contradicts the demand, or an earlier acknowledgement. */
export function noteLocked(entry: Entry, said: Said): string | null {
  const { hold } = said
  if (hold === null) return `${entry.key}: locked, and no hold is shown`
  const lines = hold.lines.map(({ sku, warehouse, quantity }) => ({ sku, warehouse, quantity }))
  if (entry.locked === null) {
    entry.locked = { holdId: hold.id, lines }
    for (const line of lines)
      entry.parts.set(placeOf(line), { open: line.quantity, committed: 0, quantity: line.quantity })
    const misfit = misfitOf(entry.order, lines)
    if (misfit !== null) return `${entry.key}: ${misfit}`
  } else if (hold.id !== entry.locked.holdId)
    return `${entry.key}: acknowledged as hold ${entry.locked.holdId}, asked again as hold ${hold.id}`
  return noteHold(entry, hold)
}

/** Writes down an acknowledged step. */
export function noteStep(entry: Entry, { verb, lines }: Step, hold: HoldSaid | null): string | null {
  takeStep(entry.parts, verb, lines)
  return hold === null ? `${entry.key}: ${verb} done, and no hold is shown` : noteHold(entry, hold)
}

/** Compares what the hub shows with what it acknowledged before; remembers the deadline. */
export function noteHold(entry: Entry, hold: HoldSaid): string | null {
  const deadlineMs = Temporal.Instant.from(hold.deadlineAt).epochMilliseconds
  const came = deadlineMs < entry.deadlineMs
  const before = entry.deadlineMs
  entry.deadlineMs = Math.max(entry.deadlineMs, deadlineMs)
  if (came) return `${entry.key}: its deadline came nearer by ${before - deadlineMs} ms`
  const shown = new Map(hold.lines.map((line) => [placeOf(line), line]))
  return differenceOf(entry, shown)
}

/** What differs between the book and these lines; null where they agree. */
export function differenceOf(
  entry: Entry,
  shown: ReadonlyMap<string, { readonly open: number; readonly committed: number }>,
): string | null {
  for (const [place, { open, committed }] of entry.parts) {
    const there = shown.get(place)
    if (there?.open !== open || there.committed !== committed)
      return `${entry.key} ${place}: ${open} held and ${committed} committed were acknowledged, there are ${there?.open ?? 'no'} and ${there?.committed ?? 'no'}`
  }
  return shown.size === entry.parts.size ? null : `${entry.key}: more lines than were acknowledged`
}

export function takeStep(parts: Map<string, Part>, verb: Step['verb'], lines: readonly Taken[] | null): void {
  const wanted = lines === null ? null : new Map(lines.map((line) => [placeOf(line), line.quantity]))
  for (const [place, part] of parts) {
    const pieces = wanted === null ? part.open : (wanted.get(place) ?? 0)
    part.open -= pieces
    if (verb === 'commit') part.committed += pieces
  }
}

/** All that is open went back at the deadline. */
export function noteFreed(entry: Entry): void {
  entry.isFreed = true
  takeStep(entry.parts, 'release', null)
}

export const openOf = (entry: Entry): number =>
  [...entry.parts.values()].reduce((sum, part) => sum + part.open, 0)

/** Whether these lines are what was asked for; null: they are. */
export function misfitOf(order: Order, lines: readonly Taken[]): string | null {
  const asked = partsOf(order.lines)
  const wanted = new Map<string, number>()
  const fixed = new Map<string, number>()
  for (const { sku, quantity, warehouse } of asked) {
    wanted.set(sku, (wanted.get(sku) ?? 0) + quantity)
    if (warehouse === null) continue
    const place = placeOf({ sku, warehouse })
    fixed.set(place, (fixed.get(place) ?? 0) + quantity)
  }
  for (const { sku, warehouse, quantity } of lines) {
    wanted.set(sku, (wanted.get(sku) ?? 0) - quantity)
    const place = placeOf({ sku, warehouse })
    if (fixed.has(place)) fixed.set(place, (fixed.get(place) ?? 0) - quantity)
    else if (!order.candidates.includes(warehouse)) return `${place} was never asked for`
  }
  const wrong = [...wanted].find(([, left]) => left !== 0)
  if (wrong !== undefined) return `${wrong[0]}: ${wrong[1]} pieces fewer than asked are held`
  const short = [...fixed].find(([, left]) => left > 0)
  return short === undefined ? null : `${short[0]}: ${short[1]} pieces are held elsewhere`
}
