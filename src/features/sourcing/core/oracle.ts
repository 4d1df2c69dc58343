import type { PlanPiece, SourceAsk, SourceWarehouse } from '#domain/fulfilment.ts'

/**
 * The naive twin for tests and the bench: tries every warehouse for every group (and every way to part a line's pieces), with figures of its
 * own. Null: nothing serves it. Small questions only.
 */
export function bruteForce(
  ask: SourceAsk,
): { readonly waiting: number; readonly cost: number; readonly parcels: number } | null {
  const atoms = ask.parcels.flatMap((parcel, lot) =>
    joined(ask, parcel.groups).map((pieces) => ({ lot, parcel, pieces })),
  )
  const serves = (one: SourceWarehouse, parcel: Part['parcel']): boolean =>
    (parcel.warehouse === null || parcel.warehouse === one.code) &&
    parcel.needs.every((tag) => one.takes.includes(tag))
  const open = ask.warehouses.filter(
    (one) =>
      !ask.excluded.some(({ warehouse }) => warehouse === one.code) &&
      (one.capacity === null || one.load < one.capacity) &&
      ask.parcels.some((parcel) => serves(one, parcel)),
  )
  const whole = atoms.flatMap(({ lot, parcel, pieces }) => {
    const soft = pieces.every(
      ({ unit }) =>
        ask.bindings.some((one) => one.strength === 'soft' && one.units.indexOf(unit) > 0) &&
        !isHard(ask, unit),
    )
    const [only] = pieces
    const parts =
      ask.spread === 'units' &&
      pieces.length === 1 &&
      only !== undefined &&
      !soft &&
      !parcel.together &&
      !isHard(ask, only.unit)
        ? Array.from({ length: only.quantity }, () => [{ ...only, quantity: 1 }])
        : [pieces]
    return parts.map((part) => ({ lot, parcel, pieces: part, soft }))
  })
  let best: { waiting: number; cost: number; parcels: number } | null = null
  const chosen: (SourceWarehouse | null)[] = []
  const look = (index: number): void => {
    const atom = whole[index]
    if (atom === undefined) {
      const found = judge(ask, whole, chosen, open)
      if (found !== null && (best === null || before(found, best))) best = found
      return
    }
    for (const one of atom.soft ? [...open, null] : open) {
      if (one !== null && !serves(one, atom.parcel)) continue
      chosen[index] = one
      look(index + 1)
    }
  }
  look(0)
  return best
}

type Part = {
  readonly lot: number
  readonly parcel: SourceAsk['parcels'][number]
  readonly pieces: readonly PlanPiece[]
  readonly soft: boolean
}

function before(a: { waiting: number; cost: number; parcels: number }, b: typeof a): boolean {
  return a.waiting !== b.waiting
    ? a.waiting < b.waiting
    : a.cost !== b.cost
      ? a.cost < b.cost
      : a.parcels < b.parcels
}

function judge(
  ask: SourceAsk,
  parts: readonly Part[],
  chosen: readonly (SourceWarehouse | null)[],
  open: readonly SourceWarehouse[],
) {
  const skuOf = (unit: string) => ask.units.find((one) => one.key === unit)
  const taken = new Map<string, number>()
  const boxes = new Map<string, { at: SourceWarehouse; lot: number; grams: number }>()
  let waiting = 0
  for (const [index, part] of parts.entries()) {
    const at = chosen[index] ?? null
    if (at === null) {
      waiting += 1
      continue
    }
    const box = boxes.get(`${part.lot} ${at.code}`) ?? { at, lot: part.lot, grams: 0 }
    for (const { unit, quantity } of part.pieces) {
      const known = skuOf(unit)
      const key = `${known?.sku}\n${at.code}`
      taken.set(key, (taken.get(key) ?? 0) + quantity)
      box.grams += (known?.weightG ?? 0) * quantity
    }
    boxes.set(`${part.lot} ${at.code}`, box)
  }
  if (ask.free !== null) for (const [key, pieces] of taken) if (pieces > (ask.free.get(key) ?? 0)) return null
  const used = [...boxes.values()]
  for (const one of open)
    if (
      one.capacity !== null &&
      used.filter(({ at }) => at.code === one.code).length > one.capacity - one.load
    )
      return null
  for (const [lot, parcel] of ask.parcels.entries())
    if (parcel.together && used.filter((box) => box.lot === lot).length > 1) return null
  if (ask.spread === 'never' && new Set(used.map(({ at }) => at.code)).size > 1) return null
  return { waiting, cost: costOf(ask, used, open), parcels: used.length }
}

function costOf(
  { weights, dueMinutes }: SourceAsk,
  used: readonly { at: SourceWarehouse; grams: number }[],
  open: readonly SourceWarehouse[],
): number {
  const most = (of: (one: SourceWarehouse) => number | null) =>
    Math.max(0, ...open.map((one) => of(one) ?? 0))
  const others = weights.distance + weights.cost + weights.promise + weights.balance + weights.priority
  let sum = 0
  let slowest = 0
  for (const { at, grams } of used) {
    const kilograms = Math.max(1, Math.ceil(grams / 1000))
    const first = Number(at.firstKgMinor ?? most((one) => Number(one.firstKgMinor ?? 0n)))
    const further = Number(at.furtherKgMinor ?? most((one) => Number(one.furtherKgMinor ?? 0n)))
    const leaves =
      at.cutoffMinutes === null ? 0 : at.cutoffMinutes >= 0 ? at.cutoffMinutes : at.cutoffMinutes + 1440
    const hours =
      (at.hours ?? most((one) => one.hours)) +
      (at.cutoffMinutes !== null && at.cutoffMinutes < 0 ? 24 : 0) +
      (dueMinutes !== null && leaves > dueMinutes ? 48 : 0)
    slowest = Math.max(slowest, Math.round((hours * 1000) / 24))
    sum += weights.parcels * 1000 + (weights.parcels > others ? 1e10 : 0)
    sum += weights.distance * (at.km ?? most((one) => one.km))
    sum += weights.cost * (first + further * (kilograms - 1))
    sum += weights.balance * (at.capacity === null ? 0 : Math.round((at.load / at.capacity) * 1000))
    sum += weights.priority * at.priority * 10
  }
  return sum + weights.promise * slowest
}

function isHard(ask: SourceAsk, unit: string): boolean {
  return ask.bindings.some((one) => one.strength === 'hard' && one.units.includes(unit))
}

/** Groups joined until no hard binding reaches from one into another. */
function joined(ask: SourceAsk, groups: SourceAsk['parcels'][number]['groups']): PlanPiece[][] {
  let sets = groups.map((group) => [...group])
  for (;;) {
    const pair = ask.bindings
      .filter(({ strength }) => strength === 'hard')
      .map(({ units }) => sets.filter((set) => set.some(({ unit }) => units.includes(unit))))
      .find((touched) => touched.length > 1)
    if (pair === undefined) return sets
    sets = [...sets.filter((set) => !pair.includes(set)), pair.flat()]
  }
}
