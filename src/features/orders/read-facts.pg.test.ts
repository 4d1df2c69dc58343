import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { testConnector, testHub } from '#test-support/pipeline.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { readOrderFacts } from './read-facts.ts'

let db: FreshDatabase
before(async () => {
  db = await freshDatabase()
  await ensurePartitions(db.sql, Temporal.Now.plainDateISO('UTC'))
})
after(() => db.close())

test('two parcels that one source calls delivered in the same second are both delivered, now and when their facts are read again', async () => {
  const hub = testHub(db.sql, {
    shop: testConnector('shop', 'channel', { placed: 'placed', paid: 'paid' }),
    station: testConnector('station', 'warehouse', { printed: 'waybill_issued' }),
    carrier: testConnector('carrier', 'carrier', { signed: 'delivered' }),
  })
  const order = (code: string, minute: number) => ({ by: 'order' as const, no: 'A1', code, minute })
  await hub.send('shop', { key: '1', claims: [order('placed', 0), order('paid', 1)] })
  for (const parcel of ['T1', 'T2']) {
    const printed = { by: 'reference' as const, no: 'A1', code: 'printed', minute: 5, parcel }
    await hub.send('station', { key: `print ${parcel}`, claims: [printed] })
    const signed = { by: 'parcel' as const, no: parcel, code: 'signed', minute: 90 }
    await hub.send('carrier', { key: `sign ${parcel}`, claims: [signed] })
  }
  await hub.drain()
  const [row] = await db.sql<{ id: bigint; status: string }>`select id, status from sales_order`
  assert.equal(row?.status, 'delivered')
  const { facts = [] } = (await readOrderFacts(db.sql, [row?.id ?? 0n])).get(row?.id ?? 0n) ?? {}
  const delivered = facts.filter((fact) => fact.kind === 'delivered')
  assert.deepEqual(
    delivered.map(({ subject }) => (subject.by === 'parcel' ? subject.trackingNo : '')).sort(),
    ['T1', 'T2'],
  )
  assert.equal(new Set(delivered.map((fact) => fact.id)).size, 1, 'both say the same, so both have one id')
})
