import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { pruneHolds } from '#features/stock/index.ts'
import { databaseNow } from '#platform/postgres/clock.ts'
import { figuresOf, openStockWorld, standingOf, type World } from '#test-support/order-stock.ts'
import { auditOrders, renewHolds, settleOrders } from './index.ts'
import { retryDue } from './sweeps.ts'

let world: World
before(async () => {
  world = await openStockWorld()
})
beforeEach(async () => {
  await world.empty()
  // Somebody else's hold, whose owner has no number: no look at orders may stumble over it.
  await world.database.sql`
    insert into stock_hold (id, key, kind, state, owner_kind, owner, reason, actor, asked, created_at, deadline_at, heartbeat_at, ended_at)
    values (-1, 'k', 'lock', 'held', 'api', 'wms', '', '', '', now(), now(), now(), null),
      (-2, 'l', 'lock', 'released', 'api', 'wms', '', '', '', now(), now(), now(), now())`
})
after(async () => await world.database.close())

async function paid(no: string, lines: Record<string, number>, minute = 1): Promise<void> {
  await world.order(no, lines)
  await world.say(no, 'paid', minute)
}

test('without any stock nothing is touched', async () => {
  await paid('o1', { a: 1 })
  await world.settle()
  assert.deepEqual(await standingOf(world, 'o1'), { state: 'unseen', code: null, generation: 0, open: {} })
})

test('paid is locked, cancelled is free at once, reopened is locked again', async () => {
  await world.fill('A', 'SH', 5)
  await world.order('o1', { a: 2 })
  await world.settle()
  assert.equal((await standingOf(world, 'o1')).state, 'unseen', 'not paid: nothing to hold')
  await world.say('o1', 'paid', 1)
  await world.settle()
  assert.deepEqual(await standingOf(world, 'o1'), {
    state: 'locked',
    code: null,
    generation: 1,
    open: { 'A@SH': 2 },
  })
  await world.settle()
  assert.deepEqual(await figuresOf(world), { 'A@SH': [5, 2] }, 'a second look changes nothing')
  await world.say('o1', 'cancelled', 2)
  await world.settle()
  assert.deepEqual(await standingOf(world, 'o1'), { state: 'released', code: null, generation: 1, open: {} })
  assert.deepEqual(await figuresOf(world), { 'A@SH': [5, 0] })
  await world.say('o1', 'reopened', 3)
  await world.settle()
  assert.deepEqual(await standingOf(world, 'o1'), {
    state: 'locked',
    code: null,
    generation: 2,
    open: { 'A@SH': 2 },
  })
})

test('a printed waybill keeps the lock; the hand-over commits it; a return puts it back', async () => {
  await world.fill('A', 'SH', 5)
  await paid('o1', { a: 2 })
  await world.tell('station', [{ by: 'reference', no: 'o1', code: 'printed', minute: 2, parcel: 'T1' }])
  await world.settle()
  assert.deepEqual(await figuresOf(world), { 'A@SH': [5, 2] })
  await world.tell('carrier', [{ by: 'parcel', no: 'T1', code: 'picked', minute: 3 }])
  await world.settle()
  assert.deepEqual(await figuresOf(world), { 'A@SH': [3, 0] })
  assert.equal((await standingOf(world, 'o1')).state, 'committed')
  await world.tell('carrier', [{ by: 'parcel', no: 'T1', code: 'back', minute: 9 }])
  await world.settle()
  await world.settle()
  assert.deepEqual(await figuresOf(world), { 'A@SH': [5, 0] })
  assert.equal((await standingOf(world, 'o1')).state, 'returned')
})

test('what left and came back before anybody looked gives its lock back: nothing has gone, and nothing is held', async () => {
  await world.fill('A', 'SH', 5)
  await paid('o1', { a: 2 })
  await world.settle()
  assert.deepEqual(await figuresOf(world), { 'A@SH': [5, 2] })
  // Its scans were here before anything said whose parcel it is.
  await world.tell('carrier', [
    { by: 'parcel', no: 'T1', code: 'picked', minute: 3 },
    { by: 'parcel', no: 'T1', code: 'back', minute: 9 },
  ])
  await world.tell('station', [{ by: 'reference', no: 'o1', code: 'printed', minute: 2, parcel: 'T1' }])
  await world.settle()
  assert.deepEqual(await figuresOf(world), { 'A@SH': [5, 0] })
  assert.equal((await standingOf(world, 'o1')).state, 'released')
})

test('stock that comes serves who lacked it at once, though the clock of the process that found it short was minutes ahead', async () => {
  const right = world.clock.now()
  await world.fill('A', 'SH', 1)
  await paid('o1', { a: 2 })
  const deps = { ...world.deps, timeOf: databaseNow }
  world.clock.set(Temporal.Now.instant().add({ minutes: 4 }))
  await world.database.sql.begin(async (tx) => settleOrders(tx, deps, [await world.idOf('o1')]))
  assert.equal((await standingOf(world, 'o1')).code, 'order_stock.short')
  world.clock.set(Temporal.Now.instant())
  await world.fill('A', 'SH', 5)
  await retryDue(deps)
  assert.equal((await standingOf(world, 'o1')).state, 'locked')
  world.clock.set(right)
})

test('a captured warehouse counts by itself what comes back', async () => {
  await world.fill('A', 'SH', 5)
  await paid('o1', { a: 2 })
  await world.settle()
  await world.say('o1', 'dispatched', 3)
  await world.settle()
  await world.database.sql`update warehouse set figures = 'captured' where code = 'SH'`
  await world.say('o1', 'returned', 9)
  await world.settle()
  assert.deepEqual(await figuresOf(world), { 'A@SH': [3, 0] })
  assert.equal((await standingOf(world, 'o1')).state, 'returned')
})

test('a part that left is committed, the rest stays locked', async () => {
  await world.fill('A', 'SH', 5)
  await world.fill('B', 'SH', 5)
  await paid('o1', { a: 2, b: 1 })
  await world.settle()
  await world.tell('shop', [
    { by: 'order', no: 'o1', code: 'part', minute: 3, parcel: 'T1', lines: [{ lineId: 'a', quantity: 1 }] },
  ])
  await world.settle()
  assert.deepEqual(await figuresOf(world), { 'A@SH': [4, 1], 'B@SH': [5, 1] })
  assert.equal((await standingOf(world, 'o1')).generation, 1, 'the same hold')
  await world.say('o1', 'cancelled', 4)
  await world.settle()
  assert.deepEqual(await figuresOf(world), { 'A@SH': [4, 0], 'B@SH': [5, 0] })
})

test('what left before anybody looked is taken and committed in one go', async () => {
  await world.fill('A', 'SH', 5)
  await world.fill('B', 'GZ', 5)
  await paid('o1', { a: 2, b: 1 })
  await world.tell('shop', [
    { by: 'order', no: 'o1', code: 'part', minute: 3, parcel: 'T1', lines: [{ lineId: 'a', quantity: 1 }] },
  ])
  await world.settle()
  assert.deepEqual(await figuresOf(world), { 'A@SH': [4, 1], 'B@GZ': [5, 1] })
  await world.say('o1', 'dispatched', 4)
  await world.settle()
  assert.deepEqual(await figuresOf(world), { 'A@SH': [3, 0], 'B@GZ': [4, 0] })
})

test('what left so long ago that its hold is forgotten does not leave a second time', async () => {
  await world.fill('A', 'SH', 5)
  await paid('o1', { a: 2 })
  await world.settle()
  await world.say('o1', 'dispatched', 3)
  await world.settle()
  await world.database
    .sql`update stock_hold set ended_at = ended_at - interval '181 days' where state = 'committed'`
  await pruneHolds(world.database.sql, world.clock)
  const [kept] = await world.database.sql<{ lines: bigint }>`select count(*) as lines from stock_hold_line`
  assert.equal(kept?.lines, 0n)
  await world.say('o1', 'completed', 9)
  await world.settle()
  assert.deepEqual(await figuresOf(world), { 'A@SH': [3, 0] })
  assert.equal((await standingOf(world, 'o1')).state, 'committed')
})

test('an order that was away before the first count is not in the figures', async () => {
  await paid('o1', { a: 2 })
  await world.say('o1', 'dispatched', 4)
  await world.database.sql`update warehouse set created_at = '2026-11-12T00:00:00Z'`
  await world.fill('A', 'SH', 5)
  await world.settle()
  assert.deepEqual(await figuresOf(world), { 'A@SH': [5, 0] })
  assert.equal((await standingOf(world, 'o1')).state, 'unseen')
})

test('a changed demand takes the new hold with the old one: no other order comes between', async () => {
  await world.fill('A', 'SH', 3)
  await paid('o1', { a: 2 }, 5)
  await world.settle()
  await paid('o2', { a: 1 }, 1)
  await world.order('o1', { a: 3 }, 2)
  await world.settle()
  // o2 was paid first, and takes the free piece; o1 keeps its two rather than losing them.
  assert.deepEqual((await standingOf(world, 'o2')).open, { 'A@SH': 1 })
  const kept = await standingOf(world, 'o1')
  assert.deepEqual([kept.state, kept.code, kept.open], ['short', 'order_stock.short', { 'A@SH': 2 }])
  await world.fill('A', 'SH', 4)
  await world.sweep('order-stock')
  assert.deepEqual(await standingOf(world, 'o1'), {
    state: 'locked',
    code: null,
    generation: 2,
    open: { 'A@SH': 3 },
  })
  await world.order('o1', { b: 1, a: 1 }, 3)
  await world.settle()
  const partly = await standingOf(world, 'o1')
  assert.deepEqual([partly.state, partly.open], ['short', { 'A@SH': 1 }], 'what it no longer wants is free')
})

test('short orders are served when stock comes, those paid first before the others', async () => {
  await world.fill('A', 'SH', 0)
  await paid('late', { a: 1 }, 9)
  await paid('early', { a: 1 }, 1)
  await paid('big', { a: 5 }, 2)
  await world.settle()
  for (const no of ['late', 'early', 'big']) assert.equal((await standingOf(world, no)).state, 'short')
  await world.sweep('order-stock')
  await world.fill('A', 'GZ', 1)
  await world.sweep('order-stock')
  assert.equal((await standingOf(world, 'early')).state, 'locked')
  assert.equal((await standingOf(world, 'late')).state, 'short')
  assert.deepEqual(await figuresOf(world), { 'A@GZ': [1, 1], 'A@SH': [0, 0] })
  const [row] = await world.database.sql<{ shortage: unknown }>`
    select shortage from order_stock s join sales_order o on o.id = s.order_id where order_no = 'big'`
  assert.deepEqual(row?.shortage, [{ sku: 'A', wanted: 5, had: 0, available: [] }])
  world.clock.advance({ minutes: 20 })
  await world.sweep('order-stock.short')
  const [told] = world.told.get('stock.orders_short') ?? []
  assert.match(told?.words.zh ?? '', /2 个已付款订单缺货超过 15 分钟，最缺的是 A/)
})

test('an order that a process with a clock hours ahead found short is served when stock comes', async () => {
  await world.fill('A', 'SH', 0)
  await paid('o1', { a: 1 })
  world.clock.advance({ hours: 5 })
  await world.settle()
  world.clock.advance({ hours: -5 })
  assert.equal((await standingOf(world, 'o1')).state, 'short')
  await world.fill('A', 'SH', 1)
  await world.sweep('order-stock')
  assert.equal((await standingOf(world, 'o1')).state, 'locked')
})

test('an unmatched line waits and says so; the mapping makes it go on; a corrected one changes the lock', async () => {
  await world.fill('A', 'SH', 5)
  await world.fill('C', 'SH', 5)
  await paid('o1', { x: 1, a: 1 })
  await world.settle()
  assert.deepEqual((await standingOf(world, 'o1')).code, 'order_stock.unmatched')
  await world.database.sql`update order_line set stock_sku = 'C' where stock_sku is null`
  await world.settle()
  assert.deepEqual((await standingOf(world, 'o1')).open, { 'A@SH': 1, 'C@SH': 1 })
  await world.database.sql`update order_line set stock_sku = 'A' where line_id = 'x'`
  await world.settle()
  assert.deepEqual(await standingOf(world, 'o1'), {
    state: 'locked',
    code: null,
    generation: 2,
    open: { 'A@SH': 2 },
  })
  assert.deepEqual(await figuresOf(world), { 'A@SH': [5, 2], 'C@SH': [5, 0] })
})

test('a bundle is locked by its parts, and what left keeps the recipe of its day', async () => {
  const { sql } = world.database
  await sql`insert into sku_bundle (bundle_sku, part_sku, quantity, updated_by) values ('SET', 'A', 2, 't'), ('SET', 'B', 1, 't')`
  await world.fill('A', 'SH', 9)
  await world.fill('B', 'SH', 9)
  await paid('o1', { set: 2, a: 1 })
  await world.settle()
  assert.deepEqual((await standingOf(world, 'o1')).open, { 'A@SH': 5, 'B@SH': 2 })
  await world.say('o1', 'dispatched', 3)
  await world.settle()
  await sql`update sku_bundle set quantity = 3 where part_sku = 'A'`
  await world.say('o1', 'completed', 9)
  await world.settle()
  assert.deepEqual(await figuresOf(world), { 'A@SH': [4, 0], 'B@SH': [7, 0] })
})

test('the closest route says where; without an active warehouse the order waits and people are told', async () => {
  const { sql } = world.database
  await world.fill('A', 'SH', 5)
  await world.fill('A', 'GZ', 5)
  await sql`insert into stock_route (name, kind, connection_id, warehouses, updated_by) values
    ('all', '*', null, '{SH}', 't'), ('own', 'shop', 'shop', '{GZ}', 't'), ('kind', 'shop', null, '{SH}', 't')`
  await paid('o1', { a: 1 })
  await world.settle()
  assert.deepEqual((await standingOf(world, 'o1')).open, { 'A@GZ': 1 })
  await sql`update warehouse set active = false where code = 'GZ'`
  await paid('o2', { a: 1 })
  await world.settle()
  assert.deepEqual((await standingOf(world, 'o2')).code, 'order_stock.no_route')
  assert.deepEqual((await standingOf(world, 'o1')).state, 'locked', 'what is held stays held')
  await world.sweep('order-stock.short')
  assert.equal(world.told.get('stock.no_route')?.length, 1)
})

test('a living order renews its hold; an ended one does not', async () => {
  await world.fill('A', 'SH', 5)
  await paid('o1', { a: 1 })
  await paid('o2', { a: 1 })
  await world.settle()
  assert.equal(await renewHolds(world.deps), 0, 'not half of the time is over')
  world.clock.advance({ minutes: 8 })
  await world.say('o2', 'cancelled', 5)
  assert.equal(await renewHolds(world.deps), 1)
  const rows = await world.database.sql<{ left: number }>`
    select round(extract(epoch from deadline_at - ${world.clock.now()}) / 60)::int as left from stock_hold where owner_kind = 'order' order by id`
  assert.deepEqual(
    rows.map((row) => row.left),
    [15, 7],
  )
})

test('the audit finds an ended order that still holds and a waiting one that holds nothing, and puts both right', async () => {
  const { sql } = world.database
  await world.fill('A', 'SH', 5)
  await paid('o1', { a: 1 })
  await paid('o2', { a: 1 })
  await paid('o3', { a: 1 })
  await world.settle()
  world.clock.advance({ hours: 1 })
  assert.deepEqual((await auditOrders(world.deps)).mended, [])
  assert.deepEqual(world.told.get('stock.audit'), [])
  // The follower left these behind: a cancellation, and a demand that grew.
  await world.say('o1', 'cancelled', 5)
  await sql`update order_line set quantity = 2 where order_id = ${await world.idOf('o2')}`
  world.clock.advance({ hours: 1 })
  const audit = await auditOrders(world.deps)
  assert.deepEqual(
    audit.mended.map((one) => [one.orderId, one.state]),
    [
      [await world.idOf('o1'), 'released'],
      [await world.idOf('o2'), 'locked'],
    ],
  )
  assert.equal(world.told.get('stock.audit')?.[0]?.evidence.orders, 2)
  assert.deepEqual(await figuresOf(world), { 'A@SH': [5, 3] })
  await auditOrders(world.deps)
  assert.deepEqual(world.told.get('stock.audit'), [])
})

test('what a follower that is behind has not come to is put right, and is not told as missed', async () => {
  const { sql } = world.database
  await world.fill('A', 'SH', 5)
  await paid('o1', { a: 1 })
  await paid('o2', { a: 1 })
  await world.settle()
  const auditAfterCancelling = async (no: string, behindSeconds: number) => {
    await world.say(no, 'cancelled', 5)
    await sql`update sales_order set updated_at = ${world.clock.now().subtract({ minutes: 10 })} where order_no = ${no}`
    return (await auditOrders({ ...world.deps, behindSeconds: async () => behindSeconds })).mended
  }
  assert.deepEqual(await auditAfterCancelling('o1', 600), [])
  assert.deepEqual(await figuresOf(world), { 'A@SH': [5, 1] })
  assert.deepEqual(world.told.get('stock.audit'), [])
  // A follower that is behind by less has been there, and passed it over.
  const [missed] = await auditAfterCancelling('o2', 60)
  assert.equal(missed?.orderId, await world.idOf('o2'))
})

test('a hold that a person freed is not taken back before others had their turn', async () => {
  const { applyStock } = await import('#features/stock/index.ts')
  await world.fill('A', 'SH', 1)
  await paid('o1', { a: 1 }, 1)
  await world.settle()
  const key = `hub:order:${await world.idOf('o1')}:1`
  await world.database.sql.begin((tx) =>
    applyStock(tx, [{ do: 'release', key, reason: 'forced', actor: 'li' }], world.clock.now()),
  )
  await world.sweep('order-stock')
  assert.equal((await standingOf(world, 'o1')).code, 'order_stock.hold_freed')
  await world.settle()
  assert.deepEqual(
    (await standingOf(world, 'o1')).open,
    {},
    'a change of the order does not take it back either',
  )
  await paid('o2', { a: 1 }, 9)
  await world.settle()
  assert.equal((await standingOf(world, 'o2')).state, 'locked')
  world.clock.advance({ minutes: 16 })
  await world.sweep('order-stock')
  assert.equal((await standingOf(world, 'o1')).code, 'order_stock.short')
})

test('orders that waited before the hub counted are taken in', async () => {
  await paid('o1', { a: 1 })
  await world.sweep('order-stock.unseen')
  assert.equal((await standingOf(world, 'o1')).state, 'unseen')
  await world.fill('A', 'SH', 1)
  await world.sweep('order-stock.unseen')
  assert.equal((await standingOf(world, 'o1')).state, 'locked')
})

test('what left although nothing was there is told, and takes nothing from what comes later', async () => {
  await world.fill('A', 'SH', 0)
  await paid('o1', { a: 1 })
  await world.say('o1', 'dispatched', 2)
  await world.settle()
  assert.equal((await standingOf(world, 'o1')).code, 'order_stock.left_unlocked')
  await world.fill('A', 'SH', 5)
  await world.say('o1', 'completed', 9)
  await world.settle()
  await world.sweep('order-stock')
  assert.equal((await standingOf(world, 'o1')).code, 'order_stock.left_unlocked')
  assert.deepEqual(await figuresOf(world), { 'A@SH': [5, 0] })
})
