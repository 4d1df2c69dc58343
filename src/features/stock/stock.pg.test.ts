import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { StockLevel } from '#domain/stock.ts'
import { manualClock } from '#kernel/clock.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import type { LockCommand } from './commands.ts'
import { openStockEngine, type StockEngine } from './index.ts'

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

async function fill(sku: string, warehouse: string, physical: number, safety = 0): Promise<void> {
  const answer = await engine.ask({
    do: 'adjust',
    key: null,
    changes: [{ sku, warehouse, setPhysical: physical, setSafety: safety }],
    cause: 'count',
    actor: 'test',
    evidence: null,
  })
  assert.ok(answer.ok)
}
function lock(
  key: string,
  lines: readonly [string, string | null, number][],
  more: Partial<LockCommand> = {},
): LockCommand {
  return {
    do: 'lock',
    key,
    kind: 'lock',
    owner: { kind: 'api', id: key, reference: key },
    channel: null,
    lines: lines.map(([sku, warehouse, quantity]) => ({ sku, warehouse, quantity })),
    candidates: [],
    spread: 'never',
    drawSafety: false,
    reason: 'test',
    actor: 'test',
    ttlSeconds: 900,
    onDeadline: 'ask',
    ...more,
  }
}
async function level(sku: string, warehouse: string): Promise<StockLevel | undefined> {
  return (await engine.levels([{ sku, warehouse }]))[0]
}

test('a lock takes all lines or none, and adds up lines of one SKU', async () => {
  await fill('A', 'SH', 3)
  await fill('B', 'SH', 1)
  const none = await engine.ask(
    lock('k1', [
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
    lock('k2', [
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
    Array.from({ length: 3_000 }, (_, i) => lock(`r${i}`, [['HOT', 'SH', 1]])),
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
  const first = await engine.ask(lock('k', [['A', 'SH', 3]]))
  const again = await engine.ask(lock('k', [['A', 'SH', 3]]))
  assert.ok(first.ok && again.ok && first.value.do === 'lock' && again.value.do === 'lock')
  assert.equal(first.value.hold.id, again.value.hold.id)
  const other = await engine.ask(lock('k', [['A', 'SH', 2]]))
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
