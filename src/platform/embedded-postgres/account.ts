import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Outage } from '#kernel/outage.ts'

/** Whom the server runs as. `null`: ourselves. PostgreSQL refuses to run as root, so root lends it another account. */
export type Account = { readonly uid: number; readonly gid: number; readonly name: string } | null

/** The owner of an existing cluster, else `postgres`, else `nobody`. */
export function chooseAccount(dataDir: string): Account {
  if (process.getuid?.() !== 0) return null
  const accounts = readAccounts()
  const owner = statSync(join(dataDir, 'postgres'), { throwIfNoEntry: false })
  if (owner !== undefined && owner.uid !== 0)
    return (
      accounts.find((account) => account?.uid === owner.uid) ?? {
        uid: owner.uid,
        gid: owner.gid,
        name: `uid ${owner.uid}`,
      }
    )
  for (const name of ['postgres', 'nobody']) {
    const found = accounts.find((account) => account?.name === name)
    if (found !== undefined) return found
  }
  throw new Outage(
    'database.no_account',
    'PostgreSQL refuses to run as root and the machine has neither a "postgres" nor a "nobody" account; add one or start as an ordinary user',
    { retryable: false },
  )
}

/** What `spawn` needs to run as that account. */
export function runAs(account: Account): { uid?: number; gid?: number } {
  return account === null ? {} : { uid: account.uid, gid: account.gid }
}

/** Asks the kernel, not the mode bits: access lists and mounts count as well. */
export function canEnter(folder: string, account: Account): boolean {
  return (
    spawnSync('/bin/sh', ['-c', 'test -x "$1"', 'sh', folder], { cwd: '/', ...runAs(account) }).status === 0
  )
}

function readAccounts(): Account[] {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  return lines
    .map((line) => line.split(':'))
    .filter((parts) => parts.length >= 4)
    .map(([name = '', , uid = '', gid = '']) => ({ name, uid: Number(uid), gid: Number(gid) }))
}
