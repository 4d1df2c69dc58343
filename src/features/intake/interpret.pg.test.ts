import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { interpretAny, type TestHub, testConnector, testHub } from '#test-support/pipeline.ts'
import { emptyTables, type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { PoisonedBatch } from './interpret.ts'
import { previewReplay, replay } from './replay.ts'

const SHOP = testConnector(
  'shop',
  'channel',
  { placed: 'placed', paid: 'paid', dispatched: 'dispatched', cancelled: 'cancelled' },
  true,
)
const STATION = testConnector('station', 'warehouse', { printed: 'waybill_issued' })
const CARRIER = testConnector('carrier', 'carrier', { picked: 'picked_up', signed: 'delivered' })

let db: FreshDatabase
let hub: TestHub
before(async () => {
  db = await freshDatabase({ connections: 8 })
  await ensurePartitions(db.sql, Temporal.Now.plainDateISO('UTC'))
})
beforeEach(async () => {
  await emptyTables(db.sql, [
    'fact',
    'order_key',
    'sales_order',
    'order_subject',
    'order_register',
    'order_line',
    'drift',
    'order_tally',
    'outbox_intent',
    'inbox_key',
    'inbox_task',
    'inbox_message',
    'inbox_subject',
    'mapping_unknown',
    'journal',
  ])
  hub = testHub(db.sql, { shop: SHOP, other: SHOP, station: STATION, carrier: CARRIER })
})
after(() => db.close())

const order = (no: string, code: string, minute: number) => ({ by: 'order' as const, no, code, minute })
const printed = (no: string, parcel: string, minute: number) => ({
  by: 'reference' as const,
  no,
  code: 'printed',
  minute,
  parcel,
})
const statuses = async (): Promise<string[]> =>
  (
    await db.sql<{
      order_no: string
      connection_id: string
      status: string
    }>`select * from sales_order order by connection_id, order_no`
  ).map((row) => `${row.connection_id}/${row.order_no} ${row.status}`)

test('OS12: a printed waybill moves the order on and makes one intent, however often it comes', async () => {
  await hub.send('shop', { key: '1', claims: [order('A1', 'placed', 0), order('A1', 'paid', 1)] })
  await hub.drain()
  assert.deepEqual(await statuses(), ['shop/A1 awaiting_shipment'])
  assert.equal(await hub.send('station', { key: 'w', claims: [printed('A1', 'T1', 5)] }), 'accepted')
  assert.equal(await hub.send('station', { key: 'w', claims: [printed('A1', 'T1', 5)] }), 'duplicate')
  await hub.send('station', { key: 'w2', claims: [printed('A1', 'T1', 5)] })
  await hub.drain()
  assert.deepEqual(await statuses(), ['shop/A1 shipped'])
  const intents = await db.sql<{ key: string; state: string }>`select key, state from outbox_intent`
  assert.deepEqual(intents, [{ key: 'report_shipment:shop:A1:T1', state: 'pending' }])
  const [row] = await db.sql<{
    report: string
    facts: bigint
  }>`select report, (select count(*) from fact) as facts from sales_order`
  assert.deepEqual(row, { report: 'due', facts: 3n })
})

test('OS13: scans that come before the waybill, and before the order, count once both are there', async () => {
  await hub.send('carrier', {
    key: 's',
    claims: [{ by: 'parcel', no: 'T1', code: 'picked', minute: 9, parcel: 'T1' }],
  })
  await hub.drain()
  await hub.send('station', { key: 'w', claims: [printed('A1', 'T1', 5)] })
  await hub.drain()
  assert.deepEqual(await statuses(), [])
  await hub.send('shop', { key: '1', claims: [order('A1', 'paid', 1)] })
  await hub.drain()
  assert.deepEqual(await statuses(), ['shop/A1 picked_up'])
})

test('OS14: a quoted number that two shops share belongs to neither', async () => {
  await hub.send('shop', { key: '1', claims: [order('A1', 'paid', 1)] })
  await hub.send('station', { key: 'w', claims: [printed('A1', 'T1', 5)] })
  await hub.drain()
  assert.deepEqual(await statuses(), ['shop/A1 shipped'])
  await hub.send('other', { key: '2', claims: [order('A1', 'paid', 1)] })
  await hub.drain()
  assert.deepEqual(await statuses(), ['other/A1 awaiting_shipment', 'shop/A1 awaiting_shipment'])
  assert.deepEqual(await db.sql`select key from outbox_intent`, [])
})

test('OS14: the intent of an ended order is taken back too, once its number turns out to be shared', async () => {
  await hub.send('other', { key: '1', claims: [order('A1', 'cancelled', 1)] })
  await hub.send('station', { key: 'w', claims: [printed('A1', 'T1', 5)] })
  await hub.drain()
  assert.equal((await db.sql`select key from outbox_intent`).length, 1)
  await hub.send('shop', { key: '2', claims: [order('A1', 'paid', 1)] })
  await hub.drain()
  assert.deepEqual(await db.sql`select key from outbox_intent`, [])
})

test('OS11: an unknown code parks the message, is counted, and the rest of the message counts', async () => {
  await hub.send('shop', { key: '1', claims: [order('A1', 'paid', 1), order('A1', 'consignment', 2)] })
  await hub.send('shop', { key: '2', claims: [order('A2', 'consignment', 2)] })
  await hub.drain()
  assert.deepEqual(await statuses(), ['shop/A1 awaiting_shipment'])
  const parked = await db.sql<{
    park_code: string
    park_detail: string
  }>`select park_code, park_detail from inbox_task where state = 'parked'`
  assert.deepEqual(parked, [
    { park_code: 'mapping.unknown_code', park_detail: 'consignment' },
    { park_code: 'mapping.unknown_code', park_detail: 'consignment' },
  ])
  const [unknown] = await db.sql<{ code: string; seen: bigint }>`select code, seen from mapping_unknown`
  assert.deepEqual(unknown, { code: 'consignment', seen: 2n })
})

test('a decided code takes effect by replay, and the preview says so beforehand without changing anything', async () => {
  await hub.send('shop', { key: '1', claims: [order('A1', 'paid', 1), order('A1', 'consignment', 2)] })
  await hub.drain()
  const rules = new Map<string, 'paid' | 'dispatched'>([
    ['paid', 'paid'],
    ['consignment', 'dispatched'],
  ])
  const preview = await previewReplay(hub.deps(), { parkCode: 'mapping.unknown_code' }, () => rules)
  assert.deepEqual(
    preview.orders.map(({ orderNo, from, to, factsAdded }) => [orderNo, from, to, factsAdded]),
    [['A1', 'awaiting_shipment', 'shipped', 1]],
  )
  assert.deepEqual([preview.messages, preview.unknownLeft, preview.stillParked], [1, [], []])
  assert.deepEqual(await statuses(), ['shop/A1 awaiting_shipment'])
  assert.equal(await replay(hub.deps(), { parkCode: 'mapping.unknown_code' }), 1)
  await interpretAny({ ...hub.deps(), rulesFor: () => rules }, 10)
  assert.deepEqual(await statuses(), ['shop/A1 shipped'])
  assert.deepEqual(await db.sql`select 1 from inbox_task`, [])
})

test('a mapping that reads a code differently changes the fact, and "none" takes it back', async () => {
  await hub.send('shop', { key: '1', claims: [order('A1', 'paid', 1), order('A1', 'dispatched', 2)] })
  await hub.drain()
  const replayWith = async (fact: 'picked_up' | 'none'): Promise<void> => {
    await replay(hub.deps(), {})
    await interpretAny(
      {
        ...hub.deps(),
        rulesFor: () =>
          new Map<string, 'paid' | 'picked_up' | 'none'>([
            ['paid', 'paid'],
            ['dispatched', fact],
          ]),
      },
      10,
    )
  }
  await replayWith('picked_up')
  assert.deepEqual(await statuses(), ['shop/A1 picked_up'])
  await replayWith('none')
  assert.deepEqual(await statuses(), ['shop/A1 awaiting_shipment'])
})

test('a message that makes no sense is parked with its reason and holds nobody up', async () => {
  await hub.send('shop', { key: '1', broken: true }, '1')
  await hub.send('shop', { key: '2', claims: [order('A2', 'paid', 1)] })
  await hub.send('gone', { key: '3', claims: [] })
  await hub.drain()
  assert.deepEqual(await statuses(), ['shop/A2 awaiting_shipment'])
  const parked = await db.sql<{ park_code: string }>`select park_code from inbox_task order by message_id`
  assert.deepEqual(
    parked.map((row) => row.park_code),
    ['test.broken', 'intake.unknown_connection'],
  )
})

test('a message that the database cannot hold names itself, so that it can be parked alone', async () => {
  const quantity = 3_000_000_000
  await hub.send('shop', {
    key: '1',
    claims: [order('A1', 'paid', 1)],
    content: [{ no: 'A1', version: 1, lines: [{ lineId: '1', quantity }] }],
  })
  await assert.rejects(interpretAny(hub.deps(), 10), PoisonedBatch)
})

test('an order number that a push only names is fetched once per version of the message', async () => {
  await hub.send('shop', { key: 'v1', fetch: ['A1'] })
  await hub.send('shop', { key: 'v1', fetch: ['A1'] })
  await hub.send('shop', { key: 'v2', fetch: ['A1'] })
  await hub.drain()
  const keys = await db.sql<{ key: string }>`select key from outbox_intent order by key`
  assert.deepEqual(
    keys.map((row) => row.key),
    ['fetch_order:shop:A1:v1', 'fetch_order:shop:A1:v2'],
  )
})

test('lines without a stock SKU are counted; an order without lines has none', async () => {
  await hub.send('shop', { key: '1', claims: [order('A1', 'paid', 1)] })
  await hub.send('shop', {
    key: '2',
    claims: [order('A2', 'paid', 1)],
    content: [
      {
        no: 'A2',
        version: 1,
        lines: [
          { lineId: '1', quantity: 1 },
          { lineId: '2', quantity: 1 },
        ],
      },
    ],
  })
  await db.sql`insert into sku_mapping (connection_id, shop_sku, stock_sku, updated_by) values ('*', 'SKU-1', 'S-1', 'test') on conflict do nothing`
  await hub.drain()
  await hub.send('shop', { key: '3', claims: [order('A2', 'dispatched', 2)] })
  await hub.drain()
  const rows = await db.sql`select order_no, unmatched_lines from sales_order order by 1`
  assert.deepEqual(rows, [
    { order_no: 'A1', unmatched_lines: 0 },
    { order_no: 'A2', unmatched_lines: 1 },
  ])
})

test('tallies count every order once, wherever it went', async () => {
  await hub.send('shop', { key: '1', claims: [order('A1', 'placed', 0)] })
  await hub.send('shop', { key: '2', claims: [order('A2', 'placed', 0)] })
  await hub.drain()
  await hub.send('shop', { key: '3', claims: [order('A1', 'paid', 1)] })
  await hub.drain()
  const rows = await db.sql<{
    status: string
    count: string
  }>`select status, sum(count)::text as count from order_tally group by 1 having sum(count) <> 0 order by 1`
  assert.deepEqual(rows, [
    { status: 'awaiting_shipment', count: '1' },
    { status: 'pending_payment', count: '1' },
  ])
})
