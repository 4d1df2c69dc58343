import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sha256 } from '#kernel/hash.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { until } from '#test-support/hub.ts'
import { testConnector, testHub } from '#test-support/pipeline.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { startWorkers } from './workers.ts'

let database: FreshDatabase

before(async () => {
  database = await freshDatabase()
  await ensurePartitions(database.sql, Temporal.Now.plainDateISO('UTC'))
})
after(async () => await database.close())

/** Not compressible, so that it is as long in an index as it looks. */
const ENDLESS = Array.from({ length: 90 }, (_, i) => Buffer.from(sha256(String(i))).toString('hex')).join('')

test('a message that cannot be stored is parked alone; those around it and after it go on', async () => {
  const hub = testHub(database.sql, { shop: testConnector('shop', 'channel', { placed: 'placed' }) })
  const placed = (no: string) => ({ key: no, claims: [{ by: 'order', no, code: 'placed', minute: 1 }] })
  for (const no of ['A1', ENDLESS, 'A2']) await hub.send('shop', placed(no), no.slice(0, 10))
  const errors: unknown[] = []
  const workers = startWorkers(hub.deps, {
    workers: 2,
    batch: 100,
    idleMs: 20,
    onError: (e) => void errors.push(e),
  })
  try {
    await until(
      async () => (await database.sql`select 1 from inbox_task where state = 'pending'`).length === 0,
      () => errors.map(String).join('\n'),
      10,
    )
  } finally {
    await workers.stop()
  }
  const orders = await database.sql<{ order_no: string }>`select order_no from sales_order order by order_no`
  assert.deepEqual(
    orders.map((row) => row.order_no),
    ['A1', 'A2'],
  )
  const parked = await database.sql<{ park_code: string }>`select park_code from inbox_task`
  assert.deepEqual(
    parked.map((row) => row.park_code),
    ['intake.unstorable'],
  )
})
