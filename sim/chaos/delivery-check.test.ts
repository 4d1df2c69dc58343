import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SimOrder } from '../platform.ts'
import type { CarrierParcel, Delivery, HubPlan, HubWaybill, Place } from './delivery.ts'
import {
  checkCarriers,
  checkLabels,
  checkParcels,
  checkQueue,
  checkRules,
  checkStock,
} from './delivery-check.ts'
import { ALL_PARTS } from './parts.ts'
import { recoveriesOf } from './recovery.ts'

// The judge has to find what a hub could do wrong with goods and parcels, or a run without contradictions would mean nothing.

const NOW = Temporal.Instant.from('2026-11-23T08:00:00Z')
const book: SimOrder = {
  orderNo: 'A1',
  lines: [{ lineId: '1', sku: 'CUP-BLUE', title: 'cup', quantity: 3, priceMinor: 100n }],
  currency: 'USD',
  payableMinor: 300n,
  placedAt: NOW,
  paidAt: NOW,
  cancelledAt: null,
  deliveredAt: null,
  shipments: [{ trackingNo: 'SF1', carrier: 'SF' }],
}
const course = {
  pays: true,
  cancels: false,
  prints: false,
  bySf: false,
  feed: 'kdniao',
  scans: 0,
  completes: false,
  byHub: true,
} as const
const order = (more: Partial<SimOrder> = {}, status = 'shipped'): Delivery['orders'][number] => ({
  life: { kind: 'shopify', orderNo: 'A1', course, done: new Set(), trackingNo: null },
  book: { ...book, ...more },
  status,
  trackingNos: ['SF1'],
})
const waybill = (more: Partial<HubWaybill> = {}): HubWaybill => ({
  orderNos: ['A1'],
  parcelNo: 'P1-1-1',
  reference: 'P1-1-1',
  state: 'issued',
  trackingNo: 'SF1',
  connector: 'sf',
  code: null,
  ...more,
})
const plan: HubPlan = {
  orderNo: 'A1',
  state: 'locked',
  code: null,
  splitVersion: '7',
  parcels: [{ parcelNo: 'P1-1-1', state: 'planned', pieces: [{ orderNo: 'A1', lineId: '1', quantity: 3 }] }],
}
const parcel = (more: Partial<CarrierParcel> = {}): CarrierParcel => ({
  trackingNo: 'SF1',
  reference: 'P1-1-1',
  isCancelled: false,
  isTold: true,
  standings: [],
  ...more,
})
const words = (found: readonly { words: string }[]): string => found.map((one) => one.words).join('; ')
const judged = (more: Partial<Pick<Delivery, 'orders' | 'plans' | 'waybills' | 'carrierParcels'>>): string =>
  words(
    checkParcels({
      orders: [order()],
      plans: [plan],
      waybills: [waybill()],
      carrierParcels: [parcel()],
      ...more,
    }),
  )

test('a paid order has the waybills of its plan and its shop knows each of them, once', () => {
  assert.equal(judged({}), '')
  assert.match(judged({ waybills: [waybill(), waybill({ trackingNo: 'SF2' })] }), /two live waybills/)
  assert.match(judged({ waybills: [] }), /its waybills are for \[\]/)
  assert.match(judged({ plans: [] }), /no plan/)
  assert.match(judged({ plans: [{ ...plan, state: 'short', code: 'x' }] }), /its plan is short/)
  assert.match(
    judged({ plans: [{ ...plan, parcels: [{ ...plan.parcels[0], pieces: [] } as never] }] }),
    /0 of 3/,
  )
  assert.match(judged({ orders: [order({ shipments: [] })] }), /was told of \[\]/)
  const twice = [...book.shipments, ...book.shipments]
  assert.match(judged({ orders: [order({ shipments: twice })] }), /told of SF1 twice/)
})

test('the status follows from what happened to the slowest parcel, and from endings first', () => {
  const moved = [parcel({ standings: ['picked_up', 'in_transit'] })]
  assert.match(judged({ carrierParcels: moved }), /in the world in_transit/)
  assert.equal(judged({ carrierParcels: moved, orders: [order({}, 'in_transit')] }), '')
  assert.equal(judged({ carrierParcels: [parcel({ standings: ['delivered'], isTold: false })] }), '')
  const cancelled = order({ cancelledAt: NOW }, 'refunded')
  assert.match(judged({ orders: [cancelled] }), /was cancelled and SF1 is still issued/)
  assert.equal(judged({ orders: [cancelled], carrierParcels: moved }), '', 'it was on its way by then')
  assert.equal(judged({ orders: [cancelled], waybills: [waybill({ state: 'cancelled' })] }), '')
})

test('a number that only its carrier knows is an orphan, and so is one that only one side has cancelled', () => {
  assert.deepEqual(checkCarriers({ carrierParcels: [parcel()], waybills: [waybill()] }), [])
  assert.match(words(checkCarriers({ carrierParcels: [parcel()], waybills: [] })), /knows nothing of it/)
  assert.deepEqual(checkCarriers({ carrierParcels: [parcel({ isCancelled: true })], waybills: [] }), [])
  const gone = [waybill({ state: 'cancelled' })]
  assert.match(words(checkCarriers({ carrierParcels: [parcel()], waybills: gone })), /live at its carrier/)
  const issued = { carrierParcels: [parcel({ isCancelled: true })], waybills: [waybill()] }
  assert.match(words(checkCarriers(issued)), /cancelled at its carrier/)
  assert.match(words(checkCarriers({ carrierParcels: [], waybills: [waybill()] })), /nobody issued/)
  const own = waybill({ connector: 'own-numbers', trackingNo: 'CX20000001' })
  assert.deepEqual(checkCarriers({ carrierParcels: [], waybills: [own] }), [])
  assert.match(words(checkCarriers({ carrierParcels: [], waybills: [own, own] })), /on two waybills/)
})

const place: Place = {
  sku: 'CUP-BLUE',
  warehouse: 'EAST',
  cameIn: 12,
  physical: 9,
  locked: 0,
  counted: 12,
  left: -3,
  back: 0,
  moved: 9,
  committed: 3,
  open: 0,
}

test('levels are what came in and what left, and an order has its pieces locked or gone', () => {
  const goods = [{ orderNo: 'A1', state: 'committed', open: 0, committed: 3 }]
  const judge = (
    one: Partial<Place>,
    of: Partial<Delivery['goods'][number]> = {},
    orders = [order()],
  ): string =>
    words(checkStock({ places: [{ ...place, ...one }], goods: goods.map((g) => ({ ...g, ...of })), orders }))
  assert.equal(judge({}), '')
  assert.match(judge({ counted: 24 }), /12 came in, 24 were counted/)
  assert.match(judge({ moved: 8 }), /movements say 8/)
  assert.match(judge({ locked: 1 }), /1 locked, holds have 0/)
  assert.match(judge({ committed: 2 }), /holds committed 2/)
  assert.match(judge({}, { committed: 0 }), /0 are locked and 0 left/)
  const free = { state: 'released', committed: 0 }
  assert.match(judge({}, free), /0 are locked and 0 left/)
  assert.equal(judge({}, free, [{ ...order(), status: 'returned' }]), '', 'it was back before anybody looked')
  assert.match(judge({}, { open: 1 }, [order({ cancelledAt: NOW })]), /still holds 1/)
})

test('a decision names a version that decided then, and says what that version says', () => {
  const rules = {
    means: new Map([['7', { kind: 'split' as const, figure: 2 }]]),
    inForce: [{ version: '7', from: 1_000_000, until: 2_000_000 }],
    done: {},
  }
  const delivery = (atMs: number, version = '7', more: Partial<Delivery> = {}): Delivery =>
    ({
      decisions: [{ orderNo: 'A1', version, atMs, id: 1n }],
      rules,
      plans: [],
      quotes: [],
      parts: ALL_PARTS,
      ...more,
    }) as unknown as Delivery
  assert.deepEqual(checkRules(delivery(1_500_000)), [])
  // Written down with the begin of a transaction that read the version later.
  assert.deepEqual(checkRules(delivery(999_000)), [])
  assert.match(words(checkRules(delivery(900_000))), /before it was published/)
  assert.match(words(checkRules(delivery(2_100_000))), /decided no more/)
  assert.match(words(checkRules(delivery(1_500_000, '9'))), /nobody published/)
  const packed = {
    ...plan.parcels[0],
    pieces: [1, 2].map((n) => ({ orderNo: 'A1', lineId: `${n}`, quantity: 2 })),
  }
  const tooMany = delivery(1_500_000, '7', { plans: [{ ...plan, parcels: [packed as never] }] })
  assert.match(words(checkRules(tooMany)), /has 4 pieces, version 7 allows 2/)
})

test('a label given out again says so, and what the broker confirmed is an order', () => {
  const given = { task: '5', delivery: 1, labels: 1, repeated: false }
  const press = (repeated: boolean) => ({
    given: [given, { ...given, repeated }],
    printed: new Set<string>(),
    labels: 2,
  })
  assert.deepEqual(checkLabels({ press: press(true), drawnTwice: [] }), [])
  assert.match(words(checkLabels({ press: press(false), drawnTwice: [] })), /twice silently/)
  const queue = {
    confirmed: new Set(['E1']),
    sent: new Set(['E1']),
    orders: [{ orderNo: 'E1', messages: 1 }],
  }
  assert.deepEqual(checkQueue({ queue }), [])
  assert.match(words(checkQueue({ queue: { ...queue, orders: [] } })), /is no order/)
  assert.match(
    words(checkQueue({ queue: { ...queue, orders: [{ orderNo: 'E1', messages: 2 }] } })),
    /accepted 2 times/,
  )
  assert.match(words(checkQueue({ queue: { ...queue, sent: new Set() } })), /nobody sent it/)
})

test('a recovery is the worst wait of its kind, and none where the next fault came first', () => {
  const spans = [
    { kind: 'kill_hub', from: 1_000, to: 3_000 },
    { kind: 'kill_hub', from: 10_000, to: 11_000 },
    { kind: 'api_hang', from: 20_000, to: 21_000 },
  ]
  const acknowledged = [10_500, 3_400, 11_900, 25_500]
  const found = recoveriesOf(spans, { acknowledged, waybills: null, calmAtMs: 25_000 })
  assert.deepEqual(found.kill_hub, {
    times: 2,
    firstAck: { fromBeginMs: 2_400, fromEndMs: 900 },
    firstWaybill: { fromBeginMs: null, fromEndMs: null },
  })
  // At 25 s everything was started anew: what came then recovered from nothing.
  assert.deepEqual(found.api_hang?.firstAck, { fromBeginMs: null, fromEndMs: null })
})
