import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freshDatabase } from '#test-support/postgres.ts'
import { openNotices } from './notices.ts'

test('what was told waits until it may be heard, in the order of the commits; a dead listener hears nothing', async (t) => {
  const { sql: db, close } = await freshDatabase()
  const notices = openNotices(db)
  t.after(async () => {
    await notices.close()
    await close()
  })
  const heard: string[] = []
  const end = await notices.listen('sim_test', (payload) => heard.push(payload))
  await db`select pg_notify('sim_test', 'one')`
  await db`select pg_notify('sim_test', 'two')`
  assert.equal(heard.length, 0)
  await notices.tell()
  assert.deepEqual(heard.slice(), ['one', 'two'])
  await end()
  await notices.listen('sim_test', (payload) => heard.push(`again ${payload}`))
  await db`select pg_notify('sim_test', 'three')`
  await notices.tell()
  assert.deepEqual(heard, ['one', 'two', 'again three'])
  notices.forget()
  await db`select pg_notify('sim_test', 'four')`
  await notices.tell()
  assert.equal(heard.length, 3)
})
