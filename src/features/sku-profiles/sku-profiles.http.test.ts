import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { recordAudit } from '#features/identity/index.ts'
import { openFileStore } from '#features/imports/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { testDataDir } from '#test-support/data-dir.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { skuProfileRoutes } from './index.ts'

let server: TestServer
const files = openFileStore(testDataDir(), systemClock, 100_000)

before(async () => {
  server = await openTestServer(async (app, { sql }) => {
    skuProfileRoutes(app, {
      db: sql,
      clock: systemClock,
      files: () => files,
      zone: () => 'Asia/Shanghai',
      audit: (tx, entry) => recordAudit({ sql: tx, clock: systemClock }, entry),
    })
  })
})
after(async () => await server.close())

type Profile = {
  sku: string
  revision: number
  volume: number | null
  tags: string[]
  [more: string]: unknown
}
const put = (sku: string, body: object) =>
  server.call('PUT', `/api/sku-profiles/of/${encodeURIComponent(sku)}`, body)
const codeOf = ({ body }: { body: unknown }): unknown => (body as { code?: string }).code
async function list(query = ''): Promise<{ items: Profile[]; next: string | null }> {
  const { status, body } = await server.call('GET', `/api/sku-profiles${query}`)
  assert.equal(status, 200)
  return body as { items: Profile[]; next: string | null }
}
const text = (response: { body: unknown }): string => String(response.body)

test('a profile is written, read, changed in part, and a stale save is refused', async () => {
  const value = { currency: 'CNY', amount: '12.50' }
  const first = await put('P/1', {
    title: ' 牛奶 ',
    weightG: 1_030,
    tags: ['冷藏', 'Liquid'],
    value,
    revision: null,
  })
  assert.equal(first.status, 200)
  const made = first.body as Profile
  assert.deepEqual(
    [made.title, made.tags, made.value, made.revision],
    ['牛奶', ['chilled', 'liquid'], value, 1],
  )
  const second = await put('P/1', { lengthMm: 100, widthMm: 100, heightMm: 55, revision: 1 })
  const changed = second.body as Profile
  assert.deepEqual(
    [changed.weightG, changed.volume, changed.volumeCm3, changed.revision],
    [1_030, 550, null, 2],
  )
  const stale = await put('P/1', { weightG: 1, revision: 1 })
  assert.deepEqual([stale.status, codeOf(stale)], [409, 'sku_profiles.changed_conflict'])
  const read = await server.call('GET', '/api/sku-profiles/of/P%2F1')
  assert.equal((read.body as Profile).weightG, 1_030)
  const same = await put('P/1', { weightG: 1_030, revision: 2 })
  assert.equal((same.body as Profile).revision, 2, 'nothing changed, nothing written')
  const audited = await server.sql<{ subject: string; detail: { fields: string[] } }>`
    select subject, detail from audit_entry where action = 'sku_profiles.saved' order by id`
  assert.deepEqual(
    audited.map(({ subject, detail }) => [subject, detail.fields]),
    [
      ['P/1', ['title', 'weightG', 'tags', 'value']],
      ['P/1', ['lengthMm', 'widthMm', 'heightMm']],
    ],
  )
})

test('bad figures are refused by field, and nothing is kept', async () => {
  const heavy = await put('BAD', { weightG: 10_000_001, revision: null })
  assert.deepEqual([heavy.status, codeOf(heavy)], [422, 'sku_profiles.bad_weight'])
  assert.deepEqual((heavy.body as { data: unknown }).data, { field: 'weightG' })
  const cases: readonly [object, string][] = [
    [{ lengthMm: 0 }, 'sku_profiles.bad_size'],
    [{ tags: ['<x>'] }, 'sku_profiles.bad_tag'],
    [{ value: { currency: 'CNY', amount: '-1' } }, 'sku_profiles.bad_value'],
    [{ value: { currency: 'JPY', amount: '0.5' } }, 'sku_profiles.bad_value'],
    [{ weightG: 'heavy' }, 'http.invalid'],
  ]
  for (const [body, code] of cases) assert.equal(codeOf(await put('BAD', { ...body, revision: null })), code)
  assert.equal(codeOf(await put(' BAD ', { revision: null })), 'sku_profiles.bad_sku')
  assert.equal(codeOf(await server.call('GET', '/api/sku-profiles/of/BAD')), 'sku_profiles.not_found')
})

test('the list is searched by SKU, title and tag, page by page; a removed one is gone', async () => {
  for (const sku of ['L1', 'L2', 'L3']) await put(sku, { title: `灯 ${sku}`, tags: ['lamp'], revision: null })
  const first = await list('?tag=lamp&limit=2')
  assert.deepEqual(
    first.items.map(({ sku }) => sku),
    ['L1', 'L2'],
  )
  const rest = await list(`?tag=lamp&limit=2&cursor=${first.next}`)
  assert.deepEqual([rest.items.map(({ sku }) => sku), rest.next], [['L3'], null])
  assert.deepEqual(
    (await list(`?q=${encodeURIComponent('灯 L2')}`)).items.map(({ sku }) => sku),
    ['L2'],
  )
  assert.deepEqual((await list('?q=%25')).items, [], 'a percent sign is itself')
  assert.equal(codeOf(await server.call('GET', '/api/sku-profiles?cursor=x')), 'http.bad_cursor')
  assert.equal((await server.call('DELETE', '/api/sku-profiles/of/L3')).status, 204)
  assert.equal(codeOf(await server.call('DELETE', '/api/sku-profiles/of/L3')), 'sku_profiles.not_found')
  const tags = (await server.call('GET', '/api/sku-profiles/tags')).body as {
    items: { tag: string; skus: number }[]
  }
  assert.deepEqual(
    tags.items.find(({ tag }) => tag === 'lamp'),
    { tag: 'lamp', skus: 2 },
  )
  assert.ok(tags.items.some(({ tag, skus }) => tag === 'hazmat' && skus === 0))
})

test('a list is previewed, taken whole or not at all, and twice is once', async () => {
  await put('I1', { title: '旧名', weightG: 5, tags: ['own'], revision: null })
  const header = ['SKU', '重量(kg)', '标签']
  const rows = [
    { row: 2, cells: ['I1', '0.5', ''] },
    { row: 3, cells: ['I2', '2', '危险品'] },
  ]
  const columns = { sku: 'SKU', weight: '重量(kg)', tags: '标签' }
  const preview = await server.call('POST', '/api/sku-profiles/list/preview', { header, rows })
  const seen = preview.body as { columns: object; rows: { sku: string; outcome: string; fields: string[] }[] }
  assert.deepEqual(seen.columns, columns)
  assert.deepEqual(
    seen.rows.map(({ sku, outcome, fields }) => [sku, outcome, fields]),
    [
      ['I1', 'changed', ['weightG']],
      ['I2', 'new', ['weightG', 'tags']],
    ],
  )
  const wrong = [...rows, { row: 4, cells: ['I3', 'x', ''] }]
  const refused = await server.call('POST', '/api/sku-profiles/list', { header, rows: wrong, columns })
  assert.equal(codeOf(refused), 'sku_profiles.rows_invalid')
  assert.equal(codeOf(await server.call('GET', '/api/sku-profiles/of/I2')), 'sku_profiles.not_found')
  const taken = await server.call('POST', '/api/sku-profiles/list', { header, rows, columns })
  assert.deepEqual(taken.body, { added: 1, changed: 1, same: 0 })
  const again = await server.call('POST', '/api/sku-profiles/list', { header, rows, columns })
  assert.deepEqual(again.body, { added: 0, changed: 0, same: 2 })
  const kept = (await server.call('GET', '/api/sku-profiles/of/I1')).body as Profile
  assert.deepEqual([kept.title, kept.weightG, kept.tags, kept.revision], ['旧名', 500, ['own'], 2])
})

test('an export comes back as an import that changes nothing; a code is never a formula', async () => {
  await put('=1+1', {
    title: 'a,"b"',
    weightG: 7,
    value: { currency: 'CNY', amount: '3.00' },
    revision: null,
  })
  const out = await server.call('GET', '/api/sku-profiles/export?format=csv')
  assert.equal(out.status, 200)
  assert.match(text(out), /"'=1\+1","a,""b""",7,/)
  const read = await server.app.inject({
    method: 'POST',
    url: '/api/sku-profiles/list/read',
    headers: { ...(await server.asKey('orders:write')), 'content-type': 'application/octet-stream' },
    payload: Buffer.from(text(out)),
  })
  const { columns, header, rows } = read.json() as { columns: object; header: string[]; rows: object[] }
  const preview = await server.call('POST', '/api/sku-profiles/list/preview', { header, rows, columns })
  const seen = preview.body as { rows: { outcome: string }[]; errors: object[] }
  assert.deepEqual(seen.errors, [])
  assert.ok(
    seen.rows.length > 3 && seen.rows.every(({ outcome }) => outcome === 'same'),
    JSON.stringify(seen.rows),
  )
})

test('what waiting orders lack a weight of is listed with the number of orders, parts of bundles too', async () => {
  await server.sql`insert into sku_bundle (bundle_sku, part_sku, quantity, updated_by, updated_at)
    values ('W-SET', 'W-PART', 2, 'test', now())`
  await put('W-DONE', { weightG: 1, revision: null })
  await put('W-TITLE', { title: '无重量', revision: null })
  await waitingOrder(1, ['W-DONE', 'W-NEW', 'W-SET'])
  await waitingOrder(2, ['W-NEW', 'W-TITLE'])
  const { items } = await list('?show=no_weight')
  assert.deepEqual(
    items.map(({ sku, orders, revision, title }) => [sku, orders, revision, title]),
    [
      ['W-NEW', 2, null, 'title of W-NEW'],
      ['W-PART', 1, null, ''],
      ['W-TITLE', 1, 1, '无重量'],
    ],
  )
  const first = await list('?show=no_weight&limit=1')
  const rest = await list(`?show=no_weight&limit=5&cursor=${first.next}`)
  assert.deepEqual([...first.items, ...rest.items], items)
})

async function waitingOrder(id: number, skus: readonly string[]): Promise<void> {
  const [row] = await server.sql<{ id: bigint }>`
    insert into sales_order (connection_id, order_no, status, sort_at, record, digest)
    values ('c', ${`W${id}`}, 'awaiting_shipment', now(), '{}', '\\x00') returning id`
  for (const [index, sku] of skus.entries())
    await server.sql`
      insert into order_line (order_id, line_id, connection_id, shop_sku, stock_sku, title, quantity, gift)
      values (${row?.id ?? 0n}, ${String(index)}, 'c', ${sku}, ${sku}, ${`title of ${sku}`}, 1, false)`
}
