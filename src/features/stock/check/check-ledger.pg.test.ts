import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { systemClock } from '#kernel/clock.ts'
import { openAlarms } from '#platform/alarms/alarms.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { count, lockOf, seedWarehouses } from '#test-support/stock.ts'
import { openStockEngine, type StockEngine } from '../index.ts'
import { checkLedger, repairLedger, watchLedger } from './check-ledger.ts'

let database: FreshDatabase
let engine: StockEngine
before(async () => {
  database = await freshDatabase()
  await seedWarehouses(database.sql, 'SH', 'GZ')
  engine = openStockEngine({ db: database.sql, clock: systemClock })
  await count(engine, 'A', 'SH', 10)
  await count(engine, 'B', 'GZ', 10)
  await engine.ask(lockOf('k1', [['A', 'SH', 4]]))
  await engine.ask(lockOf('k2', [['B', 'GZ', 3]]))
  await engine.ask({ do: 'quota', sku: 'B', warehouse: 'GZ', channel: 'pdd', granted: 2, actor: 'test' })
})
after(async () => {
  await engine.stop()
  await database.close()
})

test('a ledger that somebody wrote to is found out, explained and put right', async () => {
  const deps = { db: database.sql, clock: systemClock }
  assert.deepEqual((await checkLedger(deps)).faults, [])
  await database.sql`update stock_level set locked = 1, reserved = 7 where sku = 'A'`
  await database.sql`update stock_hold set state = 'released' where key = 'k2'`
  const { faults } = await checkLedger(deps)
  assert.deepEqual(faults.map((one) => one.kind).toSorted(), ['counter', 'counter', 'ended_open'])
  const alarms = openAlarms({ ...deps, onUnstored: () => assert.fail() })
  await watchLedger({ ...deps, alarms })
  const [alarm] = await database.sql<{
    state: string
  }>`select state from alarm where rule = 'stock.ledger_differs'`
  assert.equal(alarm?.state, 'open')
  const audited: number[] = []
  const { steps } = await repairLedger(
    deps,
    'operator',
    async (_tx, repair) => void audited.push(repair.steps.length),
  )
  assert.equal(steps.length, 3)
  assert.deepEqual(audited, [3])
  assert.match(
    steps.map((step) => step.zh).join(),
    /A @ SH：已锁 1 改为 4（占用明细之和），补记 3 件有主占用/,
  )
  assert.deepEqual((await checkLedger(deps)).faults, [])
  const levels = await engine.levels([
    { sku: 'A', warehouse: 'SH' },
    { sku: 'B', warehouse: 'GZ' },
  ])
  assert.deepEqual(levels.map((one) => [one.sku, one.physical, one.locked, one.reserved]).toSorted(), [
    ['A', 10, 4, 0],
    ['B', 10, 0, 2],
  ])
  const moves = await database.sql<{ sku: string }>`select sku from stock_movement where cause = 'repair'`
  assert.equal(moves.length, 2)
  await watchLedger({ ...deps, alarms })
  const [over] = await database.sql<{
    state: string
  }>`select state from alarm where rule = 'stock.ledger_differs'`
  assert.equal(over?.state, 'resolved')
})

test('locks under way are no fault', async () => {
  let isOver = false
  const load = (async () => {
    for (let n = 0; !isOver; n += 1) {
      await engine.ask(lockOf(`w${n}`, [['A', 'SH', 1]]))
      await engine.ask({ do: 'release', key: `w${n}`, reason: 'test', actor: 'test' })
    }
  })()
  for (let n = 0; n < 30; n += 1)
    assert.deepEqual((await checkLedger({ db: database.sql, clock: systemClock })).faults, [])
  isOver = true
  await load
})
