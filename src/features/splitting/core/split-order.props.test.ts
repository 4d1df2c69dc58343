import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Binding, PlanUnit, SplitAnswer, SplitAsk } from '#domain/fulfilment.ts'
import type { RuleDone } from '#domain/rulebook.ts'
import { piecesOf, splitOrder, valuesOf } from './split-order.ts'

const TAGS = ['frozen', 'hazmat', 'red']
const MEASURES = ['limit_weight', 'limit_value', 'limit_pieces'] as const

const unit = fc.record({
  sku: fc.constantFrom('A', 'B', 'C', 'D'),
  quantity: fc.integer({ min: 1, max: 4 }),
  gift: fc.boolean(),
  weightG: fc.integer({ min: 0, max: 6 }),
  valueMinor: fc.bigInt({ min: 0n, max: 50n }),
  tags: fc.uniqueArray(fc.constantFrom(...TAGS), { maxLength: 2 }),
})
const units = fc.array(unit, { minLength: 1, maxLength: 6 }).map((drafts) =>
  drafts.map(
    (draft, index): PlanUnit => ({
      ...draft,
      key: `1/${index}/${draft.sku}`,
      orderId: 1n,
      lineId: String(index),
      title: draft.sku,
      bundle: null,
      perBundle: 1,
      volumeCm3: null,
    }),
  ),
)

function bindingsOf(of: readonly PlanUnit[]): fc.Arbitrary<Binding[]> {
  const keys = of.map(({ key }) => key)
  return fc.array(
    fc.record({
      strength: fc.constantFrom('hard' as const, 'soft' as const),
      why: fc.constantFrom('gift' as const, 'rule' as const),
      units: fc.uniqueArray(fc.constantFrom(...keys), { minLength: 2, maxLength: 3 }),
      node: fc.constant('b'),
    }),
    { maxLength: of.length < 2 ? 0 : 2 },
  )
}

function actionsOf(of: readonly PlanUnit[]): fc.Arbitrary<RuleDone[]> {
  const lines = fc.uniqueArray(fc.constantFrom(...of.map(({ lineId }) => lineId)), { maxLength: 3 })
  const params = fc.oneof(
    fc
      .record({ lines })
      .map((given) => ({ action: 'keep_together', params: { ...given, strength: 'hard' } })),
    fc.record({ lines, others: lines }).map((given) => ({ action: 'never_together', params: given })),
    lines.map((some) => ({ action: 'separate', params: { lines: some, reason: 'x' } })),
    fc.constantFrom('tag', 'sku', 'line').map((by) => ({ action: 'separate_by', params: { by } })),
    fc
      .record({ action: fc.constantFrom(...MEASURES), most: fc.bigInt({ min: 4n, max: 40n }) })
      .map((one) => ({
        action: one.action,
        params: { most: one.most },
      })),
    fc.record({ ignore_stock_difference: fc.boolean(), lines }).map((given) => ({
      action: 'force_together',
      params: given,
    })),
  )
  return fc
    .array(params, { maxLength: 4 })
    .map((all) => all.map((one, index) => ({ node: `n${index}`, ...one })))
}

const asks = units.chain((of) =>
  fc.record({ units: fc.constant(of), bindings: bindingsOf(of), actions: actionsOf(of) }),
)

function parcelsOf(ask: SplitAsk): SplitAnswer | null {
  const answer = splitOrder(ask)
  return answer.ok ? answer.value : null
}
const held = (answer: SplitAnswer): Map<string, number>[] =>
  answer.parcels.map((parcel) => new Map(piecesOf(parcel).map(({ unit: key, quantity }) => [key, quantity])))
const linesIn = (of: readonly PlanUnit[], lines: unknown): string[] =>
  of.filter(({ lineId }) => !Array.isArray(lines) || lines.includes(lineId)).map(({ key }) => key)

test('every piece is in exactly one parcel, and amounts add up', () => {
  let decided = 0
  fc.assert(
    fc.property(asks, (ask) => {
      const answer = parcelsOf(ask)
      if (answer === null) return
      decided += 1
      const sums = new Map<string, number>()
      for (const parcel of answer.parcels)
        for (const { unit: key, quantity } of piecesOf(parcel)) {
          assert.ok(Number.isInteger(quantity) && quantity > 0)
          sums.set(key, (sums.get(key) ?? 0) + quantity)
        }
      assert.deepEqual([...sums].sort(), ask.units.map((one) => [one.key, one.quantity] as const).sort())
      const values = valuesOf(answer.parcels.map(piecesOf), ask.units)
      const paid = ask.units.reduce((sum, one) => sum + one.valueMinor, 0n)
      assert.equal(
        values.reduce((sum, value) => sum + value, 0n),
        paid,
      )
    }),
    { numRuns: 600 },
  )
  assert.ok(decided > 200, `only ${decided} were split`)
})

test('hard bindings are in one parcel; never-together is kept; limits are kept', () => {
  fc.assert(
    fc.property(asks, (ask) => {
      const answer = parcelsOf(ask)
      if (answer === null) return
      const parcels = held(answer)
      const bound = ask.actions.filter(
        ({ action }) => action === 'keep_together' || action === 'force_together',
      )
      const sets = [
        ...ask.bindings.filter(({ strength }) => strength === 'hard').map((one) => one.units),
        ...bound.map(({ params }) => linesIn(ask.units, params['lines'])),
      ]
      for (const keys of sets) {
        if (keys.length < 2) continue
        assert.equal(parcels.filter((here) => keys.some((key) => here.has(key))).length, 1, keys.join())
      }
      for (const { action, params } of ask.actions) {
        if (action === 'never_together')
          for (const here of parcels)
            for (const a of linesIn(ask.units, params['lines']))
              for (const b of linesIn(ask.units, params['others']))
                assert.ok(a === b || !(here.has(a) && here.has(b)), `${a} with ${b}`)
        for (const here of parcels)
          if (action.startsWith('limit_')) assertWithin(ask.units, here, action, params['most'])
      }
    }),
    { numRuns: 800 },
  )
})

function assertWithin(
  of: readonly PlanUnit[],
  here: Map<string, number>,
  action: string,
  most: unknown,
): void {
  let [weight, pieces] = [0, 0]
  let value = 0
  for (const one of of) {
    const count = here.get(one.key) ?? 0
    weight += count * (one.weightG ?? 0)
    pieces += count
    value += (Number(one.valueMinor) * count) / one.quantity
  }
  const has = action === 'limit_weight' ? weight : action === 'limit_pieces' ? pieces : value
  assert.ok(has <= Number(most) + 1e-9, `${action} ${has} > ${String(most)}`)
}

test('the order of units, bindings and named lines makes no difference', () => {
  fc.assert(
    fc.property(asks, (ask) => {
      const turned: SplitAsk = {
        units: [...ask.units].reverse(),
        bindings: [...ask.bindings].reverse(),
        actions: ask.actions.map(({ params, ...one }) => {
          const { lines } = params as { lines?: readonly string[] }
          return { ...one, params: lines === undefined ? params : { ...params, lines: [...lines].reverse() } }
        }),
      }
      const [a, b] = [splitOrder(ask), splitOrder(turned)]
      assert.deepEqual(a.ok ? a.value.parcels : a.refusal.code, b.ok ? b.value.parcels : b.refusal.code)
    }),
    { numRuns: 400 },
  )
})

// Gifts that are bound softly follow their product: where that leaves elsewhere they are judged by themselves the second time.
test('a parcel that is split again by the same rules stays as it is', () => {
  fc.assert(
    fc.property(asks, ({ bindings: given, ...rest }) => {
      const ask: SplitAsk = { ...rest, bindings: given.filter(({ strength }) => strength === 'hard') }
      const answer = parcelsOf(ask)
      if (answer === null) return
      const values = new Map<string, number>()
      for (const here of held(answer)) {
        const inside = ask.units
          .filter(({ key }) => here.has(key))
          .map((one): PlanUnit => {
            const [from, quantity] = [values.get(one.key) ?? 0, here.get(one.key) ?? 0]
            const upTo = (pieces: number): bigint => (one.valueMinor * BigInt(pieces)) / BigInt(one.quantity)
            values.set(one.key, from + quantity)
            return { ...one, quantity, valueMinor: upTo(from + quantity) - upTo(from) }
          })
        const bindings = ask.bindings
          .map((one) => ({ ...one, units: one.units.filter((key) => here.has(key)) }))
          .filter(({ units: keys }) => keys.length > 1)
        const again = splitOrder({ units: inside, bindings, actions: ask.actions })
        assert.ok(again.ok)
        assert.equal(again.value.parcels.length, 1)
      }
    }),
    { numRuns: 400 },
  )
})

test('small orders are packed into as few parcels as trying every way finds', () => {
  const small = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 7 })
  fc.assert(
    fc.property(small, fc.integer({ min: 9, max: 14 }), (weights, most) => {
      const of = weights.map(
        (weightG, index): PlanUnit => ({
          key: `1/${index}/S`,
          orderId: 1n,
          lineId: String(index),
          sku: `S${index}`,
          title: '',
          quantity: 1,
          gift: false,
          bundle: null,
          perBundle: 1,
          weightG,
          volumeCm3: null,
          valueMinor: 0n,
          tags: [],
        }),
      )
      const answer = parcelsOf({
        units: of,
        bindings: [],
        actions: [{ node: 'n', action: 'limit_weight', params: { most: BigInt(most) } }],
      })
      assert.equal(answer?.parcels.length, fewest(weights, most))
    }),
    { numRuns: 300 },
  )
})

/** Every way to put things into bins, the naive way. */
function fewest(weights: readonly number[], most: number, bins: readonly number[] = []): number {
  const [first, ...rest] = weights
  if (first === undefined) return bins.length
  const beside = bins.flatMap((has, at) =>
    has + first <= most ? [fewest(rest, most, bins.with(at, has + first))] : [],
  )
  return Math.min(fewest(rest, most, [...bins, first]), ...beside)
}
