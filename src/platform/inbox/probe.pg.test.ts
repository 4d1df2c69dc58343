import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ensurePartitions, isPartitionMissing } from '#platform/partitions/store.ts'
import { sqlState } from '#platform/postgres/database.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { probeInbox } from './probe.ts'

let database: FreshDatabase
const NOON = Temporal.Instant.from('2026-11-11T12:00:00Z')

before(async () => {
  database = await freshDatabase()
  await ensurePartitions(database.sql, Temporal.PlainDate.from('2026-11-11'))
})
after(async () => await database.close())

test('the probe keeps a message as any is kept, and leaves nothing', async () => {
  await probeInbox(database.sql, NOON, 2_000)
  for (const table of ['inbox_key', 'inbox_message', 'inbox_task'])
    assert.deepEqual(await database.sql.raw(`select 1 from ${table}`), [], table)
})

test('a lock on any table that a message needs fails it within its time', async () => {
  for (const table of ['inbox_key', 'inbox_message', 'inbox_task'])
    await database.sql.begin(async (tx) => {
      // `raw` is another connection; the lock must be this transaction's.
      if (table === 'inbox_key') await tx`lock table inbox_key in exclusive mode`
      if (table === 'inbox_message') await tx`lock table inbox_message in exclusive mode`
      if (table === 'inbox_task') await tx`lock table inbox_task in exclusive mode`
      await assert.rejects(probeInbox(database.sql, NOON, 100), (error) => sqlState(error) === '57014')
    })
})

test('a day without its partition is told apart from what a message is to blame for', async () => {
  const later = NOON.add({ hours: 24 * 30 })
  await assert.rejects(probeInbox(database.sql, later, 2_000), isPartitionMissing)
  await ensurePartitions(database.sql, Temporal.PlainDate.from('2026-12-11'))
  await probeInbox(database.sql, later, 2_000)
  const wrong = database.sql`
    insert into inbox_message (received_at, connection_id, transport, topic, dedup_key, headers, body, verdict, response_status,
      response_body, latency_us) values (${NOON}, 'shop', 'pigeon', '', '', '{}', ''::bytea, 'accepted', 200, '', 0)`
  await assert.rejects(wrong, (error) => sqlState(error) === '23514' && !isPartitionMissing(error))
})
