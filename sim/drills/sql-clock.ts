import type { Database } from '#platform/postgres/database.ts'
import type { FastClock } from './fast-clock.ts'

// `now()` without a schema is found in the first schema of the search path that has one: with `drill` before `pg_catalog`, which then
// has to be named, every statement, default and migration of the hub reads the sandbox's clock, and none knows of it. New tables still
// go to `public`, which stands first.

/** Makes the sandbox's clock in its database; connections opened after it read it. */
export async function makeSqlClock(sql: Database, database: string): Promise<void> {
  await sql.raw(`
    create schema drill;
    create table drill.clock (real_at timestamptz not null, virtual_at timestamptz not null, speed float8 not null);
    insert into drill.clock values (pg_catalog.now(), pg_catalog.now(), 1);
    create function drill.at(given timestamptz) returns timestamptz stable language sql as
      'select virtual_at + (given - real_at) * speed from drill.clock';
    create function drill.now() returns timestamptz stable language sql as 'select drill.at(pg_catalog.now())';
    create function drill.transaction_timestamp() returns timestamptz stable language sql as
      'select drill.at(pg_catalog.now())';
    create function drill.statement_timestamp() returns timestamptz stable language sql as
      'select drill.at(pg_catalog.statement_timestamp())';
    create function drill.clock_timestamp() returns timestamptz volatile language sql as
      'select drill.at(pg_catalog.clock_timestamp())';
    alter database "${database}" set search_path = public, drill, pg_catalog;
  `)
}

/** The database goes on the same line as the process; the machine's clock is the same for both. */
export async function setSqlClock(sql: Database, clock: FastClock): Promise<void> {
  const { realAt, virtualAt, speed } = clock.line()
  await sql`update drill.clock set real_at = ${realAt}, virtual_at = ${virtualAt}, speed = ${speed}`
}
