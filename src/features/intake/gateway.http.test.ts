import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { connectors } from '#connectors/index.ts'
import { addConnection } from '#features/connections/index.ts'
import { SYSTEM } from '#features/identity/index.ts'
import { type RunningHub, runningHub, until } from '#test-support/hub.ts'

let running: RunningHub
before(async () => {
  running = await runningHub({ BODY_LIMIT_BYTES: '65536' })
  const { core } = running.hub
  const deps = { ...core, db: core.database.db, connectors, allowLoopback: true }
  const shop = { shopDomain: 'a.myshopify.com', clientSecret: 's', accessToken: 't' }
  for (const draft of [
    { id: 'desk', kind: 'file', name: 'desk', settings: {} },
    { id: 'shop', kind: 'shopify', name: 'shop', settings: shop },
  ]) {
    const added = await addConnection(deps, SYSTEM, draft)
    assert.ok(added.ok)
  }
})
after(async () => await running.close())

const order = (no: string, status = '待发货') => ({
  orderNo: no,
  currency: 'CNY',
  rows: [{ cells: { status, sku: 'S1', quantity: '2', unit_price: '10.00' } }],
})

type Answer = { status: number; body: Record<string, unknown>; retryAfter: string | null }
let key = ''

async function push(
  connection: string,
  body: string | Uint8Array | object,
  headers: Record<string, string> = {},
): Promise<Answer> {
  if (key === '') {
    const made = await running.call('POST', '/api/keys', { name: 'pusher', scopes: ['gateway:write'] })
    key = (made.body as { text: string }).text
  }
  const answer = await fetch(`${running.hub.url}/api/v1/gateway/${connection}/orders`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
  })
  return {
    status: answer.status,
    body: (await answer.json()) as Record<string, unknown>,
    retryAfter: answer.headers.get('retry-after'),
  }
}
const outcomes = (answer: Answer): unknown =>
  (answer.body.items as { orderNo: string; outcome: string }[]).map((one) => [one.orderNo, one.outcome])

test('an order that is pushed is an order; sent again it is a duplicate', async () => {
  const first = await push('desk', order('G1'))
  assert.equal(first.status, 200, JSON.stringify(first.body))
  assert.equal(first.body.lane, 'desk')
  assert.deepEqual(outcomes(first), [['G1', 'accepted']])
  assert.deepEqual(outcomes(await push('desk', order('G1'))), [['G1', 'duplicate']])
  const sql = running.database.sql
  await until(
    async () =>
      (await sql`select 1 from sales_order where connection_id = 'desk' and order_no = 'G1'`).length > 0,
    async () => JSON.stringify(await sql`select lane, state, park_code, park_detail from inbox_task`),
  )
  const rows = await sql`select transport, verdict from inbox_message where order_no = 'G1' order by id`
  assert.deepEqual(rows, [
    { transport: 'api', verdict: 'accepted' },
    { transport: 'api', verdict: 'duplicate' },
  ])
})

test('many orders are kept all or none', async () => {
  const many = await push('desk', { orders: [order('M1'), order('M2'), order('M1')] })
  assert.deepEqual(outcomes(many), [
    ['M1', 'accepted'],
    ['M2', 'accepted'],
    ['M1', 'duplicate'],
  ])
  const bad = { ...order('M4'), rows: [{ cells: { status: 'x', quantity: 'two' } }] }
  const refused = await push('desk', { orders: [order('M3'), bad] })
  assert.deepEqual([refused.status, refused.body.code], [422, 'gateway.unreadable_order'])
  assert.equal((refused.body.data as { index: number }).index, 1)
  assert.equal((await running.database.sql`select 1 from inbox_message where order_no = 'M3'`).length, 0)
})

test('the idempotency key makes the duplicate; the same key for something else is a conflict', async () => {
  const headers = { 'idempotency-key': 'k-1' }
  assert.deepEqual(outcomes(await push('desk', order('I1'), headers)), [['I1', 'accepted']])
  assert.deepEqual(outcomes(await push('desk', order('I1'), headers)), [['I1', 'duplicate']])
  const other = await push('desk', order('I1', '已发货'), headers)
  assert.deepEqual([other.status, other.body.code], [409, 'gateway.idempotency_conflict'])
  assert.deepEqual(outcomes(await push('desk', order('I1'), { 'idempotency-key': 'k-2' })), [
    ['I1', 'accepted'],
  ])
  const blank = await push('desk', order('I1'), { 'idempotency-key': 'a b' })
  assert.equal(blank.body.code, 'gateway.bad_idempotency_key')
})

test('x-channel chooses the lane and nothing else; it must name one', async () => {
  const unknown = await push('desk', order('L1'), { 'x-channel': 'nowhere' })
  assert.deepEqual([unknown.status, unknown.body.code], [422, 'gateway.unknown_lane'])
  const configured = await running.call('PUT', '/api/lanes/temu', { class: 'low_latency', weight: 60 })
  assert.equal(configured.status, 200)
  const taken = await push('desk', order('L1'), { 'x-channel': 'temu' })
  assert.equal(taken.body.lane, 'temu')
  assert.equal((await push('desk', order('L2'), { 'x-channel': 'desk' })).body.lane, 'desk')
  const others = await push('desk', order('L3'), { 'x-channel': 'shop' })
  assert.deepEqual([others.status, others.body.code], [403, 'gateway.lane_forbidden'])
  // A configured lane is a connection's once it waits there.
  assert.equal((await running.call('PUT', '/api/connections/shop/lane', { lane: 'temu' })).status, 200)
  assert.equal((await push('desk', order('L3'), { 'x-channel': 'temu' })).body.code, 'gateway.lane_forbidden')
  assert.equal((await running.call('PUT', '/api/connections/shop/lane', { lane: null })).status, 200)
  const rows = await running.database.sql`
    select distinct connection_id from inbox_message where order_no in ('L1', 'L2')`
  assert.deepEqual(rows, [{ connection_id: 'desk' }], 'whose orders they are is said by the path')
})

test('what cannot be taken is refused by its code, and nothing of it is kept', async () => {
  const text = JSON.stringify(order('B1'))
  const cases: [string, Awaited<ReturnType<typeof push>>][] = [
    ['gateway.connection_not_found', await push('nobody', order('B1'))],
    ['gateway.wrong_kind', await push('shop', order('B1'))],
    ['http.content_type_unsupported', await push('desk', text, { 'content-type': 'text/plain' })],
    ['http.bad_json', await push('desk', text.slice(0, -2))],
    ['http.bad_json', await push('desk', Uint8Array.of(0x7b, 0xff, 0x7d))],
    ['gateway.duplicate_key', await push('desk', text.replace('{', '{"orderNo":"B2",'))],
    ['gateway.too_deep', await push('desk', '['.repeat(70) + ']'.repeat(70))],
    ['http.too_large', await push('desk', `{"orderNo":"${'x'.repeat(70_000)}"}`)],
    ['http.encoding_unsupported', await push('desk', text, { 'content-encoding': 'gzip' })],
    ['gateway.too_many_orders', await push('desk', { orders: Array.from({ length: 501 }, () => ({})) })],
    ['identity.key_invalid', await push('desk', order('B1'), { authorization: 'Bearer hf_wrong' })],
  ]
  for (const [code, answer] of cases) assert.equal(answer.body.code, code, JSON.stringify(answer.body))
  assert.equal((await running.database.sql`select 1 from inbox_message where order_no = 'B1'`).length, 0)
  const reader = await running.call('POST', '/api/keys', { name: 'reader', scopes: ['orders:read'] })
  const forbidden = await push('desk', order('B1'), {
    authorization: `Bearer ${(reader.body as { text: string }).text}`,
  })
  assert.deepEqual([forbidden.status, forbidden.body.code], [403, 'identity.forbidden'])
})

test('a paused connection and a full lane ask to come back', async () => {
  await running.call('PATCH', '/api/connections/desk', { paused: true })
  const paused = await push('desk', order('P1'))
  assert.deepEqual([paused.status, paused.body.code, paused.retryAfter], [503, 'gateway.paused', '60'])
  await running.call('PATCH', '/api/connections/desk', { paused: false })
  await running.call('PUT', '/api/lanes/tight', { depthLimit: 100, alarmDepth: 50 })
  // More than the lane may hold, and nobody reads them: they wait for a mapping that never comes.
  await running.database.sql`
    insert into inbox_task (message_id, received_at, lane)
    select 9000000000 + g, now() + interval '1 day', 'tight' from generate_series(1, 101) g`
  await running.hub.core.lanes.depths.look()
  const full = await push('desk', order('P2'), { 'x-channel': 'tight' })
  assert.deepEqual([full.status, full.body.code, full.retryAfter], [503, 'lane.full', '5'])
  assert.equal((await push('desk', order('P2'))).status, 200, 'the other lanes go on')
  await running.hub.core.lanes.minutes.flush()
  const lanes = (await running.call('GET', '/api/lanes')).body as {
    items: { name: string; pending: number; full: boolean; minutes: { refused: number }[] }[]
  }
  const tight = lanes.items.find((lane) => lane.name === 'tight')
  assert.deepEqual([tight?.full, tight?.pending], [true, 101])
  assert.equal(
    tight?.minutes.reduce((sum, one) => sum + one.refused, 0),
    1,
  )
  await running.database.sql`delete from inbox_task where lane = 'tight'`
  await running.hub.core.lanes.depths.look()
  assert.equal((await push('desk', order('P3'), { 'x-channel': 'tight' })).body.lane, 'tight')
})

test('a day whose partition is gone costs no message: kept on the disk, and the partition is made again', async () => {
  const today = Temporal.Now.plainDateISO('UTC').toString().replaceAll('-', '')
  await running.database.sql.raw(`drop table inbox_message_${today}`)
  const pushed = await push('desk', order('N1'))
  assert.equal(pushed.status, 200, JSON.stringify(pushed.body))
  const { emergency } = running.hub.core
  assert.deepEqual([emergency.level().level, emergency.spool().records], [1, 1])
  assert.match(emergency.level().reason ?? '', /no partition/)
  assert.equal(await emergency.mergeNow(), true)
  assert.equal((await push('desk', order('N2'))).status, 200)
  await until(
    async () =>
      (await running.database.sql`select 1 from sales_order where order_no in ('N1', 'N2')`).length === 2,
    async () =>
      JSON.stringify(await running.database.sql`select lane, state, park_code, park_detail from inbox_task`),
  )
})
