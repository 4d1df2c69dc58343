import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Outage } from '#kernel/outage.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'
import { openDatabase } from './database.ts'

let database: FreshDatabase
before(async () => {
  database = await freshDatabase()
  await database.sql.raw('create table waited (id int primary key)')
  await database.sql`insert into waited values (1)`
})
after(async () => await database.close())

test('a transaction whose process hangs loses its locks to others, and is an outage to itself', async () => {
  const hanging = openDatabase({ url: database.url, connections: 1, idleInTransactionMs: 150 })
  const hasLock = Promise.withResolvers<void>()
  const wakes = Promise.withResolvers<void>()
  const hung = hanging.begin(async (tx) => {
    await tx`select id from waited for update`
    hasLock.resolve()
    await wakes.promise
    await tx`update waited set id = 2`
  })
  const ended = assert.rejects(hung, (error) => error instanceof Outage)
  await hasLock.promise
  const rows = await database.sql`select id from waited for update`
  assert.equal(rows.length, 1)
  wakes.resolve()
  await ended
  assert.equal((await hanging`select id from waited where id = 1`).length, 1)
  await hanging.end()
})
