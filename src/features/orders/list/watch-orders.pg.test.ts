import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { writeJournal } from '#platform/journal/store.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { seedOrder } from '#test-support/seed-orders.ts'
import type { OrderChange } from './order-stream.ts'
import { watchOrders } from './watch-orders.ts'

let db: FreshDatabase
const NOW = Temporal.Now.instant()
before(async () => {
  db = await freshDatabase()
  await ensurePartitions(db.sql, NOW.toZonedDateTimeISO('UTC').toPlainDate())
})
after(async () => await db.close())

test('what is journaled is told once per order, as it stands; what was journaled before is not', async () => {
  const old = await seedOrder(db.sql, { orderNo: 'old' })
  const id = await seedOrder(db.sql, { orderNo: 'new', status: 'shipped' })
  await writeJournal(db.sql, [{ kind: 'order.created', orderId: old, data: {} }], NOW)
  const watch = await watchOrders(db.sql)
  const told: OrderChange[] = []
  const stop = watch.subscribe((change) => told.push(change))
  const twice = ['order.created', 'order.changed'].map((kind) => ({ kind, orderId: id, data: {} }))
  await db.sql.begin(async (tx) => await writeJournal(tx, twice, NOW))
  for (let i = 0; i < 400 && told.length === 0; i += 1) await sleep(50)
  assert.deepEqual(
    told.map(({ id, orderNo, status }) => [id, orderNo, status]),
    [[id, 'new', 'shipped']],
  )
  stop()
  await writeJournal(db.sql, [{ kind: 'order.changed', orderId: old, data: {} }], NOW)
  await sleep(900)
  assert.equal(told.length, 1, 'who has left is told nothing')
  await watch.stop()
})
