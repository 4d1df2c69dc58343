import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Outage } from '#kernel/outage.ts'
import { startPostgres } from '#platform/embedded-postgres/index.ts'
import { socketDirFor } from '#platform/embedded-postgres/server.ts'
import { openDatabase } from '#platform/postgres/database.ts'

const isRoot = process.getuid?.() === 0
const HOLDER = fileURLToPath(new URL('../../test-support/hold-postgres.ts', import.meta.url))

async function inFolder(run: (dataDir: string) => Promise<void>, above: string = tmpdir()): Promise<void> {
  const folder = mkdtempSync(join(above, 'holdfast-pg-'))
  try {
    await run(join(folder, 'data'))
  } finally {
    const home = join(folder, 'data/postgres')
    if (existsSync(home)) rmSync(realpathSync(home), { recursive: true, force: true })
    rmSync(folder, { recursive: true, force: true })
  }
}

async function query(url: string, text: string): Promise<Record<string, unknown>[]> {
  const sql = openDatabase({ url, connections: 1 })
  return await sql.raw(text).finally(() => sql.end())
}

async function queryUntilUp(url: string, text: string): Promise<Record<string, unknown>[]> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    try {
      return await query(url, text)
    } catch {
      await sleep(100)
    }
  }
  return await query(url, text)
}

function pidOf(dataDir: string): number {
  return Number(readFileSync(join(dataDir, 'postgres/18/postmaster.pid'), 'utf8').split('\n')[0])
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Another process that starts the server on that folder and holds it. */
async function holdElsewhere(dataDir: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [HOLDER, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise<void>((ready, fail) => {
    child.stdout.once('data', () => ready())
    child.once('exit', (code) => fail(new Error(`the holder ended with ${code}`)))
  })
  return child
}

test('what was committed survives kill -9 of the server, which comes back by itself', async () => {
  await inFolder(async (dataDir) => {
    const server = await startPostgres({ dataDir })
    await query(server.url, 'create table kept as select generate_series(1, 1000) as n')
    const killed = pidOf(dataDir)
    process.kill(killed, 'SIGKILL')
    assert.deepEqual(await queryUntilUp(server.url, 'select sum(n)::int as sum from kept'), [
      { sum: 500_500 },
    ])
    assert.notEqual(pidOf(dataDir), killed)
    await server.stop()
    assert.equal(existsSync(join(dataDir, 'postgres/18/postmaster.pid')), false)
  })
})

test('a server whose hub was killed is adopted, and stops with the hub that adopted it', async () => {
  await inFolder(async (dataDir) => {
    const holder = await holdElsewhere(dataDir)
    const orphan = pidOf(dataDir)
    holder.kill('SIGKILL')
    await new Promise((ended) => holder.once('exit', ended))
    assert.ok(lives(orphan))
    const server = await startPostgres({ dataDir })
    assert.equal(pidOf(dataDir), orphan)
    assert.deepEqual(await query(server.url, 'select 1 as one'), [{ one: 1 }])
    await server.stop()
    // By its file, not its number: whoever inherited it may take its time to clear it away.
    assert.equal(existsSync(join(dataDir, 'postgres/18/postmaster.pid')), false)
  })
})

test('an orphan that runs with other settings is replaced', async () => {
  await inFolder(async (dataDir) => {
    const holder = await holdElsewhere(dataDir)
    const orphan = pidOf(dataDir)
    holder.kill('SIGKILL')
    await new Promise((ended) => holder.once('exit', ended))
    const server = await startPostgres({ dataDir, durable: false })
    assert.notEqual(pidOf(dataDir), orphan)
    assert.deepEqual(await query(server.url, 'show fsync'), [{ fsync: 'off' }])
    await server.stop()
  })
})

test('processes on one folder share one server; the last to leave stops it', async () => {
  await inFolder(async (dataDir) => {
    const [holder, server] = await Promise.all([holdElsewhere(dataDir), startPostgres({ dataDir })])
    const pid = pidOf(dataDir)
    await server.stop()
    assert.ok(lives(pid))
    holder.kill('SIGTERM')
    await new Promise((ended) => holder.once('exit', ended))
    assert.equal(existsSync(join(dataDir, 'postgres/18/postmaster.pid')), false)
  })
})

test('a path too long for a socket puts the socket under /tmp, closed to others', async () => {
  await inFolder(async (dataDir) => {
    const long = join(dataDir, 'x'.repeat(100))
    const server = await startPostgres({ dataDir: long })
    const socketDir = decodeURIComponent(server.url.split('host=')[1] ?? '')
    assert.match(socketDir, /^\/tmp\/holdfast-/)
    assert.equal(statSync(socketDir).mode & 0o777, 0o700)
    assert.deepEqual(await query(server.url, 'show listen_addresses'), [{ listen_addresses: '' }])
    await server.stop()
    rmSync(socketDir, { recursive: true })
  })
})

test('the socket stays beside the data up to 107 bytes', () => {
  // "/run" and "/.s.PGSQL.5432" take 18 of them.
  assert.equal(socketDirFor(`/${'a'.repeat(88)}`, 1), `/${'a'.repeat(88)}/run`)
  assert.match(socketDirFor(`/${'a'.repeat(89)}`, 1), /^\/tmp\/holdfast-1-[0-9a-f]{12}$/)
  assert.match(socketDirFor(`/${'店'.repeat(30)}`, 1), /^\/tmp\//)
})

test('a pid file that names a program which is no PostgreSQL does not keep it from starting', async () => {
  await inFolder(async (dataDir) => {
    await (await startPostgres({ dataDir })).stop()
    const file = join(dataDir, 'postgres/18/postmaster.pid')
    writeFileSync(file, `${process.pid}\n/nowhere\n1\n5432\n/nowhere\n\n\nready\n`)
    const server = await startPostgres({ dataDir })
    assert.deepEqual(await query(server.url, 'select 1 as one'), [{ one: 1 }])
    await server.stop()
  })
})

test('a folder of another major version is left alone', async () => {
  await inFolder(async (dataDir) => {
    await (await startPostgres({ dataDir })).stop()
    const home = join(dataDir, 'postgres')
    mkdirSync(join(home, '17'))
    rmSync(join(home, '18'), { recursive: true })
    await assert.rejects(
      startPostgres({ dataDir }),
      (error) =>
        error instanceof Outage &&
        error.code === 'database.other_major_version' &&
        /upgrade-postgres\.md/.test(error.message),
    )
  })
})

test('a data folder that cannot be made is named', async () => {
  await inFolder(async (dataDir) => {
    writeFileSync(dataDir, 'a file')
    await assert.rejects(
      startPostgres({ dataDir: join(dataDir, 'inside') }),
      (error) => error instanceof Outage && error.code === 'database.folder_not_writable',
    )
    rmSync(dataDir)
  })
})

test('locale, encoding and durability are what the hub relies on', async () => {
  await inFolder(async (dataDir) => {
    const server = await startPostgres({ dataDir })
    const text = `select datlocprovider::text as provider, datlocale as locale, pg_encoding_to_char(encoding) as encoding,
      current_setting('fsync') as fsync, current_setting('max_connections') as connections, current_setting('timezone') as zone
      from pg_database where datname = 'holdfast'`
    assert.deepEqual(await query(server.url, text), [
      { provider: 'b', locale: 'C.UTF-8', encoding: 'UTF8', fsync: 'on', connections: '200', zone: 'UTC' },
    ])
    await server.stop()
  })
})

test('as root, a data folder in a home closed to others gets its cluster elsewhere', {
  skip: !isRoot,
}, async () => {
  await inFolder(async (dataDir) => {
    const lines: string[] = []
    const server = await startPostgres({ dataDir, log: (line) => lines.push(line) })
    const home = readlinkSync(join(dataDir, 'postgres'))
    assert.match(home, /^\/var\/lib\/holdfast\/postgres-/)
    assert.notEqual(statSync(home).uid, 0)
    assert.equal(statSync(home).mode & 0o777, 0o700)
    assert.ok(lines.some((line) => line.includes(home)))
    await server.stop()
  }, homedir())
})

test('as root, a private data folder in an open place lets the one account pass and nobody else', {
  skip: !isRoot,
}, async () => {
  await inFolder(async (dataDir) => {
    mkdirSync(dataDir, { mode: 0o700 })
    const server = await startPostgres({ dataDir })
    assert.equal(statSync(dataDir).mode & 0o777, 0o710)
    assert.equal(statSync(join(dataDir, '..')).mode & 0o777, 0o710)
    assert.equal(statSync(dataDir).uid, 0)
    await server.stop()
  })
})
