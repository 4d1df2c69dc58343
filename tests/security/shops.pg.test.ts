import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type RunningHub, runningHub } from '#test-support/hub.ts'
import { seedConnection, seedOrder } from '#test-support/seed-orders.ts'
import { count, seedWarehouses } from '#test-support/stock.ts'

// Whoever is confined to one shop, at every route of the hub: closed unless it says how it keeps him there, and then he sees his own
// shop and nothing of the other one. He holds every scope, so that only the shop can be what stops him.

/** How each route that lets confined actors in is shown to keep them to their shops. A new one has to be written down here. */
const APART = [
  'GET /api/session',
  'DELETE /api/session',
  'POST /api/session/password',
  'GET /api/settings',
  'GET /api/emergency/level',
  'GET /api/connectors',
  'GET /stock/available',
]
const NARROWED = [
  'GET /api/orders',
  'POST /api/orders/search',
  'POST /api/orders/export',
  'GET /api/orders/views',
  'POST /api/orders/views',
  'DELETE /api/orders/views/{id}',
  'GET /api/orders/stream',
  'POST /api/orders/bulk',
  'POST /api/orders/bulk/preview',
  'GET /api/messages',
  'GET /api/messages/{id}',
  'GET /api/messages/topics',
  'GET /api/messages/parked',
  'GET /api/connections',
  'POST /freight/quote',
  'POST /stock/lock/batch',
  'POST /stock/lock/commit',
  'POST /stock/lock/release',
  'POST /stock/lock/renew',
  'GET /stock/lock/{key}',
]
const OF_ORDER = [
  'GET /api/orders/{id}',
  'POST /api/orders/{id}/reveal',
  'GET /api/orders/{id}/asks',
  'POST /api/orders/{id}/ask',
  'GET /api/orders/{id}/decisions',
  'GET /api/orders/{id}/freight',
  'GET /api/order-stock/{orderId}',
  'POST /api/order-stock/{orderId}/retry',
]
const OF_SHOP = ['GET /api/connections/{id}', 'POST /api/v1/gateway/{connection}/orders']

type Answer = { status: number; code: unknown; text: string; json: unknown }
let running: RunningHub
let routes: { name: string; method: string; path: string; scope: unknown; shops: boolean }[] = []
let own = 0n
let foreign = 0n
let key = ''

before(async () => {
  running = await runningHub()
  const { sql } = running.database
  await seedConnection(sql, 'mine', '我的店')
  await seedConnection(sql, 'theirs', '别人的店')
  own = await seedOrder(sql, { connection: 'mine', orderNo: 'MINE-1', buyerNote: '自己的' })
  foreign = await seedOrder(sql, { connection: 'theirs', orderNo: 'THEIRS-1', buyerNote: '别人的' })
  for (const [id, shop] of ['mine', 'theirs'].entries())
    await sql`insert into inbox_message (received_at, connection_id, transport, topic, dedup_key, headers, body, verdict,
      response_status, response_body, latency_us)
      values (now(), ${shop}, 'http', 'order', ${`k${id}`}, '{}', ${Buffer.from(`{"of":"${shop}"}`)}, 'challenge', 200, 'ok', 1)`
  const document = (await running.call('GET', '/api/openapi.json')).body as {
    paths: Record<string, Record<string, Record<string, unknown>>>
  }
  routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, route]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      scope: route['x-scope'],
      shops: route['x-shops'] === true,
    })),
  )
  key = await keyFor(['mine'])
})
after(async () => await running.close())

async function keyFor(shops: readonly string[]): Promise<string> {
  const made = await running.call('POST', '/api/keys', {
    name: `of ${shops.join()}`,
    scopes: ['admin'],
    shops,
  })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  return (made.body as { text: string }).text
}

async function ask(method: string, path: string, body?: unknown, as = key): Promise<Answer> {
  const answer = await fetch(`${running.hub.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${as}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  const isJson = answer.headers.get('content-type')?.includes('json') === true
  const json = isJson && text !== '' ? (JSON.parse(text) as { code?: unknown }) : null
  return { status: answer.status, code: json?.code, text, json }
}
const denied = async (method: string, path: string, body?: unknown): Promise<void> => {
  const { status, code, text } = await ask(method, path, body)
  assert.deepEqual([status, code], [403, 'identity.shop_denied'], `${method} ${path}: ${text.slice(0, 300)}`)
}

test('every route is closed to who is confined, but for those that are listed with how they confine him', async () => {
  const open = routes.filter((route) => route.shops).map(({ name }) => name)
  assert.deepEqual(open.toSorted(), [...APART, ...NARROWED, ...OF_ORDER, ...OF_SHOP].toSorted())
  let closed = 0
  for (const route of routes) {
    if (route.shops || route.scope === undefined) continue
    await denied(route.method, route.path.replaceAll(/\{[^}]+\}/g, own.toString()))
    closed += 1
  }
  assert.ok(closed > 380, `${closed} routes`)
})

test("the order of a path: one's own is there, another shop's and one that is not there answer alike", async () => {
  for (const name of OF_ORDER) {
    const [method = '', path = ''] = name.split(' ')
    const at = (id: bigint): string => path.replace(/\{[^}]+\}/, id.toString())
    await denied(method, at(foreign))
    await denied(method, at(foreign + 1_000n))
    const answer = await ask(method, at(own))
    assert.ok(answer.status !== 403, `${name}: ${answer.status} ${answer.text}`)
  }
  assert.match((await ask('GET', `/api/orders/${own}`)).text, /MINE-1/)
})

test('the connection of a path', async () => {
  assert.equal((await ask('GET', '/api/connections/mine')).status, 200)
  await denied('GET', '/api/connections/theirs')
  await denied('POST', '/api/v1/gateway/theirs/orders', { orderNo: 'X' })
  const mine = await ask('POST', '/api/v1/gateway/mine/orders', { orderNo: 'X' })
  assert.match(String(mine.code), /^gateway\./, 'let in, and refused for what it sent')
})

test('lists, exports, counts and messages hold nothing of the other shop; asking for it is refused', async () => {
  for (const [method, path, body] of [
    ['GET', '/api/orders', undefined],
    ['GET', '/api/orders?q=THEIRS-1', undefined],
    ['GET', '/api/orders?sort=shipBy&status=awaiting_shipment', undefined],
    ['GET', `/api/orders?q=${encodeURIComponent('别人的')}`, undefined],
    ['POST', '/api/orders/search', { q: 'THEIRS-1 MINE-1' }],
    ['GET', '/api/messages', undefined],
    ['GET', '/api/connections', undefined],
  ] as const) {
    const answer = await ask(method, path, body)
    assert.equal(answer.status, 200, `${path}: ${answer.text}`)
    assert.doesNotMatch(answer.text, /theirs|THEIRS|别人的店/, path)
  }
  assert.match((await ask('GET', '/api/orders')).text, /MINE-1/)
  assert.match((await ask('GET', '/api/messages')).text, /"mine"/)
  await denied('GET', '/api/orders?connection=theirs')
  await denied('GET', '/api/orders?connection=mine,theirs')
  await denied('POST', '/api/orders/search', { connection: ['theirs'] })
  await denied('POST', '/api/orders/export', { filter: { connection: 'theirs' } })
  await denied('GET', '/api/messages?connection=theirs')
  const views = (await ask('GET', '/api/orders/views')).json as { presets: { id: string; count: number }[] }
  assert.equal(views.presets.find((view) => view.id === 'all')?.count, 1)
  const all = await running.call('GET', '/api/messages')
  const rows = (all.body as { items: { id: string; connection: { id: string } }[] }).items
  const of = (shop: string): string => rows.find((row) => row.connection.id === shop)?.id ?? ''
  await denied('GET', `/api/messages/${of('theirs')}`)
  await denied('GET', '/api/messages/999999')
  assert.equal((await ask('GET', `/api/messages/${of('mine')}`)).status, 200)
})

test('bulk changes take no order of the other shop, by id or by filter', async () => {
  const action = 'recompute'
  for (const path of ['/api/orders/bulk', '/api/orders/bulk/preview']) {
    await denied('POST', path, { ids: [own.toString(), foreign.toString()], action })
    await denied('POST', path, { filter: { connection: 'theirs' }, action })
    const whole = await ask('POST', path, { filter: {}, action })
    assert.doesNotMatch(whole.text, /THEIRS/, whole.text)
  }
})

test('programs: freight of another shop, locks for its quota, its holds', async () => {
  const quote = (item: object) => ask('POST', '/freight/quote', { items: [item] })
  assert.equal((await quote({ orderNos: ['THEIRS-1'], shop: 'theirs' })).code, 'identity.shop_denied')
  // Without naming a shop the only one is meant: the other's order is not there.
  assert.match((await quote({ orderNos: ['THEIRS-1'] })).text, /freight\.order_not_found/)
  const lines = [{ sku: 'A', quantity: 1, warehouse: 'SH' }]
  const { sql } = running.database
  await seedWarehouses(sql, 'SH')
  await count(running.hub.core.stock, 'A', 'SH', 10)
  const theirs = { orders: [{ key: 'hold-theirs', channel: 'theirs', lines }] }
  await denied('POST', '/stock/lock/batch', theirs)
  assert.equal((await running.call('POST', '/stock/lock/batch', theirs)).status, 200)
  const mine = await ask('POST', '/stock/lock/batch', { orders: [{ key: 'hold-mine', lines }] })
  assert.match(mine.text, /"channel":"mine"/, 'his only shop is meant')
  for (const verb of ['commit', 'release', 'renew']) {
    await denied('POST', `/stock/lock/${verb}`, { items: [{ key: 'hold-theirs' }] })
    await denied('POST', `/stock/lock/${verb}`, { items: [{ key: 'nobodys' }] })
  }
  await denied('GET', '/stock/lock/hold-theirs')
  assert.equal((await ask('POST', '/stock/lock/release', { items: [{ key: 'hold-mine' }] })).status, 200)
})

test('nobody confines an administrator or to a shop that is not there, and a narrowed person is signed out', async () => {
  const refusedKey = await running.call('POST', '/api/keys', {
    name: 'x',
    scopes: ['orders:read'],
    shops: ['nowhere'],
  })
  assert.equal((refusedKey.body as { code: string }).code, 'identity.shop_not_found')
  const admin = await running.call('POST', '/api/users', { name: 'boss', role: 'admin', shops: ['mine'] })
  assert.equal((admin.body as { code: string }).code, 'identity.admin_confined')
  const password = 'a long enough one 9'
  const made = await running.call('POST', '/api/users', { name: 'kefu', role: 'operator', password })
  const id = (made.body as { id: string }).id
  const signed = await fetch(`${running.hub.url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'kefu', password }),
  })
  const cookie = signed.headers.get('set-cookie')?.split(';')[0] ?? ''
  const look = async () => (await fetch(`${running.hub.url}/api/orders`, { headers: { cookie } })).status
  assert.equal(await look(), 200)
  assert.equal((await running.call('PATCH', `/api/users/${id}`, { shops: ['mine'] })).status, 200)
  assert.equal(await look(), 401)
  const promoted = await running.call('PATCH', `/api/users/${id}`, { role: 'admin' })
  assert.equal((promoted.body as { code: string }).code, 'identity.admin_confined')
  const users = (await running.call('GET', '/api/users')).body as {
    items: { name: string; shops: unknown }[]
  }
  assert.deepEqual(users.items.find((user) => user.name === 'kefu')?.shops, ['mine'])
})
