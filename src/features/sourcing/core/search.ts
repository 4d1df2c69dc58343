import { assign, type Placing } from './assign.ts'
import { type Dual, dualBound, prepareDual } from './dual.ts'
import { greedyPlan } from './greedy.ts'
import type { Atom, Lot, Slot } from './model.ts'
import { improve } from './swap.ts'

/** One run over some of the atoms. What it changes of slots, lots, places and shelves it takes back. */
export type Run = {
  readonly atoms: readonly Atom[]
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
  readonly dual: Dual
  readonly nodeSteps: number
  /** The slowest parcel of the plans that are looked at just now is as slow as this. */
  pace: number
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
 * `assign` finds the best way within the open slots. `dual.ts` tells what a branch costs at least, and with each parcel that it might open.
 * The slowest parcel counts once for the whole order: each pace that it may have is a search of its own, the most promising first.
 */
export function solve(atoms: readonly Atom[], stepsMost: number): Solved {
  const run = openRun(atoms, stepsMost)
  const start = greedyPlan(run)
  if (start !== null) {
    run.best = start.key
    run.found = start.plan
  }
  if (run.weighed) improve(run)
  for (const { pace, bound } of pacesOf(run)) if (bound < run.best) byPace(run, pace)
  for (const slot of run.slots) slot.state = 'free'
  return { plan: run.found, key: run.best, isProven: run.complete, steps: run.steps }
}

/** The paces that the slowest parcel may have, with what a plan then costs at least; the most promising first. */
function pacesOf(run: Run): { readonly pace: number; readonly bound: number }[] {
  const paces = [...new Set(run.slots.map(({ place }) => place.pace))]
  if (paces.length === 1) return paces.map((pace) => ({ pace, bound: 0 }))
  return paces
    .map((pace) => {
      run.steps += run.nodeSteps
      if (run.steps > run.stepsMost) return { pace, bound: pace }
      return { pace, bound: pace + dualBound(run.dual, (slot) => slot.place.pace <= pace && mayOpen(slot)) }
    })
    .filter(({ bound }) => bound < Number.POSITIVE_INFINITY)
    .toSorted((a, b) => a.bound - b.bound || a.pace - b.pace)
}

function byPace(run: Run, pace: number): void {
  run.pace = pace
  for (const slot of run.slots) slot.state = slot.place.pace <= pace ? 'free' : 'barred'
  descend(run, 0)
}

/** Also resets what an earlier run left in the slots. */
export function openRun(atoms: readonly Atom[], stepsMost: number): Run {
  const sorted = atoms.toSorted((a, b) => a.options.length - b.options.length)
  const slots = new Set<Slot>()
  const lots = new Set<Lot>()
  const wanted = new Map<object, { sum: number; left: number }>()
  let weighed = false
  for (const { lot, options, pieces, grams } of atoms) {
    lots.add(lot)
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
  for (const slot of slots) Object.assign(slot, { state: 'free', pieces: 0, grams: 0 })
  for (const lot of lots) lot.open = 0
  const kept = [...slots].toSorted((a, b) => a.place.fixed - b.place.fixed)
  for (const [at, slot] of kept.entries()) slot.at = at
  const dual = prepareDual(sorted, kept)
  return {
    atoms: sorted,
    slots: kept,
    contended: [...wanted.values()].some(({ sum, left }) => sum > left),
    weighed,
    best: Number.POSITIVE_INFINITY,
    found: null,
    steps: 0,
    stepsMost,
    turnMost: Math.max(500, Math.floor(stepsMost / 20)),
    complete: true,
    dual,
    nodeSteps: NODE_STEPS + Math.floor(dual.at.length / OPTIONS_A_STEP),
    pace: 0,
  }
}

/** A bound is ten times the work of placing one of twenty atoms, and grows with them: a step is to be worth the same time in any order. */
const NODE_STEPS = 5
const OPTIONS_A_STEP = 50

function descend(run: Run, fixed: number): void {
  run.steps += run.nodeSteps
  if (run.steps > run.stepsMost) {
    run.complete = false
    return
  }
  const { pace, dual, slots } = run
  if (!slots.some((slot) => slot.place.pace === pace && (slot.state === 'open' || mayOpen(slot)))) return
  const bound = pace + dualBound(dual, mayOpen)
  if (bound >= run.best) return
  const slack = dual.slack.slice()
  const atom = tightest(run)
  if (atom === null) assign(run, fixed + pace)
  const barred: Slot[] = []
  const bar = (slot: Slot): void => {
    slot.state = 'barred'
    barred.push(slot)
  }
  // What does not pay in the best of cases here does not pay further below either.
  for (const slot of slots) if (slot.state === 'free' && bound + (slack[slot.at] ?? 0) >= run.best) bar(slot)
  const ways = atom === null ? slots.filter(mayOpen) : atom.options.map(({ slot }) => slot).filter(mayOpen)
  for (const slot of ways.sort((a, b) => (slack[a.at] ?? 0) - (slack[b.at] ?? 0) || a.at - b.at)) {
    if (bound + (slack[slot.at] ?? 0) < run.best) {
      open(slot)
      descend(run, fixed + slot.place.fixed)
      close(slot)
    }
    if (run.steps > run.stepsMost) break
    bar(slot)
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

/** The atom that nothing open serves and that has the fewest ways left; null: all are served. */
function tightest(run: Run): Atom | null {
  let found: Atom | null = null
  let fewest = Number.POSITIVE_INFINITY
  for (const atom of run.atoms) {
    if (isServed(atom)) continue
    let ways = 0
    for (const { slot } of atom.options) if (mayOpen(slot)) ways += 1
    if (ways >= fewest) continue
    fewest = ways
    found = atom
  }
  return found
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
