import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { openStockWorld, standingOf, type World } from '#test-support/order-stock.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { settingsOf } from '../review/core/settings.ts'
import { orderStockRoutes, stockShortage } from './index.ts'

let world: World
let server: TestServer
const audited: { action: string; subject: string | undefined }[] = []

before(async () => {
  world = await openStockWorld()
  server = await openTestServer((app) =>
    orderStockRoutes(app, {
      ...world.deps,
      kinds: ['shop', 'douyin'],
      nameOf: (id) => `店 ${id}`,
      audit: async (_tx, event) => void audited.push({ action: event.action, subject: event.subject }),
    }),
  )
})
beforeEach(async () => {
  await world.empty()
  audited.length = 0
})
after(async () => {
  await server.close()
  await world.database.close()
})

async function paid(no: string, lines: Record<string, number>, minute = 1): Promise<void> {
  await world.order(no, lines)
  await world.say(no, 'paid', minute)
  await world.settle(no)
}
const path = async (no: string, rest = ''): Promise<string> =>
  `/api/order-stock/${await world.idOf(no)}${rest}`

const ROUTE = {
  name: '抖音走广州',
  kind: 'shop',
  connectionId: 'shop',
  warehouses: ['GZ'],
  spread: 'lines',
  drawSafety: true,
  active: true,
}

type Remedies = {
  holds: { holdId: string; owner: { reference: string }; blocked: string | null; servedElsewhere: boolean }[]
  plan: string[] | null
}

test('an order shows its state, where it is locked and which warehouses serve it', async () => {
  await world.fill('A', 'SH', 5)
  await paid('o1', { a: 2 })
  const { status, body } = await server.call('GET', await path('o1'))
  assert.equal(status, 200)
  const shown = body as {
    state: string
    route: { id: null; warehouses: string[] }
    holds: { lines: { sku: string; warehouseName: string; open: number }[] }[]
  }
  assert.deepEqual([shown.state, shown.route.id, shown.route.warehouses], ['locked', null, ['SH', 'GZ']])
  assert.deepEqual(
    shown.holds.map((hold) => hold.lines.map((line) => [line.sku, line.warehouseName, line.open])),
    [[['A', '上海仓', 2]]],
  )
  const none = await server.call('GET', '/api/order-stock/999999')
  assert.deepEqual([none.status, (none.body as { code: string }).code], [404, 'order_stock.not_found'])
})

test('remedies: the cheapest hold is released for the short order, and its order is served elsewhere at once', async () => {
  await world.fill('A', 'SH', 2)
  await paid('printed', { a: 1 })
  await world.tell('station', [{ by: 'reference', no: 'printed', code: 'printed', minute: 2, parcel: 'T1' }])
  await paid('victim', { a: 1 })
  await paid('short', { a: 1 }, 0)
  assert.equal((await standingOf(world, 'short')).state, 'short')
  await world.fill('A', 'GZ', 0)
  const found = (await server.call('GET', await path('short', '/remedies'))).body as Remedies
  assert.deepEqual(
    found.holds.map((one) => [one.owner.reference, one.blocked]),
    [
      ['victim', null],
      ['printed', 'packed'],
    ],
  )
  assert.deepEqual(found.plan, [found.holds[0]?.holdId])
  const taken = async (holds: (string | undefined)[]) => {
    const { status, body } = await server.call('POST', await path('short', '/take'), { holds })
    return [status, (body as { code?: string }).code ?? 'done']
  }
  assert.deepEqual(await taken([found.holds[1]?.holdId]), [409, 'order_stock.packed_conflict'])
  assert.deepEqual(await taken(['123456789']), [404, 'order_stock.hold_not_found'])
  assert.equal((await standingOf(world, 'victim')).state, 'locked', 'a refusal changes nothing')
  assert.deepEqual(await taken([found.holds[0]?.holdId]), [200, 'done'])
  assert.deepEqual((await standingOf(world, 'short')).open, { 'A@SH': 1 })
  const victim = await standingOf(world, 'victim')
  assert.deepEqual([victim.state, victim.code], ['short', 'order_stock.short'])
  assert.deepEqual(
    audited.map((one) => [one.action, one.subject]),
    [['order_stock.taken', 'short']],
  )
  assert.deepEqual(await taken([found.holds[0]?.holdId]), [422, 'order_stock.not_short'])
  // The victim in turn: now there is some at GZ, and who gives up SH is locked there in the same step.
  await world.fill('A', 'GZ', 1)
  await world.database
    .sql`insert into stock_route (name, kind, connection_id, warehouses, updated_by) values ('r', 'shop', 'shop', '{SH}', 't')`
  await world.settle('victim')
  assert.equal((await standingOf(world, 'victim')).state, 'short')
  await world.database.sql`update stock_route set warehouses = '{SH,GZ}'`
  const [hold] = ((await server.call('GET', await path('victim', '/remedies'))).body as Remedies).holds
  assert.deepEqual([hold?.owner.reference, hold?.servedElsewhere], ['short', true])
  await server.call('POST', await path('victim', '/take'), { holds: [hold?.holdId] })
  assert.deepEqual((await standingOf(world, 'victim')).open, { 'A@SH': 1 })
  assert.deepEqual(await standingOf(world, 'short'), {
    state: 'locked',
    code: null,
    generation: 2,
    open: { 'A@GZ': 1 },
  })
})

test('a release that is not enough changes nothing at all', async () => {
  await world.fill('A', 'SH', 1)
  await paid('victim', { a: 1 })
  await paid('big', { a: 3 })
  const found = (await server.call('GET', await path('big', '/remedies'))).body as Remedies
  assert.equal(found.plan, null)
  const { status, body } = await server.call('POST', await path('big', '/take'), {
    holds: [found.holds[0]?.holdId],
  })
  assert.deepEqual([status, (body as { code: string }).code], [422, 'order_stock.still_short'])
  assert.deepEqual((await standingOf(world, 'victim')).open, { 'A@SH': 1 })
  assert.deepEqual(audited, [])
})

test('holds of other owners are shown and refused', async () => {
  const { applyStock } = await import('#features/stock/index.ts')
  await world.fill('A', 'SH', 1)
  await world.database.sql.begin((tx) =>
    applyStock(
      tx,
      [
        {
          do: 'lock',
          key: 'k1',
          kind: 'lock',
          owner: { kind: 'api', id: 'wms', reference: 'WMS-1' },
          channel: null,
          lines: [{ sku: 'A', quantity: 1, warehouse: 'SH' }],
          candidates: [],
          spread: 'never',
          drawSafety: true,
          reason: 'r',
          actor: 'wms',
          ttlSeconds: 900,
          onDeadline: 'ask',
        },
      ],
      world.clock.now(),
    ),
  )
  await paid('short', { a: 1 })
  const found = (await server.call('GET', await path('short', '/remedies'))).body as Remedies
  assert.deepEqual(
    [found.holds.map((one) => [one.owner.reference, one.blocked]), found.plan],
    [[['WMS-1', 'other_owner']], null],
  )
  const { body } = await server.call('POST', await path('short', '/take'), {
    holds: [found.holds[0]?.holdId],
  })
  assert.equal((body as { code: string }).code, 'order_stock.other_owner')
})

test('the list names what cannot be locked, page by page; a retry asks the ledger now', async () => {
  await world.fill('A', 'SH', 0)
  await paid('o1', { a: 1 })
  await paid('o2', { a: 1 })
  await paid('o3', { x: 1 })
  const first = (await server.call('GET', '/api/order-stock?limit=2')).body as {
    items: { orderNo: string; code: string }[]
    next: string
  }
  const rest = (await server.call('GET', `/api/order-stock?limit=2&cursor=${encodeURIComponent(first.next)}`))
    .body as typeof first
  assert.deepEqual(
    [...first.items, ...rest.items].map((one) => [one.orderNo, one.code]),
    [
      ['o1', 'order_stock.short'],
      ['o2', 'order_stock.short'],
      ['o3', 'order_stock.unmatched'],
    ],
  )
  assert.equal((await server.call('GET', '/api/order-stock?cursor=zzz')).status, 400)
  const shorts = (await server.call('GET', '/api/order-stock?state=short&connection=shop'))
    .body as typeof first
  assert.equal(shorts.items.length, 2)
  assert.deepEqual((await server.call('GET', '/api/order-stock/summary')).body, {
    waiting: 1,
    short: 2,
    locked: 0,
  })
  await world.fill('A', 'SH', 1)
  const { body } = await server.call('POST', await path('o2', '/retry'))
  assert.equal((body as { orders: { state: string }[] }).orders[0]?.state, 'locked')
  assert.equal(audited[0]?.action, 'order_stock.retried')
})

test('routes are kept, checked, tried and removed', async () => {
  await world.fill('A', 'SH', 5)
  await world.fill('A', 'GZ', 1)
  await paid('o1', { a: 1 }, 1)
  await paid('o2', { a: 1 }, 2)
  const tried = await server.call('POST', '/api/stock-routes/preview', { id: null, route: ROUTE })
  assert.deepEqual(tried.body, {
    orders: 2,
    capped: false,
    warehouses: [
      { code: 'GZ', now: 0, tried: 1 },
      { code: 'SH', now: 2, tried: 0 },
    ],
    shortNow: 0,
    shortTried: 1,
    moved: 2,
    sample: [
      { orderId: `${await world.idOf('o1')}`, orderNo: 'o1', now: ['SH'], tried: ['GZ'] },
      { orderId: `${await world.idOf('o2')}`, orderNo: 'o2', now: ['SH'], tried: [] },
    ],
  })
  const saved = await server.call('POST', '/api/stock-routes', ROUTE)
  assert.equal(saved.status, 200)
  const { id } = saved.body as { id: string }
  const code = async (method: 'POST' | 'PUT' | 'DELETE', url: string, body?: object) => {
    const answer = await server.call(method, url, body)
    return [answer.status, (answer.body as { code?: string } | null)?.code ?? 'done']
  }
  assert.deepEqual(await code('POST', '/api/stock-routes', ROUTE), [409, 'order_stock.name_exists'])
  for (const wrong of [
    { warehouses: ['XX'] },
    { kind: 'nowhere', connectionId: null },
    { connectionId: 'nobody' },
    { kind: 'douyin' },
    { warehouses: ['GZ', 'GZ'] },
    { name: '  ' },
  ])
    assert.deepEqual(
      await code('POST', '/api/stock-routes', { ...ROUTE, name: 'n', ...wrong }),
      [422, 'order_stock.route_invalid'],
      JSON.stringify(wrong),
    )
  assert.equal((await code('POST', '/api/stock-routes', { ...ROUTE, warehouses: [] }))[0], 400)
  await world.database.sql`update warehouse set active = false where code = 'GZ'`
  await paid('o3', { a: 1 })
  assert.equal((await standingOf(world, 'o3')).code, 'order_stock.no_route')
  assert.deepEqual(await code('PUT', `/api/stock-routes/${id}`, { ...ROUTE, warehouses: ['SH'] }), [
    200,
    'done',
  ])
  await world.sweep('order-stock')
  assert.equal((await standingOf(world, 'o3')).state, 'locked', 'a changed route is tried at once')
  const listed = (await server.call('GET', '/api/stock-routes')).body as {
    items: { connectionName: string }[]
  }
  assert.deepEqual(
    listed.items.map((one) => one.connectionName),
    ['店 shop'],
  )
  assert.deepEqual(await code('PUT', '/api/stock-routes/777', { ...ROUTE, name: 'x' }), [
    404,
    'order_stock.route_not_found',
  ])
  assert.deepEqual(await code('DELETE', `/api/stock-routes/${id}`), [204, 'done'])
  assert.deepEqual(await code('DELETE', `/api/stock-routes/${id}`), [404, 'order_stock.route_not_found'])
  assert.deepEqual(
    audited.map((one) => one.action),
    ['order_stock.route_added', 'order_stock.route_changed', 'order_stock.route_removed'],
  )
})

test('who may only read changes nothing', async () => {
  const headers = await server.asKey('stock:read')
  for (const url of ['/api/order-stock/1/take', '/api/order-stock/1/retry', '/api/stock-routes']) {
    const answer = await server.app.inject({ method: 'POST', url, headers, payload: {} })
    assert.equal(answer.statusCode, 403, url)
  }
})

test('a shortage is a case of the workbench until it is over', async () => {
  await world.fill('A', 'SH', 0)
  await world.fill('B', 'SH', 0)
  await paid('o1', { a: 2, b: 1 })
  const { sql } = world.database
  const settings = settingsOf(stockShortage, [])
  const at = world.clock.now().add({ minutes: 6 })
  assert.deepEqual(await stockShortage.sweep(sql, settings, world.clock.now().add({ minutes: 4 }), 10), [])
  const [found] = await stockShortage.sweep(sql, settings, at, 10)
  assert.equal(found?.words.zh, 'A 需 2 件，可用 0 件，另有 1 个 SKU 也不足')
  const subject = `order:${await world.idOf('o1')}`
  assert.deepEqual([found?.subject, found?.evidence.orderNo], [subject, 'o1'])
  assert.deepEqual([...(await stockShortage.stillTrue(sql, settings, at, [subject]))], [subject])
  await world.fill('A', 'SH', 2)
  await world.fill('B', 'SH', 1)
  await world.sweep('order-stock')
  assert.equal((await stockShortage.stillTrue(sql, settings, at, [subject])).size, 0)
})
