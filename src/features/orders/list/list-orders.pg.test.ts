import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Sql } from '#platform/postgres/database.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { type SeedOrder, seedConnection, seedOrder } from '#test-support/seed-orders.ts'
import { type FilterInput, parseQuestion } from './core/filter.ts'
import { listOrders } from './list-orders.ts'
import { readTextWindow } from './store.ts'
import { listSavedViews, openPresetViews, removeView, saveView } from './views.ts'

let db: FreshDatabase
const NOW = Temporal.Instant.from('2026-01-30T00:00:00Z')
const ZONE = 'Asia/Shanghai'

// Placed an hour apart from midnight UTC of January 25th, o1 first; two share an instant.
const ORDERS: readonly SeedOrder[] = [
  { orderNo: 'o1', status: 'completed', placedAt: '2026-01-25T00:00:00Z', trackingNos: ['SF100', 'SF101'] },
  {
    orderNo: 'o2',
    status: 'awaiting_shipment',
    placedAt: '2026-01-25T01:00:00Z',
    shipBy: '2026-01-29T00:00:00Z',
  },
  {
    orderNo: 'o3',
    status: 'shipped',
    placedAt: '2026-01-25T02:00:00Z',
    shipBy: '2026-01-26T00:00:00Z',
    report: 'refused',
    trackingNos: ['SF300'],
  },
  {
    orderNo: 'o4',
    status: 'awaiting_shipment',
    placedAt: '2026-01-25T03:00:00Z',
    connection: 'other',
    unmatched: 1,
  },
  {
    orderNo: 'o5',
    status: 'awaiting_shipment',
    placedAt: '2026-01-25T03:00:00Z',
    shipBy: '2026-02-01T00:00:00Z',
    title: '纯棉 100% T恤',
  },
  {
    orderNo: 'o6',
    status: 'cancelled',
    placedAt: '2026-01-25T16:00:00Z',
    drift: 1,
    afterSale: 'requested',
    connection: 'other',
  },
  {
    orderNo: 'o7',
    status: 'pending_payment',
    placedAt: '2026-01-25T15:59:59Z',
    buyerNote: '请走 SF300 快递',
  },
]

before(async () => {
  db = await freshDatabase()
  await seedConnection(db.sql, 'shop', '旗舰店')
  for (const order of ORDERS) await seedOrder(db.sql, order)
})
after(async () => await db.close())

/** All order numbers of a question, read in pages of the given size. */
async function numbers(input: FilterInput, limit = 3): Promise<string[]> {
  const question = parseQuestion(input, ZONE, NOW)
  assert.ok(question.ok, JSON.stringify(question))
  const found: string[] = []
  let cursor: string | null = null
  for (let page = 0; page < 20; page += 1) {
    const answer = await listOrders(db.sql, question.value, { cursor, limit })
    assert.ok(answer.ok)
    found.push(...answer.value.rows.map((row) => row.order_no))
    cursor = answer.value.next
    if (cursor === null) return found
  }
  assert.fail('the pages do not end')
}

test('every page size gives the same list, newest first, ties by id', async () => {
  const all = ['o6', 'o7', 'o5', 'o4', 'o3', 'o2', 'o1']
  for (const limit of [1, 2, 3, 7, 50]) assert.deepEqual(await numbers({}, limit), all)
  assert.deepEqual(await numbers({ sort: 'sortAt' }, 2), [...all].reverse())
})

test('filters by status, shop, report state and marks, alone and together', async () => {
  assert.deepEqual(await numbers({ status: ['awaiting_shipment', 'completed'] }, 1), ['o5', 'o4', 'o2', 'o1'])
  assert.deepEqual(await numbers({ status: 'awaiting_shipment,completed', connection: 'shop' }, 1), [
    'o5',
    'o2',
    'o1',
  ])
  assert.deepEqual(await numbers({ connection: ['other', 'shop'], status: 'awaiting_shipment' }, 1), [
    'o5',
    'o4',
    'o2',
  ])
  assert.deepEqual(await numbers({ report: 'refused' }), ['o3'])
  assert.deepEqual(await numbers({ report: ['refused', 'unknown'], status: 'completed' }), [])
  assert.deepEqual(await numbers({ drift: '1' }), ['o6'])
  assert.deepEqual(await numbers({ drift: 1, status: 'shipped' }), [])
  assert.deepEqual(await numbers({ unmatched: true }), ['o4'])
  assert.deepEqual(await numbers({ afterSale: 'true' }), ['o6'])
  assert.deepEqual(await numbers({ view: 'cancelled_shipped' }), ['o6'])
})

test('a day is a day of the hub zone: 16:00Z is already the next one in Shanghai', async () => {
  assert.deepEqual(await numbers({ from: '2026-01-26' }), ['o6'])
  assert.deepEqual(await numbers({ from: '2026-01-25', to: '2026-01-25' }), [
    'o7',
    'o5',
    'o4',
    'o3',
    'o2',
    'o1',
  ])
  assert.deepEqual(await numbers({ from: '2026-01-25T02:00:00Z', to: '2026-01-25T03:00:00Z' }), ['o3'])
})

test('by deadline: earliest first, those without one after all others, newest first', async () => {
  for (const limit of [1, 2, 3, 50]) {
    assert.deepEqual(await numbers({ sort: 'shipBy' }, limit), ['o3', 'o2', 'o5', 'o6', 'o7', 'o4', 'o1'])
    assert.deepEqual(await numbers({ sort: '-shipBy' }, limit), ['o5', 'o2', 'o3', 'o6', 'o7', 'o4', 'o1'])
  }
  assert.deepEqual(await numbers({ view: 'overdue' }), ['o2'])
  assert.deepEqual(await numbers({ view: 'overdue', sort: '-sortAt' }), ['o2'])
})

test('pasted numbers are looked up exactly, order and tracking numbers alike', async () => {
  assert.deepEqual(await numbers({ q: 'o1, sf300;o5\nnothing' }), ['o5', 'o3', 'o1'])
  assert.deepEqual(await numbers({ q: 'SF101' }), ['o1'], 'the second parcel finds the order too')
  assert.deepEqual(await numbers({ q: 'SF101 o5', status: 'completed' }), ['o1'])
})

test('words are looked for in numbers, titles and notes; % and _ are just characters', async () => {
  assert.deepEqual(await numbers({ q: '纯棉' }), ['o5'])
  assert.deepEqual(await numbers({ q: 't恤' }), ['o5'])
  assert.deepEqual(await numbers({ q: '快递' }), ['o7'])
  assert.deepEqual(await numbers({ q: '0%' }), ['o5'])
  assert.deepEqual(await numbers({ q: '保_杯' }), [])
  assert.deepEqual(await numbers({ q: '保温', status: 'awaiting_shipment' }, 1), ['o4', 'o2'])
})

test('a thousand numbers are taken, one more is refused', () => {
  const many = Array.from({ length: 1_001 }, (_, i) => `n${i}`)
  assert.ok(parseQuestion({ q: many.slice(1).join('\n') }, ZONE, NOW).ok)
  const refused = parseQuestion({ q: many.join('\n') }, ZONE, NOW)
  assert.ok(!refused.ok && refused.refusal.code === 'orders.too_many_numbers')
})

test('what cannot be understood is refused by its code', () => {
  const codeOf = (input: FilterInput): string => {
    const question = parseQuestion(input, ZONE, NOW)
    return question.ok ? 'none' : question.refusal.code
  }
  assert.equal(codeOf({ view: 'nonsense' }), 'orders.unknown_view')
  assert.equal(codeOf({ status: 'nonsense' }), 'orders.unknown_status')
  assert.equal(codeOf({ sort: 'payable' }), 'orders.unknown_sort')
  assert.equal(codeOf({ from: '2026-13-01' }), 'orders.bad_time')
  assert.equal(codeOf({ from: '2026-01-25T00:00:00' }), 'orders.bad_time', 'no offset, no instant')
})

test('a cursor of another sort is refused', async () => {
  const question = parseQuestion({}, ZONE, NOW)
  const other = parseQuestion({ sort: 'sortAt' }, ZONE, NOW)
  assert.ok(question.ok && other.ok)
  const page = await listOrders(db.sql, question.value, { cursor: null, limit: 1 })
  assert.ok(page.ok && page.value.next !== null)
  const wrong = await listOrders(db.sql, other.value, { cursor: page.value.next, limit: 1 })
  assert.ok(!wrong.ok && wrong.refusal.code === 'http.bad_cursor')
})

const ANN = { id: 'ann', shops: null }

test('views count from the counters or the orders; saved ones belong to their owner', async () => {
  const deps = { sql: db.sql, clock: { now: () => NOW }, zone: () => ZONE }
  const saved = await saveView(deps, ANN, {
    name: '未发',
    filter: { status: ['awaiting_shipment'], connection: 'shop' },
    shared: false,
  })
  assert.ok(saved.ok && saved.value.count === 2)
  const twice = await saveView(deps, ANN, { name: '未发', filter: {}, shared: false })
  assert.ok(!twice.ok && twice.refusal.code === 'orders.view_exists')
  const presets = await openPresetViews(deps)(null)
  const mine = await listSavedViews(deps, ANN)
  const counts = Object.fromEntries(presets.map((view) => [view.id, view.count]))
  assert.deepEqual(
    [
      counts.all,
      counts.awaiting_shipment,
      counts.shipped,
      counts.report_refused,
      counts.drift,
      counts.overdue,
      counts.after_sale,
    ],
    [7, 3, 1, 1, 1, 1, 1],
  )
  assert.deepEqual(
    mine.map((view) => view.zh),
    ['未发'],
  )
  assert.deepEqual(await listSavedViews(deps, { ...ANN, id: 'bob' }), [])
  const other = await openPresetViews(deps)(['other'])
  assert.equal(other.find((view) => view.id === 'all')?.count, 2)
  const [narrowed] = await listSavedViews(deps, { ...ANN, shops: ['other'] })
  assert.equal(narrowed?.count, 0, 'a view of a shop that is not theirs holds nothing')
  const id = BigInt(saved.ok ? saved.value.id : 0)
  assert.equal((await removeView(deps, 'bob', id)).ok, false)
  assert.equal((await removeView(deps, 'ann', id)).ok, true)
})

test('a text is looked for a bounded stretch at a time, and the next stretch begins where the last one ended', async () => {
  const question = parseQuestion({}, ZONE, NOW)
  assert.ok(question.ok)
  const { filter } = question.value
  const stretch = { filter, sort: '-sortAt', part: 'undated', after: null, limit: 10, ids: null } as const
  const first = await readTextWindow(db.sql, stretch, '100%', 2)
  assert.deepEqual([first.hits.length, first.scanned], [0, 2], 'o6 and o7 do not hold it')
  assert.ok(first.end !== null)
  const after = { part: 'undated', at: first.end.sort_at.toString(), id: first.end.id } as const
  const second = await readTextWindow(db.sql, { ...stretch, after }, '100%', 2)
  assert.deepEqual([second.hits.length, second.scanned], [1, 2], 'o5 does')
})

test('where all orders are in one status a list of another reads none of them, and a next page only its own', async () => {
  const fresh = await freshDatabase()
  try {
    await seedConnection(fresh.sql, 'shop')
    await seedOrder(fresh.sql, { orderNo: 'n0' })
    await fresh.sql`
      insert into sales_order (connection_id, order_no, status, item_count, parcel_count, unmatched_lines, drift_count, after_sale,
        report, sort_at, record, digest)
      select connection_id, 'n' || n, status, item_count, 0, 0, 0, after_sale, report, sort_at, record, digest
      from sales_order, generate_series(1, 10_000) n`
    await fresh.sql`analyze sales_order`
    const list = async (status: string | readonly string[], cursor: string | null, sort: string) => {
      const question = parseQuestion({ status, sort }, ZONE, NOW)
      assert.ok(question.ok)
      return await fresh.sql.begin(async (tx) => {
        const before = await rowsRead(tx)
        const answer = await listOrders(tx, question.value, { cursor, limit: 20 })
        assert.ok(answer.ok)
        return { ...answer.value, read: (await rowsRead(tx)) - before }
      })
    }
    for (const sort of ['sortAt', '-sortAt', 'shipBy', '-shipBy']) {
      for (const others of ['in_transit', ['in_transit', 'delivered', 'completed']]) {
        const none = await list(others, null, sort)
        assert.deepEqual([none.rows.length, none.read], [0, 0], `${sort} ${others}`)
      }
      const first = await list('awaiting_shipment', null, sort)
      const second = await list('awaiting_shipment', first.next, sort)
      assert.equal(second.rows.length, 20)
      assert.ok(first.read + second.read < 200, `${sort}: ${first.read} and ${second.read} were read`)
    }
  } finally {
    await fresh.close()
  }
})

/** Of the orders, by this connection, since the server last counted. */
async function rowsRead(tx: Sql): Promise<number> {
  const [row] = await tx<{ read: bigint }>`
    select seq_tup_read + idx_tup_fetch as read from pg_stat_xact_user_tables where relname = 'sales_order'`
  return Number(row?.read ?? 0n)
}
