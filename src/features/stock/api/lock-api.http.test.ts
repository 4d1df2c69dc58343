import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Demand } from '#domain/stock.ts'
import { systemClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { count, seedWarehouses } from '#test-support/stock.ts'
import { ledgerRoutes, lockRoutes, openStockEngine, type StockEngine } from '../index.ts'

let server: TestServer
let engine: StockEngine
const BUNDLE = { GIFTBOX: ['A', 'B'] } as const

before(async () => {
  server = await openTestServer((app, { sql }) => {
    engine = openStockEngine({ db: sql, clock: systemClock })
    lockRoutes(app, {
      sql,
      engine,
      zone: () => 'Asia/Shanghai',
      ttlSeconds: 900,
      explode: async (lines) => {
        if (lines.some((line) => line.sku === 'SILENTBOX')) await new Promise(() => undefined)
        if (lines.some((line) => line.sku === 'AWAYBOX')) throw new Outage('database.unreachable', 'away')
        return lines.some((line) => line.sku in BUNDLE)
          ? lines.flatMap((line): Demand[] =>
              line.sku === 'GIFTBOX' ? BUNDLE.GIFTBOX.map((sku) => ({ ...line, sku })) : [line],
            )
          : lines
      },
    })
    ledgerRoutes(app, {
      db: sql,
      clock: systemClock,
      zone: () => 'Asia/Shanghai',
      audit: async () => undefined,
    })
  })
  await seedWarehouses(server.sql, 'SH', 'GZ')
  await count(engine, 'A', 'SH', 10)
  await count(engine, 'A', 'GZ', 4)
  await count(engine, 'B', 'SH', 3)
})
after(async () => {
  await engine.stop()
  await server.close()
})

type Result = {
  key: string
  outcome: string
  repeated: boolean
  code: string | null
  short: { sku: string; available: number; elsewhere: { warehouse: string; available: number }[] }[]
  hold: { state: string; lines: { sku: string; warehouse: string; open: number; committed: number }[] } | null
}
type Answer = {
  done: number
  refused: number
  results: Result[]
  code?: string
  data?: { results: Result[] }
}
async function post(path: string, payload: object): Promise<{ status: number; body: Answer }> {
  return (await server.call('POST', `/stock/lock/${path}`, payload)) as { status: number; body: Answer }
}
async function available(query: string): Promise<Record<string, number>[]> {
  const { status, body } = await server.call('GET', `/stock/available?${query}`)
  assert.equal(status, 200, JSON.stringify(body))
  return (body as { items: Record<string, number>[] }).items
}

test('many orders in a call, each all or nothing, with what is available where', async () => {
  const { status, body } = await post('batch', {
    orders: [
      { key: 'o1', orderNo: '240001', lines: [{ sku: 'A', quantity: 6, warehouse: 'SH' }] },
      {
        key: 'o2',
        lines: [
          { sku: 'A', quantity: 5, warehouse: 'SH' },
          { sku: 'B', quantity: 1, warehouse: 'SH' },
        ],
      },
      { key: 'o3', lines: [{ sku: 'A', quantity: 4 }], warehouses: ['SH', 'GZ'] },
    ],
  })
  assert.equal(status, 200)
  assert.deepEqual([body.done, body.refused], [2, 1])
  assert.deepEqual(
    body.results.map((one) => one.outcome),
    ['done', 'refused', 'done'],
  )
  const refused = body.results[1] as Result
  assert.equal(refused.code, 'SKU_NOT_AVAILABLE_IN_WAREHOUSE')
  assert.deepEqual(refused.short, [
    { sku: 'A', warehouse: 'SH', wanted: 5, available: 4, elsewhere: [{ warehouse: 'GZ', available: 4 }] },
  ])
  const [b] = await available('sku=B&warehouse=SH')
  assert.equal(b?.locked, 0, 'nothing of the refused order is held')
})

test('alone and short it is 409 with the same results; the same key is the same hold', async () => {
  const short = await post('batch', {
    orders: [{ key: 'o9', lines: [{ sku: 'B', quantity: 99, warehouse: 'SH' }] }],
  })
  assert.equal(short.status, 409)
  assert.equal(short.body.code, 'SKU_NOT_AVAILABLE_IN_WAREHOUSE')
  assert.equal(short.body.data?.results[0]?.short[0]?.available, 3)
  const again = await post('batch', {
    orders: [{ key: 'o1', orderNo: '240001', lines: [{ sku: 'A', quantity: 6, warehouse: 'SH' }] }],
  })
  assert.deepEqual([again.status, again.body.results[0]?.repeated], [200, true])
})

test('parts are committed once under their request key; the rest is released; renewing an ended hold is refused', async () => {
  const lines = [{ sku: 'A', warehouse: 'SH', quantity: 2 }]
  const bare = await post('commit', { items: [{ key: 'o1', lines }] })
  assert.equal(bare.body.code, 'stock.request_key_missing')
  for (const _ of [1, 2]) {
    const part = await post('commit', { items: [{ key: 'o1', lines, requestKey: 'parcel-1' }] })
    assert.deepEqual(part.body.results[0]?.hold?.lines[0], {
      sku: 'A',
      warehouse: 'SH',
      quantity: 6,
      open: 4,
      committed: 2,
    })
  }
  const renewed = await post('renew', { items: [{ key: 'o1', ttlSeconds: 60 }] })
  assert.equal(renewed.status, 200)
  const released = await post('release', { items: [{ key: 'o1', reason: 'cancelled' }, { key: 'nothing' }] })
  assert.deepEqual(
    released.body.results.map((one) => one.code),
    [null, 'stock.hold_not_found'],
  )
  assert.equal((await post('renew', { items: [{ key: 'o1' }] })).status, 409)
  const [a] = await available('sku=A&warehouse=SH')
  assert.deepEqual([a?.physical, a?.locked], [8, 4])
  const { body } = await server.call('GET', '/stock/lock/o1')
  assert.equal((body as { state: string }).state, 'committed')
})

test('a bundle that cannot be looked up in time is INV_LOCK_TIMEOUT, and the other orders have their answers', async () => {
  const orders = ['SILENTBOX', 'AWAYBOX', 'A'].map((sku) => ({
    key: `look-${sku}`,
    lines: [{ sku, quantity: 1, warehouse: 'SH' }],
  }))
  const { status, body } = await post('batch', { orders, timeoutMs: 300 })
  assert.equal(status, 200)
  assert.deepEqual(
    body.results.map((one) => one.code ?? one.outcome),
    ['INV_LOCK_TIMEOUT', 'INV_LOCK_TIMEOUT', 'done'],
  )
  assert.equal((await post('release', { items: [{ key: 'look-A' }] })).status, 200)
})

test('a bundle without goods of its own is locked by its parts, and repeats as the same hold', async () => {
  for (const repeated of [false, true]) {
    const { status, body } = await post('batch', {
      orders: [{ key: 'box', lines: [{ sku: 'GIFTBOX', quantity: 1, warehouse: 'SH' }] }],
    })
    assert.equal(status, 200, JSON.stringify(body))
    assert.equal(body.results[0]?.repeated, repeated)
    assert.deepEqual(body.results[0]?.hold?.lines.map((line) => line.sku).toSorted(), ['A', 'B'])
  }
})

test('keys with signs of their own stay apart, and parts of two holds too', async () => {
  const lines = [{ sku: 'A', warehouse: 'GZ', quantity: 1 }]
  const orders = ['店:1', '店:1:2'].map((key) => ({ key, lines }))
  assert.equal((await post('batch', { orders })).body.done, 2)
  // Joined by a colon these two would be one request, and the second a repeat that does nothing.
  for (const [key, requestKey] of [
    ['店:1', '2:3'],
    ['店:1:2', '3'],
  ]) {
    const { body } = await post('commit', { items: [{ key, lines, requestKey }] })
    assert.deepEqual([body.results[0]?.repeated, body.results[0]?.hold?.state], [false, 'committed'])
  }
  const bad = await post('batch', { orders: [{ key: 'half a pair \ud83d', lines }] })
  assert.equal(bad.status, 400)
})

test('a closed warehouse still says what it has, and that none of it can be locked', async () => {
  await server.sql`update warehouse set active = false where code = 'GZ'`
  const [there] = await available('sku=A&warehouse=GZ')
  await server.sql`update warehouse set active = true where code = 'GZ'`
  assert.deepEqual([there?.available, there?.sellable], [2, 0])
})

test('what nobody has ever had is 0, and bad calls say what is wrong', async () => {
  const items = await available('sku=A,NEW&warehouse=GZ')
  assert.deepEqual(
    items.map((one) => [one.sku, one.available, one.known]),
    [
      ['A', 2, true],
      ['NEW', 0, false],
    ],
  )
  const all = await available('sku=A')
  assert.deepEqual(all.map((one) => one.warehouse).toSorted(), ['GZ', 'SH'])
  for (const bad of [
    { orders: [] },
    { orders: [{ key: 'hub:order:1', lines: [{ sku: 'A', quantity: 1 }] }] },
    { orders: [{ key: 'x', lines: [{ sku: 'A', quantity: 1.5 }] }] },
    { orders: [{ key: 'x', lines: [{ sku: 'A', quantity: 1 }] }], timeoutMs: 60_000 },
  ])
    assert.equal((await post('batch', bad)).status, 400)
  const nowhere = await post('batch', {
    orders: [{ key: 'x', lines: [{ sku: 'A', quantity: 1, warehouse: 'MARS' }] }],
  })
  assert.equal(nowhere.body.code, 'stock.unknown_warehouse')
})

test('the ledger is looked at and repaired by who may', async () => {
  const looked = await server.call('POST', '/api/stock/ledger-checks')
  assert.deepEqual((looked.body as { faults: unknown[] }).faults, [])
  const listed = await server.call('GET', '/api/stock/ledger-checks')
  assert.equal((listed.body as { items: unknown[] }).items.length, 1)
  const headers = await server.asKey('stock:write')
  const answer = await server.app.inject({ method: 'POST', url: '/api/stock/ledger-checks/repair', headers })
  assert.equal(answer.statusCode, 403)
})
