import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FACT_KINDS, type Fact, type FactKind } from '#domain/fact.ts'
import { canonicalJson } from '#kernel/hash.ts'
import { connectionId } from '#kernel/id.ts'
import { fact } from '#test-support/facts.ts'
import { deriveOrder } from './derive-order.ts'
import { stageRank } from './parcels.ts'

const anyFact: fc.Arbitrary<Fact> = fc
  .record({
    kind: fc.constantFrom(...FACT_KINDS),
    minute: fc.option(fc.integer({ min: 0, max: 20 }), { nil: null }),
    on: fc.constantFrom('order' as const, 'parcel' as const, 'reference' as const),
    parcel: fc.constantFrom('T1', 'T2', undefined),
    source: fc.constantFrom('shop', 'station', 'carrier'),
  })
  .map(({ kind, minute, on, parcel, source }) => {
    const number = on === 'parcel' ? (parcel ?? 'T1') : parcel
    return fact(kind, minute, {
      on,
      source,
      ...(number === undefined ? {} : { parcel: number }),
      id: `${kind}${minute}${on}${number}${source}`,
    })
  })
const derive = (facts: readonly Fact[]) =>
  deriveOrder({ channel: connectionId('shop'), canReport: true, facts, content: {} })

test('OS2: order and repetition of facts change nothing', () => {
  fc.assert(
    fc.property(fc.array(anyFact, { maxLength: 14 }), fc.infiniteStream(fc.nat()), (facts, shuffle) => {
      const twisted = [...facts, ...facts.slice(0, 5)]
        .map((one) => ({ one, at: Number(shuffle.next().value) }))
        .sort((a, b) => a.at - b.at)
        .map(({ one }) => one)
      assert.equal(canonicalJson(derive(twisted)), canonicalJson(derive(facts)))
    }),
    { numRuns: 2_000 },
  )
})

const FORWARD: readonly FactKind[] = [
  'waybill_issued',
  'dispatched',
  'picked_up',
  'in_transit',
  'out_for_delivery',
  'delivered',
]

test('OS4: a fact of any forward stage, however late it comes, never takes a parcel back', () => {
  fc.assert(
    fc.property(
      fc.array(anyFact, { maxLength: 10 }),
      fc.constantFrom(...FORWARD),
      fc.integer({ min: 0, max: 20 }),
      (facts, kind, minute) => {
        const before = derive(facts).parcels.find((parcel) => parcel.trackingNo === 'T1')
        const after = derive([
          ...facts,
          fact(kind, minute, { on: 'parcel', parcel: 'T1', source: 'carrier' }),
        ]).parcels.find((parcel) => parcel.trackingNo === 'T1')
        assert.ok(after !== undefined)
        if (before !== undefined) assert.ok(stageRank(after.stage) >= stageRank(before.stage))
      },
    ),
    { numRuns: 2_000 },
  )
})
