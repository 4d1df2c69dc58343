import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import { runCli } from '#app/cli.ts'
import { claimIntents } from '#platform/outbox/store.ts'
import { type Database, openDatabase } from '#platform/postgres/database.ts'
import { testDataDir } from '#test-support/data-dir.ts'
import { type FreshDatabase, freshDatabase } from '#test-support/postgres.ts'

// A database that was set back does not know what was done since: docs/operations/backup.md.

let database: FreshDatabase
let sql: Database

before(async () => {
  database = await freshDatabase()
  sql = openDatabase({ url: database.url, connections: 1, applicationName: 'test' })
})
after(async () => {
  await sql.end()
  await database.close()
})

async function restored(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' }
  const code = await runCli(['restored', ...args], {
    env: { DATABASE_URL: database.url, DATA_DIR: testDataDir(), HOLDFAST_KEY: '5c'.repeat(32) },
    stdin: Readable.from([]),
    out: (text) => {
      said.out += text
    },
    err: (text) => {
      said.err += text
    },
    isTerminal: false,
  })
  return { code, ...said }
}

const states = async (): Promise<unknown> => await sql`select key, state from outbox_intent order by key`

test('what waits is asked for first, ids and numbers go on behind those that were given', async () => {
  await sql`insert into outbox_intent (key, effect, connection_id, payload, state) values
    ('done', 'make_waybill', 'c', '{}', 'done'), ('fresh', 'make_waybill', 'c', '{}', 'pending'), ('leased', 'make_waybill', 'c', '{}', 'sending')`
  await database.sql`select 1`
  const refused = await restored('--json')
  assert.equal(refused.code, 1)
  assert.match(refused.err, /cli\.hub_running/)
  assert.deepEqual(await states(), [
    { key: 'done', state: 'done' },
    { key: 'fresh', state: 'pending' },
    { key: 'leased', state: 'sending' },
  ])

  await sql`select pg_terminate_backend(pid, 5000) from pg_stat_activity
    where datname = current_database() and application_name like 'holdfast%'`
  const done = await restored('--leap', '5000', '--json')
  assert.equal(done.code, 0, done.err)
  assert.equal(JSON.parse(done.out).doubtful, 2)
  const [next] = await sql<{ id: bigint }>`
    insert into outbox_intent (key, effect, connection_id, payload) values ('next', 'make_waybill', 'd', '{}') returning id`
  assert.ok((next?.id ?? 0n) > 5_000n, String(next?.id))
  const now = Temporal.Now.instant().add({ seconds: 5 })
  const claimed = await claimIntents(sql, now, Temporal.Duration.from({ seconds: 90 }), 10, [])
  assert.deepEqual(claimed.map(({ key, doubtful }) => [key, doubtful]).sort(), [
    ['fresh', true],
    ['leased', true],
    ['next', false],
  ])
})

test('wrong figures are wrong usage', async () => {
  for (const args of [
    ['--leap', '0'],
    ['--leap', 'x'],
    ['--numbers', '-1'],
    ['--numbers', '1.5'],
  ])
    assert.equal((await restored(...args)).code, 2, args.join(' '))
})
