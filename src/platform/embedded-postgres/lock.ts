import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { Outage } from '#kernel/outage.ts'

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
  const file = new DatabaseSync(path)
  try {
    file.exec('begin exclusive')
    return { release: () => file.close() }
  } catch (error) {
    file.close()
    if (error instanceof Error && /database is locked/.test(error.message)) return null
    throw error
  }
}

/** Takes the lock together with others; the caller makes sure that nobody holds it alone. */
export function holdShared(path: string): Held {
  const file = new DatabaseSync(path)
  file.exec('begin')
  file.prepare('select count(*) from sqlite_schema').get()
  return { release: () => file.close() }
}
