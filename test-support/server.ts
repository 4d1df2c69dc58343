import type { InjectOptions } from 'fastify'
import { buildServer, type ServerConfig } from '#app/server.ts'
import {
  createIdentity,
  type IdentityDeps,
  makeKey,
  type RoleName,
  SYSTEM,
} from '#features/identity/index.ts'
import { openSession } from '#features/identity/sign-in.ts'
import { insertAccount } from '#features/identity/store.ts'
import { csrfOf, SESSION_COOKIE } from '#features/identity/tokens.ts'
import { readShopOf } from '#features/orders/index.ts'
import { assert } from '#kernel/assert.ts'
import { type Clock, systemClock } from '#kernel/clock.ts'
import { systemRandom } from '#kernel/random.ts'
import type { HttpApp, Scope } from '#platform/http/scopes.ts'
import { createLog, type LogLevel } from '#platform/log.ts'
import { createMetrics } from '#platform/metrics.ts'
import type { Database } from '#platform/postgres/database.ts'
import { freshDatabase } from './postgres.ts'

const NORMAL = {
  level: 0,
  reason: null,
  spool: { usable: true, records: 0, bytes: 0, oldestSeconds: 0 },
} as const

/** Cheap enough for a test; the real cost is 0.2 s a sign-in. */
export const TEST_SCRYPT = { n: 1_024, r: 8, p: 1 }

export type TestServer = {
  readonly app: HttpApp
  readonly sql: Database
  readonly identity: IdentityDeps
  /** Everything the server logged, one JSON line each. */
  readonly logged: string[]
  /** Headers of a signed-in person with this role, CSRF token included. */
  asUser(role: RoleName): Promise<Record<string, string>>
  /** Headers of an API key with these scopes. */
  asKey(...scopes: Scope[]): Promise<Record<string, string>>
  /** A request as an administrator's key; the answer's status and parsed body. */
  call(
    method: InjectOptions['method'],
    url: string,
    payload?: object,
  ): Promise<{ status: number; body: unknown }>
  close(): Promise<void>
}

/**
 * The whole server over a database of its own, with the given routes beside its own; answers are checked against their
 * schemas. For `.http.test.ts` files: `openTestServer((app, { sql }) => orderRoutes(app, { sql, ... }))`.
 */
export async function openTestServer(
  routes: (app: HttpApp, deps: { sql: Database; identity: IdentityDeps }) => void | Promise<void> = () =>
    undefined,
  options: { config?: Partial<ServerConfig>; clock?: Clock; level?: LogLevel; consoleDir?: string } = {},
): Promise<TestServer> {
  const database = await freshDatabase()
  const clock = options.clock ?? systemClock
  const policy = { idleHours: 12, maxDays: 7 }
  const random = systemRandom
  const identity = createIdentity({ sql: database.sql, clock, random, policy, cost: TEST_SCRYPT })
  const logged: string[] = []
  const app = await buildServer({
    config: {
      host: '127.0.0.1',
      publicUrl: null,
      trustProxy: null,
      bodyLimitBytes: 1_000_000,
      requestTimeoutSeconds: 30,
      ...options.config,
    },
    log: createLog({
      level: options.level ?? 'debug',
      pretty: false,
      write: (line) => void logged.push(line),
    }),
    metrics: createMetrics(),
    identity,
    shopOfOrder: (id) => readShopOf(database.sql, id),
    hub: () => ({ version: '0.0.0-test', zone: 'Asia/Shanghai', simulated: false }),
    system: {
      readiness: async () => ({
        ready: true,
        database: true,
        migrations: true,
        lagSeconds: 0,
        draining: false,
        ...NORMAL,
      }),
      status: async () => ({
        version: '0.0.0-test',
        uptimeSeconds: 1,
        ...NORMAL,
        database: { kind: 'embedded', version: '18', answers: true, sizeBytes: 1 },
        inbox: { pending: 0, parked: 0, oldestSeconds: 0 },
        outbox: {},
        processes: [],
        stock: { engine: 'postgresql', state: null, reason: null, seconds: 0, cluster: false },
        throughput: { acceptedPerSecond: 0, interpretedPerSecond: 0 },
      }),
    },
    routes: (server) => routes(server, { sql: database.sql, identity }),
    consoleDir: options.consoleDir ?? null,
    strictResponses: true,
  }).catch(async (error: unknown) => {
    await database.close()
    throw error
  })
  const asKey = async (...scopes: Scope[]): Promise<Record<string, string>> => {
    const made = await makeKey(identity, SYSTEM, { name: 'test', scopes, expiresAt: null })
    assert(made.ok, 'T1')
    return { authorization: `Bearer ${made.value.text}` }
  }
  let adminKey: Promise<Record<string, string>> | null = null
  return {
    app,
    sql: database.sql,
    identity,
    logged,
    asKey,
    asUser: async (role) => await signedIn(identity, role),
    call: async (method, url, payload) => {
      adminKey ??= asKey('admin')
      const request = { method: method ?? 'GET', url, headers: await adminKey }
      const answer = await app.inject(payload === undefined ? request : { ...request, payload })
      const json = String(answer.headers['content-type']).includes('json')
      return { status: answer.statusCode, body: json ? answer.json() : answer.body }
    },
    close: async () => {
      await app.close()
      await database.close()
    },
  }
}

async function signedIn(identity: IdentityDeps, role: RoleName): Promise<Record<string, string>> {
  const at = identity.clock.now()
  const name = `${role}-${Buffer.from(identity.random.bytes(4)).toString('hex')}`
  const account = await insertAccount(identity.sql, { name, role, locale: 'zh-CN', password: null, at })
  assert(account !== null, 'T1')
  const caller = { address: '127.0.0.1', agent: 'test' }
  const { token } = await identity.sql.begin((tx) => openSession(identity, tx, account, caller, null))
  return { cookie: `${SESSION_COOKIE}=${token}`, 'x-csrf-token': csrfOf(token) }
}
