import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SourceAsk, SourcedParcel, SourceWeights } from '#domain/fulfilment.ts'
import { bigAsk, type Draw, drawFrom, smallAsk } from './made-asks.ts'
import { DEFAULT_WEIGHTS, STEPS_MOST } from './options.ts'
import { bruteForce } from './oracle.ts'
import { sourceParcels } from './source-parcels.ts'

const CASES = 20_000

test(`the answer is as good as the best of all ways, on ${CASES} small questions`, () => {
  const seen = { served: 0, refused: 0, waits: 0, parted: 0 }
  for (let seed = 1; seed <= CASES; seed += 1) {
    const ask = smallAsk(drawFrom(seed))
    const answer = sourceParcels(ask)
    const best = bruteForce(ask)
    if (!answer.ok) {
      assert.equal(best, null, `seed ${seed} was refused (${answer.refusal.code}), though there is a way`)
      seen.refused += 1
      continue
    }
    assert.ok(best !== null, `seed ${seed}: nothing serves it, and yet there is an answer`)
    const { score, parcels, isProven } = answer.value
    checkPieces(ask, parcels, seed)
    assert.ok(isProven, `seed ${seed} was not proven`)
    assert.deepEqual(
      { waiting: score.waiting, parcels: score.parcels, total: score.total },
      { waiting: best.waiting, parcels: best.parcels, total: best.cost - firstOf(ask) * best.parcels },
      `seed ${seed}`,
    )
    seen.served += 1
    if (score.waiting > 0) seen.waits += 1
    if (score.parcels > ask.parcels.length) seen.parted += 1
  }
  // The questions must be of every sort, or the equality says little.
  for (const [sort, count] of Object.entries(seen)) assert.ok(count > CASES / 100, `${count} ${sort}`)
})

/** Parcels-first adds to the twin's sum what the shown total leaves out. */
function firstOf({ weights: { parcels, ...others } }: SourceAsk): number {
  return parcels > Object.values(others).reduce((sum, one) => sum + one, 0) ? 1e10 : 0
}

/** Every piece is in exactly one parcel, and what is bound hard is together, whatever the search did. */
function checkPieces(ask: SourceAsk, parcels: readonly SourcedParcel[], seed: number): void {
  const sum = (pieces: readonly { unit: string; quantity: number }[]) => {
    const sums: Record<string, number> = {}
    for (const { unit, quantity } of pieces) sums[unit] = (sums[unit] ?? 0) + quantity
    return Object.fromEntries(Object.entries(sums).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }
  const asked = sum(ask.parcels.flatMap(({ groups }) => groups.flat()))
  assert.deepEqual(sum(parcels.flatMap(({ pieces }) => pieces)), asked, `seed ${seed}: pieces`)
  for (const { strength, units } of ask.bindings) {
    if (strength !== 'hard') continue
    const carrying = parcels.filter(({ pieces }) => pieces.some(({ unit }) => units.includes(unit)))
    assert.equal(carrying.length, 1, `seed ${seed}: a hard binding is broken`)
  }
  for (const { warehouse, waits, pieces } of parcels) {
    assert.equal(warehouse === null, waits, `seed ${seed}`)
    if (!waits) continue
    for (const { unit } of pieces)
      assert.ok(
        ask.bindings.some((one) => one.strength === 'soft' && one.units.indexOf(unit) > 0),
        `seed ${seed}: ${unit} waits and is no gift that may`,
      )
  }
}

test('the order of units, groups, parcels, bindings and warehouses changes nothing', () => {
  for (let seed = 1; seed <= 3_000; seed += 1) {
    const draw = drawFrom(seed)
    const ask = smallAsk(draw)
    const shuffled: SourceAsk = {
      ...ask,
      units: shuffle(ask.units, draw),
      bindings: shuffle(ask.bindings, draw),
      parcels: shuffle(
        ask.parcels.map((parcel) => ({ ...parcel, groups: shuffle(parcel.groups, draw) })),
        draw,
      ),
      warehouses: shuffle(ask.warehouses, draw),
      free: ask.free === null ? null : new Map(shuffle([...ask.free], draw)),
    }
    assert.deepEqual(sourceParcels(shuffled), sourceParcels(ask), `seed ${seed}`)
  }
})

function shuffle<T>(list: readonly T[], draw: Draw): T[] {
  return list
    .map((one) => ({ one, at: draw(1_000_000) }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ one }) => one)
}

test('with 20 lines and 20 warehouses there are never more parcels than the greedy way has', () => {
  let fewer = 0
  for (let seed = 1; seed <= 60; seed += 1) {
    const ask = bigAsk(drawFrom(seed), 20, 20)
    const answer = sourceParcels(ask)
    assert.ok(answer.ok, `seed ${seed}`)
    const greedy = greedyParcels(ask)
    assert.ok(answer.value.score.parcels <= greedy, `seed ${seed}: ${answer.value.score.parcels} > ${greedy}`)
    if (answer.value.score.parcels < greedy) fewer += 1
  }
  assert.ok(fewer > 5, `fewer only ${fewer} times`)
})

/** Line by line from the nearest warehouse that has it all. */
function greedyParcels({ units, warehouses, free }: SourceAsk): number {
  const near = warehouses.toSorted((a, b) => (a.km ?? 1e9) - (b.km ?? 1e9))
  const used = units.map(
    ({ sku, quantity }) => near.find(({ code }) => (free?.get(`${sku}\n${code}`) ?? 0) >= quantity)?.code,
  )
  return new Set(used).size
}

test('without steps the answer is the greedy one, and says that it is not proven', () => {
  const ask = { ...bigAsk(drawFrom(7), 20, 20), stepsMost: 1 }
  const answer = sourceParcels(ask)
  assert.ok(answer.ok)
  assert.equal(answer.value.isProven, false)
  checkPieces(ask, answer.value.parcels, 7)
})

/** As the shipped templates weigh. */
const GOALS: Readonly<Record<string, Partial<SourceWeights>>> = {
  nearest: { parcels: 20, distance: 100 },
  fewest: { parcels: 100, distance: 30, cost: 30, promise: 20, balance: 10 },
  cheapest: { parcels: 10, cost: 100 },
  quickest: { parcels: 30, cost: 10, promise: 100 },
  mixed: { parcels: 50, distance: 15, cost: 20, promise: 10, balance: 5 },
  peak: { parcels: 30, distance: 5, cost: 10, promise: 10, balance: 100 },
}

test('with 20 lines and 20 warehouses the best is proven within the ordinary steps, whatever the goal', () => {
  const none = { parcels: 0, distance: 0, cost: 0, promise: 0, balance: 0, priority: 1 }
  for (const [goal, weights] of Object.entries({ default: DEFAULT_WEIGHTS, ...GOALS })) {
    const unproven: number[] = []
    for (let seed = 1; seed <= 50; seed += 1) {
      const ask = {
        ...bigAsk(drawFrom(seed), 20, 20),
        weights: { ...none, ...weights },
        stepsMost: STEPS_MOST,
      }
      const answer = sourceParcels(ask)
      assert.ok(answer.ok, `${goal}, seed ${seed}`)
      if (!answer.value.isProven) unproven.push(seed)
    }
    assert.ok(unproven.length <= 1, `${goal}: seeds ${unproven.join(', ')}`)
  }
})

test('500 lines and 60 warehouses take no more steps than they may, and a plan is found', () => {
  const ask = { ...bigAsk(drawFrom(3), 500, 60), stepsMost: STEPS_MOST }
  const answer = sourceParcels(ask)
  assert.ok(answer.ok)
  assert.ok(answer.value.steps < 2 * STEPS_MOST, `${answer.value.steps} steps`)
  checkPieces(ask, answer.value.parcels, 3)
})
