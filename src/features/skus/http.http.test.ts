import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { seedConnection, seedOrder } from '#test-support/seed-orders.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { skuRoutes } from './http.ts'

let server: TestServer
const audited: string[] = []

before(async () => {
  server = await openTestServer((app, { sql }) =>
    skuRoutes(app, { sql, zone: () => 'UTC', audit: async (_tx, entry) => void audited.push(entry.action) }),
  )
  await ensurePartitions(server.sql, Temporal.Now.plainDateISO('UTC'))
  await seedConnection(server.sql, 'shop', '旗舰店')
  await seedConnection(server.sql, 'other')
  await order('s1', 'shop', ['A', 'A', 'B'])
  await order('s2', 'shop', ['A'])
  await order('o1', 'other', ['A'])
})
after(async () => await server.close())

async function order(orderNo: string, connection: string, skus: readonly string[]): Promise<void> {
  const id = await seedOrder(server.sql, { orderNo, connection, unmatched: skus.length })
  for (const [i, sku] of skus.entries())
    await server.sql`insert into order_line (order_id, line_id, connection_id, shop_sku, title, quantity, gift)
      values (${id}, ${`l${i}`}, ${connection}, ${sku}, ${`title ${sku}`}, 2, false)`
}

async function open(): Promise<Record<string, number>> {
  const rows = await server.sql<{
    order_no: string
    unmatched_lines: number
  }>`select order_no, unmatched_lines from sales_order order by order_no`
  return Object.fromEntries(rows.map((row) => [row.order_no, row.unmatched_lines]))
}

test('the queue counts orders and pieces per shop and SKU, the most urgent first, page by page', async () => {
  const all: unknown[] = []
  let next: string | null = ''
  while (next !== null) {
    const { body } = await server.call(
      'GET',
      `/api/skus/unmatched?limit=1${next === '' ? '' : `&cursor=${next}`}`,
    )
    const page = body as {
      items: { connection: { id: string }; shopSku: string; orders: number; quantity: number }[]
      next: string | null
    }
    all.push(...page.items.map((item) => [item.connection.id, item.shopSku, item.orders, item.quantity]))
    next = page.next
  }
  assert.deepEqual(all, [
    ['shop', 'A', 2, 6],
    ['other', 'A', 1, 2],
    ['shop', 'B', 1, 2],
  ])
})

test("a shop's own mapping matches its waiting lines only, and takes them off the orders' counts", async () => {
  const done = await server.call('PUT', '/api/skus/mapping', {
    connectionId: 'shop',
    shopSku: 'A',
    stockSku: 'S-OWN',
  })
  assert.deepEqual([done.status, done.body], [200, { mapped: 1, lines: 3, orders: 2 }])
  assert.deepEqual(await open(), { o1: 1, s1: 1, s2: 0 })
  const again = await server.call('PUT', '/api/skus/mapping', {
    connectionId: 'shop',
    shopSku: 'A',
    stockSku: 'S-OWN',
  })
  assert.deepEqual(again.body, { mapped: 1, lines: 0, orders: 0 })
  assert.deepEqual(audited, ['skus.mapped', 'skus.mapped'])
})

test('a mapping for every shop leaves lines with a mapping of their own alone', async () => {
  await order('s3', 'shop', ['A'])
  await order('o2', 'other', ['A'])
  await server.call('PUT', '/api/skus/mapping', { connectionId: '*', shopSku: 'A', stockSku: 'S-ALL' })
  const rows = await server.sql<{ order_no: string; stock_sku: string }>`
    select o.order_no, l.stock_sku from order_line l join sales_order o on o.id = l.order_id where o.order_no in ('s3', 'o2') order by 1`
  assert.deepEqual(
    rows.map((row) => [row.order_no, row.stock_sku]),
    [
      ['o2', 'S-ALL'],
      ['s3', 'S-OWN'],
    ],
  )
})

test('a file maps its good rows and names the others', async () => {
  const headers = { ...(await server.asKey('orders:write')), 'content-type': 'text/csv' }
  const payload = 'connection,shop_sku,stock_sku\n*,B,"S,B"\nnobody,C,S-C\n'
  const answer = await server.app.inject({
    method: 'POST',
    url: '/api/skus/mapping/import',
    headers,
    payload,
  })
  const done = answer.json()
  assert.deepEqual([answer.statusCode, done.mapped, done.lines, done.orders], [200, 1, 1, 1])
  assert.deepEqual(
    done.errors.map((error: { row: number; code: string }) => [error.row, error.code]),
    [[3, 'skus.unknown_connection']],
  )
  const listed = (await server.call('GET', '/api/skus/mapping?q=s,b')).body as {
    items: { stockSku: string; updatedBy: string }[]
  }
  assert.deepEqual(
    listed.items.map((item) => item.stockSku),
    ['S,B'],
  )
  const broken = await server.app.inject({
    method: 'POST',
    url: '/api/skus/mapping/import',
    headers,
    payload: Buffer.from([0xff, 0xfe, 0x00]),
  })
  assert.deepEqual([broken.statusCode, broken.json().code], [422, 'skus.bad_file'])
})

test('a connection that is not there is refused', async () => {
  const { body } = await server.call('PUT', '/api/skus/mapping', {
    connectionId: 'nobody',
    shopSku: 'A',
    stockSku: 'S',
  })
  assert.equal((body as { code: string }).code, 'skus.unknown_connection')
})

test('the queue is narrowed by shop, by words and by what one order waits for', async () => {
  await seedConnection(server.sql, 'third', '三店')
  await order('t1', 'third', ['X', 'Y'])
  await order('t2', 'third', ['Y', 'Z'])
  const shown = async (query: string) => {
    const { body } = await server.call('GET', `/api/skus/unmatched?connection=third${query}`)
    return (body as { items: { shopSku: string; orders: number }[] }).items.map((row) => [
      row.shopSku,
      row.orders,
    ])
  }
  assert.deepEqual(await shown(''), [
    ['Y', 2],
    ['X', 1],
    ['Z', 1],
  ])
  assert.deepEqual(await shown('&q=LE%20z'), [['Z', 1]])
  assert.deepEqual(await shown('&q=%25'), [])
  assert.deepEqual(await shown('&orderNo=t1'), [
    ['Y', 2],
    ['X', 1],
  ])
  assert.deepEqual(await shown('&orderNo=t'), [])
})

const stockOf = async (shopSku: string) => {
  const rows = await server.sql<{ order_no: string; stock_sku: string | null }>`
    select o.order_no, l.stock_sku from order_line l join sales_order o on o.id = l.order_id where l.shop_sku = ${shopSku} order by 1`
  return Object.fromEntries(rows.map((row) => [row.order_no, row.stock_sku]))
}

test('a corrected mapping holds for waiting lines, and on request for orders of which nothing has left', async () => {
  const map = async (more: object) =>
    (await server.call('PUT', '/api/skus/mapping', { connectionId: 'third', shopSku: 'Y', ...more })).body
  await map({ stockSku: 'S-WRONG' })
  await server.sql`update sales_order set status = 'shipped' where order_no = 't1'`
  assert.deepEqual(await map({ stockSku: 'S-RIGHT' }), { mapped: 1, lines: 0, orders: 0 })
  assert.deepEqual(await stockOf('Y'), { t1: 'S-WRONG', t2: 'S-WRONG' })
  await map({ stockSku: 'S-WRONG' })
  assert.deepEqual(await map({ stockSku: 'S-RIGHT', again: true }), { mapped: 1, lines: 1, orders: 1 })
  assert.deepEqual(await stockOf('Y'), { t1: 'S-WRONG', t2: 'S-RIGHT' })
  assert.deepEqual({ t1: (await open()).t1, t2: (await open()).t2 }, { t1: 1, t2: 1 })
})

test('a removed mapping gives its lines back to the queue or to the mapping for every shop', async () => {
  const put = (connectionId: string, shopSku: string, stockSku: string) =>
    server.call('PUT', '/api/skus/mapping', { connectionId, shopSku, stockSku })
  const drop = async (connectionId: string, shopSku: string, more = '&unmatch=1') => {
    const { status, body } = await server.call(
      'DELETE',
      `/api/skus/mapping?connectionId=${encodeURIComponent(connectionId)}&shopSku=${shopSku}${more}`,
    )
    return status === 200 ? body : (body as { code: string }).code
  }
  await put('third', 'Z', 'S-OWN')
  await put('*', 'Z', 'S-ALL')
  assert.deepEqual(await drop('*', 'Z'), { lines: 0, orders: 0, waiting: 0 })
  await put('*', 'Z', 'S-ALL')
  assert.deepEqual(await drop('third', 'Z'), { lines: 1, orders: 1, waiting: 0 })
  assert.deepEqual(await stockOf('Z'), { t2: 'S-ALL' })
  const before = (await open()).t2 ?? 0
  assert.deepEqual(await drop('*', 'Z'), { lines: 1, orders: 1, waiting: 1 })
  assert.deepEqual([await stockOf('Z'), (await open()).t2], [{ t2: null }, before + 1])
  assert.equal(audited.at(-1), 'skus.unmapped')
  assert.equal(await drop('*', 'Z'), 'skus.mapping_not_found')
  assert.deepEqual(await drop('third', 'Y', ''), { lines: 0, orders: 0, waiting: 0 })
  assert.equal((await stockOf('Y')).t2, 'S-RIGHT')
})
