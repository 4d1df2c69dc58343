import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Fact, FactKind } from '#domain/fact.ts'
import { deriveParcels } from '#features/orders/index.ts'
import { connectionId, messageId, trackingNo } from '#kernel/id.ts'
import { findDuplicate } from './duplicates.ts'
import { isDelivered, stateByFacts } from './intercept.ts'
import { type Grant, isGranted, isProven, whySentAlready } from './may-ship.ts'
import { nonDeliveryProofs } from './proof.ts'

const START = Temporal.Instant.from('2026-02-11T00:00:00Z')
let serial = 0
function fact(kind: FactKind, minute: number | null, no = 'T1', reason?: string): Fact {
  serial += 1
  return {
    id: `f${String(serial).padStart(6, '0')}`,
    subject: { by: 'parcel', trackingNo: trackingNo(no) },
    kind,
    at: {
      raw: String(minute),
      instant: minute === null ? null : START.add({ minutes: minute }),
      zone: null,
      provenance: minute === null ? 'ambiguous' : 'explicit_offset',
    },
    source: connectionId('carrier'),
    code: kind,
    detail: reason === undefined ? {} : { reason },
    evidence: messageId('20260211-1'),
    receivedAt: START,
  }
}

const ORDERED = [{ lineId: 'L1', quantity: 1 }]
const KINDS: readonly FactKind[] = [
  'waybill_issued',
  'picked_up',
  'in_transit',
  'out_for_delivery',
  'exception',
  'delivery_failed',
  'delivered',
  'delivery_revoked',
  'returning',
  'signed_back',
]
const anyFact = fc
  .record({
    kind: fc.constantFrom(...KINDS),
    minute: fc.option(fc.integer({ min: 0, max: 12 }), { nil: null, freq: 8 }),
    isLost: fc.boolean(),
  })
  .map(({ kind, minute, isLost }) =>
    fact(kind, minute, 'T1', kind === 'exception' && isLost ? 'lost' : undefined),
  )

/** By other means than the code: is there any way to read these facts as "it is with the buyer, or may still get there"? */
function mayBeDelivered(facts: readonly Fact[]): boolean {
  const minute = (one: Fact): number =>
    one.at.instant === null ? Number.POSITIVE_INFINITY : one.at.instant.epochMilliseconds
  const last = (kinds: readonly FactKind[]): number =>
    Math.max(-1, ...facts.filter((one) => kinds.includes(one.kind)).map(minute))
  const known = (kind: FactKind, keep: (one: Fact) => boolean = () => true): number =>
    Math.max(
      -1,
      ...facts.filter((one) => one.kind === kind && one.at.instant !== null && keep(one)).map(minute),
    )
  const delivered = last(['delivered'])
  const alive = last(['picked_up', 'in_transit', 'out_for_delivery', 'ready_for_pickup', 'delivered'])
  const back = known('signed_back') >= Math.max(0, delivered)
  const revoked = delivered >= 0 && known('delivery_revoked') >= delivered
  const lost = known('exception', (one) => one.detail.reason === 'lost') >= Math.max(0, alive)
  return !(back || revoked || lost)
}

const ask = (facts: readonly Fact[], grants: readonly Grant[]): string | null => {
  const proofs = nonDeliveryProofs(facts)
  const sent = deriveParcels(facts)
    .filter((parcel) => !parcel.void && parcel.stage !== 'announced')
    .map((parcel) => ({ trackingNo: parcel.trackingNo, pieces: null }))
  const granted = grants.filter((grant) => isGranted(grant, proofs)).flatMap((grant) => grant.pieces)
  return whySentAlready({ ordered: ORDERED, sent, granted, wanted: ORDERED })
}
const byFacts: Grant = { state: 'proven', byPerson: false, trackingNos: ['T1'], pieces: ORDERED }

test('LG4: whatever arrives in whatever order, no second shipment without a proof that stands, and none of a delivered parcel', () => {
  fc.assert(
    fc.property(
      fc.array(anyFact, { minLength: 1, maxLength: 9 }),
      fc.array(fc.nat(), { maxLength: 12 }),
      (facts, swaps) => {
        const issued = [fact('waybill_issued', 0), ...facts]
        const shuffled = [...issued]
        for (const [i, at] of swaps.entries()) {
          const [a, b] = [i % shuffled.length, at % shuffled.length]
          const [x, y] = [shuffled[a], shuffled[b]]
          if (x !== undefined && y !== undefined) [shuffled[a], shuffled[b]] = [y, x]
        }
        // Asked after every single event: nobody waits for the last one.
        for (let n = 1; n <= shuffled.length; n += 1) {
          const arrived = shuffled.slice(0, n)
          const hasParcel = deriveParcels(arrived).some((parcel) => parcel.stage !== 'announced')
          if (!hasParcel) continue
          assert.equal(ask(arrived, []), 'L1', 'without a request nothing is sent twice')
          const may = ask(arrived, [byFacts]) === null
          assert.equal(may, !mayBeDelivered(arrived))
        }
        assert.equal(ask(shuffled, [byFacts]), ask(issued, [byFacts]), 'the order of arrival decides nothing')
        assert.equal(
          ask([...shuffled, ...shuffled], [byFacts]),
          ask(issued, [byFacts]),
          'nor does a repetition',
        )
        const approved: Grant = { ...byFacts, state: 'approved', byPerson: true }
        assert.equal(ask(shuffled, [approved]), null)
        for (const state of ['waiting', 'rejected', 'withdrawn'] as const)
          assert.equal(ask(shuffled, [{ ...approved, state }]), 'L1', state)
      },
    ),
    { numRuns: 1_500 },
  )
})

test('a grant is used up by the parcel that it sent', () => {
  const facts = [fact('waybill_issued', 0), fact('signed_back', 9)]
  assert.equal(ask(facts, [byFacts]), null)
  const again = [...facts, fact('waybill_issued', 10, 'T2')]
  assert.equal(ask(again, [{ ...byFacts, state: 'sent' }]), 'L1')
})

test('a proof by person decides for the parcel it names, until it is delivered after all', () => {
  const upheld = [{ trackingNo: 'T1', at: START.add({ minutes: 20 }) }]
  const delivered = fact('delivered', 10)
  assert.equal(isProven(['T1'], nonDeliveryProofs([delivered], upheld)), true)
  assert.equal(isProven(['T2'], nonDeliveryProofs([delivered], upheld)), false)
  assert.equal(isProven(['T1'], nonDeliveryProofs([delivered, fact('delivered', 30)], upheld)), false)
  assert.equal(
    isProven([], nonDeliveryProofs([delivered], upheld)),
    false,
    'the whole order is more than one parcel',
  )
})

test('split parcels of one order leave freely; the same piece twice does not', () => {
  const ordered = [
    { lineId: 'A', quantity: 2 },
    { lineId: 'B', quantity: 1 },
  ]
  const sent = [{ trackingNo: 'T1', pieces: [{ lineId: 'A', quantity: 1 }] }]
  const why = (lineId: string, quantity: number) =>
    whySentAlready({ ordered, sent, granted: [], wanted: [{ lineId, quantity }] })
  assert.equal(why('A', 1), null)
  assert.equal(why('A', 2), 'A')
  assert.equal(why('B', 1), null)
  assert.equal(why('gift', 1), null)
  assert.equal(whySentAlready({ ordered, sent, granted: [], wanted: null }), null)
})

test('LG5: a duplicate is found, and the later parcel that can still be stopped is named', () => {
  const parcel = (no: string, stage: 'in_transit' | 'delivered', issuedAtMs: number, pieces = ORDERED) => ({
    trackingNo: no,
    stage,
    pieces,
    issuedAtMs,
  })
  assert.deepEqual(
    findDuplicate(ORDERED, [], [parcel('T1', 'delivered', 1), parcel('T2', 'in_transit', 2)]),
    {
      trackingNos: ['T1', 'T2'],
      pieces: [{ lineId: 'L1', quantity: 1 }],
      stop: 'T2',
    },
  )
  assert.equal(
    findDuplicate(ORDERED, [], [parcel('T1', 'delivered', 1), parcel('T2', 'delivered', 2)])?.stop,
    null,
  )
  assert.equal(
    findDuplicate(ORDERED, ORDERED, [parcel('T1', 'delivered', 1), parcel('T2', 'in_transit', 2)]),
    null,
  )
  assert.equal(findDuplicate(ORDERED, [], [parcel('T1', 'in_transit', 1)]), null)
  const two = [{ lineId: 'L1', quantity: 2 }]
  assert.equal(
    findDuplicate(two, [], [parcel('T1', 'in_transit', 1, []), parcel('T2', 'in_transit', 2, [])]),
    null,
  )
})

test('an intercept ends as the parcel does, in whatever order that is told', () => {
  assert.equal(stateByFacts('accepted', [fact('returning', 1)]), 'returning')
  assert.equal(stateByFacts('refused', [fact('returning', 1), fact('signed_back', 2)]), 'back')
  assert.equal(stateByFacts('accepted', [fact('delivered', 3)]), 'delivered')
  assert.equal(stateByFacts('delivered', [fact('delivered', 3), fact('delivery_revoked', 4)]), 'accepted')
  assert.equal(stateByFacts('withdrawn', [fact('delivered', 3)]), 'withdrawn')
  assert.equal(isDelivered([fact('delivered', null), fact('delivery_revoked', 4)]), true)
})
