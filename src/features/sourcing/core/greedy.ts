import { keyOf, type Placing } from './assign.ts'
import type { Atom, Option } from './model.ts'
import type { Run } from './search.ts'

/**
 * Atom by atom, the one with the fewest ways first, by what costs least just then. A plan to start the search with, and all there is
 * where the search may not take a step. Null: it got stuck, which proves nothing.
 */
export function greedyPlan(run: Run): { readonly plan: readonly Placing[]; readonly key: number } | null {
  const plan: Placing[] = []
  const stuck = run.atoms.some((atom) => !fill(run, atom, plan))
  for (const { atom, slot, pieces } of plan) {
    const option = atom.options.find((one) => one.slot === slot)
    for (const { shelf, quantity } of option?.draws ?? []) shelf.left += quantity * pieces
    if (slot.pieces > 0) {
      slot.place.room += 1
      slot.lot.open -= 1
    }
    slot.pieces = 0
    slot.grams = 0
  }
  return stuck ? null : { plan, key: keyOf(plan) }
}

function fill(_run: Run, atom: Atom, plan: Placing[]): boolean {
  let left = atom.pieces
  const tried = new Set<Option>()
  while (left > 0) {
    const option = cheapest(atom, tried)
    if (option === null) return false
    tried.add(option)
    const { slot, draws } = option
    const pieces = atom.pieces === 1 ? 1 : Math.min(left, draws[0]?.shelf.left ?? 0)
    for (const { shelf, quantity } of draws) shelf.left -= quantity * pieces
    if (slot.pieces === 0) {
      slot.place.room -= 1
      slot.lot.open += 1
    }
    slot.pieces += pieces
    slot.grams += atom.grams * pieces
    plan.push({ atom, slot, pieces })
    left -= pieces
  }
  return true
}

function cheapest(atom: Atom, tried: ReadonlySet<Option>): Option | null {
  let best: Option | null = null
  let least = Number.POSITIVE_INFINITY
  for (const option of atom.options) {
    const { slot, draws } = option
    if (tried.has(option) || draws.some(({ shelf, quantity }) => shelf.left < quantity)) continue
    if (slot.pieces === 0 && (slot.place.room <= 0 || (slot.lot.single && slot.lot.open > 0))) continue
    const kilograms = (grams: number): number => Math.max(1, Math.ceil(grams / 1_000))
    const more = kilograms(slot.grams + atom.grams) - kilograms(slot.grams)
    const cost = slot.place.rate * more + (slot.pieces === 0 ? slot.place.fixed + slot.place.pace : 0)
    if (cost < least) {
      least = cost
      best = option
    }
  }
  return best
}
