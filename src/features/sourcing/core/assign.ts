import type { Atom, Option, Slot } from './model.ts'
import type { Run } from './search.ts'

/** So many pieces of an atom (1 where it goes as a whole) by this slot. */
export type Placing = { readonly atom: Atom; readonly slot: Slot; readonly pieces: number }

/** Tries to serve every atom by the open slots; keeps the way where it is better than the best so far. */
export function assign(run: Run): void {
  if (!run.contended && !run.weighed) {
    const plan = anyPlan(run)
    const key = plan === null ? Number.POSITIVE_INFINITY : keyOf(plan)
    if (plan !== null && key < run.best) keep(run, plan, key)
    return
  }
  run.steps += run.atoms.length
  place(openTurn(run), 0, 0, 0)
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

/** An atom with the slots that are open to it just now, the cheapest kilogram first. */
type Seat = {
  readonly atom: Atom
  readonly open: readonly Option[]
  readonly least: number
  readonly at: number
}

type Turn = {
  readonly run: Run
  left: number
  readonly stack: Placing[]
  /** Those with one slot first, then the heavy ones: what they cost is known early. */
  readonly seats: readonly Seat[]
  /** The same, the dearest kilogram first. */
  readonly dearest: readonly Seat[]
  readonly open: readonly Slot[]
}

function openTurn(run: Run): Turn {
  const seats = run.atoms
    .map((atom) => {
      const open = atom.options.filter(({ slot }) => slot.state === 'open')
      if (open.length > 1) open.sort((a, b) => a.slot.place.rate - b.slot.place.rate)
      return { atom, open, least: open[0]?.slot.place.rate ?? 0 }
    })
    .toSorted((a, b) => rankOf(a.open.length) - rankOf(b.open.length) || weightOf(b.atom) - weightOf(a.atom))
    .map((seat, at) => ({ ...seat, at }))
  return {
    run,
    left: run.turnMost,
    stack: [],
    seats,
    dearest: seats.filter(({ atom }) => atom.grams > 0).toSorted((a, b) => b.least - a.least),
    open: run.slots.filter(({ state }) => state === 'open'),
  }
}

function rankOf(ways: number): number {
  return ways === 1 ? 0 : 1
}

function weightOf({ grams, pieces }: Atom): number {
  return grams * pieces
}

function place(turn: Turn, index: number, key: number, pace: number): void {
  const { run } = turn
  if (key + pace + (run.weighed ? restBound(turn, index) : 0) >= run.best) return
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

/**
 * What is left to place costs at least this: the kilograms that are begun take the dearest grams, every other gram its cheapest open slot;
 * and as many whole kilograms as do not fit into those begun, at the cheapest rate that is left.
 */
function restBound({ open, dearest }: Turn, index: number): number {
  let room = 0
  for (const { grams } of open) room += (further(grams) + 1) * 1_000 - grams
  let over = -room
  let cost = 0
  let least = Number.POSITIVE_INFINITY
  for (const { atom, least: rate, at } of dearest) {
    if (at < index) continue
    const before = over
    over += weightOf(atom)
    if (over > 0) cost += (Math.min(over, over - Math.max(0, before)) * rate) / 1_000
    least = rate
  }
  return over > 0 ? Math.max(Math.ceil(cost), Math.ceil(over / 1_000) * least) : 0
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
