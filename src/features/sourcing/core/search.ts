import { assign, type Placing } from './assign.ts'
import { greedyPlan } from './greedy.ts'
import type { Atom, Lot, Slot } from './model.ts'

/** One run over some of the atoms. What it changes of slots, lots, places and shelves it takes back. */
export type Run = {
  readonly atoms: readonly Atom[]
  readonly lots: readonly Lot[]
  readonly slots: readonly Slot[]
  /** Several atoms want what not all can have. */
  readonly contended: boolean
  /** Weight costs something. */
  readonly weighed: boolean
  best: number
  found: readonly Placing[] | null
  steps: number
  readonly stepsMost: number
  /** Steps that one assignment may take. */
  readonly turnMost: number
  complete: boolean
  stamp: number
}

export type Solved = {
  readonly plan: readonly Placing[] | null
  readonly key: number
  /** The search ended by itself: there is nothing better, or (without a plan) nothing at all. */
  readonly isProven: boolean
  readonly steps: number
}

/**
 * The cheapest way to serve all these atoms. Branch and bound over which parcels are opened: the atom with the fewest ways left says what
 * must be opened next, a slot that was tried is barred for its later sisters, so that no set is looked at twice. Once all can be served
 * `assign` finds the best way within the open slots. The bound adds, over atoms that share no slot, the cheapest opening of each.
 */
export function solve(atoms: readonly Atom[], stepsMost: number): Solved {
  const run = openRun(atoms, stepsMost)
  const start = greedyPlan(run)
  if (start !== null) {
    run.best = start.key
    run.found = start.plan
  }
  descend(run, 0, 0)
  return { plan: run.found, key: run.best, isProven: run.complete, steps: run.steps }
}

/** Also resets what an earlier run left in the slots. */
export function openRun(atoms: readonly Atom[], stepsMost: number): Run {
  const sorted = atoms.toSorted((a, b) => a.options.length - b.options.length)
  const slots = new Set<Slot>()
  const lots = new Set<Lot>()
  const wanted = new Map<object, { sum: number; left: number }>()
  let weighed = false
  for (const { lot, options, pieces, grams } of atoms) {
    if (!lots.has(lot)) lot.grams = 0
    lots.add(lot)
    lot.grams += grams * pieces
    for (const { slot, draws } of options) {
      slots.add(slot)
      if (grams > 0 && slot.place.rate > 0) weighed = true
      for (const { shelf, quantity } of draws) {
        const one = wanted.get(shelf) ?? { sum: 0, left: shelf.left }
        one.sum += Math.min(quantity * pieces, shelf.left)
        wanted.set(shelf, one)
      }
    }
  }
  for (const slot of slots) Object.assign(slot, { state: 'free', pieces: 0, grams: 0, mark: 0 })
  for (const lot of lots) lot.open = 0
  return {
    atoms: sorted,
    lots: [...lots],
    slots: [...slots].toSorted((a, b) => a.place.fixed - b.place.fixed),
    contended: [...wanted.values()].some(({ sum, left }) => sum > left),
    weighed,
    best: Number.POSITIVE_INFINITY,
    found: null,
    steps: 0,
    stepsMost,
    turnMost: Math.max(500, Math.floor(stepsMost / 20)),
    complete: true,
    stamp: 0,
  }
}

/** Looking at what lacks is some four times the work of placing one atom: steps are to be worth the same time. */
const NODE_STEPS = 4

function descend(run: Run, fixed: number, pace: number): void {
  run.steps += NODE_STEPS
  if (run.steps > run.stepsMost) {
    run.complete = false
    return
  }
  const lack = whatLacks(run)
  if (lack === null || fixed + pace + lack.bound >= run.best) return
  // Opening a parcel and finding that its kilograms are too dear is cheaper told here than by trying to fill it.
  if (lack.atom === null && fixed + pace + openBound(run) < run.best) assign(run)
  const ways = (lack.atom === null ? run.slots : lack.atom.options.map(({ slot }) => slot)).filter(mayOpen)
  const barred: Slot[] = []
  for (const slot of ways) {
    const next = fixed + slot.place.fixed
    const slower = Math.max(pace, slot.place.pace)
    // What is open already serves them all: another parcel only pays where it saves weight.
    if (next + slower + (lack.atom === null && run.weighed ? weightBound(run, slot.lot) : 0) < run.best) {
      open(slot)
      descend(run, next, slower)
      close(slot)
    }
    if (run.steps > run.stepsMost) break
    slot.state = 'barred'
    barred.push(slot)
  }
  for (const slot of barred) slot.state = 'free'
}

export function mayOpen({ state, lot, place }: Slot): boolean {
  return state === 'free' && place.room > 0 && !(lot.single && lot.open > 0)
}

export function open(slot: Slot): void {
  slot.state = 'open'
  slot.lot.open += 1
  slot.place.room -= 1
}

export function close(slot: Slot): void {
  slot.state = 'free'
  slot.lot.open -= 1
  slot.place.room += 1
}

/** The atom that nothing open serves and that has the fewest ways left (null: all are served), and what the rest costs at least. */
function whatLacks(run: Run): { atom: Atom | null; bound: number } | null {
  run.stamp += 1
  for (const lot of run.lots) lot.needed = 0
  let bound = 0
  let tightest: Atom | null = null
  let fewest = Number.POSITIVE_INFINITY
  for (const atom of run.atoms) {
    if (isServed(atom)) continue
    let ways = 0
    let cheapest = Number.POSITIVE_INFINITY
    let apart = true
    for (const { slot } of atom.options) {
      if (!mayOpen(slot)) continue
      ways += 1
      if (slot.place.fixed < cheapest) cheapest = slot.place.fixed
      if (slot.mark === run.stamp) apart = false
    }
    if (ways === 0) return null
    if (apart) {
      bound += cheapest
      atom.lot.needed += 1
      for (const { slot } of atom.options) slot.mark = run.stamp
    }
    if (ways < fewest) {
      fewest = ways
      tightest = atom
    }
  }
  return { atom: tightest, bound: bound + (run.weighed ? weightBound(run, null) : 0) }
}

/** Each kilogram begun beyond one a parcel costs a rate, or another parcel, of those not barred; `more` is the lot that gets one. */
function weightBound({ lots, slots }: Run, more: Lot | null): number {
  let bound = 0
  for (const lot of lots) {
    const parcels = lot.open + lot.needed + (lot === more ? 1 : 0)
    const further = Math.ceil(lot.grams / 1_000) - parcels
    if (further <= 0) continue
    let least = Number.POSITIVE_INFINITY
    for (const slot of slots) {
      if (slot.lot !== lot || slot.state === 'barred') continue
      if (slot.place.rate < least) least = slot.place.rate
      if (slot.state === 'free' && slot.place.fixed < least) least = slot.place.fixed
    }
    if (least < Number.POSITIVE_INFINITY) bound += further * least
  }
  return bound
}

/** The same where no more parcel is opened: each further kilogram goes by an open one. */
function openBound({ lots, slots, weighed }: Run): number {
  if (!weighed) return 0
  let bound = 0
  for (const lot of lots) {
    const further = Math.ceil(lot.grams / 1_000) - lot.open
    if (further <= 0) continue
    let least = Number.POSITIVE_INFINITY
    for (const slot of slots)
      if (slot.lot === lot && slot.state === 'open' && slot.place.rate < least) least = slot.place.rate
    if (least < Number.POSITIVE_INFINITY) bound += further * least
  }
  return bound
}

function isServed({ options, pieces }: Atom): boolean {
  let left = pieces
  for (const { slot, draws } of options) {
    if (slot.state !== 'open') continue
    if (pieces === 1) return true
    left -= draws[0]?.shelf.left ?? 0
    if (left <= 0) return true
  }
  return false
}
