import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { recordAudit } from '#features/identity/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { refuse } from '#kernel/result.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { readSkus, readSummary } from '../read/store.ts'
import { changeFigures } from './change-figures.ts'
import type { DeskDeps } from './deps.ts'

// Goods that were sold while on their way have left before they came: 56 less than nothing on the shelf, 120 on the way, 64 available.

let fresh: FreshDatabase
let desk: DeskDeps
before(async () => {
  fresh = await freshDatabase()
  const { sql } = fresh
  desk = {
    db: sql,
    clock: systemClock,
    zone: () => 'Asia/Shanghai',
    audit: (tx, entry) => recordAudit({ sql: tx, clock: systemClock }, entry),
    isChannel: () => false,
    onJobQueued: () => undefined,
    files: {
      keep: async () => await Promise.resolve(refuse('imports.file_not_found', 'none')),
      open: async () => await Promise.resolve(refuse('imports.file_not_found', 'none')),
      reading: (run) => run(),
    },
  }
  await sql`insert into warehouse (code, name, figures, updated_by) values ('HZ', '杭州仓', 'own', 't')`
  await sql`insert into stock_level (sku, warehouse, physical, in_transit, transit_counts) values ('SOCK', 'HZ', -56, 120, true)`
})
after(async () => await fresh.close())

test('a shelf below nothing is found, though what is on its way makes up for it', async () => {
  const filter = { q: '', sku: null, warehouse: null, show: 'negative', lowAt: 10 } as const
  const found = await readSkus(fresh.sql, filter, { sort: 'sku', descending: false }, null, 10)
  assert.deepEqual(
    found.map(({ sku }) => sku),
    ['SOCK'],
  )
  assert.equal((await readSummary(fresh.sql, 10)).negative, 1n)
})

test('what arrived is counted onto it, and nothing more is taken off', async () => {
  const by = { id: '1', name: '小陈', kind: 'user' } as const
  const count = { sku: 'SOCK', warehouse: 'HZ', safety: null, seen: {}, reason: '到货清点', key: null }
  const less = await changeFigures(desk, { ...count, physical: { by: -1 } }, by)
  assert.equal(less.ok ? '' : less.refusal.code, 'stock.below_zero')
  const more = await changeFigures(desk, { ...count, physical: { by: 10 } }, by)
  assert.ok(more.ok, more.ok ? '' : more.refusal.code)
  const [level] = await fresh.sql<{ physical: number }>`select physical from stock_level where sku = 'SOCK'`
  assert.equal(level?.physical, -46)
})
