import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { StockLevel } from '#domain/stock.ts'
import { manualClock } from '#kernel/clock.ts'
import { until } from '#test-support/hub.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { count, lockOf } from '#test-support/stock.ts'
import { applyStock, openStockEngine, type StockEngine, switchTransit } from './index.ts'

let database: FreshDatabase
let engine: StockEngine
const clock = manualClock(Temporal.Instant.from('2026-11-11T00:00:00Z'))

before(async () => {
  database = await freshDatabase()
})
beforeEach(async () => {
  await database.sql`truncate stock_movement, stock_hold, stock_hold_line, stock_quota, stock_level, stock_applied, warehouse cascade`
  await database.sql`insert into warehouse (code, name, updated_by) values ('SH', '上海', 't'), ('GZ', '广州', 't')`
  await engine?.stop()
  engine = openStockEngine({ db: database.sql, clock })
})
after(async () => {
  await engine.stop()
  await database.close()
})

const fill = (sku: string, warehouse: string, pieces: number): Promise<void> =>
  count(engine, sku, warehouse, pieces)
async function level(sku: string, warehouse: string): Promise<StockLevel | undefined> {
  return (await engine.levels([{ sku, warehouse }]))[0]
}

test('a lock takes all lines or none, and adds up lines of one SKU', async () => {
  await fill('A', 'SH', 3)
  await fill('B', 'SH', 1)
  const none = await engine.ask(
    lockOf('k1', [
      ['A', 'SH', 2],
      ['A', 'SH', 2],
      ['B', 'SH', 1],
    ]),
  )
  assert.equal(none.ok, false)
  assert.equal(none.ok ? '' : none.refusal.code, 'SKU_NOT_AVAILABLE_IN_WAREHOUSE')
  assert.equal((await level('A', 'SH'))?.locked, 0)
  assert.equal((await level('B', 'SH'))?.locked, 0)
  const all = await engine.ask(
    lockOf('k2', [
      ['A', 'SH', 2],
      ['A', 'SH', 1],
      ['B', 'SH', 1],
    ]),
  )
  assert.ok(all.ok)
  assert.equal((await level('A', 'SH'))?.available, 0)
})

test('a thousand pieces and three thousand callers: a thousand are sold', async () => {
  await fill('HOT', 'SH', 1_000)
  const answers = await engine.askAll(
    Array.from({ length: 3_000 }, (_, i) => lockOf(`r${i}`, [['HOT', 'SH', 1]])),
    {
      deadlineMs: 30_000,
    },
  )
  assert.equal(answers.filter((one) => one.ok).length, 1_000)
  const [sum] = await database.sql<{ open: bigint }>`select sum(open) as open from stock_hold_line`
  assert.equal(sum?.open, 1_000n)
  assert.equal((await level('HOT', 'SH'))?.locked, 1_000)
})

test('commit, release and the same key again', async () => {
  await fill('A', 'SH', 5)
  const first = await engine.ask(lockOf('k', [['A', 'SH', 3]]))
  const again = await engine.ask(lockOf('k', [['A', 'SH', 3]]))
  assert.ok(first.ok && again.ok && first.value.do === 'lock' && again.value.do === 'lock')
  assert.equal(first.value.hold.id, again.value.hold.id)
  const other = await engine.ask(lockOf('k', [['A', 'SH', 2]]))
  assert.equal(other.ok ? '' : other.refusal.code, 'stock.key_reused')
  const part = [{ sku: 'A', warehouse: 'SH', quantity: 1 }]
  await engine.ask({ do: 'commit', key: 'k', lines: part, reason: 'shipped', actor: 'test' })
  await engine.ask({ do: 'release', key: 'k', reason: 'cancelled', actor: 'test' })
  const rest = await level('A', 'SH')
  assert.deepEqual([rest?.physical, rest?.locked, rest?.available], [4, 0, 4])
  const twice = await engine.ask({ do: 'release', key: 'k', reason: 'cancelled', actor: 'test' })
  assert.ok(twice.ok)
  const moves = await database.sql<{ cause: string; physical: number; locked: number }>`
    select cause, physical, locked from stock_movement order by id`
  assert.deepEqual(
    moves.map((one) => [one.cause, one.physical, one.locked]),
    [
      ['count', 5, 0],
      ['lock', 0, 3],
      ['commit', -1, -1],
      ['release', 0, -2],
    ],
  )
})

test('a level that is made while its warehouse is switched has the switch as it is then', async () => {
  await fill('A', 'SH', 1)
  const switched = Promise.withResolvers<void>()
  const turning = database.sql.begin(async (tx) => {
    await tx`select 1 from warehouse where code = 'SH' for update`
    await tx`update warehouse set counts_in_transit = false where code = 'SH'`
    await switchTransit(tx, 'SH', false, 'test', clock.now())
    await switched.promise
  })
  const making = fill('NEW', 'SH', 1)
  await new Promise((resolve) => setTimeout(resolve, 100))
  switched.resolve()
  await Promise.all([turning, making])
  assert.deepEqual(
    [(await level('A', 'SH'))?.transitCounts, (await level('NEW', 'SH'))?.transitCounts],
    [false, false],
  )
})

test('a hold that somebody makes while its release waits is looked at anew, with its own levels', async () => {
  await fill('A', 'SH', 2)
  await fill('B', 'SH', 5)
  const gate = Promise.withResolvers<void>()
  const written = Promise.withResolvers<void>()
  const other = openStockEngine({
    db: database.sql,
    clock,
    step: async (name) => {
      if (name !== 'written') return
      written.resolve()
      await gate.promise
    },
  })
  const demand = [
    ['A', 'SH', 1],
    ['B', 'SH', 1],
  ] as const
  const made = other.ask(lockOf('k', demand))
  await written.promise
  // The level of A is waited for; the hold, with B, comes in between.
  const late = database.sql.begin(
    async (tx) =>
      await applyStock(
        tx,
        [lockOf('k2', [['A', 'SH', 1]]), { do: 'release', key: 'k', reason: 'test', actor: 'test' }],
        clock.now(),
      ),
  )
  const refused = assert.rejects(late, { code: 'stock.same_key_now' })
  await until(
    async () =>
      (
        await database.sql`
          select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
      ).length > 0,
    () => 'nobody waits for the level',
  )
  gate.resolve()
  assert.equal((await made).ok, true)
  await refused
  await other.stop()
})
