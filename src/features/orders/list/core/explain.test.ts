import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ORDER_STATUSES } from '#domain/order-status.ts'
import { type ExplainInput, explainOrder } from './explain.ts'

const NOW = Temporal.Instant.from('2026-01-25T10:00:00Z')
const ORDER: ExplainInput = {
  status: 'awaiting_shipment',
  afterSale: 'none',
  report: 'none',
  channel: '拼多多旗舰店',
  shipBy: null,
  unmatchedLines: 0,
  parcels: 0,
  drift: [],
  intents: [],
  plan: null,
  waybills: [],
  now: NOW,
}
const english = (order: Partial<ExplainInput>): string =>
  explainOrder({ ...ORDER, ...order })
    .map((words) => words.en)
    .join(' ')

test('every status says something in both languages', () => {
  for (const status of ORDER_STATUSES) {
    const said = explainOrder({ ...ORDER, status })
    assert.ok(said.length > 0, status)
    for (const { zh, en } of said)
      assert.ok(/[一-鿿]/.test(zh) && /^[^一-鿿]*$/.test(en.replaceAll(ORDER.channel, '')), zh)
  }
})

test('an order to be shipped names the warehouse and how long is left', () => {
  assert.match(english({ shipBy: NOW.add({ minutes: 90 }) }), /warehouse.* 90 minutes are left/)
  assert.match(english({ shipBy: NOW.add({ hours: 47, minutes: 59 }) }), /47 hours are left/)
  assert.match(english({ shipBy: NOW.subtract({ hours: 100 }) }), /passed 4 days ago/)
})

test('a plan that stops, or a carrier that refuses, is what it waits for, and no waybill by the warehouse', () => {
  const held = { state: 'held', words: { zh: '已拦截', en: 'held: a person must release it' } }
  assert.match(english({ plan: held }), /stops here: held: a person must release it/)
  assert.doesNotMatch(english({ plan: held }), /warehouse to print/)
  const locked = { state: 'locked', words: { zh: '已锁库', en: 'locked' } }
  assert.match(english({ plan: locked }), /warehouse to print/)
  const refused = { state: 'review', words: { zh: '超区', en: 'out of its area' } }
  assert.match(english({ plan: locked, waybills: [refused] }), /could not be obtained: out of its area/)
  const asked = { state: 'asking', words: { zh: '', en: '' } }
  assert.match(english({ plan: locked, waybills: [asked] }), /carrier is being asked/)
})

test('a refused report names its code and the operator', () => {
  const intents = [{ effect: 'report_shipment', state: 'refused', lastCode: 'pdd.70031' }]
  assert.match(
    english({ status: 'shipped', report: 'refused', intents }),
    /refused the shipment report \(pdd\.70031\); an operator/,
  )
})

test('a report that was given up is told from one that is on its way', () => {
  const dead = [{ effect: 'report_shipment', state: 'dead', lastCode: null }]
  assert.match(english({ status: 'shipped', report: 'due', intents: dead }), /retry it in the outbox/)
  assert.match(english({ status: 'shipped', report: 'due' }), /the hub does that by itself/)
})

test('unmatched lines, an open after-sale and drift each add a sentence', () => {
  const plain = explainOrder(ORDER).length
  const order = {
    unmatchedLines: 2,
    afterSale: 'requested' as const,
    drift: [{ field: 'times', cause: 'time_zone' }],
  }
  assert.equal(explainOrder({ ...ORDER, ...order }).length, plain + 3)
  assert.match(english(order), /2 line\(s\) have no stock SKU.*disagree about times/)
})
