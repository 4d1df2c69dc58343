import { cpSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { openDatabase } from '#platform/postgres/database.ts'
import { freePorts } from '#test-support/free-port.ts'
import type { ChaosDatabase } from '../chaos/database.ts'
import { type Line, openLine } from './line.ts'
import {
  addSettings,
  ask,
  type Ground,
  initServer,
  makeFolder,
  openServer,
  runProgram,
  type Server,
  touch,
  USER,
} from './server.ts'
import { openGround } from './stage.ts'

// A server that archives its WAL, a base backup of it, and a second server that is restored from both to a moment.

export type Archived = {
  readonly database: ChaosDatabase
  readonly version: string
  readonly line: Line
  readonly first: Server
  readonly takeBaseBackup: () => Promise<void>
  /** Everything that is committed is in the archive. */
  readonly archiveAll: () => Promise<void>
  /** Answers once the second server takes writes, as of that moment; milliseconds that it took. */
  readonly restoreTo: (moment: string) => Promise<number>
  readonly second: Server
}

const SETTINGS = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '64MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  jit: 'off',
  wal_level: 'replica',
  archive_mode: 'on',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
}
const ARCHIVED_WITHIN_MS = 60_000
const RESTORED_WITHIN_MS = 120_000

export async function openArchived(dir: string, log: (line: string) => void): Promise<Archived> {
  const ground = openGround(dir)
  const [front = 0, one = 0, two = 0] = await freePorts(3)
  const wal = makeFolder(ground, join(dir, 'wal'))
  const base = join(dir, 'base')
  const first = openServer(ground, 'first', one, join(dir, 'node-first'))
  const second = openServer(ground, 'second', two, join(dir, 'node-second'))
  await initServer(ground, first.folder)
  addSettings(first.folder, {
    ...SETTINGS,
    archive_command: `test ! -f ${wal}/%f && cp %p ${wal}/%f.part && mv ${wal}/%f.part ${wal}/%f`,
  })
  await first.start()
  await ask(first.url('postgres'), 'create database holdfast', 20_000)
  const line = await openLine(front)
  line.leadTo(first.port)
  const url = `postgres://${USER}:${ground.password}@127.0.0.1:${front}/holdfast`
  const sql = openDatabase({ url, connections: 2, applicationName: 'chaos harness', queryTimeoutMs: 20_000 })
  const close = async (): Promise<void> => {
    await sql.end().catch(() => undefined)
    await line.close()
    for (const server of [first, second]) await server.kill()
  }
  const own = first.url('postgres')
  return {
    database: {
      url,
      sql,
      postmaster: () => 0,
      start: async () => undefined,
      stop: async () => undefined,
      answers: async () => void (await sql`select 1`),
      close,
    },
    version: ground.version,
    line,
    first,
    second,
    takeBaseBackup: async () => {
      const from = ['-h', '127.0.0.1', '-p', String(one), '-U', USER]
      await runProgram(ground, 'pg_basebackup', [
        ...from,
        '-D',
        base,
        '-X',
        'none',
        '-c',
        'fast',
        '--no-sync',
      ])
      log('base backup taken')
    },
    archiveAll: async () => {
      const [row] = await ask(own, 'select pg_walfile_name(pg_switch_wal()) as name', 20_000)
      const until = performance.now() + ARCHIVED_WITHIN_MS
      while (!existsSync(join(wal, String(row?.name)))) {
        if (performance.now() > until) throw new Error(`${String(row?.name)} was not archived`)
        await sleep(50)
      }
    },
    restoreTo: (moment) => restoreTo({ ground, second, base, wal }, moment),
  }
}

/** A copy of the base backup, told where the archive is and when to stop. */
async function restoreTo(
  {
    ground,
    second,
    base,
    wal,
  }: { readonly ground: Ground; readonly second: Server; base: string; wal: string },
  moment: string,
): Promise<number> {
  const begun = performance.now()
  rmSync(second.folder, { recursive: true, force: true })
  cpSync(base, second.folder, { recursive: true, preserveTimestamps: true })
  await runProgram({ ...ground, bin: '/bin', account: null }, 'chown', [
    '-R',
    `--reference=${base}`,
    second.folder,
  ])
  addSettings(second.folder, {
    restore_command: `cp ${wal}/%f %p`,
    recovery_target_time: moment,
    recovery_target_action: 'promote',
    archive_mode: 'off',
  })
  touch(ground, join(second.folder, 'recovery.signal'))
  await second.start()
  const until = performance.now() + RESTORED_WITHIN_MS
  for (;;) {
    const [row] = await ask(second.url('holdfast'), 'select pg_is_in_recovery() as busy', 5_000).catch(
      () => [],
    )
    if (row?.busy === false) return Math.round(performance.now() - begun)
    if (performance.now() > until) throw new Error(`not restored: ${second.said().slice(-1_500)}`)
    await sleep(50)
  }
}
