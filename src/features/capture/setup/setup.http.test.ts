import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Connector } from '#domain/connector.ts'
import { readFeedRow } from '#domain/read-feed-row.ts'
import type { FeedBatch, FeedMapping, StockFeed } from '#domain/stock-feed.ts'
import type { DirectoryEntry } from '#features/connections/index.ts'
import { recordAudit } from '#features/identity/index.ts'
import { applyStock, noteActive, switchFigures, switchTransit } from '#features/stock/index.ts'
import { type WarehouseDirectory, warehouseDirectory } from '#features/warehouses/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { connectionId } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, refuse } from '#kernel/result.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { captureSetupRoutes, dryRunJob, type SetupDeps } from './index.ts'

// A warehouse's system as the port describes it; its real ones are tested beside their connectors.
const ROWS = [
  { id: '1', warehouse_code: 'SH-A', sku_code: 'PET-1001', qty: '12', updated_at: '2026-11-01 10:00:00Z' },
  { id: '2', warehouse_code: 'SH-A', sku_code: 'NEW-1', qty: '7', updated_at: '2026-11-01 10:00:00Z' },
  { id: '3', warehouse_code: 'GZ', sku_code: 'PET-1001', qty: '3', updated_at: '2026-11-01 10:00:00Z' },
  { id: '4', warehouse_code: 'GZ', sku_code: 'BAD', qty: 'x', updated_at: '2026-11-01 10:00:00Z' },
]
const COLUMNS = Object.keys(ROWS[0] ?? {}).map((name) => ({ name, type: 'varchar(64)', key: name === 'id' }))
let isDown = false
let closed = 0

function batchOf(mapping: FeedMapping, rows: readonly Record<string, string>[]): FeedBatch {
  const read = rows.map((row) => readFeedRow(mapping, row))
  return {
    changes: read.flatMap(({ change }) => change ?? []),
    faults: read.flatMap(({ fault }) => fault ?? []),
    position: 'p1',
    committedAt: systemClock.now(),
    evidence: 'mysql-bin.000001:4',
  }
}
const feed: StockFeed = {
  check: () => {
    if (isDown) throw new Outage('http.unreachable', 'nobody is there')
    const words = { zh: 'binlog 没有打开', en: 'the binlog is off' }
    const remedy = { zh: '打开它', en: 'turn it on', command: 'log_bin = mysql-bin' }
    return Promise.resolve([{ name: 'binlog_enabled', outcome: 'failed', words, remedy }])
  },
  tables: () =>
    Promise.resolve(
      ok([
        { name: 'wms.sys_user', rows: 3, columns: [{ name: 'name', type: 'varchar', key: false }] },
        { name: 'wms.stock', rows: 4, columns: COLUMNS },
      ]),
    ),
  sample: (table, limit) =>
    Promise.resolve(table === 'wms.stock' ? ok(ROWS.slice(0, limit)) : refuse('mysql_binlog.no_right', 'no')),
  snapshot: async (mapping, sink) => {
    await sink(batchOf(mapping, ROWS.slice(0, 2)))
    await sink(batchOf(mapping, ROWS.slice(2)))
    return ok({ position: 'p0' })
  },
  follow: async (mapping, from, sink, signal) => {
    assert.equal(from, 'p0')
    await sink(batchOf(mapping, [{ ...ROWS[0], qty: '11' } as Record<string, string>]))
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    return { reason: 'stopped' }
  },
  close: () => {
    closed += 1
    return Promise.resolve()
  },
}
const entryOf = (id: string, connector: Partial<Connector>): DirectoryEntry => ({
  id: connectionId(id),
  kind: 'mysql-binlog',
  name: '上海 WMS',
  zone: 'Asia/Shanghai',
  paused: false,
  settings: {},
  connector: { en: 'MySQL', ...connector } as Connector,
})
const ENTRIES = new Map([
  ['wms', entryOf('wms', { stockFeed: () => feed })],
  ['shop', entryOf('shop', {})],
])

let server: TestServer
let warehouses: WarehouseDirectory
let deps: SetupDeps

before(async () => {
  server = await openTestServer(async (app, { sql }) => {
    warehouses = warehouseDirectory({ db: sql })
    deps = {
      db: sql,
      clock: systemClock,
      connections: { byId: (id) => ENTRIES.get(id) ?? null, refresh: () => Promise.resolve() },
      callsFor: () => ({}) as never,
      warehouses,
      stock: { switchTransit, switchFigures, noteActive },
      audit: (tx, entry) => recordAudit({ sql: tx, clock: systemClock }, entry),
      zone: () => 'Asia/Shanghai',
      onJobQueued: () => undefined,
    }
    captureSetupRoutes(app, deps)
    await warehouses.start()
  })
  await server.sql`insert into warehouse (code, name, updated_by) values ('SH1', '上海仓', 't'), ('GZ1', '广州仓', 't')`
  await server.sql`insert into sku_mapping (connection_id, shop_sku, stock_sku, updated_by) values ('*', 'CAT', 'PET-1001', 't')`
  await warehouses.refresh()
  const change = { sku: 'PET-1001', warehouse: 'GZ1', setPhysical: 9 }
  await server.sql.begin((tx) =>
    applyStock(
      tx,
      [{ do: 'adjust', key: null, changes: [change], cause: 'count', actor: 't', evidence: null }],
      systemClock.now(),
    ),
  )
})
after(async () => {
  await warehouses.stop()
  await server.close()
})

type Feed = {
  id: string
  state: string
  step: string
  mapping: FeedMapping
  lastTry: { result: unknown; state: string } | null
}
const codeOf = ({ body }: { body: unknown }): unknown => (body as { code?: string }).code
const path = (id: string, more = '') => `/api/capture/setup/${id}${more}`
async function make(name: string, source = 'wms'): Promise<Feed> {
  const made = await server.call('POST', '/api/capture/setup', { name, source })
  assert.equal(made.status, 200, JSON.stringify(made.body))
  return made.body as Feed
}
const HOMES = [
  { sourceCode: 'SH-A', warehouse: 'SH1' },
  { sourceCode: 'GZ', warehouse: 'GZ1' },
]
async function runJob(jobId: string): Promise<Record<string, unknown>> {
  const [job] = await server.sql<{
    payload: Record<string, unknown>
  }>`select payload from job where id = ${BigInt(jobId)}`
  const run = {
    id: BigInt(jobId),
    kind: 'capture_dry_run',
    payload: job?.payload ?? {},
    progress: 0n,
    total: null,
    attempts: 1,
    createdBy: 't',
  }
  const done = await dryRunJob(deps)(run, () => Promise.resolve())
  assert.ok(done.ok, JSON.stringify(done))
  return done.value as Record<string, unknown>
}

test('from the first draft to live figures', async () => {
  const { id, step } = await make('上海 WMS 库存')
  assert.equal(step, 'check')
  const checks = (await server.call('POST', path(id, '/check'))).body as {
    items: { name: string; remedy: { command: string } }[]
  }
  assert.deepEqual(
    checks.items.map((one) => [one.name, one.remedy.command]),
    [['binlog_enabled', 'log_bin = mysql-bin']],
  )
  const tables = (await server.call('GET', path(id, '/tables'))).body as { items: { name: string }[] }
  assert.deepEqual(
    tables.items.map(({ name }) => name),
    ['wms.stock', 'wms.sys_user'],
  )
  const suggested = (await server.call('POST', path(id, '/suggest'), { table: 'wms.stock' })).body as {
    mapping: FeedMapping
    rows: unknown[]
  }
  assert.deepEqual(
    [
      suggested.mapping.sku,
      suggested.mapping.quantity,
      suggested.mapping.warehouse,
      suggested.mapping.version,
    ],
    ['sku_code', 'qty', 'warehouse_code', 'updated_at'],
  )
  assert.equal(suggested.rows.length, 4)
  const { mapping } = suggested
  const seen = (await server.call('POST', path(id, '/preview'), { mapping })).body as {
    good: number
    warehouses: { sourceCode: string; warehouse: string }[]
    unknownSkus: string[]
  }
  assert.deepEqual([seen.good, seen.unknownSkus], [3, ['NEW-1']])
  assert.deepEqual(
    seen.warehouses.map(({ sourceCode, warehouse }) => [sourceCode, warehouse]),
    [
      ['SH-A', null],
      ['GZ', 'GZ1'],
    ],
  )

  assert.equal(codeOf(await server.call('POST', path(id, '/dry-run'), {})), 'capture.mapping_incomplete')
  await server.call('PATCH', path(id), { mapping, warehouses: HOMES })
  assert.equal(codeOf(await server.call('POST', path(id, '/live'))), 'capture.dry_run_needed')
  const { jobId } = (await server.call('POST', path(id, '/dry-run'), { seconds: 1 })).body as {
    jobId: string
  }
  const result = await runJob(jobId)
  assert.deepEqual(
    { ...result, live: null },
    {
      rows: 4,
      opening: 2,
      openingPieces: 19,
      same: 0,
      different: 1,
      differences: [{ sku: 'PET-1001', warehouse: 'GZ1', ledger: 9, captured: 3 }],
      unknownSkus: 1,
      unknownSkuList: ['NEW-1'],
      unmapped: {},
      faults: { 'feed.bad_quantity': 1 },
      isWhole: true,
      live: null,
    },
  )
  const live = result.live as { changes: number; lagMs: number; shown: { quantity: number }[] }
  assert.deepEqual([live.changes, live.shown[0]?.quantity], [1, 11])
  assert.ok(live.lagMs >= 0 && live.lagMs < 1_000)
  // Nothing was written.
  const [figures] =
    await server.sql`select count(*)::int as levels, sum(physical)::int as pieces from stock_level`
  assert.deepEqual(figures, { levels: 1, pieces: 9 })

  const on = await server.call('POST', path(id, '/live'))
  assert.equal((on.body as Feed).state, 'live')
  assert.deepEqual(
    await server.sql`select code, figures from warehouse where code in ('SH1', 'GZ1') order by code`,
    [
      { code: 'GZ1', figures: 'captured' },
      { code: 'SH1', figures: 'captured' },
    ],
  )
  assert.equal(codeOf(await server.call('DELETE', path(id))), 'capture.live_conflict')
  assert.equal(codeOf(await server.call('PATCH', path(id), { warehouses: [] })), 'capture.warehouses_missing')
})

test('a changed mapping must be tried again; on a live feed it reads anew', async () => {
  const { id } = await make('改映射')
  const mapping = { ...((await server.call('GET', path(id))).body as Feed) }.mapping
  const good = {
    ...mapping,
    table: 'wms.stock',
    sku: 'sku_code',
    quantity: 'qty',
    warehouse: 'warehouse_code',
  }
  await server.call('PATCH', path(id), { mapping: good, warehouses: HOMES })
  const { jobId } = (await server.call('POST', path(id, '/dry-run'), { seconds: 1 })).body as {
    jobId: string
  }
  await runJob(jobId)
  assert.equal(((await server.call('GET', path(id))).body as Feed).state, 'dry_run')
  const other = { ...good, version: 'updated_at' }
  assert.equal(((await server.call('PATCH', path(id), { mapping: other })).body as Feed).state, 'draft')
  await server.sql`update stock_feed set state = 'paused' where state = 'live'`
  await server.sql`update stock_feed set state = 'live', position = 'p9' where id = ${BigInt(id)}`
  await server.call('PATCH', path(id), { name: '改名' })
  const position = async () =>
    (
      await server.sql<{ position: string | null }>`select position from stock_feed where id = ${BigInt(id)}`
    )[0]?.position
  assert.equal(await position(), 'p9')
  await server.call('PATCH', path(id), { mapping: good })
  assert.equal(await position(), null)
})

test('two feeds of one warehouse tell alike, or the second is refused; other warehouses mean another look at the table', async () => {
  await server.sql`update stock_feed set state = 'paused' where state = 'live'`
  const ready = async (name: string, more: Partial<FeedMapping>): Promise<string> => {
    const { id, mapping } = await make(name)
    const columns = { table: 'wms.stock', sku: 'sku_code', quantity: 'qty', warehouse: 'warehouse_code' }
    const changed = { mapping: { ...mapping, ...columns, ...more }, warehouses: HOMES }
    assert.equal((await server.call('PATCH', path(id), changed)).status, 200)
    await server.sql`update stock_feed set state = 'dry_run' where id = ${BigInt(id)}`
    return id
  }
  const figures = await ready('数', { version: 'updated_at' })
  const moves = await ready('流水', { mode: 'movements', id: 'id' })
  const bare = await ready('无版本', {})
  const second = await ready('另一路', { version: 'updated_at' })
  const live = async (id: string) => codeOf(await server.call('POST', path(id, '/live')))
  assert.deepEqual(
    [await live(figures), await live(moves), await live(bare), await live(second)],
    [undefined, 'capture.mode_conflict', 'capture.mode_conflict', undefined],
  )
  const { mapping } = (await server.call('GET', path(second))).body as Feed
  const other = { mapping: { ...mapping, mode: 'movements', version: null, id: 'id' } }
  assert.equal(codeOf(await server.call('PATCH', path(second), other)), 'capture.mode_conflict')
  const wants = async () =>
    (
      await server.sql<{
        w: boolean
      }>`select wants_snapshot as w from stock_feed where id = ${BigInt(figures)}`
    )[0]?.w
  await server.call('PATCH', path(figures), { warehouses: HOMES.toReversed() })
  assert.equal(await wants(), false, 'the same in another order')
  await server.call('PATCH', path(figures), { warehouses: [{ sourceCode: 'SH-A', warehouse: 'GZ1' }] })
  assert.equal(await wants(), true)
})

test('a file and a push need no connection and no dry run', async () => {
  const file = await make('手工盘点', ':file')
  const rows = [{ 货号: 'PET-1001', 数量: '5' }]
  const suggested = (await server.call('POST', path(file.id, '/suggest'), { rows })).body as {
    mapping: FeedMapping
  }
  assert.deepEqual([suggested.mapping.sku, suggested.mapping.quantity], ['货号', '数量'])
  assert.equal(codeOf(await server.call('POST', path(file.id, '/suggest'), {})), 'capture.rows_needed')
  await server.call('PATCH', path(file.id), {
    mapping: suggested.mapping,
    warehouses: [{ sourceCode: '', warehouse: 'SH1' }],
  })
  assert.equal(((await server.call('POST', path(file.id, '/live'))).body as Feed).state, 'live')
  const push = await make('WMS 推送', ':push')
  const checks = (await server.call('POST', path(push.id, '/check'))).body as { items: { outcome: string }[] }
  assert.equal(checks.items[0]?.outcome, 'ok', 'the test’s own key may push')
})

test('bad input is refused with a code, and the source is always let go', async () => {
  const { id } = await make('拒绝')
  const mapping = ((await server.call('GET', path(id))).body as Feed).mapping
  const whole = { ...mapping, table: 'wms.stock', sku: 'sku_code', quantity: 'qty' }
  const before = closed
  const refusals = [
    await server.call('POST', '/api/capture/setup', { name: '拒绝', source: 'wms' }),
    await server.call('POST', '/api/capture/setup', { name: 'n', source: 'nobody' }),
    await server.call('POST', '/api/capture/setup', { name: 'n', source: 'shop' }),
    await server.call('POST', '/api/capture/setup', { name: '  ', source: 'wms' }),
    await server.call('GET', path('999')),
    await server.call('PATCH', path(id), { mapping: { ...whole, zone: 'Mars/Olympus' } }),
    await server.call('PATCH', path(id), { warehouses: [{ sourceCode: 'A', warehouse: 'NONE' }] }),
    await server.call('PATCH', path(id), { warehouses: [...HOMES, ...HOMES] }),
    await server.call('POST', path(id, '/suggest'), { table: 'wms.gone' }),
    await server.call('POST', path(id, '/suggest'), { table: 'wms.sys_user' }),
    await server.call('POST', path(id, '/preview'), { mapping: { ...whole, quantity: 'pieces' } }),
    await server.call('POST', path(id, '/dry-run'), { seconds: 31 }),
  ]
  assert.deepEqual(
    refusals.map((one) => [one.status, codeOf(one)]),
    [
      [409, 'capture.name_exists'],
      [404, 'capture.source_not_found'],
      [422, 'capture.source_unsuitable'],
      [422, 'capture.bad_name'],
      [404, 'capture.feed_not_found'],
      [422, 'capture.bad_zone'],
      [422, 'capture.unknown_warehouse'],
      [422, 'capture.source_code_twice'],
      [404, 'capture.table_not_found'],
      [422, 'mysql_binlog.no_right'],
      [422, 'capture.column_missing'],
      [400, 'http.invalid'],
    ],
  )
  assert.equal(closed - before, 3)
  isDown = true
  const down = await server.call('POST', path(id, '/check'))
  isDown = false
  assert.deepEqual([down.status, codeOf(down)], [503, 'http.unreachable'])
  assert.equal(closed - before, 4)
  assert.equal((await server.call('DELETE', path(id))).status, 204)
})
