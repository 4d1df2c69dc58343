import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { connectors } from '#connectors/index.ts'
import type { Connector } from '#domain/connector.ts'
import { connectionId } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { seededRandom } from '#kernel/random.ts'
import { faultOf } from './faults.ts'
import { contractFixtures, orderDocument } from './fixtures/index.ts'
import { openGate, pauseMs } from './gate.ts'
import { type Delivery, toMessage } from './message.ts'
import { parseQueueSettings } from './settings.ts'

const { settings } = contractFixtures
const codeOf = (more: Record<string, string>): string => {
  const parsed = parseQueueSettings({ ...settings, ...more })
  return parsed.ok ? 'ok' : `${parsed.refusal.code} ${parsed.refusal.detail}`
}

test('the port follows TLS unless it is given, and the prefetch is bounded', () => {
  const parsed = parseQueueSettings(settings)
  assert.ok(parsed.ok)
  assert.deepEqual([parsed.value.port, parsed.value.prefetch, parsed.value.vhost], [5672, 64, '/'])
  const secure = parseQueueSettings({ ...settings, tls: 'on' })
  assert.ok(secure.ok && secure.value.port === 5671)
  assert.equal(codeOf({ prefetch: '1000' }), 'ok')
  for (const prefetch of ['0', '1001', '-1', '6.5', 'many'])
    assert.match(codeOf({ prefetch }), /^rabbitmq\.settings prefetch is a whole number from 1 to 1000/)
  assert.match(codeOf({ port: '70000' }), /^rabbitmq\.settings port/)
  assert.match(codeOf({ host: 'mq.example.com:5672' }), /^rabbitmq\.settings host/)
  assert.match(codeOf({ queue: '' }), /^rabbitmq\.settings queue/)
  assert.match(codeOf({ deadLetterQueue: 'orders' }), /^rabbitmq\.settings the dead-letter/)
  assert.match(codeOf({ queue: '队'.repeat(86) }), /^rabbitmq\.settings queue is longer/)
})

test('each way of being refused is a state of its own', () => {
  const closed = (code: number): Error => Object.assign(new Error('Connection closed'), { code })
  assert.equal(
    faultOf(new Error('Handshake terminated by server: 403 (ACCESS-REFUSED) with message "no"'), 'opening')
      .code,
    'rabbitmq.credentials',
  )
  assert.equal(
    faultOf(new Error('Expected ConnectionOpenOk; got <ConnectionClose channel:0>'), 'opening').code,
    'rabbitmq.vhost',
  )
  assert.equal(faultOf(closed(403), 'queue').code, 'rabbitmq.access_refused')
  assert.equal(faultOf(closed(404), 'queue').code, 'rabbitmq.queue_missing')
  assert.equal(faultOf(closed(405), 'queue').code, 'rabbitmq.queue_locked')
  assert.equal(faultOf(closed(320), 'open').code, 'rabbitmq.broker_closing')
  assert.equal(faultOf(new Error('Unexpected close'), 'open').code, 'rabbitmq.connection_lost')
  const away = new Outage('http.forbidden_address', 'no', { retryable: false })
  assert.deepEqual(faultOf(away, 'opening'), { code: 'http.forbidden_address', words: 'no', settled: true })
})

const delivery = (body: unknown, more: object = {}): Delivery =>
  ({
    content: Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body)),
    fields: { redelivered: false, exchange: 'erp', routingKey: 'orders', deliveryTag: 1 },
    properties: { headers: {}, ...more },
  }) as unknown as Delivery

test('the key is message id and body: neither an id used twice nor a body sent again is mistaken', () => {
  const key = (body: unknown, messageId?: string): string =>
    toMessage(delivery(body, { messageId }), 'order').dedupKey
  const [one, two] = [orderDocument('A1'), orderDocument('A2')]
  assert.equal(key(one, 'm1'), key(one, 'm1'))
  assert.notEqual(key(one, 'm1'), key(two, 'm1'))
  assert.notEqual(key(one, 'm1'), key(one, 'm2'))
  assert.equal(key(one), key(one))
  assert.equal(key(one), key(one, ' '))
  assert.notEqual(key(one), key(two))
})

test('topic and order number stand in the body; the marks of the broker are kept as headers', () => {
  const order = toMessage(delivery(orderDocument('A1')), 'order')
  assert.deepEqual([order.topic, order.orderNo], ['order.rows', 'A1'])
  const events = [
    { event: 'waybill.printed', order_no: 'A1' },
    { event: 'waybill.printed', order_no: 'A2' },
  ]
  const waybills = toMessage(delivery(events), 'waybill')
  assert.deepEqual([waybills.topic, waybills.orderNo], ['waybill.printed', null])
  const garbage = toMessage(delivery(Buffer.from([0xff, 0x00])), 'order')
  assert.deepEqual([garbage.topic, garbage.orderNo, [...garbage.body]], ['unreadable', null, [255, 0]])
  const again = delivery(orderDocument('A1'), {
    messageId: 'm1',
    contentEncoding: 'gzip',
    headers: { 'x-death': [{ count: 3n, reason: 'rejected', queue: 'orders' }] },
  })
  const { headers } = toMessage({ ...again, fields: { ...again.fields, redelivered: true } }, 'order')
  assert.equal(headers.redelivered, 'true')
  assert.equal(headers['x-death'], '[{"count":"3","reason":"rejected","queue":"orders"}]')
  assert.deepEqual([headers['message-id'], headers['routing-key']], ['m1', 'orders'])
})

test('a compressed body is parked with its reason; a waybill event is read in its own format', () => {
  const rabbitmq = connectors.find(({ kind }) => kind === 'rabbitmq') as Connector
  const read = (headers: Record<string, string>, format: string, body: unknown) =>
    rabbitmq.read(
      {
        connection: connectionId('mq'),
        topic: 't',
        headers,
        body: new TextEncoder().encode(JSON.stringify(body)),
        receivedAt: contractFixtures.now,
      },
      { ...settings, format },
    )
  const packed = read({ 'content-encoding': 'gzip' }, 'order', orderDocument('A1'))
  assert.equal(packed.ok ? '' : packed.refusal.code, 'rabbitmq.encoding')
  const event = {
    event: 'waybill.printed',
    id: 'e1',
    order_no: 'A1',
    tracking_no: 'SF1',
    carrier: 'SF',
    generated_at: '2026-02-11T09:30:12+08:00',
  }
  const waybill = read({ 'content-encoding': 'utf-8' }, 'waybill', event)
  assert.deepEqual(waybill.ok && waybill.value.claims.map((claim) => claim.code), [
    'event:waybill.printed',
    'event:waybill.printed',
  ])
  const wrong = read({}, 'order', event)
  assert.equal(wrong.ok, false)
})

test('the gate makes one wait of many failures, honours what the way in asks, and doubles while it lasts', async () => {
  const gate = openGate({ first: 10, longest: 80 }, seededRandom(1), new AbortController().signal)
  const first = gate.failed(null) ?? 0
  assert.ok(first >= 5 && first <= 10)
  assert.equal(gate.failed(null), null, 'a wait that is running covers the others')
  await gate.opened()
  const asked = gate.failed(40) ?? 0
  assert.equal(asked, 40)
  await gate.opened()
  assert.ok(gate.isShut(), 'not well again before a message was stored')
  gate.worked()
  assert.ok(!gate.isShut())
  const capped = gate.failed(999_999) ?? 0
  assert.equal(capped, 80)
})

test('pauses stay within their bounds whatever the failures', () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.nat(), (failures, seed) => {
      const pause = pauseMs(failures, { first: 1_000, longest: 60_000 }, seededRandom(seed))
      return pause >= 500 && pause <= 60_000
    }),
  )
})
