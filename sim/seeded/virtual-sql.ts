import { randomBytes } from 'node:crypto'
import type { Instant } from '#kernel/clock.ts'
import { migrate, readMigrations } from '#platform/migrate.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { type Database, openDatabase } from '#platform/postgres/database.ts'
import { templateOf, testServerUrl, withDatabase } from '#test-support/postgres.ts'

// A database whose clock stands until it is moved. Unqualified now() and clock_timestamp() are looked up along the search path; ours
// comes before PostgreSQL's own, in defaults and triggers too, since the migrations run along the same path.

export type VirtualSql = {
  /** For the simulation itself; the hub opens its own connections to `url`. */
  readonly db: Database
  readonly url: string
  readonly setNow: (now: Instant) => Promise<void>
  /**
   * Until all that is committed in the journals may be read: their readers pass over what is younger than the oldest transaction of the whole
   * server, and others than the simulation may work on it. Answers how far they are written.
   */
  readonly settle: () => Promise<string>
  readonly close: () => Promise<void>
}

/**
 * The connection's own options are replaced, the hub's too: plans are kept. The hub has its statements planned for tables that
 * grow; here they stay small, and planning was half of a run's time.
 */
const OPTIONS = 'options=-c%20plan_cache_mode%3Dauto%20-c%20synchronous_commit%3Doff%20-c%20jit%3Doff'
/** Rows come in another order wherever a statement does not say one: what follows from that would part the lives of a seed now and then. */
const OTHER_PLANS = ['indexscan', 'indexonlyscan', 'bitmapscan', 'hashjoin']
  .map((name) => `%20-c%20enable_${name}%3Doff`)
  .join('')
/** Of real time: on a busy machine another's transaction takes its while. */
const SETTLE_WITHIN_MS = 60_000
const SETTLE_MS = 2

/** `otherPlans`: statements are carried out in other ways than the server would choose. */
export async function openVirtualSql(now: Instant, otherPlans = false): Promise<VirtualSql> {
  const server = await testServerUrl()
  const admin = openDatabase({ url: server, connections: 1, applicationName: 'holdfast sim admin' })
  const name = `hf_test_${process.pid}_${randomBytes(6).toString('hex')}`
  await admin.raw(
    `create database ${name} template ${await ensureTemplate(server, admin, now)} strategy file_copy`,
  )
  await alongOurs(admin, name)
  const url = `${withOptions(withDatabase(server, name))}${otherPlans ? OTHER_PLANS : ''}`
  const db = openDatabase({ url, connections: 3, applicationName: 'holdfast sim' })
  return {
    db,
    url,
    setNow: async (to) => {
      await db`update sim.clock set at = ${to}`
    },
    settle: async () => {
      for (const until = performance.now() + SETTLE_WITHIN_MS; performance.now() < until; ) {
        const [row] = await db<{ settled: boolean; written: string }>`
          select concat_ws(' ', (select max(id) from journal), (select max(id) from stock_movement)) as written, not exists (select 1 from journal where xact >= pg_snapshot_xmin(pg_current_snapshot()))
            and not exists (select 1 from stock_movement where xact >= pg_snapshot_xmin(pg_current_snapshot())) as settled`
        if (row?.settled === true) return row.written
        await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
      }
      throw new Error('somebody else keeps a transaction open on the server of the simulation')
    },
    close: async () => {
      await db.end()
      await admin.raw(`drop database if exists ${name} with (force)`)
      await admin.end()
    },
  }
}

function withOptions(url: string): string {
  return `${url}${url.includes('?') ? '&' : '?'}${OPTIONS}`
}

/** Objects are made in the first schema of the path that exists: that must be public, and names without a schema find ours before PostgreSQL's. */
async function alongOurs(admin: Database, name: string): Promise<void> {
  await admin.raw(`alter database ${name} set search_path = public, sim, pg_catalog`)
}

const templates = new Map<string, Promise<string>>()

function ensureTemplate(server: string, admin: Database, now: Instant): Promise<string> {
  const known = templates.get(server)
  if (known !== undefined) return known
  const made = makeTemplate(server, admin, now)
  templates.set(server, made)
  made.catch(() => templates.delete(server))
  return made
}

/** All migrations, on a virtual clock that stands at `now`, with the partitions of its first days. One for a server and release. */
async function makeTemplate(server: string, admin: Database, now: Instant): Promise<string> {
  const migrations = readMigrations()
  const key = [VIRTUAL, UNTIDIED, now.toString(), ...migrations.map((one) => one.name + one.sha256)].join()
  return await templateOf(admin, 'hf_template_sim', key, async (draft) => {
    const first = openDatabase({ url: withDatabase(server, draft), connections: 1 })
    await first
      .raw(`${VIRTUAL}; insert into sim.clock values ('${now.toString()}')`)
      .finally(() => first.end())
    await alongOurs(admin, draft)
    const sql = openDatabase({ url: withOptions(withDatabase(server, draft)), connections: 1 })
    try {
      await migrate(sql, migrations)
      await ensurePartitions(sql, now.toZonedDateTimeISO('UTC').toPlainDate())
      await sql.raw(UNTIDIED)
    } finally {
      await sql.end()
    }
  })
}

const VIRTUAL = `
  create schema sim;
  create table sim.clock (at timestamptz not null);
  create function sim.now() returns timestamptz language sql stable as 'select at from sim.clock';
  create function sim.clock_timestamp() returns timestamptz language sql stable as 'select at from sim.clock'`

/** Which rows a statement without an order meets first is changed by a vacuum, and by the figures that it keeps: by real time. */
const UNTIDIED = `
  do $$ declare name regclass; begin
    for name in select oid from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace loop
      execute format('alter table %s set (autovacuum_enabled = false)', name);
    end loop;
  end $$`
