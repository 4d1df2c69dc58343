import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { until } from '#test-support/hub.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'

let database: FreshDatabase

before(async () => {
  database = await freshDatabase()
})
after(async () => await database.close())

test('a listener whose connection was cut comes back, and looks for what it missed', async () => {
  const heard: string[] = []
  const stop = await database.sql.listen('news', (payload) => void heard.push(payload))
  await database.sql`select pg_notify('news', 'one')`
  await until(
    async () => heard.length === 1,
    () => 'not heard',
  )
  await database.sql`
    select pg_terminate_backend(pid) from pg_stat_activity
    where query like 'listen%' and datname = current_database() and pid <> pg_backend_pid()`
  await database.sql`select pg_notify('news', 'while nobody listened')`
  await until(
    async () => heard.length === 2,
    () => 'it did not look',
    5,
  )
  await database.sql`select pg_notify('news', 'two')`
  await until(
    async () => heard.length === 3,
    () => 'not heard again',
    5,
  )
  assert.deepEqual(heard, ['one', '', 'two'])
  await stop()
})

test('a connection that dies within a transaction fails the transaction, not the process', async () => {
  await assert.rejects(
    database.sql.begin(async (tx) => {
      const [row] = await tx<{ pid: number }>`select pg_backend_pid() as pid`
      await database.sql`select pg_terminate_backend(${row?.pid ?? 0})`
      await new Promise((resolve) => setTimeout(resolve, 100))
      await tx`select 1`
    }),
    { name: 'Outage', code: 'database.unreachable' },
  )
  assert.deepEqual(await database.sql`select 1 as one`, [{ one: 1 }])
})
