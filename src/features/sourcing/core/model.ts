import type { Binding, PlanPiece, PlanUnit, SourceAsk, SplitParcel } from '#domain/fulfilment.ts'
import type { Words } from '#domain/notice.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { type Place, placesOf } from './points.ts'

/** What is left of a SKU at a warehouse. */
export type Shelf = { readonly sku: string; readonly warehouse: string; left: number }

/** Goods that splitting lets travel together. */
export type Lot = {
  readonly index: number
  readonly parcel: SplitParcel
  /** All of it from one warehouse. */
  readonly single: boolean
  /** How many of its slots are open. */
  open: number
}

/** One parcel that could be: these goods from that warehouse. */
export type Slot = {
  readonly lot: Lot
  readonly place: Place
  state: 'free' | 'open' | 'barred'
  /** Pieces and grams that the assignment has put there. */
  pieces: number
  grams: number
  /** Where it stands among the slots of this run, and among the open ones of an assignment. */
  at: number
  rank: number
}

/** A warehouse that could serve an atom, and what it would take from which shelf (of one piece where the atom may be spread). */
export type Option = {
  readonly slot: Slot
  readonly draws: readonly { readonly shelf: Shelf; readonly quantity: number }[]
}

/** What goes to one warehouse as a whole; `pieces` more than 1: single pieces that may go to several. */
export type Atom = {
  readonly lot: Lot
  readonly units: readonly PlanPiece[]
  readonly demand: readonly (readonly [sku: string, quantity: number])[]
  /** A gift that may wait. */
  readonly soft: boolean
  readonly pieces: number
  /** Of one piece of it. */
  readonly grams: number
  readonly options: readonly Option[]
}

export type Out = { readonly warehouse: string; readonly words: Words }

export type SourceModel = {
  readonly ask: SourceAsk
  readonly units: ReadonlyMap<string, PlanUnit>
  readonly lots: readonly Lot[]
  readonly places: readonly Place[]
  readonly slots: readonly Slot[]
  readonly atoms: readonly Atom[]
  readonly out: readonly Out[]
}

/**
 * The question in the search's own form, sorted so that the same question in another order is the same. Refused:
 * `sourcing.bindings_conflict` where splitting parted what is bound hard, `sourcing.no_warehouse` where all are out of the question.
 */
export function modelOf(ask: SourceAsk): Result<SourceModel> {
  const units = new Map(ask.units.map((unit) => [unit.key, unit]))
  const parted = partedBinding(ask)
  if (parted !== null)
    return refuse(
      'sourcing.bindings_conflict',
      `bound units are in different parcels: ${parted.join(', ')}`,
      {
        units: parted,
      },
    )
  const lots = ask.parcels.map(canonicalParcel).toSorted(byText).map(lotOf)
  const { open, out } = sift(ask, lots)
  if (open.length === 0) return noWarehouse(out)
  const places = placesOf(open, ask.weights, ask.dueMinutes)
  const shelves = shelvesOf(ask)
  const slots: Slot[] = []
  const atoms: Atom[] = []
  for (const lot of lots) {
    const mine = places
      .filter((place) => mayServe(lot, place.at))
      .map((place): Slot => ({ lot, place, state: 'free', pieces: 0, grams: 0, at: 0, rank: 0 }))
      .toSorted((a, b) => a.place.fixed - b.place.fixed)
    slots.push(...mine)
    for (const group of atomGroups(lot.parcel, ask.bindings))
      atoms.push(...atomOf(ask, units, lot, group, mine, shelves))
  }
  const idle = places.filter(
    (place) => !atoms.some(({ options }) => options.some((one) => one.slot.place === place)),
  )
  const short = idle.map((place) => ({
    warehouse: place.code,
    words: emptyWords(place.code, atoms, shelves),
  }))
  return ok({ ask, units, lots, places, slots, atoms, out: [...out, ...short] })
}

/** Of a gift binding every parcel with the gift has its main product too; of another one every parcel has all or none. */
function partedBinding({ bindings, parcels }: SourceAsk): readonly string[] | null {
  const contents = parcels.map((parcel) => new Set(parcel.groups.flat().map((piece) => piece.unit)))
  for (const { strength, why, units } of bindings) {
    if (strength !== 'hard') continue
    const [main] = units
    for (const content of contents) {
      const inside = units.filter((unit) => content.has(unit))
      if (inside.length === 0 || inside.length === units.length) continue
      if (
        why === 'gift' &&
        main !== undefined &&
        content.has(main) &&
        !giftElsewhere(units, content, contents)
      )
        continue
      return units
    }
  }
  return null
}

/** Whether a gift that this parcel lacks is in one without the main product. */
function giftElsewhere(
  [main = '', ...gifts]: readonly string[],
  content: ReadonlySet<string>,
  contents: readonly ReadonlySet<string>[],
): boolean {
  return gifts.some((gift) => !content.has(gift) && contents.some((one) => one.has(gift) && !one.has(main)))
}

function canonicalParcel(parcel: SplitParcel): SplitParcel {
  const groups = parcel.groups
    .map((group) =>
      group.toSorted((a, b) => (a.unit < b.unit ? -1 : a.unit > b.unit ? 1 : a.quantity - b.quantity)),
    )
    .toSorted(byText)
  return { ...parcel, groups, needs: parcel.needs.toSorted() }
}

function byText(a: unknown, b: unknown): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)]
  return left < right ? -1 : left > right ? 1 : 0
}

function lotOf(parcel: SplitParcel, index: number): Lot {
  return { index, parcel, single: parcel.together, open: 0 }
}

/** Groups that a hard binding joins are one. */
function atomGroups(parcel: SplitParcel, bindings: readonly Binding[]): PlanPiece[][] {
  const owner = parcel.groups.map((_, index) => index)
  const root = (index: number): number => {
    const above = owner[index] ?? index
    return above === index ? index : root(above)
  }
  const placeOf = new Map<string, number[]>()
  for (const [index, group] of parcel.groups.entries())
    for (const { unit } of group) placeOf.set(unit, [...(placeOf.get(unit) ?? []), index])
  for (const { strength, units } of bindings) {
    if (strength !== 'hard') continue
    const [first, ...rest] = units.flatMap((unit) => placeOf.get(unit) ?? [])
    if (first === undefined) continue
    for (const index of rest) owner[root(index)] = root(first)
  }
  const joined = new Map<number, PlanPiece[]>()
  for (const [index, group] of parcel.groups.entries()) {
    const at = root(index)
    joined.set(at, [...(joined.get(at) ?? []), ...group])
  }
  return [...joined.values()].map(addUp)
}

function addUp(pieces: readonly PlanPiece[]): PlanPiece[] {
  const sums = new Map<string, number>()
  for (const { unit, quantity } of pieces) sums.set(unit, (sums.get(unit) ?? 0) + quantity)
  return [...sums]
    .map(([unit, quantity]) => ({ unit, quantity }))
    .toSorted((a, b) => (a.unit < b.unit ? -1 : 1))
}

function atomOf(
  ask: SourceAsk,
  units: ReadonlyMap<string, PlanUnit>,
  lot: Lot,
  group: readonly PlanPiece[],
  slots: readonly Slot[],
  shelves: (sku: string, warehouse: string) => Shelf,
): Atom[] {
  const demand = new Map<string, number>()
  let grams = 0
  for (const { unit, quantity } of group) {
    const known = units.get(unit)
    if (known === undefined || quantity < 1) continue
    demand.set(known.sku, (demand.get(known.sku) ?? 0) + quantity)
    grams += (known.weightG ?? 0) * quantity
  }
  if (demand.size === 0) return []
  const soft = group.every(({ unit }) => isSoft(ask, unit) && !isHard(ask, unit))
  const [only] = group
  const spread =
    ask.spread === 'units' &&
    group.length === 1 &&
    only !== undefined &&
    !soft &&
    !lot.single &&
    !isHard(ask, only.unit)
  const pieces = spread && only !== undefined ? only.quantity : 1
  const options = slots.flatMap((slot): Option[] => {
    const draws = [...demand].map(([sku, quantity]) => ({
      shelf: shelves(sku, slot.place.code),
      quantity: quantity / pieces,
    }))
    return draws.every(({ shelf, quantity }) => shelf.left >= quantity) ? [{ slot, draws }] : []
  })
  return [{ lot, units: group, demand: [...demand], soft, pieces, grams: grams / pieces, options }]
}

function isHard({ bindings }: SourceAsk, unit: string): boolean {
  return bindings.some((one) => one.strength === 'hard' && one.units.includes(unit))
}

/** Bound softly to something else: the first of a binding is what the others may not leave before. */
function isSoft({ bindings }: SourceAsk, unit: string): boolean {
  return bindings.some((one) => one.strength === 'soft' && one.units.indexOf(unit) > 0)
}

function shelvesOf({ free }: SourceAsk): (sku: string, warehouse: string) => Shelf {
  const shelves = new Map<string, Shelf>()
  return (sku, warehouse) => {
    const key = `${sku}\n${warehouse}`
    const known = shelves.get(key)
    if (known !== undefined) return known
    const left = free === null ? Number.POSITIVE_INFINITY : Math.max(0, free.get(key) ?? 0)
    const shelf = { sku, warehouse, left }
    shelves.set(key, shelf)
    return shelf
  }
}

function mayServe(
  { parcel }: Lot,
  warehouse: { readonly code: string; readonly takes: readonly string[] },
): boolean {
  if (parcel.warehouse !== null && parcel.warehouse !== warehouse.code) return false
  return parcel.needs.every((tag) => warehouse.takes.includes(tag))
}

/** Those that may send something of it at all, preferred first; and why the others are out. */
function sift(ask: SourceAsk, lots: readonly Lot[]) {
  const out: Out[] = []
  const open = ask.warehouses
    .toSorted((a, b) => a.priority - b.priority || (a.code < b.code ? -1 : 1))
    .filter((warehouse) => {
      const words = whyOut(ask, lots, warehouse)
      if (words !== null) out.push({ warehouse: warehouse.code, words })
      return words === null
    })
  return { open, out }
}

function whyOut(
  ask: SourceAsk,
  lots: readonly Lot[],
  warehouse: SourceAsk['warehouses'][number],
): Words | null {
  const excluded = ask.excluded.find((one) => one.warehouse === warehouse.code)
  if (excluded !== undefined) return excluded.words
  const { load, capacity } = warehouse
  if (capacity !== null && load >= capacity)
    return { zh: `今日产能已满 ${load}/${capacity}`, en: `full for today: ${load} of ${capacity}` }
  if (lots.some((lot) => mayServe(lot, warehouse))) return null
  const named = lots.find(({ parcel }) => parcel.warehouse !== null)?.parcel.warehouse
  const lacking = lots
    .flatMap(({ parcel }) => parcel.needs)
    .filter((tag, i, all) => all.indexOf(tag) === i && !warehouse.takes.includes(tag))
  return lacking.length > 0
    ? { zh: `不能收 ${lacking.join('、')}`, en: `cannot take ${lacking.join(', ')}` }
    : { zh: `指定由 ${named} 发货`, en: `${named} was named` }
}

function emptyWords(
  warehouse: string,
  atoms: readonly Atom[],
  shelves: (sku: string, warehouse: string) => Shelf,
): Words {
  const lacks = atoms.flatMap(({ demand }) =>
    demand.flatMap(([sku, quantity]) => {
      const lack = quantity - shelves(sku, warehouse).left
      return lack > 0 ? [{ sku, lack }] : []
    }),
  )
  const [first] = lacks
  if (first === undefined) return { zh: '没有可由它发的商品', en: 'nothing here can leave from it' }
  const more = lacks.length - 1
  return {
    zh: `库存缺 ${first.sku} ${first.lack} 件${more > 0 ? `，另 ${more} 种也缺` : ''}`,
    en: `short of ${first.lack} of ${first.sku}${more > 0 ? ` and of ${more} more SKUs` : ''}`,
  }
}

function noWarehouse(out: readonly Out[]) {
  const detail =
    out.length === 0
      ? 'there is no active warehouse'
      : `every warehouse is out of the question: ${out
          .slice(0, 3)
          .map((one) => `${one.warehouse} (${one.words.en})`)
          .join(', ')}`
  const words = {
    zh:
      out.length === 0
        ? '没有启用的仓库'
        : `没有仓库能发：${out
            .slice(0, 3)
            .map((one) => `${one.warehouse} ${one.words.zh}`)
            .join('；')}`,
    en: detail,
  }
  return refuse('sourcing.no_warehouse', detail, { words, out })
}
