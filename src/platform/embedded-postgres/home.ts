import { randomBytes } from 'node:crypto'
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  lstatSync,
  mkdirSync,
  realpathSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Outage } from '#kernel/outage.ts'
import { type Account, canEnter } from './account.ts'

const ELSEWHERE = '/var/lib/holdfast'

/**
 * Makes `<dataDir>/postgres`, owned by the account and closed to all others. When root's data folder lies where that
 * account cannot go (a 0700 home), the folder is made under /var/lib/holdfast and `<dataDir>/postgres` links to it.
 */
export function makeHome(dataDir: string, account: Account, log: (line: string) => void): string {
  const home = join(dataDir, 'postgres')
  try {
    mkdirSync(dataDir, { recursive: true })
    accessSync(dataDir, constants.W_OK | constants.X_OK)
    if (lstatSync(home, { throwIfNoEntry: false }) === undefined) createHome(home, account, log)
    const real = realpathSync(home)
    if (!canEnter(real, account)) throw notReachable(real, account)
    if (account === null) accessSync(real, constants.W_OK | constants.X_OK)
    return real
  } catch (error) {
    throw folderOutage(error, dataDir)
  }
}

function createHome(home: string, account: Account, log: (line: string) => void): void {
  if (account === null) {
    mkdirSync(home, { mode: 0o700 })
    return
  }
  let real = home
  if (!canEnter(dirname(home), account)) openToGroup(dirname(home), account)
  if (!canEnter(dirname(home), account)) {
    mkdirSync(ELSEWHERE, { recursive: true, mode: 0o755 })
    real = join(ELSEWHERE, `postgres-${randomBytes(6).toString('hex')}`)
    log(
      `the account "${account.name}" cannot enter ${dirname(home)}; the database lives in ${real}, linked from there`,
    )
  }
  mkdirSync(real, { mode: 0o700 })
  chownSync(real, account.uid, account.gid)
  if (real !== home) symlinkSync(real, home)
}

/**
 * A data folder that only root may enter lets this one account pass (not list). Folders above it stay as they are, unless
 * they are temporary ones that were made for it: nobody keeps a home there.
 */
function openToGroup(folder: string, account: NonNullable<Account>): void {
  if (dirname(folder).startsWith(`${tmpdir()}/`)) openToGroup(dirname(folder), account)
  const { uid, mode } = statSync(folder)
  if (uid !== 0 || (mode & 0o077) !== 0 || !canEnter(dirname(folder), account)) return
  chownSync(folder, 0, account.gid)
  chmodSync(folder, (mode & 0o7777) | 0o010)
}

function notReachable(home: string, account: Account): Outage {
  const who = account === null ? 'this user' : `the account "${account.name}"`
  return new Outage(
    'database.folder_not_writable',
    `${who} cannot enter ${home}; fix its owner, or set DATA_DIR`,
    {
      retryable: false,
    },
  )
}

/** What a file operation in the data folder means to the person who started the hub. */
export function folderOutage(error: unknown, folder: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(folder, error)
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR' || code === 'EEXIST')
    return notWritable(folder, code, error)
  return error
}

export function notWritable(folder: string, reason: string, cause: unknown): Outage {
  return new Outage(
    'database.folder_not_writable',
    `the data folder ${folder} cannot be written (${reason}); fix its owner, or set DATA_DIR to another folder`,
    { retryable: false, cause },
  )
}

export function diskFull(folder: string, cause?: unknown): Outage {
  return new Outage('database.disk_full', `the disk of ${folder} is full; free some space and start again`, {
    retryable: false,
    cause,
  })
}
