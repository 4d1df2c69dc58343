import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SimOrder } from '../platform.ts'
import type { HubOrder, Impostor, InboxRow, SentMessage } from './accounts.ts'
import { checkAlarms, checkImpostors, checkMessages, checkNotices, checkOrders, checkWork } from './check.ts'
import type { Life } from './ledger.ts'

// The judge has to find what a hub could do wrong, or a run without contradictions would mean nothing.

const sent = (more: Partial<SentMessage> = {}): SentMessage => ({
  kind: 'kdniao',
  id: 'kdniao-1',
  deliveryId: null,
  shas: ['aa'],
  acknowledged: true,
  attempts: 1,
  refused: 0,
  unanswered: 0,
  ...more,
})
const row = (more: Partial<InboxRow> = {}): InboxRow => ({
  kind: 'kdniao',
  id: '7',
  verdict: 'accepted',
  sha: 'aa',
  dedupKey: 'k',
  ...more,
})
const checks = (found: readonly { check: string }[]): string[] => found.map((one) => one.check)

test('acknowledged and not there is lost, there twice is doubled, there and never sent is forged', () => {
  assert.deepEqual(checkMessages({ messages: [sent()], inbox: [row()] }), [])
  assert.deepEqual(checks(checkMessages({ messages: [sent()], inbox: [] })), ['lost'])
  assert.deepEqual(checks(checkMessages({ messages: [sent()], inbox: [row({ verdict: 'duplicate' })] })), [
    'lost',
  ])
  assert.deepEqual(checks(checkMessages({ messages: [sent()], inbox: [row(), row({ id: '8' })] })), [
    'doubled',
  ])
  assert.deepEqual(checks(checkMessages({ messages: [], inbox: [row()] })), ['forged'])
  assert.deepEqual(checks(checkMessages({ messages: [sent()], inbox: [row({ kind: 'sf' })] })), [
    'lost',
    'forged',
  ])
})

test('what was not acknowledged may be there, once', () => {
  const messages = [sent({ acknowledged: false })]
  assert.deepEqual(checkMessages({ messages, inbox: [] }), [])
  assert.deepEqual(checkMessages({ messages, inbox: [row()] }), [])
  assert.deepEqual(checks(checkMessages({ messages, inbox: [row(), row({ id: '8' })] })), ['doubled'])
})

test('two deliveries with one body are two messages where their sender numbers them', () => {
  const messages = [
    sent({ id: 's-1', deliveryId: 'wh-1' }),
    sent({ id: 's-2', deliveryId: 'wh-2', acknowledged: true }),
  ]
  const both = [row({ dedupKey: 'webhook:wh-1:aa' }), row({ id: '8', dedupKey: 'webhook:wh-2:aa' })]
  assert.deepEqual(checkMessages({ messages, inbox: both }), [])
  assert.deepEqual(checks(checkMessages({ messages, inbox: both.slice(0, 1) })), ['lost'])
})

test('an impostor must be neither acknowledged nor accepted; who repeats a true message may be', () => {
  const one = (more: Partial<Impostor>): Impostor => ({
    kind: 'kdniao',
    id: 'kdniao-1',
    how: 'tamper',
    sha: 'bb',
    acknowledged: false,
    ...more,
  })
  assert.deepEqual(checkImpostors({ impostors: [one({}), one({ how: 'wrong_key' })], inbox: [row()] }), [])
  assert.deepEqual(checks(checkImpostors({ impostors: [one({ acknowledged: true })], inbox: [] })), [
    'forged',
  ])
  assert.deepEqual(checks(checkImpostors({ impostors: [one({})], inbox: [row({ sha: 'bb' })] })), ['forged'])
  const replay = one({ how: 'replay', sha: 'aa', acknowledged: true })
  assert.deepEqual(checkImpostors({ impostors: [replay], inbox: [row()] }), [])
})

const at = Temporal.Instant.from('2026-11-22T08:00:00Z')
const life = (more: Partial<Life> = {}): Life => ({
  kind: 'youzan',
  orderNo: 'E1',
  course: {
    pays: true,
    cancels: false,
    prints: true,
    bySf: false,
    feed: 'kdniao',
    scans: 1,
    completes: false,
  },
  done: new Set(['paid', 'printed', 'scan-1']),
  trackingNo: 'ZT1',
  ...more,
})
const book = (more: Partial<SimOrder> = {}): SimOrder => ({
  orderNo: 'E1',
  lines: [{ lineId: '1', sku: 'CUP', title: '杯', quantity: 2, priceMinor: 1050n }],
  currency: 'CNY',
  payableMinor: 2100n,
  placedAt: at,
  paidAt: at,
  cancelledAt: null,
  deliveredAt: null,
  shipments: [{ trackingNo: 'ZT1', carrier: 'ZTO' }],
  ...more,
})
const hub = (more: Partial<HubOrder> = {}): HubOrder => ({
  status: 'picked_up',
  report: 'accepted',
  payable: { currency: 'CNY', amount: '21.00' },
  placedAt: '2026-11-22T16:00:00.000+08:00',
  paidAt: '2026-11-22T16:00:00.000+08:00',
  trackingNos: ['ZT1'],
  lines: [{ shopSku: 'CUP', title: '杯', quantity: 2, unitPrice: { currency: 'CNY', amount: '10.50' } }],
  ...more,
})

test('an order that is missing, differs, was shipped twice or that nobody placed is told', () => {
  const of = (b: SimOrder, h: HubOrder | null) =>
    checkOrders({ orders: [{ life: life(), book: b, hub: h }], unknownOrders: [] })
  assert.deepEqual(of(book(), hub()), [])
  assert.deepEqual(checks(of(book(), null)), ['lost'])
  assert.deepEqual(checks(of(book(), hub({ status: 'shipped' }))), ['order'])
  assert.deepEqual(checks(of(book(), hub({ payable: { currency: 'CNY', amount: '21.01' } }))), ['order'])
  assert.deepEqual(checks(of(book(), hub({ report: 'unknown' }))), ['order'])
  const twice = { shipments: [...book().shipments, ...book().shipments] }
  assert.deepEqual(checks(of(book(twice), hub())), ['effect'])
  assert.deepEqual(checks(of(book({ shipments: [] }), hub())), ['effect'])
  assert.deepEqual(checks(checkOrders({ orders: [], unknownOrders: ['E9'] })), ['uncaused'])
})

test('what is given up, parked or failed is told, and so are notices and alarms that should not be', () => {
  const done = { key: 'a', state: 'done', words: '' }
  const work = { orders: [], parked: [], failedJobs: [], conflicts: [] }
  assert.deepEqual(checkWork({ ...work, intents: [done] }), [])
  const stuck = checkWork({
    orders: [],
    intents: [done, { key: 'b', state: 'dead', words: 'x' }],
    parked: [{ code: 'c', words: '', count: 1 }],
    failedJobs: ['replay'],
    conflicts: ['shop-1 orders/paid'],
  })
  assert.deepEqual(checks(stuck), ['stuck', 'stuck', 'stuck', 'stuck'])
  // The carrier's own answer about a parcel on its way; any other refusal leaves somebody waiting.
  const tooLate = { key: 'cancel_waybill:7', state: 'dead', words: 'carrier.too_late 已揽收' }
  assert.deepEqual(checkWork({ ...work, intents: [tooLate] }), [])
  assert.deepEqual(checkWork({ ...work, intents: [{ ...tooLate, key: 'intercept_parcel:7' }] }), [])
  assert.equal(checkWork({ ...work, intents: [{ ...tooLate, key: 'ship:7' }] }).length, 1)
  assert.equal(checkWork({ ...work, intents: [{ ...tooLate, words: 'carrier.refused' }] }).length, 1)
  // A shop's own answer about an order whose buyer cancelled it; about any other it would be wrong.
  const gone = { key: 'report_shipment:s:A1:SF1', state: 'refused', words: 'shopify.order_cancelled A1' }
  const cancelled = {
    book: { ...book(), orderNo: 'A1', cancelledAt: Temporal.Instant.from('2026-11-22T09:00:00Z') },
  }
  assert.deepEqual(checkWork({ ...work, orders: [cancelled], intents: [gone] }), [])
  assert.equal(checkWork({ ...work, intents: [gone] }).length, 1)
  const notice = { id: 'n1', sha: 'aa', rule: 'tls.expired', title: '', direct: false }
  const delivered = { id: 'n1', state: 'delivered', direct: false }
  assert.deepEqual(checkNotices({ notices: [notice, notice], deliveries: [delivered] }), [])
  assert.deepEqual(checks(checkNotices({ notices: [], deliveries: [delivered] })), ['notice'])
  assert.deepEqual(checks(checkNotices({ notices: [notice], deliveries: [] })), ['notice'])
  assert.deepEqual(checkNotices({ notices: [{ ...notice, direct: true }], deliveries: [] }), [])
  const changed = { ...notice, sha: 'bb' }
  assert.deepEqual(checks(checkNotices({ notices: [notice, changed], deliveries: [delivered] })), ['notice'])
  const faults = { certificate_expired: 1 }
  const alarms = [{ rule: 'tls.expired', state: 'resolved' }]
  assert.deepEqual(checkAlarms({ alarms, notices: [] }, faults), [])
  assert.deepEqual(checks(checkAlarms({ alarms: [], notices: [] }, faults)), ['alarm'])
  assert.deepEqual(
    checks(checkAlarms({ alarms: [{ rule: 'spool.full', state: 'open' }], notices: [] }, {})),
    ['alarm'],
  )
})
