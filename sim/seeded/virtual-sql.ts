import type { Instant } from '#kernel/clock.ts'
import { migrate } from '#platform/migrate.ts'
import { type Database, openDatabase } from '#platform/postgres/database.ts'
import { emptyDatabase } from '#test-support/postgres.ts'

// A database whose clock stands until it is moved. Unqualified now() and clock_timestamp() are looked up along the search path; ours
// comes before PostgreSQL's own, in defaults and triggers too, since the migrations run along the same path.

export type VirtualSql = {
  /** For the simulation itself; the hub opens its own connections to `url`. */
  readonly db: Database
  readonly url: string
  readonly setNow: (now: Instant) => Promise<void>
  /**
   * Until all that is committed in the journals may be read: their readers pass over what is younger than the oldest transaction of the whole
   * server, and others than the simulation may work on it.
   */
  readonly settle: () => Promise<void>
  readonly close: () => Promise<void>
}

export async function openVirtualSql(now: Instant): Promise<VirtualSql> {
  const empty = await emptyDatabase()
  const [row] = await empty.sql<{ name: string }>`select current_database() as name`
  await empty.sql.raw(`
    create schema sim;
    create table sim.clock (at timestamptz not null);
    insert into sim.clock values ('${now.toString()}');
    create function sim.now() returns timestamptz language sql stable as 'select at from sim.clock';
    create function sim.clock_timestamp() returns timestamptz language sql stable as 'select at from sim.clock';
    alter database ${row?.name} set search_path = sim, public, pg_catalog;
    alter database ${row?.name} set synchronous_commit = off;
    alter database ${row?.name} set jit = off;
  `)
  const db = openDatabase({ url: empty.url, connections: 3, applicationName: 'holdfast sim' })
  // Objects are made in the first schema of the path that exists: for the migrations that must be public.
  await db.raw(`alter database ${row?.name} set search_path = public, sim, pg_catalog`)
  await db.end()
  const migrating = openDatabase({ url: empty.url, connections: 1, applicationName: 'holdfast sim' })
  await migrate(migrating)
  await migrating.end()
  const held = openDatabase({ url: empty.url, connections: 3, applicationName: 'holdfast sim' })
  return {
    db: held,
    url: empty.url,
    setNow: async (to) => {
      await held`update sim.clock set at = ${to}`
    },
    settle: async () => {
      for (let times = 0; times < 1_000; times += 1) {
        const [row] = await held<{ settled: boolean }>`
          select not exists (select 1 from journal where xact >= pg_snapshot_xmin(pg_current_snapshot()))
            and not exists (select 1 from stock_movement where xact >= pg_snapshot_xmin(pg_current_snapshot())) as settled`
        if (row?.settled === true) return
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    },
    close: async () => {
      await held.end()
      await empty.close()
    },
  }
}
