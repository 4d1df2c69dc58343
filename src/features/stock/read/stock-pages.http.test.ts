import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { recordAudit } from '#features/identity/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { ok, refuse } from '#kernel/result.ts'
import type { JobHandler } from '#platform/jobs/runner.ts'
import { json } from '#platform/postgres/database.ts'
import { seedConnection, seedOrder } from '#test-support/seed-orders.ts'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { applyStock } from '../apply-stock.ts'
import type { DeskDeps } from '../desk/deps.ts'
import { stockDeskRoutes } from '../desk/http.ts'
import { stockImportJobs } from '../desk/import-figures.ts'
import { stockReadRoutes } from './http.ts'

let server: TestServer
let desk: DeskDeps
const files = new Map<string, string[][]>()
before(async () => {
  server = await openTestServer((app, { sql }) => {
    desk = {
      db: sql,
      clock: systemClock,
      zone: () => 'Asia/Shanghai',
      audit: (tx, entry) => recordAudit({ sql: tx, clock: systemClock }, entry),
      isChannel: (id) => id === 'shop',
      onJobQueued: () => undefined,
      files: {
        keep: async (bytes) => {
          const text = Buffer.concat(await Array.fromAsync(bytes)).toString('utf8')
          const id = createHash('sha256').update(text).digest('hex')
          files.set(
            id,
            text
              .trim()
              .split('\n')
              .map((line) => line.split(',')),
          )
          return ok({ id })
        },
        open: async (id) => {
          const [header, ...rows] = files.get(id) ?? []
          if (header === undefined) return refuse('imports.file_not_found', 'none')
          async function* all() {
            for (const [i, cells] of rows.entries()) yield { row: i + 2, cells }
          }
          return await Promise.resolve(ok({ header, rows: all }))
        },
        reading: (run) => run(),
      },
    }
    stockReadRoutes(app, { sql, clock: systemClock, zone: desk.zone })
    stockDeskRoutes(app, desk)
  })
  const { sql } = server
  await seedConnection(sql, 'shop', '旗舰店')
  await sql`insert into warehouse (code, name, figures, active, updated_by) values
    ('HZ', '杭州仓', 'own', true, 't'), ('GZ', '广州仓', 'captured', true, 't'), ('OLD', '旧仓', 'own', false, 't')`
  await put('CUP', 'HZ', 100, { safety: 10 })
  await put('CUP', 'GZ', 40)
  await put('MUG', 'HZ', 5)
  await put('TIN', 'OLD', 7)
  await put('=POT', 'HZ', 3, { safety: 3 })
})
after(async () => await server.close())

async function put(
  sku: string,
  warehouse: string,
  physical: number,
  more: { safety?: number } = {},
): Promise<void> {
  const changes = [{ sku, warehouse, setPhysical: physical, setSafety: more.safety ?? 0 }]
  const command = { do: 'adjust', key: null, changes, cause: 'count', actor: 't', evidence: {} } as const
  const [answer] = await server.sql.begin((tx) => applyStock(tx, [command], systemClock.now()))
  assert.ok(answer?.ok)
}

async function lock(
  key: string,
  lines: { sku: string; warehouse: string; quantity: number }[],
  owner = { kind: 'api', id: 'erp', reference: 'ERP-1' } as const,
  ttlSeconds = 900,
): Promise<void> {
  const [answer] = await server.sql.begin((tx) =>
    applyStock(
      tx,
      [
        {
          do: 'lock',
          key,
          kind: 'lock',
          owner,
          channel: null,
          lines,
          candidates: [],
          spread: 'never',
          drawSafety: true,
          reason: 'a sale',
          actor: 'erp',
          ttlSeconds,
          onDeadline: 'ask',
        },
      ],
      systemClock.now(),
    ),
  )
  assert.ok(answer?.ok)
}

type Level = {
  warehouse: { code: string }
  physical: number
  locked: number
  available: number
  sellable: number
  reserved: number
  safety: number
}
type Sku = { sku: string; totals: Record<string, number>; short: { orders: number }; places: Level[] }
type Page = { items: Sku[]; next: string | null }
const levels = async (query = ''): Promise<Page> =>
  (await server.call('GET', `/api/stock/levels${query}`)).body as Page
const skus = (page: Page): string[] => page.items.map((item) => item.sku)
const code = (answer: { body: unknown }): string => (answer.body as { code: string }).code

test('the grid adds warehouses up; what is kept back or inactive is not sellable', async () => {
  await lock('k1', [{ sku: 'CUP', warehouse: 'HZ', quantity: 30 }])
  const [cup] = (await levels('?q=cu')).items
  // 100-30-0 = 70 at Hangzhou (60 sellable past 10 of safety), 40 at Guangzhou.
  assert.deepEqual(
    [
      cup?.totals.physical,
      cup?.totals.locked,
      cup?.totals.available,
      cup?.totals.sellable,
      cup?.places.length,
    ],
    [140, 30, 110, 100, 2],
  )
  const [only] = (await levels('?q=CUP&warehouse=GZ')).items
  assert.deepEqual([only?.totals.physical, only?.places.length], [40, 1])
  const tin = (await levels('?q=TIN')).items[0]
  assert.deepEqual([tin?.totals.available, tin?.totals.sellable], [7, 0])
})

test('every order of the grid is paged without a gap or a repeat', async () => {
  for (const sort of ['sku', '-sku', 'sellable', '-available', 'physical', '-locked']) {
    const seen: string[] = []
    for (let next: string | null = ''; next !== null; ) {
      const page: Page = await levels(`?limit=1&sort=${sort}${next === '' ? '' : `&cursor=${next}`}`)
      seen.push(...skus(page))
      next = page.next
    }
    assert.equal(seen.length, 4, sort)
    assert.equal(new Set(seen).size, 4, sort)
    assert.deepEqual(seen, skus(await levels(`?sort=${sort}`)), sort)
  }
  assert.deepEqual(skus(await levels('?sort=-available')), ['CUP', 'TIN', 'MUG', '=POT'])
  const { next } = await levels('?limit=1')
  assert.equal(
    code(await server.call('GET', `/api/stock/levels?sort=-sku&cursor=${next}`)),
    'http.bad_cursor',
  )
})

test('filters: nothing sellable, low, below nothing, lacked by an order; counts agree', async () => {
  const orderId = await seedOrder(server.sql, { orderNo: 'S-1' })
  await server.sql`insert into order_stock (order_id, connection_id, state, shortage, since, updated_at)
    values (${orderId}, 'shop', 'short', ${json([{ sku: 'MUG', wanted: 9 }])}::jsonb, now(), now())`
  assert.deepEqual(skus(await levels('?show=out')), ['=POT', 'TIN'])
  assert.deepEqual(skus(await levels('?show=low')), ['MUG'])
  assert.deepEqual(skus(await levels('?show=low&lowAt=100')).sort(), ['CUP', 'MUG'])
  const short = await levels('?show=short')
  assert.deepEqual([skus(short), short.items[0]?.short], [['MUG'], { orders: 1, pieces: 9 }])
  assert.deepEqual(skus(await levels('?show=negative')), [])
  const summary = (await server.call('GET', '/api/stock/summary')).body as Record<string, number>
  assert.deepEqual(
    [summary.skus, summary.levels, summary.out, summary.low, summary.short, summary.negative],
    [4, 5, 2, 1, 1, 0],
  )
})

test('a count says why, is refused when the figure moved on, and stands in movements and audit', async () => {
  const body = { sku: 'MUG', warehouse: 'HZ', setPhysical: 8, seen: { physical: 5 }, reason: '盘点少记' }
  const done = await server.call('POST', '/api/stock/adjust', body)
  assert.deepEqual([done.status, (done.body as { physical: number }).physical], [200, 3])
  const again = await server.call('POST', '/api/stock/adjust', body)
  assert.deepEqual([again.status, code(again)], [409, 'stock.level_changed_conflict'])
  const keyed = { sku: 'MUG', warehouse: 'HZ', physical: -2, reason: '报损两件', key: 'once' }
  await server.call('POST', '/api/stock/adjust', keyed)
  await server.call('POST', '/api/stock/adjust', keyed)
  const detail = (await server.call('GET', '/api/stock/levels/MUG/HZ')).body as { level: Level }
  assert.equal(detail.level.physical, 6)
  const moves = (await server.call('GET', '/api/stock/levels/MUG/HZ/movements?cause=count')).body as {
    items: { physical: number; evidence: { reason: string } }[]
  }
  assert.deepEqual(
    moves.items.slice(0, 2).map((one) => [one.physical, one.evidence.reason]),
    [
      [-2, '报损两件'],
      [3, '盘点少记'],
    ],
  )
  const audited = await server.sql<{ detail: Record<string, unknown> }>`
    select detail from audit_entry where action = 'stock.counted' order by id limit 1`
  assert.deepEqual(audited[0]?.detail, { reason: '盘点少记', physical: [5, 8] })
})

test('bad counts are refused with their code and change nothing', async () => {
  const refused = async (body: object): Promise<string> =>
    code(await server.call('POST', '/api/stock/adjust', body))
  const at = { sku: 'MUG', warehouse: 'HZ', reason: 'because' }
  assert.equal(await refused({ ...at, warehouse: 'GZ', setPhysical: 1 }), 'stock.figures_captured')
  assert.equal(await refused({ ...at, warehouse: 'XX', setPhysical: 1 }), 'stock.unknown_warehouse')
  assert.equal(await refused({ ...at, physical: -7 }), 'stock.below_zero')
  assert.equal(await refused(at), 'stock.nothing_asked')
  assert.equal(await refused({ ...at, setPhysical: 1, physical: 1 }), 'stock.two_counts')
  assert.equal(await refused({ ...at, setPhysical: -1 }), 'http.invalid')
  assert.equal(await refused({ sku: 'MUG', warehouse: 'HZ', setPhysical: 1, reason: '  ' }), 'http.invalid')
  assert.equal(code(await server.call('GET', '/api/stock/levels/NONE/HZ')), 'stock.level_not_found')
  assert.equal(
    code(await server.call('GET', '/api/stock/levels/MUG/HZ/movements?from=yesterday')),
    'stock.bad_time',
  )
  const reader = await server.asKey('stock:read')
  const denied = await server.app.inject({
    method: 'POST',
    url: '/api/stock/adjust',
    headers: reader,
    payload: { ...at, setPhysical: 1 },
  })
  assert.equal(denied.statusCode, 403)
})

test('safety of a captured warehouse and quotas of a channel are set by hand', async () => {
  const safety = await server.call('POST', '/api/stock/adjust', {
    sku: 'CUP',
    warehouse: 'GZ',
    setSafety: 5,
    reason: '防错发',
  })
  assert.equal(safety.status, 200)
  const quota = { sku: 'CUP', warehouse: 'GZ', channel: 'shop', granted: 10, reason: '直播专供' }
  assert.deepEqual((await server.call('PUT', '/api/stock/quotas', quota)).body, { leftOver: 10 })
  assert.equal(
    code(await server.call('PUT', '/api/stock/quotas', { ...quota, channel: 'x' })),
    'stock.unknown_channel',
  )
  const all = (await server.call('GET', '/api/stock/quotas?channel=shop')).body as {
    items: { granted: number; channel: { name: string } }[]
  }
  assert.deepEqual(
    all.items.map((one) => [one.granted, one.channel.name]),
    [[10, '旗舰店']],
  )
  const detail = (await server.call('GET', '/api/stock/levels/CUP/GZ')).body as {
    level: Level
    quotas: unknown[]
  }
  assert.deepEqual([detail.level.reserved, detail.level.safety, detail.quotas.length], [10, 5, 1])
  await server.call('PUT', '/api/stock/quotas', { ...quota, granted: 0 })
  assert.deepEqual(((await server.call('GET', '/api/stock/quotas')).body as { items: unknown[] }).items, [])
})

type Hold = {
  id: string
  key: string
  why: string
  overdueSeconds: number
  lines: { open: number }[]
  order: { orderNo: string } | null
}
const holds = async (query: string): Promise<Hold[]> =>
  ((await server.call('GET', `/api/stock/holds${query}`)).body as { items: Hold[] }).items

test('a person reserves and gives back; what others hold is not theirs to give', async () => {
  const wanted = {
    key: 'r1',
    lines: [{ sku: 'CUP', warehouse: 'HZ', quantity: 4 }],
    reason: '展会样品',
    minutes: 60,
  }
  const made = (await server.call('POST', '/api/stock/reservations', wanted)).body as { holdId: string }
  assert.deepEqual((await server.call('POST', '/api/stock/reservations', wanted)).body, made)
  assert.equal(
    code(
      await server.call('POST', '/api/stock/reservations', {
        ...wanted,
        lines: [{ sku: 'CUP', warehouse: 'HZ', quantity: 5 }],
      }),
    ),
    'stock.key_reused',
  )
  const more = { ...wanted, key: 'r2', lines: [{ sku: 'CUP', warehouse: 'HZ', quantity: 9_999 }] }
  assert.equal(
    code(await server.call('POST', '/api/stock/reservations', more)),
    'SKU_NOT_AVAILABLE_IN_WAREHOUSE',
  )
  const release = (id: string) =>
    server.call('POST', `/api/stock/holds/${id}/release`, { reason: '展会取消' })
  assert.equal((await release(made.holdId)).status, 200)
  assert.equal(code(await release(made.holdId)), 'stock.hold_ended_conflict')
  const [sale] = await holds('?ownerKind=api')
  assert.equal(code(await release(sale?.id ?? '')), 'stock.not_a_persons')
  assert.equal(code(await release('999999')), 'stock.hold_not_found')
})

test('holds are found by place, owner, order and deadline, and say why they stand', async () => {
  const id = await seedOrder(server.sql, { orderNo: 'S-2', status: 'cancelled' })
  const owner = { kind: 'order', id: id.toString(), reference: 'S-2' } as const
  await lock('k2', [{ sku: 'CUP', warehouse: 'GZ', quantity: 1 }], owner as never, 1)
  await server.sql`update stock_hold set deadline_at = now() - interval '7 minutes' where key = 'k2'`
  const [over] = await holds('?overdue=1')
  assert.deepEqual([over?.key, over?.why, over?.order?.orderNo], ['k2', 'order_over', 'S-2'])
  assert.ok((over?.overdueSeconds ?? 0) >= 420)
  const keys = async (query: string): Promise<string[]> => (await holds(query)).map((one) => one.key).sort()
  assert.deepEqual(await keys('?state=held&sku=CUP&warehouse=HZ'), ['k1'])
  assert.deepEqual(await keys('?state=held&warehouse=GZ'), ['k2'])
  assert.deepEqual(await keys('?order=S-2'), ['k2'])
  for (const q of ['k2', 'S-2', over?.id ?? '']) assert.deepEqual(await keys(`?q=${q}`), ['k2'], q)
  assert.deepEqual(await keys('?q=nobody'), [])
  const page = (await server.call('GET', '/api/stock/holds?state=held&limit=1')).body as {
    next: string
    items: Hold[]
  }
  const second = (await server.call('GET', `/api/stock/holds?state=held&limit=1&cursor=${page.next}`))
    .body as { items: Hold[] }
  assert.deepEqual([page.items[0]?.key, second.items[0]?.key], ['k2', 'k1'])
  const detail = (await server.call('GET', `/api/stock/holds/${over?.id}`)).body as {
    movements: { locked: number }[]
    order: { orderNo: string }
  }
  assert.deepEqual([detail.movements.map((one) => one.locked), detail.order.orderNo], [[1], 'S-2'])
  const tally = (await server.call('GET', '/api/stock/holds/summary')).body as {
    held: number
    overdue: number
    pieces: number
  }
  assert.deepEqual([tally.held, tally.overdue, tally.pieces], [2, 1, 31])
})

test('an export is the filtered view, its formulas are text, and it comes back as it went', async () => {
  const csv = String((await server.call('POST', '/api/stock/levels/export', { format: 'csv' })).body)
  assert.ok(csv.includes(`"'=POT",HZ,杭州仓,3,0,0,0,3,3,0,`), csv)
  assert.equal(csv.trim().split('\r\n').length, 6)
  const out = String(
    (
      await server.call('POST', '/api/stock/levels/export', {
        format: 'csv',
        filter: { show: 'out' },
        locale: 'en',
      })
    ).body,
  )
  assert.deepEqual(
    out
      .trim()
      .split('\r\n')
      .map((line) => line.split(',')[1]),
    ['Warehouse code', 'HZ', 'OLD'],
  )
  const xlsx = await server.call('POST', '/api/stock/levels/export', { format: 'xlsx' })
  assert.ok(String(xlsx.body).startsWith('PK'))
})

async function upload(text: string): Promise<{ status: number; body: Record<string, unknown> }> {
  const headers = { ...(await server.asKey('stock:write')), 'content-type': 'application/octet-stream' }
  const answer = await server.app.inject({
    method: 'POST',
    url: '/api/stock/import/upload',
    headers,
    payload: text,
  })
  return { status: answer.statusCode, body: answer.json() }
}

async function runJob(id: string): Promise<unknown> {
  const rows = await server.sql<{
    kind: string
    payload: Record<string, unknown>
  }>`select kind, payload from job where id = ${BigInt(id)}`
  const handler = stockImportJobs(desk)[rows[0]?.kind ?? ''] as JobHandler
  const job = { id: BigInt(id), payload: rows[0]?.payload ?? {}, createdBy: 'test' }
  const done = await handler(job as never, async () => undefined)
  return done.ok ? done.value : done.refusal.code
}

test('a file is previewed, taken once however often it is sent, and not at all with an error in it', async () => {
  const bad = await upload(
    'sku,仓库编码,实物,安全库存\nCUP,HZ,120,10\nMUG,NOWHERE,1,\nCUP,HZ,5,\nTIN,OLD,x,\n',
  )
  assert.deepEqual(
    [
      bad.body.changed,
      bad.body.errorCount,
      (bad.body.errors as { row: number; code: string }[]).map((one) => [one.row, one.code]),
    ],
    [
      1,
      3,
      [
        [3, 'stock.row_warehouse_unknown'],
        [4, 'stock.row_repeated'],
        [5, 'stock.row_bad_figure'],
      ],
    ],
  )
  const start = (file: unknown, more = {}) =>
    server.call('POST', '/api/stock/import', {
      file,
      take: ['physical', 'safety'],
      reason: '月度盘点',
      ...more,
    })
  assert.equal(code(await start(bad.body.file)), 'stock.import_has_errors')
  const good = await upload('sku,仓库编码,实物,安全库存\nCUP,HZ,120,10\nNEW,HZ,4,\n')
  assert.deepEqual([good.body.changed, good.body.fresh, good.body.pieces], [2, 1, { up: 24, down: 0 }])
  const begun = (await start(good.body.file)).body as { jobId: string }
  assert.deepEqual(await runJob(begun.jobId), { rows: 2, changed: 2, chunksDoneBefore: 0 })
  await server.call('POST', '/api/stock/adjust', {
    sku: 'NEW',
    warehouse: 'HZ',
    setPhysical: 9,
    reason: 'found more',
  })
  assert.deepEqual((await start(good.body.file)).body, { jobId: begun.jobId, isRepeat: true })
  // A job that was killed and taken over runs again: what it did is not done twice.
  assert.deepEqual(await runJob(begun.jobId), { rows: 2, changed: 0, chunksDoneBefore: 1 })
  const at = async (): Promise<number | undefined> => (await levels('?sku=NEW')).items[0]?.totals.physical
  assert.equal(await at(), 9)
  const again = (await start(good.body.file, { again: 'round two' })).body as { jobId: string }
  assert.notEqual(again.jobId, begun.jobId)
  await runJob(again.jobId)
  assert.equal(await at(), 4)
})

test('a file for a captured warehouse may set safety stock but no count', async () => {
  const file = await upload('sku,warehouse,physical,safety\nCUP,GZ,41,6\n')
  assert.deepEqual((file.body.errors as { code: string }[])[0]?.code, 'stock.row_figures_captured')
  const body = { file: file.body.file, take: ['safety'] }
  const preview = (await server.call('POST', '/api/stock/import/preview', body)).body as {
    errorCount: number
    changed: number
  }
  assert.deepEqual([preview.errorCount, preview.changed], [0, 1])
  const nameless = await upload('a,b\n1,2\n')
  assert.deepEqual([nameless.status, nameless.body.code], [422, 'stock.columns_missing'])
})
