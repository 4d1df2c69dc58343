import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Outage } from '#kernel/outage.ts'
import { type Account, runAs } from './account.ts'
import type { Binaries } from './binaries.ts'
import { diskFull } from './home.ts'

/** An empty cluster takes 40 MB, its first write-ahead segments 32 MB more. */
const ROOM_NEEDED_BYTES = 150 * 1024 * 1024

/** Answers `<home>/<major>`, made by initdb when there is none. */
export function ensureCluster(
  binaries: Binaries,
  home: string,
  account: Account,
  log: (line: string) => void,
): string {
  const major = binaries.version.split('.')[0] ?? ''
  const cluster = join(home, major)
  if (existsSync(join(cluster, 'PG_VERSION'))) return cluster
  const other = readdirSync(home).find((name) => /^\d+$/.test(name) && name !== major)
  if (other !== undefined) throw otherMajor(home, other, major)
  const { bavail, bsize } = statfsSync(home)
  if (bavail * bsize < ROOM_NEEDED_BYTES) throw diskFull(home)
  log(`making a new database in ${cluster} (PostgreSQL ${binaries.version})`)
  const draft = join(home, 'draft')
  rmSync(draft, { recursive: true, force: true })
  initdb(binaries, draft, account)
  writeFileSync(join(draft, 'pg_hba.conf'), HBA)
  renameSync(draft, cluster)
  return cluster
}

// No TCP, and the socket's folder lets in only its owner: a password would protect nothing more.
const HBA = '# Written by Holdfast.\nlocal all all trust\n'

function initdb(binaries: Binaries, folder: string, account: Account): void {
  const args = ['-D', folder, '-U', 'holdfast', '-A', 'trust', '-E', 'UTF8', '--no-instructions']
  // The builtin locale sorts and folds the same on every machine; the system's own may change under our indexes.
  const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']
  const run = spawnSync(join(binaries.root, 'bin/initdb'), [...args, ...locale], {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    encoding: 'utf8',
    ...runAs(account),
  })
  if (run.status === 0) return
  const said = `${run.stderr ?? ''}${run.error?.message ?? ''}`
  if (/No space left|Disk quota/.test(said)) throw diskFull(folder)
  throw new Outage('database.start_failed', `initdb failed: ${said.trim().split('\n').slice(-3).join(' ')}`, {
    retryable: false,
  })
}

function otherMajor(home: string, found: string, wanted: string): Outage {
  return new Outage(
    'database.other_major_version',
    `${home} was made by PostgreSQL ${found}, this release brings ${wanted}; see docs/operations/upgrade-postgres.md`,
    { retryable: false },
  )
}
