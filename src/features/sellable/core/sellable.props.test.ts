import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { figureFor, type Policy } from './policy.ts'
import { type Catalogue, type Place, sellableOf } from './sellable.ts'
import { explode } from './sets.ts'

const WAREHOUSES = ['BJ', 'HZ', 'SZ']
const SKUS = ['TEA', 'CUP', 'BAG', 'SET']

const places: fc.Arbitrary<Place[]> = fc
  .uniqueArray(fc.constantFrom(...WAREHOUSES), { maxLength: 3 })
  .chain((names) =>
    fc.tuple(
      ...names.map((warehouse) =>
        fc.record({
          warehouse: fc.constant(warehouse),
          available: fc.integer({ min: -50, max: 1_000_000 }),
          safety: fc.integer({ min: 0, max: 100 }),
          quota: fc.integer({ min: 0, max: 200 }),
        }),
      ),
    ),
  )
const ratio = fc.integer({ min: 1, max: 20 })
const catalogues: fc.Arbitrary<Catalogue> = fc
  .record({
    tea: places,
    cup: places,
    bag: places,
    quantities: fc.tuple(ratio, ratio),
    gift: fc.record({
      numerator: ratio,
      denominator: ratio,
      binding: fc.constantFrom('hard' as const, 'soft' as const),
    }),
    main: fc.constantFrom('TEA', 'SET'),
  })
  .map(({ tea, cup, bag, quantities, gift, main }) => ({
    places: new Map([
      ['TEA', tea],
      ['CUP', cup],
      ['BAG', bag],
    ]),
    bundles: new Map([
      [
        'SET',
        [
          { sku: 'TEA', quantity: quantities[0] },
          { sku: 'CUP', quantity: quantities[1] },
        ],
      ],
    ]),
    gifts: new Map([['BAG', { ...gift, mainSku: main }]]),
  }))
const scopes = fc.record({ warehouses: fc.subarray(WAREHOUSES), withQuota: fc.boolean() })
const policies: fc.Arbitrary<Policy> = fc.record({
  connection: fc.constant('shop'),
  sku: fc.constant('*'),
  warehouses: fc.constant([]),
  shareBps: fc.integer({ min: 0, max: 10_000 }),
  floor: fc.integer({ min: 0, max: 50 }),
  cap: fc.option(fc.integer({ min: 0, max: 500 })),
  zeroAt: fc.integer({ min: 0, max: 20 }),
  push: fc.boolean(),
  active: fc.boolean(),
})

/** What a warehouse really has of a SKU for this channel, reckoned without the code under test. */
function truth({ available, quota }: Place, withQuota: boolean): number {
  return Math.max(0, available + (withQuota ? quota : 0))
}

test('nothing is sellable that is not there; figures are whole and never negative', () => {
  fc.assert(
    fc.property(catalogues, scopes, (catalogue, scope) => {
      for (const sku of SKUS) {
        const found = sellableOf(catalogue, sku, scope)
        assert.ok(Number.isSafeInteger(found.pieces) && found.pieces >= 0)
        assert.ok(found.apart >= found.pieces, `${sku}: apart ${found.apart} < ${found.pieces}`)
        // Sell them all: each place can really give the parts of what it is said to have.
        for (const { warehouse, pieces } of found.places)
          for (const { sku: part, quantity } of explode(
            [{ sku, quantity: pieces, warehouse }],
            catalogue.bundles,
          )) {
            const here = catalogue.places.get(part)?.find((place) => place.warehouse === warehouse)
            assert.ok(
              quantity <= (here === undefined ? 0 : truth(here, scope.withQuota)),
              `${quantity} of ${part} at ${warehouse}`,
            )
          }
      }
    }),
    { numRuns: 400 },
  )
})

test('one more piece anywhere never lowers any figure; the quota never lowers the own one', () => {
  fc.assert(
    fc.property(
      catalogues,
      scopes,
      fc.constantFrom('TEA', 'CUP', 'BAG'),
      fc.integer({ min: 0, max: 2 }),
      fc.integer({ min: 1, max: 40 }),
      (catalogue, scope, sku, place, more) => {
        const raised = {
          ...catalogue,
          places: new Map(catalogue.places).set(
            sku,
            (catalogue.places.get(sku) ?? []).map((one, i) =>
              i === place ? { ...one, available: one.available + more } : one,
            ),
          ),
        }
        for (const each of SKUS) {
          assert.ok(sellableOf(raised, each, scope).pieces >= sellableOf(catalogue, each, scope).pieces)
          const { warehouses } = scope
          const shared = sellableOf(catalogue, each, { warehouses, withQuota: false }).pieces
          assert.ok(sellableOf(catalogue, each, { warehouses, withQuota: true }).pieces >= shared)
        }
      },
    ),
    { numRuns: 300 },
  )
})

test('a channel never sees more than there is, unless its floor says so and the figure says that too', () => {
  const pieces = fc.integer({ min: 0, max: 3_000_000_000 })
  fc.assert(
    fc.property(policies, pieces, fc.integer({ min: 0, max: 1_000 }), (policy, shared, quota) => {
      const own = shared + quota
      const { figure, aboveTruth, steps } = figureFor(policy, shared, own)
      assert.ok(Number.isSafeInteger(figure) && figure >= 0)
      assert.equal(aboveTruth, figure > own)
      if (figure > own) assert.equal(figure, Math.min(policy.floor, policy.cap ?? policy.floor))
      if (own <= policy.zeroAt) assert.equal(figure, 0)
      if (policy.cap !== null) assert.ok(figure <= policy.cap)
      assert.equal(steps.at(-1)?.figure, figure, 'the last step is the answer')
      assert.ok(figureFor(policy, shared + 1, own + 1).figure >= figure, 'one more piece never shows fewer')
    }),
    { numRuns: 500 },
  )
})

test('shares that add up to the whole never sell a piece twice', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 0, max: 100_000 }),
      (weights, pieces) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0)
        const shares = weights.map((weight) => (total === 0 ? 0 : Math.floor((weight * 10_000) / total)))
        const rule = {
          connection: 'a',
          sku: '*',
          warehouses: [],
          floor: 0,
          cap: null,
          zeroAt: 0,
          push: true,
          active: true,
        }
        const shown = shares.map((shareBps) => figureFor({ ...rule, shareBps }, pieces, pieces).figure)
        assert.ok(shown.reduce((sum, one) => sum + one, 0) <= pieces)
      },
    ),
  )
})
