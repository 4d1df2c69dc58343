import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { manualClock } from '#kernel/clock.ts'
import { openVault } from '#platform/vault.ts'
import { addFactsFor } from '#test-support/parcels.ts'
import { seedOrder } from '#test-support/seed-orders.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { openAddressLimit } from './address-limit.ts'
import { buyerViewRoutes, pruneGuesses } from './index.ts'

const START = Temporal.Instant.from('2026-11-11T00:00:00Z')
const clock = manualClock(START)
const vault = openVault({ current: 'k', keys: new Map([['k', new Uint8Array(32).fill(7)]]) })
const PERSON = { name: '张三丰', address: '浙江省杭州市西湖区文三路 1 号', phone: '13800138000' }
/** Two processes of one hub: one database, each with its own memory of addresses. */
let one: TestServer
let two: TestServer
let isOn = true

before(async () => {
  one = await openTestServer((app, { sql }) => buyerViewRoutes(app, depsOf(sql)), { clock })
  two = await openTestServer((app) => buyerViewRoutes(app, depsOf(one.sql)), { clock })
  const id = await seedOrder(one.sql, {
    orderNo: 'A-1001',
    status: 'in_transit',
    buyerNote: '别放门卫',
    record: { parcels: [{ trackingNo: 'SF1000000001' }, { trackingNo: 'SF1000000009', status: 'void' }] },
  })
  await register(id, PERSON)
  await addFactsFor(
    one.sql,
    START,
    'SF1000000001',
    [
      ['waybill_issued', 0, '账号 杭州仓月结 9527'],
      ['picked_up', 1, '快递员李四已揽收，电话13900139000', '杭州 13900139000'],
      ['in_transit', null, '运单 SF1000000001 已到', '上海'],
      ['paid', 2, '不是物流'],
    ],
    { carrier: 'SF', source: 'sf', message: '20261111-1' },
  )
  await one.sql`insert into parcel_standing (tracking_no, carrier, state, open, digest, first_seen_at, updated_at)
    values ('SF1000000001', 'SF', 'in_transit', true, '', ${START}, ${START})`
  await register(await seedOrder(one.sql, { connection: 'sealed', orderNo: 'S-1001' }), {
    ...PERSON,
    phone: '~AgAAA8000',
    ciphertext: true,
  })
  await seedOrder(one.sql, { connection: 'bare', orderNo: 'N-1001' })
  // Another shop uses the same number for another person.
  await register(await seedOrder(one.sql, { connection: 'other', orderNo: 'A-1001' }), {
    ...PERSON,
    phone: '13700007777',
  })
})
after(async () => {
  await one.close()
  await two.close()
})
let minutes = 0
beforeEach(async () => {
  isOn = true
  // Nobody's address has asked lately.
  minutes += 30
  clock.set(START.add({ minutes }))
  await one.sql`delete from buyer_guess`
})

function depsOf(db: TestServer['sql']) {
  return { db, clock, vault, zone: () => 'Asia/Shanghai', isOn: () => isOn }
}
async function register(id: bigint, recipient: object): Promise<void> {
  const sealed = vault.seal(Buffer.from(JSON.stringify({ ciphertext: false, ...recipient })))
  await one.sql`insert into order_register (order_id, part, version, hash, value, message_id, received_at)
    values (${id}, 'recipient', 1, '\\x00', ${sealed}, '20261111-1', ${START})`
}

let address = 0
async function ask(orderNo: string, phoneTail: string, { server = one, from = '' } = {}) {
  address += 1
  const answer = await server.app.inject({
    method: 'POST',
    url: '/api/buyer/track',
    payload: { orderNo, phoneTail },
    remoteAddress: from === '' ? `10.0.${address >> 8}.${address & 255}` : from,
  })
  return { status: answer.statusCode, headers: answer.headers, body: answer.json(), text: answer.body }
}
const codeOf = async (...question: Parameters<typeof ask>) => (await ask(...question)).body.code as string

test('a buyer sees the parcels of the order, the newest on top, and nothing of any person', async () => {
  const { status, body, text, headers } = await ask(' #A-1001 ', '8000')
  assert.equal(status, 200)
  assert.equal(headers['cache-control'], 'no-store')
  assert.deepEqual(body.orders, [
    {
      orderNo: 'A-1001',
      status: 'in_transit',
      parcels: [
        {
          trackingNo: 'SF1000000001',
          carrier: 'SF',
          carrierName: '顺丰速运',
          state: 'in_transit',
          events: [
            {
              kind: 'picked_up',
              at: '2026-11-11T09:00:00.000+08:00',
              place: '杭州 139****00',
              words: '快递员李**已揽收，电话139****00',
            },
            { kind: 'waybill_issued', at: '2026-11-11T08:00:00.000+08:00', place: '', words: '' },
            // Nobody knows when: it stands where it was heard.
            { kind: 'in_transit', at: null, place: '上海', words: '运单 SF1000000001 已到' },
          ],
        },
      ],
    },
  ])
  assert.doesNotMatch(text, /张三丰|文三路|13800138000|13900139000|李四|9527|别放门卫|other/)
})

test('the other shop’s order under the same number is shown to its own buyer alone', async () => {
  const { body } = await ask('A-1001', '7777')
  assert.deepEqual(body.orders, [{ orderNo: 'A-1001', status: 'awaiting_shipment', parcels: [] }])
})

test('wrong digits, an unknown number, a sealed recipient and none at all are one and the same answer', async () => {
  const answers = [
    await ask('A-1001', '0000'),
    await ask('Z-9999', '8000'),
    await ask('S-1001', '8000'),
    await ask('N-1001', '0001'),
  ]
  assert.deepEqual(new Set(answers.map((answer) => answer.text)).size, 1)
  assert.deepEqual([answers[0]?.status, answers[0]?.body.code], [404, 'buyer_view.not_found'])
})

test('five wrong tries lock a number for 15 minutes, in every process and for the right digits too', async () => {
  for (const server of [one, two, one, two, one])
    assert.equal(await codeOf('A-1001', '1111', { server }), 'buyer_view.not_found')
  for (const server of [one, two]) {
    const locked = await ask('A-1001', '8000', { server })
    assert.deepEqual([locked.status, locked.body.code], [429, 'buyer_view.too_many'])
    assert.equal(locked.headers['retry-after'], '900')
  }
  assert.equal((await ask('Z-1001', '8000')).status, 404, 'other numbers are free')
  clock.set(clock.now().add({ minutes: 14 }))
  assert.equal((await ask('A-1001', '8000')).status, 429)
  clock.set(clock.now().add({ minutes: 2 }))
  assert.equal((await ask('A-1001', '8000')).status, 200)
})

test('a number that nobody has locks just the same', async () => {
  for (let i = 0; i < 5; i += 1) await ask('Z-9999', '1111')
  assert.equal(await codeOf('Z-9999', '1111'), 'buyer_view.too_many')
})

test('guesses that come at once are counted one after another', async () => {
  const codes = await Promise.all(
    Array.from({ length: 16 }, (_, i) =>
      codeOf('A-1001', `90${10 + i}`, { server: i % 2 === 0 ? one : two }),
    ),
  )
  assert.equal(codes.filter((code) => code === 'buyer_view.not_found').length, 5)
  assert.equal(codes.filter((code) => code === 'buyer_view.too_many').length, 11)
})

test('right answers are not counted as tries', async () => {
  for (let i = 0; i < 8; i += 1) assert.equal((await ask('A-1001', '8000')).status, 200)
})

test('one address asks 20 times a minute', async () => {
  const from = '192.0.2.7'
  for (let i = 0; i < 20; i += 1) assert.equal((await ask('A-1001', '8000', { from })).status, 200)
  const refused = await ask('A-1001', '8000', { from })
  assert.deepEqual([refused.status, refused.headers['retry-after']], [429, '60'])
  assert.equal((await ask('A-1001', '8000', { from: '192.0.2.8' })).status, 200)
  clock.set(clock.now().add({ seconds: 3 }))
  assert.equal((await ask('A-1001', '8000', { from })).status, 200)
  assert.equal((await ask('A-1001', '8000', { from })).status, 429)
})

test('an IPv6 network asks as one, however its addresses are written, and each IPv4 address as itself', () => {
  const limit = openAddressLimit(clock)
  for (let i = 0; i < 20; i += 1) limit.take(`2001:db8:0:7::${i.toString(16)}`)
  for (const same of ['2001:db8:0:7::ffff', '2001:0DB8:0000:0007:1:2:3:4', '2001:db8::7:0:0:0:1'])
    assert.equal(limit.take(same), false, same)
  for (const other of ['2001:db8:0:8::1', '2001:db8::7', '::1', 'fe80::1%eth0'])
    assert.equal(limit.take(other), true, other)
  for (let i = 0; i < 20; i += 1) limit.take('::ffff:192.0.2.1')
  assert.equal(limit.take('192.0.2.1'), false)
  assert.equal(limit.take('::ffff:192.0.2.2'), true)
})

test('addresses are forgotten, the longest silent first, so that memory has an end', () => {
  const limit = openAddressLimit(clock)
  for (let i = 0; i < 20; i += 1) limit.take('first')
  assert.equal(limit.take('first'), false)
  for (let i = 0; i < 10_000; i += 1) limit.take(`address ${i}`)
  assert.equal(limit.take('first'), true)
})

test('switched off, it tells nothing', async () => {
  isOn = false
  const { status, body } = await ask('A-1001', '8000')
  assert.deepEqual([status, body.code], [404, 'buyer_view.off'])
})

test('what is no number or no four digits is refused before anything is looked up', async () => {
  for (const [orderNo, tail] of [
    ['A', '8000'],
    ['A-1001', '800'],
    ['A-1001', '80000'],
    ['A-1001', '８０００'],
    ['x'.repeat(65), '8000'],
  ] as const)
    assert.equal(await codeOf(orderNo, tail), 'http.invalid')
  assert.deepEqual(await one.sql`select 1 from buyer_guess`, [])
})

test('guesses are forgotten', async () => {
  await ask('A-1001', '1111')
  await pruneGuesses(one.sql, clock.now())
  await pruneGuesses(one.sql, clock.now().add({ minutes: 1 }))
  assert.deepEqual(await one.sql`select 1 from buyer_guess`, [])
})
