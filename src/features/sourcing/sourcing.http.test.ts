import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { recordAudit } from '#features/identity/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { claimJob } from '#platform/jobs/store.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { readSourceWarehousesFor, resourceJob, type SourcingDeps, sourcingRoutes } from './index.ts'

let server: TestServer
let deps: SourcingDeps
const asked: { ids: readonly bigint[]; options: Parameters<SourcingDeps['replan']>[1] }[] = []

before(async () => {
  server = await openTestServer(async (app, { sql }) => {
    deps = {
      db: sql,
      clock: systemClock,
      zone: () => 'Asia/Shanghai',
      audit: (tx, entry) => recordAudit({ sql: tx, clock: systemClock }, entry),
      replan: async (ids, options) => {
        asked.push({ ids, options })
        return ids.map((orderId) => ({
          orderId,
          orderNo: `N${orderId}`,
          before: 'SH',
          after: options.dryRun ? 'GZ' : 'GZ!',
          figures: { before: { parcels: 1, costMinor: 450n }, after: { parcels: 2, costMinor: null } },
          outcome: 'changed',
          words: { zh: '', en: '' },
        }))
      },
      onJobQueued: () => {},
    }
    sourcingRoutes(app, deps)
  })
  await server.sql`insert into warehouse (code, name, province, city, priority, updated_by)
    values ('SH', '上海仓', '上海', '上海市', 10, 'x'), ('GZ', '广州仓', '广东', '广州市', 20, 'x')`
  await server.sql`insert into stock_level (sku, warehouse, physical)
    values ('TEA', 'SH', 5), ('TEA', 'GZ', 5), ('CUP', 'GZ', 5)`
})
after(async () => await server.close())

const bodyOf = <T>({ body }: { body: unknown }): T => body as T
const codeOf = ({ body }: { body: unknown }): unknown => (body as { code?: string }).code

test('what a warehouse can do is kept, checked and shown', async () => {
  const place = {
    takes: ['frozen', ' hazmat ', 'frozen'],
    capacityPerDay: 100,
    cutoff: '17:30',
    zone: null,
  }
  assert.equal((await server.call('PUT', '/api/sourcing/warehouses/SH', place)).status, 204)
  const { items } = bodyOf<{ items: { code: string }[] }>(
    await server.call('GET', '/api/sourcing/warehouses'),
  )
  const { updatedAt: _, ...shown } = items.find((one) => one.code === 'SH') as Record<string, unknown> & {
    code: string
  }
  assert.deepEqual(shown, {
    code: 'SH',
    name: '上海仓',
    active: true,
    takes: ['frozen', 'hazmat'],
    capacityPerDay: 100,
    cutoff: '17:30',
    zone: null,
    load: 0,
    lanes: 0,
    updatedBy: 'test',
  })
  const put = async (change: object, code = 'SH') =>
    codeOf(await server.call('PUT', `/api/sourcing/warehouses/${code}`, { ...place, ...change }))
  assert.equal(await put({ cutoff: '25:00' }), 'sourcing.bad_cutoff')
  assert.equal(await put({ zone: 'Mars/Base' }), 'sourcing.bad_zone')
  assert.equal(await put({ capacityPerDay: 0 }), 'sourcing.bad_capacity')
  assert.equal(await put({ takes: ['x'.repeat(41)] }), 'sourcing.bad_tags')
  assert.equal(await put({}, 'NO'), 'sourcing.warehouse_not_found')
})

test('a list of lanes is taken whole or not at all, and the closest lane decides', async () => {
  const header = ['仓库编码', '省份', '城市', '时效(小时)', '首重', '续重']
  const good = [
    ['SH', '*', '', '72', '8.00', '3.00'],
    ['SH', '浙江省', '', '24', '5.00', '1.00'],
    ['SH', '浙江', '杭州市', '12', '4', '0.5'],
    ['GZ', '全国', '', '48', '6.00', '2.00'],
  ]
  const list = (rows: string[][]) => ({ header, rows: rows.map((cells, at) => ({ row: at + 2, cells })) })
  const bad = await server.call(
    'POST',
    '/api/sourcing/lanes/list',
    list([
      ...good,
      ['XX', '*', '', '1', '', ''],
      ['SH', '火星', '', '1', '', ''],
      ['SH', '广东', '', '1.5', '', ''],
      ['SH', '广东', '', '1', '1.234', ''],
      ['SH', '广东', '', '', '', ''],
      ['SH', '浙江', '', '1', '', ''],
    ]),
  )
  assert.equal(codeOf(bad), 'sourcing.rows_invalid')
  const { errors } = bodyOf<{ data: { errors: { row: number; column: string; code: string }[] } }>(bad).data
  assert.deepEqual(
    errors.map(({ row, column, code }) => [row, column, code]),
    [
      [6, '仓库编码', 'sourcing.unknown_warehouse'],
      [7, '省份', 'sourcing.bad_place'],
      [8, '时效(小时)', 'sourcing.bad_hours'],
      [9, '首重', 'sourcing.bad_amount'],
      [10, '时效(小时)', 'sourcing.empty_lane'],
      [11, '省份', 'sourcing.lane_twice'],
    ],
  )
  const empty = bodyOf<{ items: unknown[] }>(await server.call('GET', '/api/sourcing/lanes'))
  assert.equal(empty.items.length, 0)
  const done = await server.call('POST', '/api/sourcing/lanes/list', list(good))
  assert.deepEqual(done.body, { added: 4, changed: 0, same: 0 })
  const again = await server.call(
    'POST',
    '/api/sourcing/lanes/list/preview',
    list([['SH', '浙江', '', '20', '5', '1'], ...good.slice(2)]),
  )
  assert.deepEqual(
    bodyOf<{ rows: { outcome: string }[] }>(again).rows.map((row) => row.outcome),
    ['changed', 'same', 'same'],
  )
  const to = (province: string, city: string) => ({ country: 'CN', province, city, district: '' })
  const now = Temporal.Instant.from('2026-03-02T08:00:00Z')
  const seen = await readSourceWarehousesFor(
    server.sql,
    [
      { key: 'hz', codes: ['GZ', 'SH'], to: to('浙江', '杭州市') },
      { key: 'nb', codes: ['SH'], to: to('浙江', '宁波市') },
      { key: 'xj', codes: ['SH', 'NO'], to: to('新疆', '') },
    ],
    now,
    'Asia/Shanghai',
  )
  const told = (key: string) =>
    seen.get(key)?.map((one) => [one.code, one.hours, one.firstKgMinor, one.furtherKgMinor])
  assert.deepEqual(told('hz'), [
    ['GZ', 48, 600n, 200n],
    ['SH', 12, 400n, 50n],
  ])
  assert.deepEqual(told('nb'), [['SH', 24, 500n, 100n]])
  assert.deepEqual(told('xj'), [['SH', 72, 800n, 300n]])
  const [, shanghai] = seen.get('hz') ?? []
  // 16:00 in Shanghai, cut-off 17:30; Shanghai to Hangzhou is some 165 km.
  assert.equal(shanghai?.cutoffMinutes, 90)
  assert.ok(shanghai !== undefined && shanghai.km !== null && shanghai.km > 130 && shanghai.km < 200)
  const key = { warehouse: 'GZ', province: '*', city: '*' }
  assert.equal((await server.call('POST', '/api/sourcing/lanes/remove', key)).status, 204)
  assert.equal(
    codeOf(await server.call('POST', '/api/sourcing/lanes/remove', key)),
    'sourcing.lane_not_found',
  )
  const lane = { ...key, hours: '40', firstKg: '￥6.50', furtherKg: '', currency: '' }
  assert.deepEqual((await server.call('PUT', '/api/sourcing/lanes', lane)).body, {
    ...key,
    hours: 40,
    firstKg: '6.50',
    furtherKg: null,
    currency: 'CNY',
  })
})

test('a trial says where goods would leave from, and what lacks', async () => {
  const ask = (lines: object[], more = {}) =>
    server.call('POST', '/api/sourcing/preview', { lines, province: '浙江', city: '杭州', ...more })
  const both = bodyOf<{
    parcels: { warehouse: string }[]
    isProven: boolean
    rejected: { why: { zh: string } }[]
  }>(
    await ask([
      { sku: 'TEA', quantity: 2 },
      { sku: 'CUP', quantity: 1 },
    ]),
  )
  assert.deepEqual(both.parcels, [
    {
      warehouse: 'GZ',
      waits: false,
      pieces: [
        { sku: 'TEA', quantity: 2 },
        { sku: 'CUP', quantity: 1 },
      ],
    },
  ])
  assert.equal(both.isProven, true)
  assert.deepEqual(
    both.rejected.map(({ why }) => why.zh),
    ['SH 可以一次发完，但库存缺 1 件'],
  )
  const short = await ask([{ sku: 'TEA', quantity: 6 }])
  assert.equal(codeOf(short), 'sourcing.short')
  const spread = await ask([{ sku: 'TEA', quantity: 6 }], { spread: 'units' })
  assert.equal(bodyOf<{ parcels: unknown[] }>(spread).parcels.length, 2)
  assert.equal(codeOf(await ask([{ sku: 'TEA', quantity: 11 }], { spread: 'units' })), 'sourcing.short')
  assert.equal(codeOf(await ask([{ sku: 'TEA', quantity: 1 }], { warehouses: [] })), 'sourcing.no_warehouse')
})

test('orders of a warehouse that closes are sourced anew: what left, is held or was arranged stays', async () => {
  const now = systemClock.now()
  const states = ['locked', 'left', 'held', 'locked', 'short']
  for (const [at, state] of states.entries()) {
    const id = BigInt(at + 1)
    const manual = at === 3 ? '[]' : null
    await server.sql`insert into order_plan (order_id, connection_id, order_no, lead_id, state, step, fingerprint, manual, planned_at, updated_at)
      values (${id}, 'c', ${`N${id}`}, ${id}, ${state}, 'lock', '', ${manual}::jsonb, ${now}, ${now})`
    const warehouse = state === 'short' ? null : 'SH'
    await server.sql`insert into plan_parcel (lead_id, seq, parcel_no, warehouse, state, planned_at)
      values (${id}, 1, ${`P${id}`}, ${warehouse}, 'planned', ${now})`
  }
  const seen = await server.call('POST', '/api/sourcing/resource/preview', { warehouse: 'SH' })
  const { orders, rows, skipped } = bodyOf<{
    orders: number
    rows: { orderNo: string; figures: unknown }[]
    skipped: { orderNo: string }[]
  }>(seen)
  assert.equal(orders, 1)
  assert.deepEqual(
    rows.map((row) => [row.orderNo, row.figures]),
    [['N1', { before: { parcels: 1, cost: '4.50' }, after: { parcels: 2, cost: null } }]],
  )
  assert.deepEqual(
    skipped.map((row) => row.orderNo),
    ['N2', 'N3', 'N4'],
  )
  assert.deepEqual(asked.at(-1)?.options.exclude, ['SH'])
  assert.equal(asked.at(-1)?.options.dryRun, true)
  const named = await server.call('POST', '/api/sourcing/resource/preview', { orderNos: ['N5', 'N9'] })
  assert.equal(bodyOf<{ orders: number }>(named).orders, 1)
  assert.deepEqual(
    bodyOf<{ skipped: { orderNo: string }[] }>(named).skipped.map((one) => one.orderNo),
    ['N9'],
  )
  assert.equal(
    codeOf(await server.call('POST', '/api/sourcing/resource/preview', {})),
    'sourcing.nothing_asked',
  )
  const nothing = await server.call('POST', '/api/sourcing/resource', { orderNos: ['N2'], reason: 'x' })
  assert.equal(codeOf(nothing), 'sourcing.nothing_to_resource')
  const queued = await server.call('POST', '/api/sourcing/resource', { warehouse: 'SH', reason: '关仓' })
  assert.equal(queued.status, 202)
  const job = await claimJob(server.sql, ['sourcing.resource'], systemClock.now(), {
    silentSince: now,
    maxAttempts: 5,
  })
  assert.ok(job)
  const marks: (number | undefined)[][] = []
  const done = await resourceJob(deps)(job, async (count, total) => {
    marks.push([count, total])
  })
  assert.deepEqual(done, { ok: true, value: { orders: 1, changed: 1, same: 0, short: 0, held: 0, left: [] } })
  assert.deepEqual(marks, [[1, 1]])
  assert.deepEqual(asked.at(-1), {
    ids: [1n],
    options: { dryRun: false, exclude: ['SH'], reason: '关仓', actor: 'test' },
  })
  const loads = bodyOf<{ items: { code: string; load: number }[] }>(
    await server.call('GET', '/api/sourcing/warehouses'),
  )
  assert.equal(loads.items.find((one) => one.code === 'SH')?.load, 4)
})
