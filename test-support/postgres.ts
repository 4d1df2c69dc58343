import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { migrate, readMigrations } from '#platform/migrate.ts'
import { createMovementPartitions } from '#platform/partitions/store.ts'
import { type Database, openDatabase } from '#platform/postgres/database.ts'
import { quickFolder } from './quick-folder.ts'

export type FreshDatabase = { readonly sql: Database; readonly url: string; close(): Promise<void> }

/**
 * A database of its own with all migrations applied. The server is the test run's (HOLDFAST_TEST_PG), or for a file run by
 * hand one that is shared by this checkout and ends by itself when idle.
 */
export async function freshDatabase(options: { connections?: number } = {}): Promise<FreshDatabase> {
  const server = await testServerUrl()
  const admin = openDatabase({ url: server, connections: 1, applicationName: 'holdfast test admin' })
  const name = `hf_test_${process.pid}_${randomBytes(6).toString('hex')}`
  // Copying its files costs a third of writing them through the log (25 ms of a processor against 66, made and dropped).
  await admin.raw(
    `create database ${name} template ${await ensureTemplate(server, admin)} strategy file_copy`,
  )
  const url = withDatabase(server, name)
  const sql = openDatabase({ url, connections: options.connections ?? 5, applicationName: 'holdfast test' })
  await createMovementPartitions(sql)
  const close = async (): Promise<void> => {
    await sql.end()
    await admin.raw(`drop database if exists ${name} with (force)`)
    await admin.end()
  }
  return { sql, url, close }
}

/** A database without any table, for the tests of migrations. */
export async function emptyDatabase(): Promise<FreshDatabase> {
  const server = await testServerUrl()
  const admin = openDatabase({ url: server, connections: 1, applicationName: 'holdfast test admin' })
  const name = `hf_test_${process.pid}_${randomBytes(6).toString('hex')}`
  await admin.raw(`create database ${name}`)
  const url = withDatabase(server, name)
  const sql = openDatabase({ url, connections: 5, applicationName: 'holdfast test' })
  const close = async (): Promise<void> => {
    await sql.end()
    await admin.raw(`drop database if exists ${name} with (force)`)
    await admin.end()
  }
  return { sql, url, close }
}

const withReferring = new Map<string, string>()

/**
 * Empties tables that hold a few rows, and those that refer to them, as `truncate ... cascade` does. That makes new files for every
 * partition and index, 200 ms for the tables of the pipeline where deleting takes 11: a test that empties a hundred times spends most of its
 * time on it.
 */
export async function emptyTables(sql: Database, tables: readonly string[]): Promise<void> {
  const key = tables.join()
  if (!withReferring.has(key)) {
    const rows = await sql<{ name: string }>`
      with recursive wanted (id) as (
        select name::regclass::oid from unnest(string_to_array(${key}, ',')) as name
        union
        select conrelid from pg_constraint join wanted on confrelid = wanted.id where contype = 'f' and conparentid = 0
      ) select id::regclass::text as name from wanted`
    withReferring.set(key, rows.map(({ name }) => `delete from ${name}`).join('; '))
  }
  // Neither order nor triggers matter to what is emptied whole.
  await sql.raw(`begin; set local session_replication_role = replica; ${withReferring.get(key)}; commit`)
}

/** The same server's database of another name. */
export function withDatabase(server: string, name: string): string {
  return server.replace(/\/[^/?]*(\?|$)/, `/${name}$1`)
}

const TEMPLATE_LOCK = 4_417_300

let template: Promise<string> | null = null

function ensureTemplate(server: string, admin: Database): Promise<string> {
  template ??= makeTemplate(server, admin).catch((error: unknown) => {
    // Other files of this process try again.
    template = null
    throw error
  })
  return template
}

/** Keyed by the migrations, so that an edited file gets a new one. */
async function makeTemplate(server: string, admin: Database): Promise<string> {
  const migrations = readMigrations()
  const key = migrations.map((one) => one.name + one.sha256).join()
  return await templateOf(admin, 'hf_template', key, async (draft) => {
    const sql = openDatabase({ url: withDatabase(server, draft), connections: 1 })
    await migrate(sql, migrations).finally(() => sql.end())
  })
}

/**
 * The name of a database to copy from: `prefix` and a hash of `key`, filled by `build` where there is none yet. Built under another
 * name, for half a template is none, and by one process at a time. `admin` has one connection.
 */
export async function templateOf(
  admin: Database,
  prefix: string,
  key: string,
  build: (draft: string) => Promise<void>,
): Promise<string> {
  const name = `${prefix}_${createHash('sha256').update(key).digest('hex').slice(0, 16)}`
  await admin`select pg_advisory_lock(${TEMPLATE_LOCK})`
  try {
    const found = await admin`select 1 from pg_database where datname = ${name}`
    if (found.length > 0) return name
    const draft = `${name}_draft`
    await admin.raw(`drop database if exists ${draft} with (force)`)
    await admin.raw(`create database ${draft}`)
    await build(draft)
    await admin.raw(`alter database ${draft} rename to ${name}`)
    return name
  } finally {
    await admin`select pg_advisory_unlock(${TEMPLATE_LOCK})`
  }
}

let sharedServer: Promise<string> | null = null

/** The URL of the test server's `postgres` database. */
export function testServerUrl(): Promise<string> {
  const given = process.env.HOLDFAST_TEST_PG
  if (given !== undefined && given !== '') return Promise.resolve(withDatabase(given, 'postgres'))
  sharedServer ??= joinSharedServer()
  return sharedServer
}

const SERVER_READY_WITHIN_MS = 60_000
const POLL_MS = 100

async function joinSharedServer(): Promise<string> {
  const dataDir = sharedServerFolder()
  for (let waited = 0; waited < SERVER_READY_WITHIN_MS; waited += POLL_MS) {
    const url = await answeringUrl(join(dataDir, 'url'))
    if (url !== null) return url
    if (waited % 10_000 === 0) {
      const script = fileURLToPath(new URL('./idle-server.ts', import.meta.url))
      // A second one, started by another test file at the same moment, joins the first and ends with it.
      spawn(process.execPath, [script, dataDir], { detached: true, stdio: 'ignore' }).unref()
    }
    await sleep(POLL_MS)
  }
  throw new Error(`no test database within a minute; see ${dataDir}/postgres/start.log`)
}

/** One per user and checkout, so that two clones on one machine do not meet. */
function sharedServerFolder(): string {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const key = createHash('sha256').update(root).digest('hex').slice(0, 10)
  return join(quickFolder(), `holdfast-test-${process.getuid?.() ?? 0}-${key}`)
}

async function answeringUrl(file: string): Promise<string | null> {
  let url: string
  try {
    url = withDatabase(readFileSync(file, 'utf8').trim(), 'postgres')
  } catch {
    return null
  }
  const sql = openDatabase({ url, connections: 1 })
  try {
    await sql`select 1`
    return url
  } catch {
    return null
  } finally {
    await sql.end()
  }
}
