import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig } from '#app/config.ts'
import type { DrillText } from '#app/drill-scenario.ts'
import { type Hub, startHub } from '#app/main.ts'
import { connectors } from '#connectors/index.ts'
import { addUser, createIdentity, makeKey, makeSignInLink, SYSTEM } from '#features/identity/index.ts'
import { systemClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { systemRandom } from '#kernel/random.ts'
import { type EmbeddedPostgres, startPostgres } from '#platform/embedded-postgres/index.ts'
import { createLog } from '#platform/log.ts'
import { type Database, openDatabase } from '#platform/postgres/database.ts'
import { openTlsFront, type TlsFront } from '../chaos/tls-front.ts'
import { type CutReader, cuttable } from './dhl.ts'
import type { FastClock } from './fast-clock.ts'
import { openPhone, type Phone } from './phone.ts'
import { taken } from './seed.ts'
import { makeSqlClock, setSqlClock } from './sql-clock.ts'

// One sandbox: a PostgreSQL with a folder of its own, a database of its own in it, a whole hub over it, all on the drill's clock. Nothing
// of it points outside this machine, and nothing of it is left when it is over.

export type Sandbox = {
  readonly hub: Hub
  /** The drill's own eyes into the hub's database; fails while that is stopped. */
  readonly sql: Database
  readonly call: (method: string, path: string, body?: unknown) => Promise<Answer>
  readonly stopDatabase: () => Promise<void>
  readonly startDatabase: () => Promise<void>
  readonly databaseUrl: string
  readonly setSpeed: (speed: number) => Promise<void>
  readonly tls: TlsFront | null
  readonly phone: Phone
  /** DHL's reader as it was before the incident, where it is switched on. */
  readonly dhl: CutReader
  /** A fresh link that signs the participant in. */
  readonly signInPath: () => Promise<string>
  readonly close: () => Promise<void>
}
export type Answer = { readonly status: number; readonly body: unknown }

const PARTICIPANT = 'drill'
const USUAL_SETTINGS: Readonly<Record<string, string>> = {
  SPOOL_RESERVE_MB: '0',
  SPOOL_RETRY_SECONDS: '1',
  CALLBACK_SILENCE_MINUTES: '10',
  // Five seconds of the drill's clock are a quarter of one of the machine: that says nothing of the hub.
  CALLBACK_LATE_PERCENT: '100',
  // Of the drill's clock: at thirty times the speed these are four seconds of the machine.
  DATABASE_ALARM_SECONDS: '120',
  CALLS_PER_SECOND: '200',
  CALLS_BURST: '400',
  WORKERS: '1',
  WORKERS_MAX: '2',
  DATABASE_CONNECTIONS: '12',
  SESSION_HOURS: '720',
  SESSION_MAX_DAYS: '90',
  LOG_LEVEL: 'warn',
}

export async function openSandbox(
  drill: DrillText,
  given: { readonly runId: string; readonly dir: string; readonly clock: FastClock },
): Promise<Sandbox> {
  const { dir, clock } = given
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const closers: (() => Promise<unknown>)[] = []
  const close = async (): Promise<void> => {
    // What stops within a limit of its own gets it in full.
    clock.setSpeed(1)
    for (const one of closers.toReversed()) await one().catch(() => undefined)
    rmSync(dir, { recursive: true, force: true })
  }
  try {
    const server = databaseServer(join(dir, 'database'))
    closers.push(server.stop)
    const name = `holdfast_drill_${given.runId.replaceAll(/[^a-z0-9]/g, '_').slice(0, 40)}`
    const url = await makeDatabase(await server.start(), name)
    const sql = openDatabase({ url, connections: 2, applicationName: 'drill' })
    closers.push(sql.end)
    await makeSqlClock(sql, name)
    await setSqlClock(sql, clock)
    const dhl = cuttable(connectors)
    const tls = drill.world.tls === true ? await openTls(dir) : null
    if (tls !== null) closers.push(tls.close)
    const hub = await openHub(drill, { runId: given.runId, dir, url, tls })
    closers.push(hub.stop)
    tls?.aim(hub.url)
    const { call, signInPath } = await openDoors(hub, sql)
    const phone = await openPhone({ call }, hub.core.clock)
    closers.push(phone.close)
    return {
      hub,
      sql,
      call,
      signInPath,
      databaseUrl: url,
      stopDatabase: server.stop,
      startDatabase: async () => void (await server.start()),
      setSpeed: async (speed) => {
        clock.setSpeed(speed)
        await setSqlClock(sql, clock).catch(() => undefined)
      },
      tls,
      phone,
      dhl,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

function databaseServer(dataDir: string) {
  let running: EmbeddedPostgres | null = null
  return {
    start: async (): Promise<string> => {
      running ??= await startPostgres({ dataDir, durable: false })
      return running.url
    },
    stop: async (): Promise<void> => {
      const server = running
      running = null
      await server?.stop()
    },
  }
}

async function makeDatabase(url: string, name: string): Promise<string> {
  const first = openDatabase({ url, connections: 1, applicationName: 'drill' })
  try {
    await first.raw(`create database "${name}"`)
  } finally {
    await first.end()
  }
  return url.replace('@/holdfast?', `@/${name}?`)
}

type Aimed = TlsFront & { readonly aim: (hub: string) => void; readonly rootFile: string }

/** The proxy in front of the hub, which holds the certificate. Where the hub listens is known only once it does. */
async function openTls(dir: string): Promise<Aimed> {
  const target = { url: 'http://127.0.0.1:9' }
  const front = await openTlsFront(0, () => target.url)
  const rootFile = join(dir, 'root.pem')
  writeFileSync(rootFile, front.root)
  return {
    ...front,
    rootFile,
    aim: (hub) => {
      target.url = hub
    },
  }
}

/** Browsers share cookies over the ports of a host: the sandbox's must not sign its visitor out of the live hub. */
function cookieOf(runId: string): string {
  return `holdfast_drill_${runId.replaceAll(/[^A-Za-z0-9_-]/g, '_')}`
}

type Site = { readonly runId: string; readonly dir: string; readonly url: string; readonly tls: Aimed | null }

async function openHub(drill: DrillText, { runId, dir, url, tls }: Site): Promise<Hub> {
  const asked = Object.entries(drill.world.settings ?? {}).map(([name, value]) => [name, String(value)])
  const config = readConfig({
    ...USUAL_SETTINGS,
    ...(tls === null ? {} : behindProxy(tls)),
    ...Object.fromEntries(asked),
    PORT: '0',
    HOST: '127.0.0.1',
    SESSION_COOKIE: cookieOf(runId),
    DATABASE_URL: url,
    DATA_DIR: join(dir, 'hub'),
    HOLDFAST_KEY: Buffer.from(systemRandom.bytes(32)).toString('hex'),
    ALLOW_LOOPBACK_TARGETS: 'true',
  })
  if (!config.ok) throw new Outage('drills.sandbox_failed', config.refusal.detail, { retryable: false })
  const log = createLog({
    level: config.value.logLevel,
    pretty: false,
    write: (line) => process.stderr.write(line),
  })
  return await startHub({ config: config.value, log, simulated: true })
}

function behindProxy({ origin, rootFile }: Aimed): Readonly<Record<string, string>> {
  return { PUBLIC_URL: origin, TLS_CA_FILE: rootFile, TLS_PROBE_MINUTES: '1', TRUST_PROXY: 'loopback' }
}

/** A person who signs in by link, and the key with which the drill itself looks and acts. */
async function openDoors(hub: Hub, sql: Database): Promise<Pick<Sandbox, 'call' | 'signInPath'>> {
  const policy = { idleHours: 720, maxDays: 90 }
  const identity = createIdentity({ sql, clock: systemClock, random: systemRandom, policy })
  // Nobody knows it: the participant comes by link, as often as needed.
  const password = Buffer.from(systemRandom.bytes(18)).toString('base64url')
  taken(await addUser(identity, SYSTEM, { name: PARTICIPANT, role: 'admin', password, locale: 'zh-CN' }))
  const key = taken(await makeKey(identity, SYSTEM, { name: 'drill', scopes: ['admin'], expiresAt: null }))
  return {
    signInPath: async () => taken(await makeSignInLink(identity, PARTICIPANT)).path,
    call: async (method, path, body) => {
      const answer = await fetch(`${hub.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${key.text}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      const isJson = /json/.test(answer.headers.get('content-type') ?? '')
      return { status: answer.status, body: isJson && text !== '' ? JSON.parse(text) : text }
    },
  }
}
