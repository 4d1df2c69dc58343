import { setTimeout as sleep } from 'node:timers/promises'
import { readConfig } from '#app/config.ts'
import { type Hub, startHub } from '#app/main.ts'
import { createIdentity, makeKey, SYSTEM } from '#features/identity/index.ts'
import { assert } from '#kernel/assert.ts'
import { createLog } from '#platform/log.ts'
import { testDataDir } from './data-dir.ts'
import { type FreshDatabase, freshDatabase } from './postgres.ts'

/** A number given by the environment, so that a failing seed can be run again; else `standard`. */
export function seedFrom(variable: string, standard: number): number {
  const given = Number(process.env[variable] ?? '')
  return Number.isSafeInteger(given) && given > 0 ? given : standard
}

export type RunningHub = {
  readonly hub: Hub
  readonly database: FreshDatabase
  /** What the hub logged at `warn` and above. */
  readonly complaints: string[]
  /** A call as an administrator's key over the real socket. */
  readonly call: (method: string, path: string, body?: unknown) => Promise<{ status: number; body: unknown }>
  readonly close: () => Promise<void>
}

/** A whole hub of this process on a free port, over a database of its own. */
export async function runningHub(env: Readonly<Record<string, string>> = {}): Promise<RunningHub> {
  const database = await freshDatabase()
  const config = readConfig({
    PORT: '0',
    DATABASE_URL: database.url,
    DATA_DIR: testDataDir(),
    SPOOL_RESERVE_MB: '0',
    HOLDFAST_KEY: '07'.repeat(32),
    ALLOW_LOOPBACK_TARGETS: 'true',
    ...env,
  })
  assert(config.ok, 'T1')
  const complaints: string[] = []
  const log = createLog({ level: 'warn', pretty: false, write: (line) => void complaints.push(line) })
  const hub = await startHub({ config: config.value, log, simulated: true })
  const { clock, random } = hub.core
  const policy = { idleHours: 1, maxDays: 1 }
  const identity = createIdentity({ sql: database.sql, clock, random, policy })
  const key = await makeKey(identity, SYSTEM, { name: 'test', scopes: ['admin'], expiresAt: null })
  assert(key.ok, 'T1')
  return {
    hub,
    database,
    complaints,
    call: async (method, path, body) => {
      const answer = await fetch(`${hub.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${key.value.text}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      return { status: answer.status, body: text === '' ? null : JSON.parse(text) }
    },
    close: async () => {
      await hub.stop()
      await database.close()
    },
  }
}

/** Waits until `done` says so; fails with what `words` tells after `seconds`. */
export async function until(
  done: () => Promise<boolean>,
  words: () => string | Promise<string>,
  seconds = 20,
): Promise<void> {
  for (let waited = 0; waited < seconds * 1_000; waited += 50) {
    if (await done()) return
    await sleep(50)
  }
  throw new Error(`not within ${seconds} s: ${await words()}`)
}

/** What is still to be interpreted or sent. */
export async function openWork({
  sql,
}: Pick<FreshDatabase, 'sql'>): Promise<{ pending: number; intents: number }> {
  const [row] = await sql<{ pending: bigint; intents: bigint }>`
    select (select count(*) from inbox_task where state = 'pending') as pending,
      (select count(*) from outbox_intent where state in ('pending', 'sending', 'unknown')) as intents`
  return { pending: Number(row?.pending ?? 0n), intents: Number(row?.intents ?? 0n) }
}
