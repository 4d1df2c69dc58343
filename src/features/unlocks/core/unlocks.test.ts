import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkAsk, decideApproval } from './decide.ts'
import { type HoldFace, hasLeft, hasWaybill, type OrderFace, servedBy, weigh } from './figures.ts'

const NOW = Temporal.Instant.from('2026-11-11T04:00:00Z')
const hold = (part: Partial<HoldFace> = {}): HoldFace => ({
  id: 1n,
  key: 'order:1:1',
  state: 'held',
  kind: 'lock',
  ownerKind: 'order',
  owner: '9',
  reference: 'PDD-9',
  deadlineAt: NOW.subtract({ minutes: 1 }),
  heartbeatAt: NOW.subtract({ minutes: 16 }),
  lines: [{ sku: 'A', warehouse: 'HZ', warehouseName: '杭州仓', pieces: 3, available: 0 }],
  ...part,
})
const order = (part: Partial<OrderFace> = {}): OrderFace => ({
  id: 9n,
  orderNo: 'PDD-9',
  status: 'awaiting_shipment',
  shop: '旗舰店',
  title: '保温杯',
  payable: null,
  promiseDueAt: NOW.add({ hours: 1 }),
  penalty: null,
  parcels: [],
  ...part,
})
const nothing = { shorts: [], sellable: new Map<string, number>(), now: NOW }

test('a living order with an hour of its promise left is a warning each; a printed label another', () => {
  assert.deepEqual(weigh(hold(), order(), nothing).warnings, ['order_alive', 'promise_close'])
  assert.equal(weigh(hold(), order(), nothing).promiseSeconds, 3_600)
  const printed = order({
    promiseDueAt: NOW.subtract({ seconds: 5 }),
    parcels: [{ trackingNo: 'Y', status: 'issued' }],
  })
  assert.deepEqual(weigh(hold(), printed, nothing).warnings, [
    'order_alive',
    'promise_breached',
    'waybill_printed',
  ])
  assert.deepEqual(weigh(hold(), order({ status: 'cancelled' }), nothing).warnings, [])
  const young = hold({ deadlineAt: NOW.add({ minutes: 1 }) })
  assert.deepEqual(weigh(young, null, nothing).warnings, ['renewed', 'order_unknown'])
})

test('a label is not a parcel that left', () => {
  const parcel = (status: string): OrderFace['parcels'] => [{ trackingNo: 'Y', status }]
  assert.equal(hasWaybill({ parcels: parcel('announced') }), false)
  assert.equal(hasWaybill({ parcels: parcel('void') }), false)
  assert.equal(hasWaybill({ parcels: parcel('issued') }), true)
  assert.equal(hasLeft(order({ status: 'shipped', parcels: parcel('issued') })), false)
  assert.equal(hasLeft(order({ status: 'shipped', parcels: parcel('dispatched') })), true)
  assert.equal(hasLeft(order({ status: 'partially_shipped', parcels: parcel('in_transit') })), false)
  assert.equal(hasLeft(order({ status: 'delivered' })), true)
})

test('freed pieces serve who waits longest, and nobody twice', () => {
  const shorts = [
    { id: 1n, orderNo: 'first', lacks: [{ sku: 'A', wanted: 2 }] },
    { id: 2n, orderNo: 'too many', lacks: [{ sku: 'A', wanted: 5 }] },
    { id: 3n, orderNo: 'other', lacks: [{ sku: 'B', wanted: 1 }] },
    {
      id: 4n,
      orderNo: 'both',
      lacks: [
        { sku: 'A', wanted: 1 },
        { sku: 'B', wanted: 1 },
      ],
    },
    { id: 5n, orderNo: 'last', lacks: [{ sku: 'A', wanted: 1 }] },
  ]
  // 3 freed + 1 there = 4 of A; first takes 2, both takes 1 (and B's 1), last takes 1.
  const served = servedBy(
    [{ sku: 'A', pieces: 3 }],
    shorts,
    new Map([
      ['A', 1],
      ['B', 1],
    ]),
  )
  assert.deepEqual(
    served.map((one) => one.orderNo),
    ['first', 'both', 'last'],
  )
  assert.deepEqual(
    servedBy([{ sku: 'A', pieces: 1 }], shorts, new Map()).map((one) => one.orderNo),
    ['last'],
  )
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 20 }), fc.nat(30), (wants, pieces) => {
      const waiting = wants.map((wanted, i) => ({
        id: BigInt(i),
        orderNo: `${i}`,
        lacks: [{ sku: 'A', wanted }],
      }))
      const all = servedBy([{ sku: 'A', pieces }], waiting, new Map())
      assert.ok(all.reduce((sum, one) => sum + (one.lacks[0]?.wanted ?? 0), 0) <= pieces)
    }),
  )
})

test('asking: who holds decides the way, and goods that left are never freed', () => {
  const code = (...given: Parameters<typeof checkAsk>): string | null => checkAsk(...given)?.code ?? null
  assert.equal(code(null, null, false), 'stock.hold_not_found')
  assert.equal(code(hold({ state: 'released' }), null, false), 'unlocks.ended_conflict')
  for (const ownerKind of ['transfer', 'finding', 'person'])
    assert.equal(code(hold({ ownerKind }), null, false), 'unlocks.other_way')
  assert.equal(code(hold(), order({ status: 'in_transit' }), false), 'unlocks.goods_left')
  assert.equal(code(hold(), order(), true), 'unlocks.asked_exists')
  assert.equal(code(hold(), order(), false), null)
  assert.equal(code(hold({ ownerKind: 'api' }), null, false), null)
})

test('approving: another person, an administrator for a printed label, the figures that were seen', () => {
  const asked = { state: 'waiting', askedById: 'user:1' }
  const rule = { twoPeople: true, digest: 'd', seen: null }
  const verdict = (...given: Partial<Parameters<typeof decideApproval>>): string => {
    const [a = asked, h = hold(), o = order(), p = { id: 'user:2', isAdmin: false }, r = rule] = given
    const made = decideApproval(a, h, o, p, r)
    return made.is === 'refused' ? made.refusal.code : made.is
  }
  assert.equal(verdict(), 'free')
  assert.equal(
    verdict(undefined, undefined, undefined, { id: 'user:1', isAdmin: true }),
    'unlocks.same_person_forbidden',
  )
  const alone = { ...rule, twoPeople: false }
  assert.equal(verdict(undefined, undefined, undefined, { id: 'user:1', isAdmin: false }, alone), 'free')
  assert.equal(verdict(undefined, hold({ state: 'committed' })), 'moot')
  const printed = order({ parcels: [{ trackingNo: 'Y', status: 'issued' }] })
  assert.equal(verdict(undefined, undefined, printed), 'unlocks.waybill_printed_forbidden')
  assert.equal(verdict(undefined, undefined, printed, { id: 'user:2', isAdmin: true }), 'free')
  assert.equal(verdict(undefined, undefined, order({ status: 'delivered' })), 'unlocks.goods_left')
  assert.equal(verdict({ state: 'rejected', askedById: 'user:1' }), 'unlocks.decided_conflict')
  assert.equal(
    verdict(undefined, undefined, undefined, undefined, { ...rule, seen: 'other' }),
    'unlocks.changed_conflict',
  )
})
