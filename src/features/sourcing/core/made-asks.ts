import type {
  Binding,
  PlanUnit,
  SourceAsk,
  SourceWarehouse,
  SourceWeights,
  SplitParcel,
} from '#domain/fulfilment.ts'

/** A whole number below `most`, from a stream that its seed decides. */
export type Draw = (most: number) => number

/** Small enough for the naive twin, and odd on purpose: shared SKUs, tight stock, bound gifts, tags, full warehouses. */
export function smallAsk(draw: Draw): SourceAsk {
  const skus = ['A', 'B', 'C'].slice(0, 1 + draw(3))
  const spread = pick(draw, ['never', 'lines', 'lines', 'units'] as const)
  // The twin tries every piece everywhere: three warehouses to the power of six pieces is what it can do 20,000 times.
  const less = spread === 'units' ? 1 : 0
  const units = Array.from({ length: 1 + draw(4 - 2 * less) }, (_, at) =>
    madeUnit(at, pick(draw, skus), 1 + draw(3), draw),
  )
  const warehouses = Array.from({ length: 1 + draw(4 - less) }, (_, at) => madeWarehouse(at, draw))
  const lots = units.length > 1 && draw(3) === 0 ? 2 : 1
  const parcels = Array.from(
    { length: lots },
    (_, lot): SplitParcel => ({
      groups: units
        .filter((_unit, at) => at % lots === lot)
        .map((unit) => [{ unit: unit.key, quantity: unit.quantity }]),
      together: draw(6) === 0,
      warehouse: draw(12) === 0 ? pick(draw, warehouses).code : null,
      needs: draw(6) === 0 ? ['frozen'] : [],
      reasons: [],
    }),
  )
  const free = new Map<string, number>()
  for (const sku of skus) for (const { code } of warehouses) free.set(`${sku}\n${code}`, draw(5))
  return {
    units,
    bindings: madeBindings(parcels, draw),
    parcels,
    to: { country: 'CN', province: '浙江', city: '', district: '' },
    warehouses,
    free: draw(15) === 0 ? null : free,
    spread,
    weights: madeWeights(draw),
    excluded: draw(6) === 0 ? [{ warehouse: 'W1', words: { zh: '停发', en: 'stopped' } }] : [],
    dueMinutes: draw(3) === 0 ? draw(3_000) : null,
    stepsMost: 200_000,
  }
}

/** As big as real orders get: so many lines and warehouses, each warehouse with about half of the SKUs. */
export function bigAsk(draw: Draw, lines: number, warehouseCount: number): SourceAsk {
  const units = Array.from({ length: lines }, (_, at) => madeUnit(at, `S${at}`, 1 + draw(4), draw))
  const warehouses = Array.from({ length: warehouseCount }, (_, at) => ({
    ...madeWarehouse(at, draw),
    firstKgMinor: BigInt(400 + 50 * draw(13)),
    furtherKgMinor: BigInt(100 + 50 * draw(13)),
    capacity: null,
    takes: [],
  }))
  const free = new Map<string, number>()
  for (const { sku } of units)
    for (const { code } of warehouses) if (draw(100) < 55) free.set(`${sku}\n${code}`, draw(8))
  // Somewhere all of it is, or the question would be about stock and not about the best way.
  for (const { sku } of units) free.set(`${sku}\n${pick(draw, warehouses).code}`, 50)
  const groups = units.map(({ key, quantity }) => [{ unit: key, quantity }])
  return {
    units,
    bindings: [],
    parcels: [{ groups, together: false, warehouse: null, needs: [], reasons: [] }],
    to: { country: 'CN', province: '浙江', city: '', district: '' },
    warehouses,
    free,
    spread: 'lines',
    weights: { parcels: 100, distance: 20, cost: 30, promise: 20, balance: 10, priority: 10 },
    excluded: [],
    dueMinutes: null,
    stepsMost: 20_000,
  }
}

function madeUnit(at: number, sku: string, quantity: number, draw: Draw): PlanUnit {
  return {
    key: `1/${at}/${sku}`,
    orderId: 1n,
    lineId: String(at),
    sku,
    title: sku,
    quantity,
    gift: false,
    bundle: null,
    perBundle: 1,
    weightG: draw(5) === 0 ? null : 100 * (1 + draw(15)),
    volumeCm3: null,
    valueMinor: 1_000n,
    tags: [],
  }
}

function madeWarehouse(at: number, draw: Draw): SourceWarehouse {
  const known = <T>(value: T): T | null => (draw(8) === 0 ? null : value)
  return {
    code: `W${at}`,
    priority: draw(4) * 10,
    province: '浙江',
    city: '',
    takes: draw(2) === 0 ? ['frozen'] : [],
    km: known(draw(20) * 100),
    hours: known(12 * (1 + draw(6))),
    firstKgMinor: known(BigInt(300 + 50 * draw(10))),
    furtherKgMinor: known(BigInt(100 * draw(6))),
    load: draw(3),
    capacity: draw(4) === 0 ? 1 + draw(4) : null,
    cutoffMinutes: draw(3) === 0 ? draw(2_000) - 600 : null,
  }
}

function madeBindings(parcels: readonly SplitParcel[], draw: Draw): Binding[] {
  return parcels.flatMap(({ groups }) => {
    const keys = groups.flat().map(({ unit }) => unit)
    const [main, gift] = keys
    if (main === undefined || gift === undefined || draw(2) === 0) return []
    const strength = draw(2) === 0 ? 'hard' : 'soft'
    return [{ strength, why: 'gift', units: draw(3) === 0 ? keys : [main, gift], node: null } as const]
  })
}

function madeWeights(draw: Draw): SourceWeights {
  const one = () => (draw(2) === 0 ? 0 : 10 * draw(10))
  return {
    parcels: draw(2) === 0 ? 100 : one(),
    distance: one(),
    cost: one(),
    promise: one(),
    balance: one(),
    priority: one(),
  }
}

export function pick<T>(draw: Draw, list: readonly T[]): T {
  return list[draw(list.length)] as T
}

/** A small stream of whole numbers (mulberry32), the same in every run. */
export function drawFrom(seed: number): Draw {
  let state = seed >>> 0
  return (most) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % most
  }
}
