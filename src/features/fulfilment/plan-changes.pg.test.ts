import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { settleOrders } from '#features/order-stock/index.ts'
import { openStockWorld, PLAN_PARTS, standingOf, type World } from '#test-support/order-stock.ts'
import {
  change,
  changeDepsOf,
  checkParcels,
  doing,
  doingWhere,
  live,
  merge,
  paid,
  planOf,
} from '#test-support/plans.ts'
import { openPlanner } from './plan/session.ts'
import { fulfilmentSweeps } from './sweeps.ts'
import { readUnplanned } from './views/store.ts'

// What happens to plans while they are under way: the orders change, travel together, leave in parts, and others are at work.

let world: World
before(async () => {
  world = await openStockWorld()
})
beforeEach(async () => {
  await world.empty()
  world.rules.clear()
  world.decisions.length = 0
})
after(async () => await world.database.close())

async function told(): Promise<number> {
  const [row] = await world.database.sql<{
    n: number
  }>`select count(*)::int as n from journal where kind = 'plan.changed'`
  return row?.n ?? 0
}
async function printed(no: string): Promise<void> {
  const claim = { by: 'reference', no, code: 'printed', minute: 4, parcel: `T-${no}` } as const
  await world.tell('station', [claim])
}

test('numbers of parcels are never used twice, however often orders are merged and unmerged', async () => {
  await world.fill('A', 'SH', 9)
  await world.fill('A', 'GZ', 9)
  for (const no of ['o1', 'o2']) await paid(world, no, { a: 1 })
  await world.settle()
  const second = await world.idOf('o2')
  for (const warehouse of ['GZ', 'SH', 'GZ', 'SH']) {
    const pieces = [{ unit: `${second}/a/A`, quantity: 1 }]
    assert.ok((await change(world, 'o2', { do: 'arrange', parcels: [{ pieces, warehouse }] })).ok)
  }
  for (let round = 0; round < 3; round += 1) {
    const before = (await planOf(world, 'o2'))?.revision ?? 0
    await merge(world, 'o1', 'o2')
    assert.ok((await change(world, 'o1', { do: 'unmerge', orders: null })).ok)
    assert.ok(((await planOf(world, 'o2'))?.revision ?? 0) > before, 'it only ever grows')
  }
  await checkParcels(world)
})

test('who is left alone by a cancellation may travel with others again', async () => {
  await world.fill('A', 'SH', 9)
  for (const no of ['o1', 'o2', 'o3']) await paid(world, no, { a: 1 })
  await world.settle()
  await merge(world, 'o1', 'o2')
  await world.say('o1', 'cancelled', 5)
  await world.settle()
  await merge(world, 'o2', 'o3')
  assert.deepEqual((await planOf(world, 'o2'))?.parcels, ['SH: A×1 + A×1'])
  const other = await change(world, 'o2', { do: 'unmerge', orders: [await world.idOf('o1')] })
  assert.equal(other.ok ? '' : other.refusal.code, 'fulfilment.not_merged')
})

test('printed for one of the merged orders, the goods of the others stay where they are in the same parcel', async () => {
  await world.fill('A', 'GZ', 1)
  await world.fill('B', 'GZ', 1)
  await paid(world, 'o1', { a: 1 })
  await paid(world, 'o2', { b: 1 })
  await world.settle()
  await merge(world, 'o1', 'o2')
  assert.deepEqual((await planOf(world, 'o1'))?.parcels, ['GZ: A×1 + B×1'])
  await world.fill('B', 'SH', 1)
  await printed('o1')
  await world.settle()
  assert.deepEqual(
    (await standingOf(world, 'o2')).open,
    { 'B@GZ': 1 },
    'not to the warehouse that goes first',
  )
  assert.deepEqual((await planOf(world, 'o2'))?.parcels, ['GZ: A×1 + B×1'])
  await checkParcels(world)
  assert.ok((await change(world, 'o2', { do: 'unmerge', orders: null })).ok)
  assert.deepEqual((await planOf(world, 'o2'))?.parcels, ['SH: B×1'])
  assert.deepEqual((await planOf(world, 'o1'))?.parcels, ['GZ: A×1'], 'what has left is no longer with it')
  await checkParcels(world)
})

test('a voided waybill brings the plan back without the parcel that did not leave', async () => {
  await world.fill('A', 'SH', 3)
  await paid(world, 'o1', { a: 1 })
  await world.settle()
  await printed('o1')
  await world.settle()
  assert.equal((await planOf(world, 'o1'))?.state, 'left')
  await world.tell('station', [{ by: 'reference', no: 'o1', code: 'voided', minute: 6, parcel: 'T-o1' }])
  await world.settle()
  assert.deepEqual((await planOf(world, 'o1'))?.parcels, ['SH: A×1'])
  await checkParcels(world)
})

test('an order that is tried again and again and stays short is told once', async () => {
  await world.fill('A', 'SH', 1)
  live(world, 'sourcing', doing('exclude_warehouse', { code: '"GZ"', reason: '"远"' }))
  await paid(world, 'o1', { a: 2 })
  await world.settle()
  const before = [await told(), world.decisions.length]
  for (let i = 0; i < 3; i += 1) {
    world.clock.advance({ hours: 2 })
    await world.sweep('order-stock')
    await world.settle()
  }
  assert.equal((await planOf(world, 'o1'))?.state, 'short')
  assert.deepEqual([await told(), world.decisions.length], before)
})

test('a gift that waits is told once as well', async () => {
  await world.fill('A', 'SH', 5)
  await world.fill('B', 'SH', 0)
  await paid(world, 'o1', { a: 1, b: 1 }, { gifts: ['b'] })
  await world.settle()
  const before = await told()
  for (let i = 0; i < 3; i += 1) await world.settle()
  assert.equal(await told(), before)
})

test('an order that planning fails on goes to review and keeps its goods; the others go on', async () => {
  await world.fill('A', 'SH', 9)
  const failed: string[] = []
  const planner = openPlanner({
    clock: world.clock,
    hasRules: () => true,
    rulebook: {
      choose: (_kind, scope) => {
        if (scope.key === 'o1') throw new Error('broken')
        return null
      },
    },
    parts: PLAN_PARTS,
    normalise: ({ province, city, district, country }) => ({ country, province, city, district }),
    record: async () => undefined,
    marks: async () => undefined,
    levelOf: () => null,
    zone: () => 'Asia/Shanghai',
    onProblem: (_error, orderNo) => void failed.push(orderNo),
  })
  for (const no of ['o1', 'o2']) await paid(world, no, { a: 1 })
  const ids = [await world.idOf('o1'), await world.idOf('o2')]
  await world.database.sql.begin((tx) => settleOrders(tx, { ...world.deps, planner }, ids))
  const [first, second] = [await planOf(world, 'o1'), await planOf(world, 'o2')]
  assert.deepEqual([first?.state, first?.code, second?.state], ['review', 'fulfilment.plan_failed', 'locked'])
  assert.deepEqual((await standingOf(world, 'o1')).open, { 'A@SH': 1 })
  assert.deepEqual(failed, ['o1'])
})

test('a rule that asks again after the order changed back holds it again; what a person released stays released', async () => {
  await world.fill('A', 'SH', 9)
  live(world, 'review', doingWhere('pieces > 2', 'hold', { reason: '"多件"' }))
  await paid(world, 'o1', { a: 3 })
  await world.settle()
  const states: (string | undefined)[] = [(await planOf(world, 'o1'))?.state]
  for (const [version, pieces] of [
    [2, 1],
    [3, 4],
  ] as const) {
    await world.order('o1', { a: pieces }, version)
    await world.settle()
    states.push((await planOf(world, 'o1'))?.state)
  }
  assert.deepEqual(states, ['held', 'locked', 'held'])
  assert.ok((await change(world, 'o1', { do: 'release' })).ok)
  await world.order('o1', { a: 5 }, 4)
  await world.settle()
  assert.equal((await planOf(world, 'o1'))?.state, 'locked')
})

test('to hold or release an order moves none of its goods', async () => {
  await world.fill('A', 'GZ', 5)
  await paid(world, 'o1', { a: 1 })
  await world.settle()
  await world.fill('A', 'SH', 5)
  assert.ok((await change(world, 'o1', { do: 'hold' })).ok)
  assert.ok((await change(world, 'o1', { do: 'release' })).ok)
  assert.deepEqual((await standingOf(world, 'o1')).open, { 'A@GZ': 1 })
  assert.ok((await change(world, 'o1', { do: 'replan' })).ok)
  assert.deepEqual((await standingOf(world, 'o1')).open, { 'A@SH': 1 })
})

test('a change waits for whoever settles meanwhile, and neither is thrown out', async () => {
  await world.fill('A', 'SH', 50)
  for (let i = 1; i <= 6; i += 1) await paid(world, `o${i}`, { a: 1 })
  await world.settle()
  const ids = await Promise.all([1, 2, 3, 4, 5, 6].map((i) => world.idOf(`o${i}`)))
  const changes = ids.map(async (_id, i) => {
    const done = await change(world, `o${i + 1}`, { do: i % 2 === 0 ? 'hold' : 'replan' }, { revision: 1 })
    return done.ok
  })
  const settles = [0, 1, 2].map(
    async () =>
      await world.database.sql.begin((tx) => settleOrders(tx, world.deps, ids, { asked: new Set(ids) })),
  )
  assert.deepEqual(await Promise.all(changes), Array(6).fill(true))
  await Promise.all(settles)
  await checkParcels(world)
})

test('a recipe that changes after the goods were locked changes neither the lock nor its plan', async () => {
  const { sql } = world.database
  await sql`insert into sku_bundle (bundle_sku, part_sku, quantity, updated_by) values ('SET', 'A', 1, 't'), ('SET', 'B', 2, 't')`
  for (const sku of ['A', 'B', 'C']) await world.fill(sku, 'SH', 9)
  await paid(world, 'o1', { set: 2 })
  await world.settle()
  assert.deepEqual((await planOf(world, 'o1'))?.parcels, ['SH: A×2 + B×4'])
  await sql`delete from sku_bundle where part_sku = 'B'`
  await sql`insert into sku_bundle (bundle_sku, part_sku, quantity, updated_by) values ('SET', 'C', 1, 't')`
  await world.settle()
  assert.deepEqual((await planOf(world, 'o1'))?.parcels, ['SH: A×2 + B×4'])
  await checkParcels(world)
  const id = await world.idOf('o1')
  const parcels = [1, 1].map((sets) => ({
    pieces: [
      { unit: `${id}/set/A`, quantity: sets },
      { unit: `${id}/set/B`, quantity: 2 * sets },
    ],
    warehouse: 'SH',
  }))
  assert.ok((await change(world, 'o1', { do: 'arrange', parcels })).ok)
  await checkParcels(world)
})

test('orders that wait for goods may wait for them together; one that has its goods loses them to none', async () => {
  await world.fill('A', 'SH', 1)
  await paid(world, 'o1', { a: 1 })
  await paid(world, 'o2', { b: 1 })
  await world.settle()
  assert.equal((await planOf(world, 'o2'))?.state, 'short')
  await merge(world, 'o1', 'o2')
  assert.deepEqual((await standingOf(world, 'o1')).open, { 'A@SH': 1 })
  await world.fill('B', 'SH', 1)
  await world.sweep('order-stock')
  await world.settle()
  assert.deepEqual((await planOf(world, 'o2'))?.parcels, ['SH: A×1 + B×1'])
  await checkParcels(world)
})

test('merged orders may change places with each other', async () => {
  await world.fill('A', 'SH', 1)
  await paid(world, 'o1', { a: 1 })
  await world.settle()
  await world.fill('A', 'GZ', 1)
  await world.fill('B', 'SH', 1)
  await paid(world, 'o2', { a: 1, b: 1 })
  await world.settle()
  await merge(world, 'o1', 'o2')
  const id = await world.idOf('o1')
  const unit = async (no: string, line: string) =>
    `${id}/${await world.idOf(no)}/${line}/${line.toUpperCase()}`
  const parcels = [
    { pieces: [{ unit: await unit('o1', 'a'), quantity: 1 }], warehouse: 'GZ' },
    {
      pieces: [
        { unit: await unit('o2', 'a'), quantity: 1 },
        { unit: await unit('o2', 'b'), quantity: 1 },
      ],
      warehouse: 'SH',
    },
  ]
  const done = await change(world, 'o1', { do: 'arrange', parcels })
  assert.ok(done.ok, done.ok ? '' : done.refusal.code)
  assert.deepEqual((await standingOf(world, 'o1')).open, { 'A@GZ': 1 })
  assert.deepEqual((await standingOf(world, 'o2')).open, { 'A@SH': 1, 'B@SH': 1 })
  await checkParcels(world)
})

test('what an order gives back is given back once, however often its plan is tried', async () => {
  await world.fill('A', 'SH', 9)
  await world.fill('B', 'SH', 0)
  await paid(world, 'o1', { a: 5 })
  await world.settle()
  await world.order('o1', { a: 3, b: 1 }, 2)
  const id = await world.idOf('o1')
  // Places that the ledger has not got, whoever asks and however often.
  const places = [
    { sku: 'A', warehouse: 'SH', quantity: 3 },
    { sku: 'B', warehouse: 'SH', quantity: 1 },
  ]
  let asked = 0
  const planner = () => ({
    isIdle: async () => false,
    mates: async (ids: readonly bigint[]) => ids,
    plan: async () => {
      asked += 1
      return new Map([[id, { is: 'placed', lead: id, places, later: new Map(), lacks: [] } as const]])
    },
    settled: async () => undefined,
  })
  await world.database.sql.begin((tx) => settleOrders(tx, { ...world.deps, planner }, [id]))
  assert.equal(asked, 3)
  assert.deepEqual((await standingOf(world, 'o1')).open, { 'A@SH': 3 })
})

test('planned while nothing was counted, an order is planned anew on the first figures', async () => {
  await world.database
    .sql`insert into stock_route (name, kind, warehouses, updated_by) values ('gz', '*', '{GZ}', 't')`
  await paid(world, 'o1', { a: 1 })
  await world.settle()
  assert.equal((await planOf(world, 'o1'))?.state, 'planned')
  await world.database.sql`update stock_route set warehouses = '{SH}'`
  await world.fill('A', 'SH', 5)
  await world.fill('A', 'GZ', 5)
  await world.settle()
  assert.deepEqual((await standingOf(world, 'o1')).open, { 'A@SH': 1 })
  assert.equal((await planOf(world, 'o1'))?.state, 'locked')
})

test('planned without any warehouse, an order is locked once one counts', async () => {
  await world.database.sql`update warehouse set active = false`
  await paid(world, 'o1', { a: 1 })
  await world.settle()
  assert.equal((await planOf(world, 'o1'))?.state, 'planned')
  await world.database.sql`update warehouse set active = true`
  await world.fill('A', 'SH', 5)
  await world.settle()
  assert.deepEqual((await standingOf(world, 'o1')).open, { 'A@SH': 1 })
})

test('orders locked before there were plans are planned where their goods are', async () => {
  await world.fill('A', 'GZ', 5)
  const { planner: _none, ...bare } = world.deps
  await paid(world, 'o1', { a: 1 })
  const id = await world.idOf('o1')
  await world.database.sql.begin((tx) => settleOrders(tx, bare, [id]))
  assert.equal(await planOf(world, 'o1'), null)
  await world.fill('A', 'SH', 5)
  const settle = changeDepsOf(world).settle
  const [, unplanned] = fulfilmentSweeps({
    db: world.database.sql,
    settle: (tx, ids, actor) => settle(tx, ids, actor, false),
    rulesRevision: () => 1n,
  })
  await unplanned?.run()
  assert.deepEqual((await planOf(world, 'o1'))?.parcels, ['GZ: A×1'])
  assert.deepEqual((await standingOf(world, 'o1')).open, { 'A@GZ': 1 })
  assert.deepEqual(await readUnplanned(world.database.sql, 0n, 10), [])
})

test('what pieces are worth adds up, however they are parted', async () => {
  await world.fill('A', 'SH', 9)
  await paid(world, 'o1', { a: 3 })
  const { sql } = world.database
  await sql`update sales_order set record = jsonb_set(record, '{lines,0,paid}', '{"currency":"CNY","amount":"1.00"}')`
  await world.settle()
  const unit = `${await world.idOf('o1')}/a/A`
  const parcels = [1, 1, 1].map((quantity) => ({ pieces: [{ unit, quantity }], warehouse: 'SH' }))
  assert.ok((await change(world, 'o1', { do: 'arrange', parcels })).ok)
  const rows = await sql<{ value_minor: bigint }>`
    select value_minor from plan_piece pc join plan_parcel p on p.id = pc.parcel_id where p.state = 'planned' order by p.seq`
  assert.deepEqual(
    rows.map((row) => row.value_minor),
    [33n, 33n, 34n],
  )
})

test('each of the merged orders is traced by its own number', async () => {
  await world.fill('A', 'SH', 9)
  live(world, 'freight', doing('charge', { label: '"基础"', amount: 'yuan("8.00")' }))
  for (const no of ['o1', 'o2']) await paid(world, no, { a: 1 })
  await world.settle()
  world.decisions.length = 0
  live(world, 'review', doing('tag', { name: '"vip"' }))
  await merge(world, 'o1', 'o2')
  assert.deepEqual(
    world.decisions.filter((one) => one.chosen.kind === 'review').map((one) => one.orderNo),
    ['o1', 'o2'],
  )
})

test('a quote that no longer fits the order is withdrawn; freight that is stuck is seen after the release', async () => {
  await world.fill('A', 'SH', 9)
  live(world, 'freight', doing('charge', { label: '"基础"', amount: 'yuan("8.00")' }))
  await paid(world, 'o1', { a: 1 })
  await world.settle()
  const quotes = async () => {
    const rows = await world.database.sql`select from freight_quote where is_current`
    return rows.length
  }
  assert.equal(await quotes(), 1)
  world.rules.clear()
  await world.order('o1', { a: 2 }, 2)
  await world.settle()
  assert.equal(await quotes(), 0)
  live(world, 'freight', doing('charge', { label: '"负数"', amount: 'yuan("-8.00")' }))
  assert.ok((await change(world, 'o1', { do: 'replan' })).ok)
  assert.deepEqual(
    [(await planOf(world, 'o1'))?.state, (await planOf(world, 'o1'))?.step],
    ['review', 'freight'],
  )
  assert.ok((await change(world, 'o1', { do: 'hold' })).ok)
  assert.ok((await change(world, 'o1', { do: 'release' })).ok)
  assert.equal((await planOf(world, 'o1'))?.state, 'review', 'no freight is known yet')
})
