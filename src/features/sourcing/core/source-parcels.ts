import type { PlanPiece, SourceAnswer, SourceAsk, SourcedParcel } from '#domain/fulfilment.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Placing } from './assign.ts'
import { type Atom, modelOf, type Slot, type SourceModel } from './model.ts'
import { type Place, scoreOf, type Weighed } from './points.ts'
import { solve } from './search.ts'
import { shortOf } from './short-of.ts'
import { GAVE_UP_WORDS, lackWords, partedWords, WAITS_WORDS, whyNot } from './words.ts'

/** Sets of waiting gifts that are tried at most. */
const WAITING_SETS_MOST = 200
const REJECTED_MOST = 3

/** A way to serve everything but the gifts that wait. */
type Way = { readonly plan: readonly Placing[]; readonly waiting: readonly Atom[] }
type Sought = {
  readonly way: Way | null
  readonly key: number
  readonly isProven: boolean
  readonly steps: number
}

/**
 * From which warehouses the parcels leave. What may wait waits only where no plan serves it: first the fewest waiting gifts, then the best
 * sum of weights (parcels first, where their weight is greater than all others together), then the fewest parcels, then the warehouses' order
 * (priority, code). The answer is the same whatever the order of the question's parts. Refused: `sourcing.no_warehouse`,
 * `sourcing.short` (data: what lacks where), `sourcing.bindings_conflict`, `sourcing.gave_up` (no plan within `stepsMost`; there may be one).
 */
export function sourceParcels(ask: SourceAsk): Result<SourceAnswer> {
  const made = modelOf(ask)
  if (!made.ok) return made
  const model = made.value
  const ways = ask.spread === 'never' ? onePlaceWays(model) : null
  const sought = ways === null ? serve(model.atoms, ask.stepsMost) : (ways[0] ?? NOTHING)
  if (sought.way === null) {
    if (ways === null && !sought.isProven)
      return refuse('sourcing.gave_up', `no plan was found within ${ask.stepsMost} steps of the search`, {
        words: GAVE_UP_WORDS,
      })
    return shortOf(model)
  }
  const others = ways === null ? otherWays(model, sought.way) : ways.slice(1)
  const steps = sought.steps + others.reduce((sum, one) => sum + one.steps, 0)
  const chosen = answerOf(model, sought.way)
  return ok({
    parcels: chosen.parcels,
    score: chosen.score,
    isProven: ways === null ? sought.isProven : ways.every((one) => one.isProven),
    rejected: rejectedOf(model, chosen, others),
    out: model.out,
    steps,
  })
}

const NOTHING: Sought = { way: null, key: Number.POSITIVE_INFINITY, isProven: true, steps: 0 }

/** The whole order from one warehouse, for each of them; best first. */
function onePlaceWays({ atoms, places, ask }: SourceModel): Sought[] {
  return places
    .map((place) =>
      serve(
        within(atoms, (slot) => slot.place === place),
        ask.stepsMost,
      ),
    )
    .filter((one) => one.way !== null)
    .toSorted((a, b) => (a.way?.waiting.length ?? 0) - (b.way?.waiting.length ?? 0) || a.key - b.key)
}

function within(atoms: readonly Atom[], may: (slot: Slot) => boolean): Atom[] {
  return atoms.map((atom) => ({ ...atom, options: atom.options.filter(({ slot }) => may(slot)) }))
}

/** With as few waiting gifts as can be. Those that nobody has wait at once; else sets of one, two... until the rest can be served. */
function serve(atoms: readonly Atom[], stepsMost: number): Sought {
  if (atoms.some(({ soft, options }) => !soft && options.length === 0)) return NOTHING
  const waiting = atoms.filter(({ options }) => options.length === 0)
  const present = atoms.filter(({ options }) => options.length > 0)
  const soft = present.filter((atom) => atom.soft)
  let steps = 0
  let isProven = true
  let sets = 0
  for (let size = 0; size <= soft.length; size += 1) {
    let best: Sought = NOTHING
    for (const set of setsOf(soft, size)) {
      if (sets > WAITING_SETS_MOST || steps > stepsMost) {
        isProven = false
        break
      }
      sets += 1
      const solved = solve(
        present.filter((atom) => !set.includes(atom)),
        stepsMost - steps,
      )
      steps += solved.steps
      if (!solved.isProven) isProven = false
      if (solved.plan === null || solved.key >= best.key) continue
      best = { ...NOTHING, way: { plan: solved.plan, waiting: [...waiting, ...set] }, key: solved.key }
    }
    if (best.way !== null) return { ...best, isProven, steps }
  }
  return { ...NOTHING, isProven, steps }
}

function* setsOf<T>(all: readonly T[], size: number, from = 0): Generator<readonly T[]> {
  if (size === 0) {
    yield []
    return
  }
  for (let index = from; index <= all.length - size; index += 1)
    for (const rest of setsOf(all, size - 1, index + 1)) yield [all[index] as T, ...rest]
}

/**
 * The best without each parcel of the chosen way: the second best is among them, since it must do without one of these. All together take a
 * quarter of the steps; of a plan with so many parcels that they do not suffice only the first ones are tried.
 */
function otherWays({ atoms, ask }: SourceModel, { plan }: Way): Sought[] {
  const used = [...new Set(plan.map(({ slot }) => slot))]
  const stepsMost = Math.max(200, Math.floor(ask.stepsMost / (4 * used.length || 1)))
  const found: Sought[] = []
  let left = Math.max(200 * REJECTED_MOST, ask.stepsMost / 4)
  for (const without of used) {
    if (left <= 0) break
    const one = serve(
      within(atoms, (slot) => slot !== without),
      stepsMost,
    )
    left -= one.steps
    found.push(one)
  }
  return found
}

type Answered = Pick<SourceAnswer, 'parcels' | 'score'> & { readonly key: number }

function answerOf(model: SourceModel, { plan, waiting }: Way): Answered {
  const bySlot = new Map<Slot, { pieces: PlanPiece[]; grams: number }>()
  for (const { atom, slot, pieces } of plan) {
    const parcel = bySlot.get(slot) ?? { pieces: [], grams: 0 }
    parcel.pieces.push(
      ...(atom.pieces === 1 ? atom.units : atom.units.map(({ unit }) => ({ unit, quantity: pieces }))),
    )
    parcel.grams += atom.grams * pieces
    bySlot.set(slot, parcel)
  }
  const slots = model.slots.filter((slot) => bySlot.has(slot)).toSorted((a, b) => bySite(model.places, a, b))
  const sent = slots.map((slot): SourcedParcel => {
    const parted = slots.filter(({ lot }) => lot === slot.lot).length
    const { reasons } = slot.lot.parcel
    return {
      warehouse: slot.place.code,
      pieces: addUp(bySlot.get(slot)?.pieces ?? []),
      waits: false,
      reasons: parted > 1 ? [...reasons, { node: null, words: partedWords(parted) }] : reasons,
    }
  })
  const weighed = slots.map((slot): Weighed => ({ place: slot.place, grams: bySlot.get(slot)?.grams ?? 0 }))
  const { key, ...score } = scoreOf(weighed, waiting.length, model.ask.weights)
  return { parcels: [...sent, ...waitingParcels(model, waiting)], score, key }
}

/** What waits of one parcel waits together. */
function waitingParcels({ lots }: SourceModel, waiting: readonly Atom[]): SourcedParcel[] {
  return lots.flatMap((lot) => {
    const pieces = addUp(waiting.filter((atom) => atom.lot === lot).flatMap(({ units }) => units))
    if (pieces.length === 0) return []
    const reasons = [...lot.parcel.reasons, { node: null, words: WAITS_WORDS }]
    return [{ warehouse: null, pieces, waits: true, reasons }]
  })
}

function bySite(places: readonly Place[], a: Slot, b: Slot): number {
  return a.lot.index - b.lot.index || places.indexOf(a.place) - places.indexOf(b.place)
}

function addUp(pieces: readonly PlanPiece[]): PlanPiece[] {
  const sums = new Map<string, number>()
  for (const { unit, quantity } of pieces) sums.set(unit, (sums.get(unit) ?? 0) + quantity)
  return [...sums]
    .map(([unit, quantity]) => ({ unit, quantity }))
    .toSorted((a, b) => (a.unit < b.unit ? -1 : a.unit > b.unit ? 1 : 0))
}

function rejectedOf(
  model: SourceModel,
  chosen: Answered,
  others: readonly Sought[],
): SourceAnswer['rejected'] {
  const seen = new Set([signOf(chosen)])
  const found = others
    .flatMap(({ way }) => (way === null ? [] : [answerOf(model, way)]))
    .toSorted((a, b) => a.score.waiting - b.score.waiting || a.key - b.key)
    .filter((one) => !seen.has(signOf(one)) && seen.add(signOf(one)) !== undefined)
    .map(({ parcels, score }) => ({ parcels, score, why: whyNot(model.ask.weights, chosen.score, score) }))
  const missed = nearMiss(model, chosen)
  return missed === null
    ? found.slice(0, REJECTED_MOST)
    : [...found.slice(0, REJECTED_MOST - 1), missed].slice(0, REJECTED_MOST)
}

function signOf({ parcels }: Pick<Answered, 'parcels'>): string {
  return JSON.stringify(parcels.map(({ warehouse, pieces }) => [warehouse, pieces]))
}

/** The warehouse that could have sent everything alone, and better, had it not lacked a few pieces. */
function nearMiss(model: SourceModel, chosen: Answered): SourceAnswer['rejected'][number] | null {
  const { lots, atoms, places, ask } = model
  let best: { place: Place; lack: number; key: number } | null = null
  const grams = (lot: (typeof lots)[number]): number =>
    atoms.filter((atom) => atom.lot === lot).reduce((sum, atom) => sum + atom.grams * atom.pieces, 0)
  const weighed = (place: Place): Weighed[] => lots.map((lot) => ({ place, grams: grams(lot) }))
  for (const place of places) {
    const lack = lackAt(model, place.code)
    if (lack === null || lack === 0 || place.room < lots.length) continue
    const { key } = scoreOf(weighed(place), 0, ask.weights)
    if (key >= chosen.key) continue
    if (best === null || lack < best.lack || (lack === best.lack && key < best.key))
      best = { place, lack, key }
  }
  if (best === null) return null
  const { place, lack } = best
  const { key: _, ...score } = scoreOf(weighed(place), 0, ask.weights)
  const parcels = lots.map(
    ({ parcel }): SourcedParcel => ({
      warehouse: place.code,
      pieces: addUp(parcel.groups.flat()),
      waits: false,
      reasons: parcel.reasons,
    }),
  )
  return { parcels, score, why: lackWords(place.code, lack) }
}

/** Pieces that it lacks to send everything; null where it may not send some of it. */
function lackAt({ ask, units, lots, slots }: SourceModel, code: string): number | null {
  if (lots.some((lot) => !slots.some((slot) => slot.lot === lot && slot.place.code === code))) return null
  const needs = new Map<string, number>()
  for (const { parcel } of lots)
    for (const { unit, quantity } of parcel.groups.flat()) {
      const sku = units.get(unit)?.sku ?? ''
      needs.set(sku, (needs.get(sku) ?? 0) + quantity)
    }
  if (ask.free === null) return 0
  let lack = 0
  for (const [sku, needed] of needs)
    lack += Math.max(0, needed - Math.max(0, ask.free.get(`${sku}\n${code}`) ?? 0))
  return lack
}
