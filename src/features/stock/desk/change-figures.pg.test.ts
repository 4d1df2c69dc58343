import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { systemClock } from '#kernel/clock.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { seedWarehouses } from '#test-support/stock.ts'
import { type Count, changeFigures, reserve } from './change-figures.ts'
import type { DeskDeps } from './deps.ts'

let database: FreshDatabase
let audited: unknown[] = []
const BY = { kind: 'user', id: '7', name: '小王' } as const
before(async () => {
  database = await freshDatabase()
  await seedWarehouses(database.sql, 'HZ')
})
after(async () => await database.close())

const deps = (): Parameters<typeof changeFigures>[0] =>
  ({
    db: database.sql,
    clock: systemClock,
    audit: async (_tx: unknown, entry: { detail?: unknown }) => void audited.push(entry.detail),
  }) as unknown as DeskDeps

async function change(count: Partial<Count>): Promise<string> {
  const whole = { sku: 'MUG', warehouse: 'HZ', physical: null, safety: null, seen: {}, key: null }
  const done = await changeFigures(deps(), { ...whole, reason: '盘点', ...count }, BY)
  return done.ok ? done.value.outcome : done.refusal.code
}

test('a request under a key is carried out and audited once, and is no pass over what moved on', async () => {
  audited = []
  assert.equal(await change({ physical: { set: 8 }, seen: { physical: 0 } }), 'done')
  const less = { physical: { by: -5 }, key: 'once' } as const
  assert.equal(await change(less), 'done')
  assert.equal(await change(less), 'repeated', 'though five more are not there to be taken away')
  const stale = { physical: { set: 20 }, seen: { physical: 8 }, key: 'first time' } as const
  assert.equal(await change(stale), 'stock.level_changed_conflict')
  assert.deepEqual(audited, [
    { reason: '盘点', physical: [0, 8] },
    { reason: '盘点', physical: [8, 3] },
  ])
})

test('what a person set aside is out of reach of programs, who commit and release by key', async () => {
  const lines = [{ sku: 'MUG', warehouse: 'HZ', quantity: 1 }]
  const wanted = { key: 'r1', lines, reason: '样品', reference: '', minutes: 60, onDeadline: 'ask' } as const
  assert.ok((await reserve(deps(), wanted, BY)).ok)
  const [kept] = await database.sql<{ key: string }>`select key from stock_hold`
  assert.match(kept?.key ?? '', /^hub:person:7:/)
})
