import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FACT_KINDS, type Fact, type FactKind } from '#domain/fact.ts'
import { deriveParcels } from '#features/orders/index.ts'
import { DAY, fact } from '#test-support/facts.ts'
import { standingOf } from './standing.ts'

const at = (kind: FactKind, minute: number | null, more: Partial<Fact['detail']> = {}): Fact =>
  fact(kind, minute, { on: 'parcel', parcel: 'T1', source: 'sf', detail: more })

function stateOf(...facts: Fact[]) {
  return standingOf('T1', facts)?.state
}

test('how far a parcel is, by what was said last and furthest', () => {
  assert.equal(standingOf('T1', [fact('paid', 1)]), null)
  assert.equal(stateOf(at('waybill_issued', 0)), 'info_received')
  assert.equal(stateOf(at('in_transit', 5), at('picked_up', 2)), 'in_transit')
  assert.equal(stateOf(at('out_for_delivery', 5), at('ready_for_pickup', 6)), 'ready_for_pickup')
  assert.equal(stateOf(at('out_for_delivery', 7), at('ready_for_pickup', 6)), 'out_for_delivery')
  assert.equal(stateOf(at('in_transit', 5), at('exception', 6)), 'exception')
  assert.equal(stateOf(at('in_transit', 7), at('exception', 6)), 'in_transit')
  assert.equal(stateOf(at('out_for_delivery', 5), at('delivery_failed', 6)), 'delivery_failed')
  assert.equal(
    stateOf(at('delivered', 9), at('in_transit', 20)),
    'delivered',
    'a late scan takes nothing back',
  )
  assert.equal(stateOf(at('delivered', 9), at('returning', 20)), 'returning')
  assert.equal(stateOf(at('returning', 9), at('signed_back', 20)), 'returned')
  assert.equal(stateOf(at('waybill_issued', 0), at('waybill_cancelled', 5)), 'cancelled')
  assert.equal(stateOf(at('waybill_issued', 0), at('waybill_cancelled', 5), at('picked_up', 6)), 'picked_up')
})

test('a revoked delivery is none, unless it is delivered again later', () => {
  const revoked = [at('out_for_delivery', 5), at('delivered', 9), at('delivery_revoked', 12)]
  const after = standingOf('T1', revoked)
  assert.deepEqual(
    [after?.state, after?.open, after?.deliveredAt, after?.revoked, after?.revokedLast],
    ['out_for_delivery', true, null, 1, true],
  )
  const again = standingOf('T1', [...revoked, at('delivered', 15)])
  assert.deepEqual([again?.state, again?.deliveries, again?.revokedLast], ['delivered', 2, false])
  assert.equal(again?.deliveredAt?.toString(), DAY.add({ minutes: 15 }).toString())
})

test('a failed delivery told by the carrier and by an aggregator is one', () => {
  const told = (source: string, code: string): Fact => ({
    ...fact('delivery_failed', 9, { on: 'parcel', parcel: 'T1', source }),
    code,
  })
  const once = standingOf('T1', [told('sf', 'opCode:70'), told('kd100', 'statusCode:204')])
  assert.deepEqual([once?.failures, once?.events], [1, 1])
  const twice = standingOf('T1', [told('sf', 'opCode:70'), at('delivery_failed', 90)])
  assert.equal(twice?.failures, 2)
})

test('times: first scan, silence, and what nobody knows', () => {
  const standing = standingOf('T1', [at('waybill_issued', 0), at('picked_up', 30), at('in_transit', null)])
  assert.equal(standing?.waybillAt.toString(), DAY.toString())
  assert.equal(standing?.firstScanAt?.toString(), DAY.add({ minutes: 30 }).toString())
  assert.equal(standing?.ambiguous, 1)
  assert.equal(standing?.last.kind, 'picked_up', 'a time that nobody knows is not the latest')
  assert.equal(standing?.state, 'in_transit', 'but it moved')
  // The tests' facts are all heard at the day's start: a clock that runs ahead hides no silence.
  assert.equal(standing?.quietSince.toString(), DAY.toString())
})

test('a new number closes the old one and names the other', () => {
  const standing = standingOf('T1', [
    at('in_transit', 5),
    at('returning', 6, { reason: '新单号 SF999888777' }),
  ])
  assert.deepEqual([standing?.movedTo, standing?.open], ['SF999888777', false])
  assert.equal(standingOf('T1', [at('in_transit', 5, { reason: '新单号 T1' })])?.movedTo ?? null, null)
})

const anyFact = fc
  .record({
    kind: fc.constantFrom(...FACT_KINDS),
    minute: fc.option(fc.integer({ min: 0, max: 9 }), { nil: null, freq: 6 }),
    id: fc.integer({ min: 0, max: 30 }),
    onParcel: fc.boolean(),
    carrier: fc.constantFrom('SF', 'ZTO', ''),
  })
  .map(({ kind, minute, id, onParcel, carrier }) =>
    fact(kind, minute, {
      id: `${kind}-${minute}-${carrier}-${id}`,
      on: onParcel ? 'parcel' : 'order',
      parcel: 'T1',
      detail: carrier === '' ? {} : { carrier },
    }),
  )

test('any order and duplication of the facts gives the same standing', () => {
  fc.assert(
    fc.property(
      fc.array(anyFact, { minLength: 1, maxLength: 12 }),
      fc.infiniteStream(fc.nat()),
      (facts, shuffle) => {
        const twisted = [...facts, ...facts.filter((_, i) => i % 2 === 0)]
          .map((one) => ({ one, by: Number(shuffle.next().value) }))
          .sort((a, b) => a.by - b.by)
          .map(({ one }) => one)
        const plain = (standing: ReturnType<typeof standingOf>) =>
          standing === null ? null : { ...standing, last: standing.last.id }
        assert.deepEqual(plain(standingOf('T1', twisted)), plain(standingOf('T1', facts)))
      },
    ),
  )
})

test('it is as far as the order says that the parcel is', () => {
  const STAGE: Readonly<Record<string, readonly string[]>> = {
    announced: ['info_received', 'exception', 'delivery_failed'],
    issued: ['info_received', 'exception', 'delivery_failed'],
    dispatched: ['info_received', 'exception', 'delivery_failed'],
    picked_up: ['picked_up', 'exception', 'delivery_failed'],
    in_transit: ['in_transit', 'exception', 'delivery_failed'],
    out_for_delivery: ['out_for_delivery', 'ready_for_pickup', 'exception', 'delivery_failed'],
    delivered: ['delivered'],
    returning: ['returning'],
    signed_back: ['returned'],
  }
  fc.assert(
    fc.property(fc.array(anyFact, { minLength: 1, maxLength: 10 }), (facts) => {
      const unique = [...new Map(facts.map((one) => [one.id, one])).values()]
      const [parcel] = deriveParcels(unique)
      const standing = standingOf('T1', unique)
      if (parcel === undefined || standing === null) return
      assert.ok(
        parcel.void ? standing.state === 'cancelled' : STAGE[parcel.stage]?.includes(standing.state),
        `${parcel.stage} ${standing.state}`,
      )
    }),
  )
})
