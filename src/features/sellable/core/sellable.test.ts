import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideWish } from './decide-wish.ts'
import { checkPolicy, figureFor, overShares, type Policy, policyFor } from './policy.ts'
import { readRetellTime, retellDay } from './retell-time.ts'
import { type Catalogue, type Gift, type Part, type Place, sellableOf } from './sellable.ts'
import { checkBundle, checkGift, explode } from './sets.ts'

const ALL = { warehouses: [], withQuota: false }

function place(warehouse: string, available: number, safety = 0, quota = 0): Place {
  return { warehouse, available, safety, quota }
}
function catalogue(
  places: Readonly<Record<string, readonly Place[]>>,
  bundles: Readonly<Record<string, readonly Part[]>> = {},
  gifts: Readonly<Record<string, Gift>> = {},
): Catalogue {
  return {
    places: new Map(Object.entries(places)),
    bundles: new Map(Object.entries(bundles)),
    gifts: new Map(Object.entries(gifts)),
  }
}
const RULE: Policy = {
  connection: 'shop',
  sku: '*',
  warehouses: [],
  shareBps: 10_000,
  floor: 0,
  cap: null,
  zeroAt: 0,
  push: true,
  active: true,
}

test('safety stock is kept back warehouse by warehouse; a shortage in one takes nothing from another', () => {
  const stock = catalogue({ CUP: [place('HZ', 10, 3), place('SZ', 2, 5), place('BJ', -4)] })
  const found = sellableOf(stock, 'CUP', ALL)
  assert.equal(found.pieces, 7)
  assert.deepEqual(
    found.places.filter((one) => one.pieces > 0),
    [{ warehouse: 'HZ', pieces: 7 }],
  )
  assert.equal(sellableOf(stock, 'CUP', { warehouses: ['SZ'], withQuota: false }).pieces, 0)
  assert.equal(sellableOf(stock, 'UNKNOWN', ALL).pieces, 0)
})

test("a channel's quota comes on top for it, as far as the warehouse has it", () => {
  const own = { warehouses: [], withQuota: true }
  assert.equal(sellableOf(catalogue({ CUP: [place('HZ', 4, 0, 6)] }), 'CUP', own).pieces, 10)
  // Two pieces short of what is promised: of the six set aside four are there.
  assert.equal(sellableOf(catalogue({ CUP: [place('HZ', -2, 0, 6)] }), 'CUP', own).pieces, 4)
  assert.equal(sellableOf(catalogue({ CUP: [place('HZ', -9, 0, 6)] }), 'CUP', own).pieces, 0)
})

test('a bundle is the least of its parts in each warehouse, since it leaves as one parcel', () => {
  const stock = catalogue(
    { TEA: [place('HZ', 10), place('SZ', 1)], CUP: [place('HZ', 5), place('SZ', 40)] },
    {
      SET: [
        { sku: 'TEA', quantity: 1 },
        { sku: 'CUP', quantity: 2 },
      ],
    },
  )
  const found = sellableOf(stock, 'SET', ALL)
  // HZ: min(10, 5/2 = 2) = 2; SZ: min(1, 20) = 1. Apart: min(11, 45/2 = 22) = 11.
  assert.deepEqual(found.places, [
    { warehouse: 'HZ', pieces: 2 },
    { warehouse: 'SZ', pieces: 1 },
  ])
  assert.deepEqual([found.kind, found.pieces, found.apart], ['bundle', 3, 11])
  assert.deepEqual(found.from, [
    { sku: 'TEA', quantity: 1, pieces: 11 },
    { sku: 'CUP', quantity: 2, pieces: 45 },
  ])
})

test('a part that stands nowhere makes the bundle nothing', () => {
  const stock = catalogue(
    { TEA: [place('HZ', 10)] },
    {
      SET: [
        { sku: 'TEA', quantity: 1 },
        { sku: 'NONE', quantity: 1 },
      ],
    },
  )
  assert.equal(sellableOf(stock, 'SET', ALL).pieces, 0)
})

test('a gift follows its main product in proportion: hard where that stands, soft over all', () => {
  const places = { TEA: [place('HZ', 7)], BAG: [place('HZ', 50), place('SZ', 30)] }
  const gift = { mainSku: 'TEA', numerator: 1, denominator: 2 }
  const hard = catalogue(places, {}, { BAG: { ...gift, binding: 'hard' } })
  // floor(7 / 2) = 3
  assert.equal(sellableOf(hard, 'BAG', ALL).pieces, 3)
  const elsewhere = { TEA: [place('BJ', 100)], BAG: [place('SZ', 30)] }
  assert.equal(
    sellableOf(catalogue(elsewhere, {}, { BAG: { ...gift, binding: 'hard' } }), 'BAG', ALL).pieces,
    0,
  )
  assert.equal(
    sellableOf(catalogue(elsewhere, {}, { BAG: { ...gift, binding: 'soft' } }), 'BAG', ALL).pieces,
    30,
  )
  const three = catalogue(
    places,
    {},
    { BAG: { mainSku: 'TEA', numerator: 3, denominator: 1, binding: 'soft' } },
  )
  assert.equal(sellableOf(three, 'BAG', ALL).pieces, 21)
})

test('a gift of a bundle follows the bundle', () => {
  const stock = catalogue(
    { TEA: [place('HZ', 9)], CUP: [place('HZ', 4)], BAG: [place('HZ', 50)] },
    {
      SET: [
        { sku: 'TEA', quantity: 1 },
        { sku: 'CUP', quantity: 2 },
      ],
    },
    { BAG: { mainSku: 'SET', numerator: 2, denominator: 1, binding: 'hard' } },
  )
  assert.equal(sellableOf(stock, 'BAG', ALL).pieces, 4)
})

test('a figure is reckoned step by step: share, quota, floor, cap', () => {
  const figure = figureFor({ ...RULE, shareBps: 3_333, cap: 40 }, 100, 105)
  assert.equal(figure.figure, 38)
  assert.deepEqual(figure.steps, [
    { step: 'sellable', by: 100, figure: 100 },
    { step: 'share', by: 3_333, figure: 33 },
    { step: 'quota', by: 5, figure: 38 },
  ])
  assert.deepEqual(figureFor({ ...RULE, cap: 40 }, 100, 100).steps.at(-1), {
    step: 'cap',
    by: 40,
    figure: 40,
  })
})

test('at zero_at or less the channel sees nothing, whatever the floor; a floor above the truth is named', () => {
  const rule = { ...RULE, shareBps: 1_000, floor: 5, zeroAt: 2 }
  assert.deepEqual(
    [2, 3, 4, 60]
      .map((pieces) => figureFor(rule, pieces, pieces))
      .map(({ figure, aboveTruth }) => [figure, aboveTruth]),
    [
      [0, false],
      [5, true],
      [5, true],
      [6, false],
    ],
  )
})

test('the closest rule holds; one that is off holds nowhere', () => {
  const own = { ...RULE, sku: 'CUP', shareBps: 1 }
  assert.equal(policyFor([RULE, own], 'shop', 'CUP'), own)
  assert.equal(policyFor([RULE, { ...own, active: false }], 'shop', 'CUP'), RULE)
  assert.equal(policyFor([RULE], 'other', 'CUP'), null)
})

test('shares of several channels above the whole are named, where they meet', () => {
  const half = { ...RULE, shareBps: 6_000 }
  assert.deepEqual(overShares([half, { ...half, connection: 'b', shareBps: 4_000 }]), [])
  assert.deepEqual(
    overShares([
      { ...half, warehouses: ['HZ'] },
      { ...half, connection: 'b', warehouses: ['SZ'] },
    ]),
    [],
  )
  const both = overShares([
    { ...half, warehouses: ['HZ'] },
    { ...half, connection: 'b' },
  ])
  assert.deepEqual(both, [{ sku: '*', warehouse: 'HZ', shareBps: 12_000, connections: ['b', 'shop'] }])
  const one = overShares([
    half,
    { ...half, connection: 'b', shareBps: 100 },
    { ...half, connection: 'b', sku: 'CUP' },
  ])
  assert.deepEqual(
    one.map((over) => over.sku),
    ['CUP'],
  )
})

test('a rule that contradicts itself is refused', () => {
  const code = (rule: Partial<Policy>): string => {
    const checked = checkPolicy({ ...RULE, ...rule })
    return checked.ok ? 'ok' : checked.refusal.code
  }
  assert.equal(code({}), 'ok')
  assert.equal(code({ floor: 5, cap: 4 }), 'sellable.cap_below_floor')
  assert.equal(code({ zeroAt: 5, cap: 5 }), 'sellable.zero_above_cap')
  assert.equal(code({ cap: 0 }), 'ok')
})

const NOTHING = { bundles: new Set<string>(), parts: new Set<string>(), gifts: new Map<string, string>() }

test('bundles of bundles, of themselves and of nothing are refused', () => {
  const code = (parts: readonly Part[], known = NOTHING): string => {
    const checked = checkBundle('SET', parts, known)
    return checked.ok ? 'ok' : checked.refusal.code
  }
  const part = (sku: string, quantity = 1): Part => ({ sku, quantity })
  assert.equal(code([part('TEA'), part('CUP', 2)]), 'ok')
  assert.equal(code([]), 'sellable.no_parts')
  assert.equal(code(Array.from({ length: 51 }, (_, i) => part(`P${i}`))), 'sellable.too_many_parts')
  assert.equal(code([part('TEA', 0)]), 'sellable.bad_quantity')
  assert.equal(code([part('TEA', 1.5)]), 'sellable.bad_quantity')
  assert.equal(code([part('TEA'), part('TEA')]), 'sellable.part_twice')
  assert.equal(code([part('SET')]), 'sellable.bundle_of_itself')
  assert.equal(code([part('BOX')], { ...NOTHING, bundles: new Set(['BOX']) }), 'sellable.bundle_nested')
  assert.equal(code([part('TEA')], { ...NOTHING, parts: new Set(['SET']) }), 'sellable.bundle_nested')
  assert.equal(
    code([part('TEA')], { ...NOTHING, gifts: new Map([['SET', 'CUP']]) }),
    'sellable.gift_is_bundle',
  )
})

test('gifts of gifts and of themselves are refused, so there is no ring', () => {
  const code = (sku: string, mainSku: string, known = NOTHING): string => {
    const checked = checkGift(sku, { mainSku, numerator: 1, denominator: 1 }, known)
    return checked.ok ? 'ok' : checked.refusal.code
  }
  const known = { ...NOTHING, gifts: new Map([['BAG', 'TEA']]) }
  assert.equal(code('BAG', 'CUP', known), 'ok')
  assert.equal(code('BAG', 'BAG'), 'sellable.gift_of_itself')
  assert.equal(code('CARD', 'BAG', known), 'sellable.gift_of_gift')
  assert.equal(code('TEA', 'CUP', known), 'sellable.gift_of_gift')
  assert.equal(code('SET', 'TEA', { ...NOTHING, bundles: new Set(['SET']) }), 'sellable.gift_is_bundle')
  const odd = checkGift('BAG', { mainSku: 'TEA', numerator: 0, denominator: 1 }, NOTHING)
  assert.equal(odd.ok ? '' : odd.refusal.code, 'sellable.bad_quantity')
})

test('lines are replaced by parts, and the same SKU at the same warehouse is added up', () => {
  const bundles = new Map([
    [
      'SET',
      [
        { sku: 'TEA', quantity: 1 },
        { sku: 'CUP', quantity: 2 },
      ],
    ],
  ])
  const lines = [
    { sku: 'SET', quantity: 3, warehouse: null },
    { sku: 'CUP', quantity: 1, warehouse: null },
    { sku: 'CUP', quantity: 1, warehouse: 'HZ' },
  ]
  assert.deepEqual(explode(lines, bundles), [
    { sku: 'TEA', quantity: 3, warehouse: null },
    { sku: 'CUP', quantity: 7, warehouse: null },
    { sku: 'CUP', quantity: 1, warehouse: 'HZ' },
  ])
})

test('what becomes of a listing, over every standing', () => {
  const row =
    (state: 'idle' | 'due' | 'asked' | 'refused' | 'unknown', wanted: number | null, told: number | null) =>
    (figure: number | null, again = false) => {
      const decided = decideWish({ state, wanted, told }, figure, again)
      return decided === null ? 'same' : `${decided.state} ${decided.wanted}`
    }
  assert.equal(row('idle', null, null)(null), 'same')
  assert.equal(row('idle', null, null)(0), 'due 0')
  assert.equal(row('idle', 5, 5)(5), 'same')
  assert.equal(row('idle', 5, 5)(5, true), 'due 5')
  assert.equal(row('idle', 5, 5)(4), 'due 4')
  assert.equal(row('due', 4, 5)(4), 'same')
  assert.equal(row('due', 4, 5)(5), 'idle 5', 'back again before anybody was told')
  assert.equal(row('due', 4, 5)(3), 'due 3')
  assert.equal(row('asked', 4, 5)(5), 'asked 5', 'the channel hears 4 this moment, so 5 has to follow')
  assert.equal(row('asked', 4, 5)(4), 'same')
  assert.equal(row('unknown', 4, null)(4), 'same')
  assert.equal(row('unknown', 4, null)(3), 'due 3')
  assert.equal(row('refused', 4, 5)(4), 'same', 'a refusal waits for a person')
  assert.equal(row('refused', 4, 5)(3), 'due 3')
  assert.equal(row('due', 4, 5)(null), 'idle null')
  assert.equal(row('asked', 4, 5)(null), 'asked null')
})

test('the nightly telling has a window of two hours, once a day', () => {
  const at = readRetellTime('03:30')
  assert.ok(at.ok && at.value !== null)
  const due = (hour: number, minute: number) =>
    retellDay({ hour, minute, day: '2026-11-11' }, at.value ?? { hour: 0, minute: 0 })
  assert.equal(due(3, 29), null)
  assert.equal(due(3, 30), '2026-11-11')
  assert.equal(due(5, 29), '2026-11-11')
  assert.equal(due(5, 30), null)
  assert.deepEqual(readRetellTime('off'), { ok: true, value: null })
  assert.equal(readRetellTime('24:00').ok, false)
})
