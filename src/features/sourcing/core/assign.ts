import type { Atom, Option, Slot } from './model.ts'
import type { Run } from './search.ts'

/** So many pieces of an atom (1 where it goes as a whole) by this slot. */
export type Placing = { readonly atom: Atom; readonly slot: Slot; readonly pieces: number }

/** Tries to serve every atom by the open slots, which cost `least` with the pace; keeps the way where it is better than the best so far. */
export function assign(run: Run, least: number): void {
  if (!run.contended && !run.weighed) {
    const plan = anyPlan(run)
    const key = plan === null ? Number.POSITIVE_INFINITY : keyOf(plan)
    if (plan !== null && key < run.best) keep(run, plan, key)
    return
  }
  const rows = rowsOf(run)
  // That the kilograms are too dear is told before anything is tried, in most cases.
  if (run.weighed && least + weightLeast(rows, restOf(run.atoms, rows), 0) >= run.best) return
  run.steps += run.atoms.length
  const seats = seatsOf(run)
  place({ run, least, left: run.turnMost, stack: [], seats, rows, rest: restFrom(seats, rows) }, 0, 0, 0)
}

/** Nobody stands in another's way and weight costs nothing: whichever slot serves will do. */
function anyPlan({ atoms }: Run): Placing[] | null {
  const plan: Placing[] = []
  const used = new Set<Slot>()
  for (const atom of atoms) {
    let left = atom.pieces
    const open = atom.options.filter(({ slot }) => slot.state === 'open')
    for (const { slot, draws } of [
      ...open.filter(({ slot: one }) => used.has(one)),
      ...open.filter(({ slot: one }) => !used.has(one)),
    ]) {
      const pieces = atom.pieces === 1 ? left : Math.min(left, draws[0]?.shelf.left ?? 0)
      if (pieces === 0) continue
      used.add(slot)
      plan.push({ atom, slot, pieces })
      left -= pieces
      if (left === 0) break
    }
    if (left > 0) return null
  }
  return plan
}

/** What a plan costs in the search's unit. */
export function keyOf(plan: readonly Placing[]): number {
  const grams = new Map<Slot, number>()
  for (const { atom, slot, pieces } of plan) grams.set(slot, (grams.get(slot) ?? 0) + atom.grams * pieces)
  let key = 0
  let pace = 0
  for (const [
    {
      place: { fixed, rate, pace: own },
    },
    weight,
  ] of grams) {
    key += fixed + rate * further(weight)
    pace = Math.max(pace, own)
  }
  return key + pace
}

/** The open slots, lot by lot, the cheapest kilogram of each lot first; `begins`: where the lot of each begins. */
type Rows = { readonly slots: readonly Slot[]; readonly begins: readonly number[] }

/** An atom with the slots that are open to it just now, the cheapest kilogram first. */
type Seat = { readonly atom: Atom; readonly open: readonly Option[] }

type Turn = {
  readonly run: Run
  /** What the open slots and the pace cost. */
  readonly least: number
  left: number
  readonly stack: Placing[]
  /** Those with one slot first, then the heavy ones: what they cost is known early. */
  readonly seats: readonly Seat[]
  readonly rows: Rows
  /** Grams of the seats from the n-th on that no slot before the m-th of their lot can take: at n * slots + m. */
  readonly rest: Float64Array
}

function rowsOf(run: Run): Rows {
  const slots = run.slots
    .filter(({ state }) => state === 'open')
    .sort((a, b) => a.lot.index - b.lot.index || a.place.rate - b.place.rate || a.at - b.at)
  const begins: number[] = []
  for (const [rank, slot] of slots.entries()) {
    slot.rank = rank
    begins.push(slots[rank - 1]?.lot === slot.lot ? (begins[rank - 1] ?? 0) : rank)
  }
  return { slots, begins }
}

function seatsOf(run: Run): Seat[] {
  return run.atoms
    .map((atom): Seat => {
      const open = atom.options.filter(({ slot }) => slot.state === 'open')
      if (open.length > 1) open.sort((a, b) => a.slot.rank - b.slot.rank)
      return { atom, open }
    })
    .sort((a, b) => rankOf(a.open.length) - rankOf(b.open.length) || weightOf(b.atom) - weightOf(a.atom))
}

function restFrom(seats: readonly Seat[], rows: Rows): Float64Array {
  const width = rows.slots.length
  const rest = new Float64Array((seats.length + 1) * width)
  for (let index = seats.length - 1; index >= 0; index -= 1) {
    rest.copyWithin(index * width, (index + 1) * width, (index + 2) * width)
    addRest((seats[index] as Seat).atom, rows, rest, index * width)
  }
  return rest
}

function restOf(atoms: readonly Atom[], rows: Rows): Float64Array {
  const rest = new Float64Array(rows.slots.length)
  for (const atom of atoms) addRest(atom, rows, rest, 0)
  return rest
}

/** Adds an atom's grams where no cheaper slot can take it. */
function addRest(atom: Atom, { begins }: Rows, rest: Float64Array, row: number): void {
  let cheapest = Number.POSITIVE_INFINITY
  for (const { slot } of atom.options) if (slot.state === 'open' && slot.rank < cheapest) cheapest = slot.rank
  for (let rank = begins[cheapest] ?? 0; rank <= cheapest && rank < begins.length; rank += 1)
    rest[row + rank] = (rest[row + rank] as number) + weightOf(atom)
}

function rankOf(ways: number): number {
  return ways === 1 ? 0 : 1
}

function weightOf({ grams, pieces }: Atom): number {
  return grams * pieces
}

function place(turn: Turn, index: number, key: number, pace: number): void {
  const { run } = turn
  if (run.weighed && turn.least + weightLeast(turn.rows, turn.rest, index) >= run.best) return
  if (key + pace >= run.best) return
  const seat = turn.seats[index]
  if (seat === undefined) {
    keep(run, [...turn.stack], key + pace)
    return
  }
  if (!spend(turn)) return
  const { atom, open } = seat
  if (atom.pieces > 1) {
    spread(turn, index, open, atom.pieces, key, pace)
    return
  }
  for (const used of [true, false])
    for (const option of open)
      if (option.slot.pieces > 0 === used) put(turn, index, option, 1, key, pace, place)
}

/**
 * What all kilograms cost at least, those that are placed and those from `index` on: what the m cheapest slots of a lot cannot take goes to
 * its other ones, in whole kilograms, of which one is in each parcel's price.
 */
function weightLeast({ slots, begins }: Rows, rest: Float64Array, index: number): number {
  let cost = 0
  let grams = 0
  let begun = 0
  let parcels = 0
  for (let rank = slots.length - 1; rank >= 0; rank -= 1) {
    const slot = slots[rank] as Slot
    grams += slot.grams
    begun += further(slot.grams)
    parcels += 1
    const isCheapest = begins[rank] === rank
    const needed = Math.ceil((grams + (rest[index * slots.length + rank] as number)) / 1_000) - parcels
    cost +=
      (slot.place.rate - (isCheapest ? 0 : (slots[rank - 1] as Slot).place.rate)) * Math.max(begun, needed, 0)
    if (isCheapest) grams = begun = parcels = 0
  }
  return cost
}

/** Of an atom whose pieces may part: so many by the first open slot, the others by the next ones. */
function spread(
  turn: Turn,
  index: number,
  open: readonly Option[],
  left: number,
  key: number,
  pace: number,
): void {
  if (left === 0) {
    place(turn, index + 1, key, pace)
    return
  }
  const [option, ...others] = open
  if (option === undefined || key + pace >= turn.run.best || !spend(turn)) return
  const most = Math.min(left, option.draws[0]?.shelf.left ?? 0)
  for (let pieces = most; pieces > 0; pieces -= 1)
    put(turn, index, option, pieces, key, pace, (after, _next, nextKey, nextPace) =>
      spread(after, index, others, left - pieces, nextKey, nextPace),
    )
  spread(turn, index, others, left, key, pace)
}

type Next = (turn: Turn, index: number, key: number, pace: number) => void

function put(
  turn: Turn,
  index: number,
  { slot, draws }: Option,
  pieces: number,
  key: number,
  pace: number,
  next: Next,
): void {
  if (draws.some(({ shelf, quantity }) => shelf.left < quantity * pieces)) return
  const atom = turn.seats[index]?.atom
  if (atom === undefined) return
  const { fixed, rate, pace: own } = slot.place
  const weight = atom.grams * pieces
  const added = rate * (further(slot.grams + weight) - further(slot.grams)) + (slot.pieces === 0 ? fixed : 0)
  for (const { shelf, quantity } of draws) shelf.left -= quantity * pieces
  slot.pieces += pieces
  slot.grams += weight
  turn.stack.push({ atom, slot, pieces })
  next(turn, index + 1, key + added, Math.max(pace, own))
  turn.stack.pop()
  slot.grams -= weight
  slot.pieces -= pieces
  for (const { shelf, quantity } of draws) shelf.left += quantity * pieces
}

function further(grams: number): number {
  return grams <= 1_000 ? 0 : Math.ceil(grams / 1_000) - 1
}

function spend(turn: Turn): boolean {
  turn.left -= 1
  turn.run.steps += 1
  if (turn.left > 0 && turn.run.steps <= turn.run.stepsMost) return true
  turn.run.complete = false
  return false
}

function keep(run: Run, plan: readonly Placing[], key: number): void {
  run.best = key
  run.found = plan
}
