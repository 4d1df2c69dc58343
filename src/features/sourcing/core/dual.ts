import type { Atom, Slot } from './model.ts'

/**
 * A lower bound on what serving all atoms costs. Every atom offers a price; no parcel that may be opened can be paid more than it costs,
 * whatever it carries. What the atoms offer together is a bound for every way to pack, and what a parcel lacks to its cost is what
 * all costs more, at least, where that parcel is opened. The offers are raised in turn (dual ascent, as Erlenkotter's for the opening of
 * places); a parcel's kilograms are counted by the gram here, the first of them free.
 */
export type Dual = {
  readonly slots: readonly Slot[]
  /** Grams of each atom, all its pieces. */
  readonly grams: Float64Array
  /** The slots of atom n: `at` from `from[n]` to `from[n + 1]`, not included. */
  readonly from: Int32Array
  readonly at: Int32Array
  readonly cost: Float64Array
  readonly fixed: Float64Array
  readonly rate: Float64Array
  /** By slot: what it lacks to its cost; the result of a bound, beside its figure. */
  readonly slack: Float64Array
  /** By slot: the price of a gram that its offers are compared with. */
  readonly gram: Float64Array
  /** By slot: grams that it would carry, best offers first. */
  readonly load: Float64Array
  readonly may: Uint8Array
  readonly offer: Float64Array
  readonly ratio: Float64Array
  readonly stuck: Uint8Array
  readonly order: Int32Array
}

const BARRED = 0
const FREE = 1
const OPEN = 2
const KILOGRAM = 1_000

export function prepareDual(atoms: readonly Atom[], slots: readonly Slot[]): Dual {
  const size = atoms.reduce((sum, { options }) => sum + options.length, 0)
  const from = new Int32Array(atoms.length + 1)
  const at = new Int32Array(size)
  let next = 0
  for (const [number, { options }] of atoms.entries()) {
    for (const { slot } of options) {
      at[next] = slot.at
      next += 1
    }
    from[number + 1] = next
  }
  const perSlot = () => new Float64Array(slots.length)
  const perAtom = () => new Float64Array(atoms.length)
  return {
    slots,
    grams: Float64Array.from(atoms, ({ grams, pieces }) => grams * pieces),
    from,
    at,
    cost: new Float64Array(size),
    fixed: Float64Array.from(slots, ({ place }) => place.fixed),
    rate: Float64Array.from(slots, ({ place }) => place.rate / KILOGRAM),
    slack: perSlot(),
    gram: perSlot(),
    load: perSlot(),
    may: new Uint8Array(slots.length),
    offer: perAtom(),
    ratio: perAtom(),
    stuck: new Uint8Array(atoms.length),
    order: Int32Array.from(atoms, (_, n) => n),
  }
}

/** What all costs at least, open parcels included; infinity where an atom has no way left. Leaves `slack`. */
export function dualBound(dual: Dual, mayOpen: (slot: Slot) => boolean): number {
  const { slots, grams, fixed, rate, slack, gram, may, from, at, offer } = dual
  for (let n = 0; n < slots.length; n += 1) {
    const slot = slots[n] as Slot
    may[n] = slot.state === 'open' ? OPEN : mayOpen(slot) ? FREE : BARRED
    gram[n] = Math.min(rate[n] as number, (fixed[n] as number) / KILOGRAM)
    slack[n] = (fixed[n] as number) - (gram[n] as number) * KILOGRAM
  }
  for (let atom = 0; atom < grams.length; atom += 1) {
    let least = Number.POSITIVE_INFINITY
    for (let k = from[atom] as number; k < (from[atom + 1] as number); k += 1) {
      const slot = at[k] as number
      if (may[slot] !== BARRED && (gram[slot] as number) < least) least = gram[slot] as number
    }
    if (least === Number.POSITIVE_INFINITY) return least
    offer[atom] = least * (grams[atom] as number)
  }
  raise(dual)
  recount(dual)
  let bound = 0
  for (let atom = 0; atom < grams.length; atom += 1) bound += offer[atom] as number
  for (let n = 0; n < slots.length; n += 1)
    if (may[n] === OPEN || (may[n] === FREE && (slack[n] as number) < 0)) bound += slack[n] as number
  // What costs are added up of are whole numbers, offers are not: the sum may be above the truth by as much as its last digits.
  return Math.ceil(bound - 1 - bound * 1e-12)
}

/** Offers go up, in small steps, until a parcel that wants them is paid in full. */
function raise({ grams, from, at, cost, gram, may, slack, offer, stuck }: Dual): void {
  const count = grams.length
  for (let atom = 0; atom < count; atom += 1) {
    stuck[atom] = 0
    const weight = grams[atom] as number
    for (let k = from[atom] as number; k < (from[atom + 1] as number); k += 1)
      cost[k] = (gram[at[k] as number] as number) * weight
  }
  for (let moved = true; moved; ) {
    moved = false
    for (let atom = 0; atom < count; atom += 1) {
      if (stuck[atom] === 1) continue
      const now = offer[atom] as number
      const begin = from[atom] as number
      const end = from[atom + 1] as number
      let most = Number.POSITIVE_INFINITY
      let next = Number.POSITIVE_INFINITY
      for (let k = begin; k < end; k += 1) {
        const slot = at[k] as number
        if (may[slot] === BARRED) continue
        if ((cost[k] as number) > now) {
          if ((cost[k] as number) < next) next = cost[k] as number
          continue
        }
        const left = may[slot] === OPEN ? 0 : (slack[slot] as number)
        if (left < most) most = left
      }
      const up = Math.min(most, next - now)
      if (!(up > 0.5) || up === Number.POSITIVE_INFINITY) {
        stuck[atom] = 1
        continue
      }
      offer[atom] = now + up
      if (up === next - now) offer[atom] = next
      for (let k = begin; k < end; k += 1) {
        const slot = at[k] as number
        if (may[slot] !== BARRED && (cost[k] as number) <= now) slack[slot] = (slack[slot] as number) - up
      }
      moved = true
    }
  }
}

/** What each parcel lacks to its cost when it carries what pays best for it: the first kilogram free, each further gram at its rate. */
function recount({
  slots,
  grams,
  from,
  at,
  fixed,
  rate,
  gram,
  load,
  may,
  slack,
  offer,
  ratio,
  order,
}: Dual): void {
  const count = grams.length
  for (let atom = 0; atom < count; atom += 1) {
    const weight = grams[atom] as number
    ratio[atom] = weight === 0 ? Number.POSITIVE_INFINITY : (offer[atom] as number) / weight
  }
  for (let i = 1; i < count; i += 1) {
    const one = order[i] as number
    const key = ratio[one] as number
    let j = i - 1
    for (; j >= 0 && (ratio[order[j] as number] as number) < key; j -= 1) order[j + 1] = order[j] as number
    order[j + 1] = one
  }
  for (let n = 0; n < slots.length; n += 1) {
    load[n] = 0
    gram[n] = -1
    slack[n] = fixed[n] as number
  }
  for (let i = 0; i < count; i += 1) {
    const atom = order[i] as number
    const price = ratio[atom] as number
    const weight = grams[atom] as number
    for (let k = from[atom] as number; k < (from[atom + 1] as number); k += 1) {
      const slot = at[k] as number
      if (may[slot] === BARRED || (gram[slot] as number) >= 0) continue
      const carried = load[slot] as number
      const own = rate[slot] as number
      if (weight === 0) {
        slack[slot] = (slack[slot] as number) - (offer[atom] as number)
        continue
      }
      const room = Math.max(0, KILOGRAM - carried)
      if (price > own) {
        slack[slot] = (slack[slot] as number) - (offer[atom] as number) + own * Math.max(0, weight - room)
        load[slot] = carried + weight
      } else {
        const taken = Math.min(room, weight)
        slack[slot] = (slack[slot] as number) - price * taken
        load[slot] = carried + taken
        if (taken < weight) gram[slot] = room === 0 ? own : price
      }
    }
  }
  for (let n = 0; n < slots.length; n += 1)
    if ((gram[n] as number) < 0) gram[n] = (load[n] as number) > KILOGRAM ? (rate[n] as number) : 0
}
