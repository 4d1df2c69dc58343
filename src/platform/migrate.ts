import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Outage } from '#kernel/outage.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'

export type Migration = { readonly name: string; readonly sha256: string; readonly text: string }

export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../db/migrations', import.meta.url))

/** Any constant will do as long as every release uses the same. */
const LOCK = 7_209_114

/**
 * Brings the database to this release: forward only, each file in its own transaction, in the order of its number. Safe
 * when several processes start at once. Throws `database.migration_changed` when an applied file was edited,
 * `database.newer_than_code` when the database has been migrated by a later release.
 */
export async function migrate(
  db: Database,
  migrations: readonly Migration[] = readMigrations(),
): Promise<{ applied: readonly string[] }> {
  await db.begin(async (tx) => {
    await lock(tx)
    await tx`create table if not exists schema_migration (
      name text primary key,
      sha256 text not null,
      applied_at timestamptz not null default now()
    )`
    checkHistory(await readHistory(tx), migrations)
  })
  const applied: string[] = []
  for (const migration of migrations) {
    if (await apply(db, migration)) applied.push(migration.name)
  }
  return { applied }
}

export function readMigrations(folder: string = MIGRATIONS_FOLDER): Migration[] {
  const names = readdirSync(folder).filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name))
  return names.sort().map((name) => {
    const text = readFileSync(join(folder, name), 'utf8')
    return { name, text, sha256: createHash('sha256').update(text).digest('hex') }
  })
}

/** The lock is held to the end of the transaction, so that a second process waits and then finds the work done. */
async function apply(db: Database, migration: Migration): Promise<boolean> {
  return await db.begin(async (tx) => {
    await lock(tx)
    const done = await tx`select 1 from schema_migration where name = ${migration.name}`
    if (done.length > 0) return false
    await tx(asTemplate(migration.text))
    await tx`insert into schema_migration (name, sha256) values (${migration.name}, ${migration.sha256})`
    return true
  })
}

async function lock(tx: Sql): Promise<void> {
  // A migration of a large table may take longer than any statement of the running hub is allowed to.
  await tx`set local statement_timeout = 0`
  await tx`select pg_advisory_xact_lock(${LOCK})`
}

type Applied = { readonly name: string; readonly sha256: string }

async function readHistory(tx: Sql): Promise<Applied[]> {
  return await tx<Applied>`select name, sha256 from schema_migration order by name`
}

function checkHistory(history: readonly Applied[], migrations: readonly Migration[]): void {
  const known = new Map(migrations.map((migration) => [migration.name, migration.sha256]))
  for (const { name, sha256 } of history) {
    const expected = known.get(name)
    if (expected === undefined)
      throw new Outage(
        'database.newer_than_code',
        `the database has ${name}, which this release does not know; run the release that made it, or a later one`,
        { retryable: false },
      )
    if (expected !== sha256)
      throw new Outage(
        'database.migration_changed',
        `${name} was edited after this database applied it; restore the file and put the change into a new one`,
        { retryable: false },
      )
  }
}

/** A whole file as a statement without parameters, which PostgreSQL lets consist of many. */
function asTemplate(text: string): TemplateStringsArray {
  return Object.assign([text], { raw: [text] })
}
