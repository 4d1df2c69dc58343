import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { Outage } from '#kernel/outage.ts'
import { diskFull, notWritable } from './home.ts'

// Node has no file locks. SQLite takes them from the kernel (fcntl), so that they vanish with the process that held them,
// even after kill -9; a lock file with a pid inside would have to guess whether its writer still lives.

export type Held = { release(): void }

const WAIT_MS = 60_000
const STEP_MS = 50

/** Waits up to 60 s for the only place on this lock. */
export async function holdExclusive(path: string): Promise<Held> {
  for (let waited = 0; waited < WAIT_MS; waited += STEP_MS) {
    const held = tryExclusive(path)
    if (held !== null) return held
    await sleep(STEP_MS)
  }
  throw new Outage(
    'database.start_failed',
    `another process has been starting PostgreSQL for a minute (${path})`,
  )
}

/** Takes the lock alone, or answers null when anyone holds it. */
export function tryExclusive(path: string): Held | null {
  let file: DatabaseSync | null = null
  try {
    file = new DatabaseSync(path)
    file.exec('begin exclusive')
    return heldBy(file)
  } catch (error) {
    file?.close()
    if (codeOf(error) === BUSY) return null
    throw lockOutage(error, dirname(path))
  }
}

/** Takes the lock together with others; the caller makes sure that nobody holds it alone. */
export function holdShared(path: string): Held {
  try {
    const file = new DatabaseSync(path)
    file.exec('begin')
    file.prepare('select count(*) from sqlite_schema').get()
    return heldBy(file)
  } catch (error) {
    throw lockOutage(error, dirname(path))
  }
}

function heldBy(file: DatabaseSync): Held {
  return { release: () => file.close() }
}

// https://www.sqlite.org/rescode.html; the low byte is the primary code.
const BUSY = 5
const READ_ONLY = 8
const IO_ERROR = 10
const FULL = 13
const CANNOT_OPEN = 14

function codeOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error)) return null
  return Number(error.errcode) & 0xff
}

function lockOutage(error: unknown, folder: string): unknown {
  const code = codeOf(error)
  if (code === FULL || code === IO_ERROR) return diskFull(folder, error)
  if (code === READ_ONLY || code === CANNOT_OPEN) return notWritable(folder, 'lock file', error)
  return error
}
