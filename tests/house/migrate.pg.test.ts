import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { Outage } from '#kernel/outage.ts'
import { type Migration, migrate, readMigrations } from '#platform/migrate.ts'
import { type Database, openDatabase } from '#platform/postgres/database.ts'
import { emptyDatabase } from '#test-support/postgres.ts'

function migration(name: string, text: string): Migration {
  return { name, text, sha256: createHash('sha256').update(text).digest('hex') }
}

const FIRST = migration('0001_a.sql', 'create table a (id int);\ninsert into a values (1);')
const SECOND = migration('0002_b.sql', 'alter table a add column b int;')

async function onEmpty(run: (sql: Database, url: string) => Promise<void>): Promise<void> {
  const database = await emptyDatabase()
  try {
    await run(database.sql, database.url)
  } finally {
    await database.close()
  }
}

function isOutage(code: string): (error: unknown) => boolean {
  return (error) => error instanceof Outage && error.code === code && !error.retryable
}

test('the files of this release apply to an empty database, and a second run finds nothing to do', async () => {
  await onEmpty(async (sql) => {
    const names = readMigrations().map((one) => one.name)
    assert.deepEqual(await migrate(sql), { applied: names })
    assert.deepEqual(await migrate(sql), { applied: [] })
  })
})

test('only what is new is applied, and name and text of each file are kept', async () => {
  await onEmpty(async (sql) => {
    await migrate(sql, [FIRST])
    assert.deepEqual(await migrate(sql, [FIRST, SECOND]), { applied: ['0002_b.sql'] })
    assert.deepEqual(await sql`select name, sha256 from schema_migration order by name`, [
      { name: FIRST.name, sha256: FIRST.sha256 },
      { name: SECOND.name, sha256: SECOND.sha256 },
    ])
  })
})

test('processes that start at once apply every file once', async () => {
  await onEmpty(async (sql, url) => {
    const slow = migration('0001_a.sql', `${FIRST.text}\nselect pg_sleep(0.2);`)
    const processes = Array.from({ length: 4 }, () => openDatabase({ url, connections: 2 }))
    const outcomes = await Promise.all(processes.map((one) => migrate(one, [slow, SECOND])))
    assert.deepEqual(outcomes.flatMap((one) => one.applied).sort(), ['0001_a.sql', '0002_b.sql'])
    assert.deepEqual(await sql`select count(*)::int as rows from a`, [{ rows: 1 }])
    await Promise.all(processes.map((one) => one.end()))
  })
})

test('a file that fails leaves nothing of itself, and what came before it stays', async () => {
  await onEmpty(async (sql) => {
    const broken = migration('0002_b.sql', 'create table half (id int);\nselect 1 / 0;')
    await assert.rejects(migrate(sql, [FIRST, broken]), /division by zero/)
    assert.deepEqual(await sql`select to_regclass('half')::text as half, to_regclass('a')::text as a`, [
      { half: null, a: 'a' },
    ])
    assert.deepEqual(await migrate(sql, [FIRST, SECOND]), { applied: ['0002_b.sql'] })
  })
})

test('an applied file that was edited is refused before anything runs', async () => {
  await onEmpty(async (sql) => {
    await migrate(sql, [FIRST])
    const edited = migration('0001_a.sql', `${FIRST.text} `)
    await assert.rejects(migrate(sql, [edited, SECOND]), isOutage('database.migration_changed'))
    assert.deepEqual(await sql`select name from schema_migration`, [{ name: '0001_a.sql' }])
  })
})

test('a database of a later release is refused', async () => {
  await onEmpty(async (sql) => {
    await migrate(sql, [FIRST, SECOND])
    await assert.rejects(migrate(sql, [FIRST]), isOutage('database.newer_than_code'))
  })
})
