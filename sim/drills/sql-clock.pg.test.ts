import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabase } from '#platform/postgres/database.ts'
import { freshDatabase } from '#test-support/postgres.ts'
import type { FastClock } from './fast-clock.ts'
import { makeSqlClock, setSqlClock } from './sql-clock.ts'

test('statements, defaults and intervals read the clock of the drill, and new tables still go to public', async () => {
  const database = await freshDatabase()
  const [row] = await database.sql<{ name: string }>`select current_database() as name`
  await makeSqlClock(database.sql, row?.name ?? '')
  const sql = openDatabase({ url: database.url, connections: 1 })
  try {
    const realAt = Temporal.Now.instant()
    const virtualAt = Temporal.Instant.from('2031-05-05T00:00:00Z')
    await setSqlClock(sql, { line: () => ({ realAt, virtualAt, speed: 1 }) } as FastClock)
    await sql.raw('create table drill_sample (id int, at timestamptz not null default now())')
    await sql`insert into drill_sample (id) values (1)`
    const [seen] = await sql<{ schema: string; at: Temporal.Instant; year: number; recent: boolean }>`
      select (select schemaname from pg_tables where tablename = 'drill_sample') as schema, at,
        extract(year from clock_timestamp() at time zone 'UTC')::int as year, at > now() - interval '1 minute' as recent
      from drill_sample`
    assert.equal(seen?.schema, 'public')
    assert.equal(seen?.at.toString().slice(0, 10), '2031-05-05')
    assert.equal(seen?.year, 2031)
    assert.equal(seen?.recent, true)
    await setSqlClock(sql, {
      line: () => ({ realAt: realAt.subtract({ seconds: 10 }), virtualAt, speed: 360 }),
    } as FastClock)
    const [fast] = await sql<{ hours: number }>`
      select extract(epoch from clock_timestamp() - timestamptz '2031-05-05T00:00:00Z')::float8 / 3600 as hours`
    assert.ok((fast?.hours ?? 0) >= 1, 'ten seconds at 360 times are an hour')
  } finally {
    await sql.end()
    await database.close()
  }
})
