import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { recordAudit } from '#features/identity/index.ts'
import { openFileStore } from '#features/imports/index.ts'
import { applyStock, noteActive, switchFigures, switchTransit } from '#features/stock/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { testDataDir } from '#test-support/data-dir.ts'
import { until } from '#test-support/hub.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { type WarehouseDirectory, warehouseDirectory, warehouseRoutes } from './index.ts'

let server: TestServer
let warehouses: WarehouseDirectory
const files = openFileStore(testDataDir(), systemClock, 100_000)

before(async () => {
  server = await openTestServer(async (app, { sql }) => {
    warehouses = warehouseDirectory({ db: sql })
    await warehouses.start()
    warehouseRoutes(app, {
      db: sql,
      clock: systemClock,
      warehouses,
      stock: { switchTransit, switchFigures, noteActive },
      files: () => files,
      zone: () => 'Asia/Shanghai',
      audit: (tx, entry) => recordAudit({ sql: tx, clock: systemClock }, entry),
    })
  })
})
after(async () => {
  await warehouses.stop()
  await server.close()
})

const codeOf = ({ body }: { body: unknown }): unknown => (body as { code?: string }).code
async function audited(action: string): Promise<{ subject: string; detail: Record<string, unknown> }[]> {
  return await server.sql`select subject, detail from audit_entry where action = ${action} order by id`
}

test('a warehouse is added with its standards, changed, and every process sees it', async () => {
  const other = warehouseDirectory({ db: server.sql })
  await other.start()
  const added = await server.call('POST', '/api/warehouses', { code: 'SH1', name: ' 上海仓 ' })
  assert.equal(added.status, 200)
  const { updatedAt: _, ...rest } = added.body as Record<string, unknown>
  assert.deepEqual(rest, {
    code: 'SH1',
    name: '上海仓',
    province: '',
    city: '',
    address: '',
    contact: '',
    priority: 100,
    countsInTransit: true,
    figures: 'own',
    active: true,
    updatedBy: 'test',
    skus: 0,
    feeds: [],
  })
  await until(
    () => Promise.resolve(other.byCode('SH1') !== null),
    () => 'the other directory knows SH1',
    5,
  )
  await other.stop()
  const changed = await server.call('PATCH', '/api/warehouses/SH1', { city: '上海', priority: 5 })
  assert.equal((changed.body as { city: string }).city, '上海')
  assert.deepEqual((await audited('warehouses.changed')).at(-1), {
    subject: 'SH1',
    detail: { city: { before: '', after: '上海' }, priority: { before: 100, after: 5 } },
  })
})

test('bad input is refused with a code', async () => {
  await server.call('POST', '/api/warehouses', { code: 'TAKEN', name: '占名仓' })
  const refusals = [
    await server.call('POST', '/api/warehouses', { code: '上海', name: 'x' }),
    await server.call('POST', '/api/warehouses', { code: 'TAKEN', name: 'y' }),
    await server.call('POST', '/api/warehouses', { code: 'N1', name: '占名仓' }),
    await server.call('POST', '/api/warehouses', { code: 'N1', name: '   ' }),
    await server.call('POST', '/api/warehouses', { code: 'N1', name: 'n', priority: -1 }),
    await server.call('POST', '/api/warehouses', { code: 'N1', name: 'n', city: 'c'.repeat(41) }),
    await server.call('PATCH', '/api/warehouses/NONE', { name: 'n' }),
    await server.call('PATCH', '/api/warehouses/TAKEN', {}),
    await server.call('DELETE', '/api/warehouses/NONE'),
  ]
  assert.deepEqual(
    refusals.map((one) => [one.status, codeOf(one)]),
    [
      [422, 'warehouses.bad_code'],
      [409, 'warehouses.code_exists'],
      [409, 'warehouses.name_exists'],
      [422, 'warehouses.bad_name'],
      [422, 'warehouses.bad_priority'],
      [422, 'warehouses.text_too_long'],
      [404, 'warehouses.not_found'],
      [400, 'http.invalid'],
      [404, 'warehouses.not_found'],
    ],
  )
})

test('the in-transit switch changes what is available at once, with a movement that says who', async () => {
  await server.call('POST', '/api/warehouses', { code: 'IT1', name: '在途仓' })
  const now = systemClock.now()
  await server.sql.begin(async (tx) => {
    const change = { sku: 'CUP-1', warehouse: 'IT1', physical: 10, inTransit: 5 }
    const [answer] = await applyStock(
      tx,
      [{ do: 'adjust', key: null, changes: [change], cause: 'count', actor: 't', evidence: null }],
      now,
    )
    assert.equal(answer?.ok, true)
  })
  const available = async (): Promise<number> => {
    const [row] = await server.sql<{
      available: number
    }>`select available from stock_level where warehouse = 'IT1'`
    return row?.available ?? -1
  }
  assert.equal(await available(), 15)
  await server.call('PATCH', '/api/warehouses/IT1', { countsInTransit: false })
  assert.equal(await available(), 10)
  const [movement] = await server.sql<{ cause: string; actor: string; available_after: number }>`
    select cause, actor, available_after from stock_movement where warehouse = 'IT1' order by id desc limit 1`
  assert.deepEqual(movement, { cause: 'switch_transit', actor: 'test', available_after: 10 })
  const list = (await server.call('GET', '/api/warehouses')).body as {
    items: { code: string; skus: number }[]
  }
  assert.equal(list.items.find(({ code }) => code === 'IT1')?.skus, 1)
  assert.equal(codeOf(await server.call('DELETE', '/api/warehouses/IT1')), 'warehouses.in_use_conflict')
})

test('one that nothing belongs to is removed', async () => {
  await server.call('POST', '/api/warehouses', { code: 'GONE', name: '误建仓' })
  assert.equal((await server.call('DELETE', '/api/warehouses/GONE')).status, 204)
  assert.equal((await server.call('GET', '/api/warehouses/GONE')).status, 404)
})

type ReadFile = {
  header: string[]
  rows: { row: number; cells: string[] }[]
  columns: Record<string, string>
}
async function upload(bytes: Uint8Array): Promise<{ status: number; body: unknown }> {
  const answer = await server.app.inject({
    method: 'POST',
    url: '/api/warehouses/list/read',
    headers: { ...(await server.asKey('stock:write')), 'content-type': 'application/octet-stream' },
    payload: Buffer.from(bytes),
  })
  return { status: answer.statusCode, body: answer.json() }
}

test('a list in GB18030 is read, previewed and taken whole', async () => {
  // 编码,名称,城市\nHZ1,杭州仓,杭州\n as Chinese Excel saves it.
  const gbk = Buffer.from('b1e0c2eb2cc3fbb3c62cb3c7cad00a485a312cbabcd6ddb2d62cbabcd6dd0a', 'hex')
  const read = await upload(gbk)
  assert.equal(read.status, 200)
  const { header, rows, columns } = read.body as ReadFile
  assert.deepEqual(header, ['编码', '名称', '城市'])
  assert.deepEqual(columns, { code: '编码', name: '名称', city: '城市' })
  const preview = await server.call('POST', '/api/warehouses/list/preview', { header, rows, columns })
  assert.deepEqual((preview.body as { rows: unknown[] }).rows, [
    { row: 2, code: 'HZ1', name: '杭州仓', outcome: 'new', fields: [] },
  ])
  const body = { header, rows, columns }
  assert.deepEqual((await server.call('POST', '/api/warehouses/list', body)).body, {
    added: 1,
    changed: 0,
    same: 0,
  })
  assert.deepEqual((await server.call('POST', '/api/warehouses/list', body)).body, {
    added: 0,
    changed: 0,
    same: 1,
  })
})

test('nothing is taken where one cell is wrong', async () => {
  const body = {
    header: ['code', 'name'],
    rows: [
      { row: 2, cells: ['OK1', '好仓'] },
      { row: 3, cells: ['不好', '坏仓'] },
    ],
    columns: { code: 'code', name: 'name' },
  }
  const refused = await server.call('POST', '/api/warehouses/list', body)
  assert.deepEqual([refused.status, codeOf(refused)], [422, 'warehouses.rows_invalid'])
  const { errors } = (refused.body as { data: { errors: { row: number; column: string }[] } }).data
  assert.deepEqual(
    errors.map(({ row, column }) => [row, column]),
    [[3, 'code']],
  )
  assert.equal((await server.call('GET', '/api/warehouses/OK1')).status, 404)
})

test('two may swap their names in one list; a name from outside is refused', async () => {
  await server.call('POST', '/api/warehouses', { code: 'S1', name: '甲' })
  await server.call('POST', '/api/warehouses', { code: 'S2', name: '乙' })
  await server.call('POST', '/api/warehouses', { code: 'S3', name: '丙' })
  const list = (rows: string[][]) => ({
    header: ['code', 'name'],
    rows: rows.map((cells, index) => ({ row: index + 2, cells })),
    columns: { code: 'code', name: 'name' },
  })
  const swapped = await server.call(
    'POST',
    '/api/warehouses/list',
    list([
      ['S1', '乙'],
      ['S2', '甲'],
    ]),
  )
  assert.deepEqual(swapped.body, { added: 0, changed: 2, same: 0 })
  await warehouses.refresh()
  assert.deepEqual([warehouses.byCode('S1')?.name, warehouses.byCode('S2')?.name], ['乙', '甲'])
  const taken = await server.call('POST', '/api/warehouses/list', list([['S1', '丙']]))
  assert.equal(codeOf(taken), 'warehouses.rows_invalid')
})

test('an empty list, a picture and a file too large are refused', async () => {
  assert.equal(codeOf(await upload(Buffer.alloc(0))), 'imports.file_empty')
  assert.equal(codeOf(await upload(Buffer.from('89504e470d0a1a0a', 'hex'))), 'imports.binary')
  assert.equal(
    codeOf(await upload(Buffer.from(`code,name\n${'a,b\n'.repeat(30_000)}`))),
    'imports.file_too_large',
  )
  assert.equal(
    codeOf(await upload(Buffer.from(`code,name\n${'a,b\n'.repeat(2_001)}`))),
    'warehouses.file_too_large',
  )
})
