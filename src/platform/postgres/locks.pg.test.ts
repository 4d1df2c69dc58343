import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { until } from '#test-support/hub.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { type Locks, openLocks } from './locks.ts'

let database: FreshDatabase
const opened: Locks[] = []
const locks = (): Locks => {
  const one = openLocks(database.url)
  opened.push(one)
  return one
}
const never = (): void => assert.fail('nothing was lost')

before(async () => {
  database = await freshDatabase()
})
after(async () => {
  for (const one of opened) await one.end()
  await database.close()
})

/** Ends the connection that holds the locks, as a restart of the server does. */
async function cut(): Promise<void> {
  await database.sql`select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'holdfast locks' and datname = current_database()`
}

test('a name is held by one process at a time, many names over one connection', async () => {
  const [a, b] = [locks(), locks()]
  const release = await a.tryHold('one', never)
  assert.ok(release)
  assert.equal(await b.tryHold('one', never), null)
  assert.equal(await a.tryHold('one', never), null, 'the holder itself does not get it twice')
  for (let i = 0; i < 50; i += 1) assert.ok(await a.tryHold(`many ${i}`, never))
  const [row] = await database.sql<{ count: bigint }>`select count(*) from pg_stat_activity
    where application_name = 'holdfast locks' and datname = current_database()`
  assert.equal(row?.count, 2n)
  await release()
  assert.ok(await b.tryHold('one', never))
})

test('a name that was held over a lost connection is held again', async () => {
  const a = locks()
  const count = async (): Promise<bigint> => {
    const [row] = await database.sql<{ count: bigint }>`select count(*) from pg_locks
      where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())`
    return row?.count ?? 0n
  }
  const before = await count()
  assert.ok(await a.tryHold('kept', never))
  assert.equal(await count(), before + 1n)
  await cut()
  await until(
    async () => (await count()) === before + 1n,
    () => 'it was not taken again',
    5,
  )
  assert.equal(await locks().tryHold('kept', never), null)
})

test('who was slower after the connection was lost is told', async () => {
  const [a, b] = [locks(), locks()]
  let lost = false
  assert.ok(await a.tryHold('contested', () => (lost = true)))
  await cut()
  await until(
    async () => (await b.tryHold('contested', never).catch(() => null)) !== null,
    () => 'b did not get it',
    2,
  )
  await until(
    async () => lost,
    () => 'a was not told',
    5,
  )
})
