import assert from 'node:assert/strict'
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { file as fileChannel } from '#connectors/channels/file/index.ts'
import type { FactKind } from '#domain/fact.ts'
import type { FileTemplate } from '#domain/file-order.ts'
import type { InterpretDeps } from '#features/intake/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { ok } from '#kernel/result.ts'
import { JobCancelled } from '#platform/jobs/runner.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { TEST_ADMIN } from '#test-support/actor.ts'
import { interpretAny, type TestHub, testHub } from '#test-support/pipeline.ts'
import { emptyTables, type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import type { Tally } from './core/tally.ts'
import type { ImportDeps } from './deps.ts'
import { openFileStore } from './files/file-store.ts'
import { receiveUpload } from './receive-upload.ts'
import { importHandler } from './run-import.ts'
import { startImport } from './start-import.ts'
import { readErrors } from './store.ts'

const OLIST = fileURLToPath(new URL('../../../../shared/data/olist-orders-5k.csv', import.meta.url))
const TEMPLATE_FILE = fileURLToPath(new URL('../../../docs/guides/olist-template.json', import.meta.url))
const olistTemplate = JSON.parse(readFileSync(TEMPLATE_FILE, 'utf8')) as FileTemplate

const dir = mkdtempSync(join(tmpdir(), 'holdfast-imports-'))
let db: FreshDatabase
let hub: TestHub
let deps: ImportDeps
let rules: Map<string, FactKind | 'none'>

const TABLES =
  `fact order_key sales_order order_subject order_register order_line drift order_tally outbox_intent inbox_key inbox_task
inbox_message inbox_subject mapping_unknown journal job import_file import_run import_row import_error import_order import_template`.split(
    /\s/,
  )

before(async () => {
  db = await freshDatabase({ connections: 6 })
  await ensurePartitions(db.sql, Temporal.Now.plainDateISO('UTC'))
})
beforeEach(async () => {
  await emptyTables(db.sql, TABLES)
  rules = new Map(fileChannel.codes.map((entry) => [entry.code, entry.fact]))
  hub = testHub(db.sql, { shop: fileChannel })
  deps = {
    db: db.sql,
    clock: systemClock,
    files: openFileStore(dir, systemClock),
    intake: hub.intake,
    onAccepted: () => undefined,
    onQueued: () => undefined,
    read: fileChannel.read,
    connectionOf: (id) => (id === 'shop' ? { name: 'shop', paused: false } : null),
    rulesFor: () => rules,
    publishStatuses: async (_, template) => {
      for (const [word, fact] of Object.entries(template.statusMap)) rules.set(`status:${word}`, fact)
      return ok({ added: Object.keys(template.statusMap), kept: [] })
    },
  }
})
after(async () => {
  await db.close()
  rmSync(dir, { recursive: true, force: true })
})

async function upload(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const uploaded = await receiveUpload(deps, { bytes, name: 'x.csv', by: 'tester', zone: 'UTC' })
  assert.ok(uploaded.ok, JSON.stringify(uploaded))
  return uploaded.value.fileId
}
async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text)
}

type Figures = Tally & { statusUnknown: { code: string; orders: number }[] }
type Ran = { readonly figures: Figures; readonly run: bigint }

/** Starts a run and carries it out; `stopAfter` ends the process's part after so many marks, as a kill would. */
async function start(fileId: string, template: object, dryRun = false): Promise<bigint> {
  const asked = { fileId, connectionId: 'shop', template: template as FileTemplate }
  const started = await startImport(deps, asked, dryRun, TEST_ADMIN)
  assert.ok(started.ok, JSON.stringify(started))
  const [row] = await db.sql<{
    id: bigint
  }>`select id from import_run where job_id = ${BigInt(started.value.jobId)}`
  return row?.id ?? 0n
}
class Killed extends Error {}
async function carryOn(run: bigint, stopAfter = Number.POSITIVE_INFINITY): Promise<Ran> {
  let marks = 0
  const job = {
    id: 1n,
    kind: '',
    payload: { run: String(run) },
    progress: 0n,
    total: null,
    attempts: 1,
    createdBy: '',
  }
  const result = await importHandler(deps)(job, async () => {
    marks += 1
    if (marks > stopAfter) throw new Killed()
  })
  assert.ok(result.ok, JSON.stringify(result))
  return { figures: result.value as Figures, run }
}
async function importText(text: string, template: object, dryRun = false): Promise<Ran> {
  return await carryOn(await start(await upload(once(text)), template, dryRun))
}
const interpret = (): InterpretDeps => ({ ...hub.deps(), rulesFor: () => rules })
async function drain(): Promise<void> {
  while ((await interpretAny(interpret(), 500)) > 0);
}
const rowsOf = async (text: string): Promise<Record<string, unknown>[]> => await db.sql.raw(text)
const pick = (figures: Figures, ...names: (keyof Tally)[]) => names.map((name) => figures[name])
/** Everything that an import may change, as text. */
async function state(): Promise<string> {
  const parts = await Promise.all(
    [
      `select order_no, status, placed_at, paid_at, shipped_at, delivered_at, ship_by, payable_minor, item_count, parcel_count,
        drift_count, encode(digest, 'hex') as digest from sales_order order by order_no`,
      'select subject, id, kind, at, at_raw, code, detail from fact order by subject, id',
      'select order_id, field, cause, since, until, claims from drift order by order_id, field',
      'select order_id, part, version, encode(hash, $$hex$$) as hash from order_register order by order_id, part',
    ].map(rowsOf),
  )
  return JSON.stringify(parts, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
}

test('IM1 IM4 IM5: real orders: all of them, every time known or flagged, 74 that run backwards, and a second import changes nothing', {
  skip: existsSync(OLIST) ? false : 'the data set ../shared/data/olist-orders-5k.csv is not here',
}, async () => {
  const fileId = await upload(createReadStream(OLIST))
  const dry = await carryOn(await start(fileId, olistTemplate, true))
  assert.deepEqual(
    pick(dry.figures, 'rows', 'orders', 'valid', 'errors', 'created'),
    [4998, 4998, 4998, 0, 4998],
  )
  assert.deepEqual(await rowsOf('select 1 from inbox_message limit 1'), [], 'a dry run changes nothing')
  const first = await carryOn(await start(fileId, olistTemplate))
  assert.deepEqual(pick(first.figures, 'created', 'changed', 'unchanged', 'errors'), [4998, 0, 0, 0])
  assert.deepEqual(first.figures.statusUnknown, [])
  await drain()
  const statuses = await rowsOf(
    'select status, count(*)::int as count from sales_order group by 1 order by 1',
  )
  // README of the data: 4,856 delivered, 61 shipped, 25 canceled, 24 unavailable, 20 processing, 12 invoiced.
  assert.deepEqual(statuses, [
    { status: 'awaiting_shipment', count: 32 },
    { status: 'cancelled', count: 25 },
    { status: 'delivered', count: 4856 },
    { status: 'on_hold', count: 24 },
    { status: 'shipped', count: 61 },
  ])
  assert.deepEqual(await rowsOf('select field, count(*)::int as count from drift group by 1'), [
    { field: 'times', count: 74 },
  ])
  // Filled cells of the four columns, counted in the file.
  const facts = await rowsOf(
    `select code, count(*)::int as count, count(at)::int as known from fact where code like 'column:%' group by 1 order by 1`,
  )
  assert.deepEqual(facts, [
    { code: 'column:delivered', count: 4856, known: 4856 },
    { code: 'column:handed_over', count: 4920, known: 4920 },
    { code: 'column:paid', count: 4988, known: 4988 },
    { code: 'column:placed', count: 4998, known: 4998 },
  ])
  const before = await state()
  const second = await carryOn(await start(fileId, olistTemplate))
  await drain()
  assert.deepEqual(pick(second.figures, 'created', 'changed', 'unchanged'), [0, 0, 4998])
  assert.deepEqual(
    await rowsOf('select verdict, count(*)::int as count from inbox_message group by 1 order by 1'),
    [
      { verdict: 'accepted', count: 4998 },
      { verdict: 'duplicate', count: 4998 },
    ],
  )
  assert.equal(await state(), before)
})

const HEAD =
  'order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date\n'

test('the hour that was skipped and the hour that came twice are flagged by row and column, and imported', async () => {
  const text = `${HEAD}gap,c1,shipped,10/15/2017 0:30,10/15/2017 1:00,10/16/2017 9:00,,10/15/2017 0:00
twice,c2,delivered,2/17/2018 22:59,2/17/2018 23:30,2/18/2018 0:00,2/20/2018 10:00,3/1/2018 0:00
`
  const { figures, run } = await importText(text, olistTemplate)
  assert.deepEqual(pick(figures, 'orders', 'valid', 'errors', 'flagged', 'created'), [2, 2, 0, 3, 2])
  const told = await readErrors(db.sql, run, null, 10)
  assert.deepEqual(
    told.map(({ row_no, column_name, value, code }) => [row_no, column_name, value, code]),
    [
      [2, 'order_estimated_delivery_date', '10/15/2017 0:00', 'imports.time_flagged'],
      [2, 'order_purchase_timestamp', '10/15/2017 0:30', 'imports.time_flagged'],
      [3, 'order_approved_at', '2/17/2018 23:30', 'imports.time_flagged'],
    ],
  )
  await drain()
  const times = await db.sql<{ at: Temporal.Instant | null; at_raw: string }>`
    select at, at_raw from fact where code like 'column:%' order by at_raw`
  // -03:00 before 15 October 2017, -02:00 until 18 February 2018 00:00, when the clocks go back an hour; -03:00 after.
  assert.deepEqual(
    times.map((one) => `${one.at_raw} ${one.at?.toString() ?? 'flagged'}`),
    [
      '10/15/2017 0:30 flagged',
      '10/15/2017 1:00 2017-10-15T03:00:00Z',
      '10/16/2017 9:00 2017-10-16T11:00:00Z',
      '2/17/2018 22:59 2018-02-18T00:59:00Z',
      '2/17/2018 23:30 flagged',
      '2/18/2018 0:00 2018-02-18T03:00:00Z',
      '2/20/2018 10:00 2018-02-20T13:00:00Z',
    ],
  )
})

const SHOP: FileTemplate = {
  name: 'shop',
  target: 'orders',
  zone: 'Asia/Shanghai',
  dateFormat: '',
  currency: 'CNY',
  columns: {
    order_no: { column: '订单号' },
    status: { column: '状态' },
    paid: { column: '付款时间' },
    sku: { column: '编码' },
    quantity: { column: '数量' },
    total: { column: '实付' },
    address: { column: '地址' },
  },
  statusMap: { 待发货: 'none' },
}
const SHOP_HEAD = '订单号,状态,付款时间,编码,数量,实付,地址\n'

test('IM3: rows of one order come together from anywhere in the file; a bad row keeps its order out and no other', async () => {
  const { figures, run } = await importText(
    `${SHOP_HEAD}A1,待发货,2026-01-02 10:00:00,S1,2,30.00,甲
A2,待发货,2026-01-02 10:00:00,S1,none,10.00,乙
A3,预售,yesterday?,S1,1,10.00,丙
A1,待发货,2026-01-02 10:00:00,S2,1,30.00,甲
,待发货,2026-01-02 10:00:00,S2,1,30.00,甲
A2,待发货,2026-01-02 10:00:00,S2,1,10.005,乙
A4,预售,2026-01-02 11:00:00,S2,1,10.00,丁
A2,待发货,2026-01-02 10:00:00,S3,1,10.00,乙
5.20E+17,待发货,2026-01-02 10:00:00,S3,1,10.00,乙
`,
    SHOP,
  )
  assert.deepEqual(
    pick(figures, 'rows', 'orders', 'valid', 'errors', 'withheld', 'created'),
    [9, 5, 3, 5, 1, 2],
  )
  assert.deepEqual(figures.statusUnknown, [{ code: 'status:预售', orders: 1 }])
  const told = await readErrors(db.sql, run, null, 20)
  assert.deepEqual(
    told.map(({ row_no, column_name, value, code }) => [row_no, column_name, value, code]),
    [
      [3, '数量', 'none', 'file.bad_quantity'],
      [4, '付款时间', 'yesterday?', 'file.bad_time'],
      [6, '订单号', '', 'imports.no_order_no'],
      [7, '实付', '10.005', 'file.rows_disagree'],
      [9, '订单号', 'A2', 'imports.order_withheld'],
      [10, '订单号', '5.20E+17', 'file.number_rounded'],
    ],
  )
  await drain()
  const orders = await rowsOf(
    'select order_no, status, item_count, payable_minor::int as payable from sales_order order by 1',
  )
  assert.deepEqual(orders, [
    { order_no: 'A1', status: 'awaiting_shipment', item_count: 3, payable: 3000 },
    { order_no: 'A4', status: 'awaiting_shipment', item_count: 1, payable: 1000 },
  ])
  assert.deepEqual(await rowsOf('select park_code, park_detail from inbox_task'), [
    { park_code: 'mapping.unknown_code', park_detail: 'status:预售' },
  ])
})

test('a row that was cut short keeps its order out, wherever its other rows stand; so does a cell too long', async () => {
  const { figures, run } = await importText(
    `${SHOP_HEAD}A1,待发货,2026-01-02 10:00:00,S1,2,30.00,甲
A2,待发货,2026-01-02 10:00:00,S1,1,10.00,乙,,
A3,待发货,2026-01-02 10:00:00,S1,1,10.00,丙,x
A4,待发货,2026-01-02 10:00:00,S1,1,10.00,${'x'.repeat(32_768)}
A4,待发货,2026-01-02 10:00:00,S2,1,10.00,丁
"A
5",待发货,2026-01-02 10:00:00,S1,1,10.00,戊
${'6'.repeat(201)},待发货,2026-01-02 10:00:00,S1,1,10.00,己
${'7'.repeat(200)},待发货,2026-01-02 10:00:00,S1,1,10.00,庚

A1,待发货,2026-01-02 10:00:00,S2`,
    SHOP,
  )
  assert.deepEqual(
    pick(figures, 'rows', 'orders', 'valid', 'errors', 'withheld', 'created'),
    [9, 5, 2, 5, 2, 2],
  )
  const told = await readErrors(db.sql, run, null, 20)
  assert.deepEqual(
    told.map(({ row_no, code }) => [row_no, code]),
    [
      [2, 'imports.order_withheld'],
      [4, 'imports.wrong_cell_count'],
      [5, 'imports.cell_too_long'],
      [6, 'imports.order_withheld'],
      [7, 'order_no.bad_character'],
      [8, 'order_no.too_long'],
      [11, 'imports.wrong_cell_count'],
    ],
  )
  await drain()
  assert.deepEqual(await rowsOf('select order_no from sales_order order by 1'), [
    { order_no: '7'.repeat(200) },
    { order_no: 'A2' },
  ])
})

test('a changed row is a new version; the older file imported once more does not win', async () => {
  const version = (address: string) => `${SHOP_HEAD}A1,待发货,2026-01-02 10:00:00,S1,2,30.00,${address}\n`
  const [old, young] = [version('旧地址'), version('新地址')]
  const counts = async (text: string) =>
    pick((await importText(text, SHOP)).figures, 'created', 'changed', 'unchanged')
  assert.deepEqual(await counts(old), [1, 0, 0])
  assert.deepEqual(await counts(young), [0, 1, 0])
  await drain()
  const before = await state()
  assert.deepEqual(await counts(old), [0, 0, 1])
  // Another file with the old row in it, and the inbox no longer knows the message.
  await db.sql.raw('truncate inbox_key')
  assert.deepEqual(await counts(`${old}A9,待发货,2026-01-02 10:00:00,S1,2,30.00,x\n`), [1, 0, 1])
  await drain()
  const registers = (text: string) => JSON.stringify((JSON.parse(text) as unknown[][])[3]?.slice(0, 3))
  assert.equal(registers(await state()), registers(before))
})

test('an export that knows less of an order does not win over one that knows more, whichever comes first', async () => {
  const row = (paid: string, address: string) => `${SHOP_HEAD}A1,待发货,${paid},S1,2,30.00,${address}\n`
  const winner = async () =>
    (await rowsOf(`select version from order_register where part = 'recipient'`))[0]?.version
  await importText(row('2026-01-02 10:00:00', 'later'), SHOP)
  await drain()
  const before = await winner()
  await importText(row('', 'earlier'), SHOP)
  await drain()
  assert.equal(await winner(), before)
})

test('IM2: killed anywhere, the run goes on and ends as if nothing had happened', async () => {
  const lines = Array.from(
    { length: 5_000 },
    (_, i) => `A${i % 2_500},待发货,2026-01-02 10:00:00,S${i},1,30.00,${i % 97 === 0 ? '' : '地址'}`,
  )
  const fileId = await upload(once(`${SHOP_HEAD}${lines.join('\n')}\n`))
  const run = await start(fileId, SHOP)
  // Some orders of a page are in the inbox, some are not, and the page has been counted.
  let keeps = 0
  const breaking = (arrival: Parameters<typeof hub.intake.keep>[0]) => {
    keeps += 1
    return keeps % 1_300 === 0 ? Promise.reject(new Killed()) : hub.intake.keep(arrival)
  }
  deps = { ...deps, intake: { ...hub.intake, keep: breaking } }
  let kills = 0
  for (let stopAfter = 1; ; stopAfter += 1) {
    const ran = await carryOn(run, stopAfter === 4 ? 1 : stopAfter).catch((error: unknown) => {
      assert.ok(error instanceof Killed, String(error))
      return null
    })
    if (ran === null) {
      kills += 1
      continue
    }
    assert.deepEqual(
      pick(ran.figures, 'rows', 'orders', 'valid', 'created', 'unchanged'),
      [5000, 2500, 5000, 2500, 0],
    )
    break
  }
  assert.ok(kills >= 3, `${kills} kills`)
  await drain()
  assert.deepEqual(
    await rowsOf('select count(*)::int as orders, sum(item_count)::int as items from sales_order'),
    [{ orders: 2500, items: 5000 }],
  )
  assert.deepEqual(await rowsOf('select 1 from import_row limit 1'), [])
  assert.deepEqual((await carryOn(run)).figures.created, 2500, 'a run that is over answers its result')
})

test('a cancelled run leaves no staged rows behind, and begins anew when it is resumed', async () => {
  const run = await start(await upload(once(`${SHOP_HEAD}A1,待发货,,S1,1,1.00,x\n`)), SHOP)
  const job = {
    id: 1n,
    kind: '',
    payload: { run: String(run) },
    progress: 0n,
    total: null,
    attempts: 1,
    createdBy: '',
  }
  let marks = 0
  await assert.rejects(
    importHandler(deps)(job, async () => {
      marks += 1
      if (marks === 2) throw new JobCancelled()
    }),
    JobCancelled,
  )
  assert.deepEqual(await rowsOf('select 1 from import_row'), [])
  const resumed = await carryOn(run)
  assert.deepEqual(pick(resumed.figures, 'rows', 'orders', 'created'), [1, 1, 1])
})

test('IM1: imported twice, shuffled and in pieces, the orders are the same', async () => {
  const cell = fc.constantFrom('S1', 'S2', 'S3')
  const line = fc
    .record({ no: fc.nat(5), sku: cell, quantity: fc.integer({ min: 1, max: 3 }), paid: fc.boolean() })
    .map(
      ({ no, sku, quantity, paid }) =>
        `A${no},待发货,${paid ? '2026-01-02 10:00:00' : ''},${sku},${quantity},,addr`,
    )
  await fc.assert(
    fc.asyncProperty(
      fc.array(line, { minLength: 1, maxLength: 12 }),
      fc.infiniteStream(fc.nat()),
      async (lines, noise) => {
        await emptyTables(db.sql, TABLES)
        const first = await importText(`${SHOP_HEAD}${lines.join('\n')}\n`, SHOP)
        await drain()
        const before = await state()
        const shuffled = lines
          .map((text) => [noise.next().value ?? 0, text] as const)
          .toSorted(([a], [b]) => a - b)
          .map(([, text]) => text)
        const second = await importText(`${SHOP_HEAD}\n${shuffled.join('\n')}\n`, SHOP)
        await drain()
        assert.deepEqual(pick(second.figures, 'created', 'changed'), [0, 0])
        assert.equal(second.figures.unchanged, first.figures.created)
        assert.equal(await state(), before)
      },
    ),
    { numRuns: 15 },
  )
})
