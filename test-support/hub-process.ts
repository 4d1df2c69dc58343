import { type ChildProcess, spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { connectors } from '#connectors/index.ts'
import type { Settings } from '#domain/connector.ts'
import { addConnection, connectionDirectory, readCallbackToken } from '#features/connections/index.ts'
import { SYSTEM } from '#features/identity/index.ts'
import { assert } from '#kernel/assert.ts'
import { systemClock } from '#kernel/clock.ts'
import { systemRandom } from '#kernel/random.ts'
import { openHttp } from '#platform/http-client/http-call.ts'
import type { Database } from '#platform/postgres/database.ts'
import { openVault } from '#platform/vault.ts'
import { testDataDir } from '#test-support/data-dir.ts'
import { noTcp } from '#test-support/no-tcp.ts'

const CLI = fileURLToPath(new URL('../src/app/cli.ts', import.meta.url))
const ofOurs = JSON.parse(readFileSync(new URL('../bin/node.json', import.meta.url), 'utf8')) as {
  readonly words: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}
/** How `npm start` runs the project's Node: options, and the environment beside this process's own. */
export const LIKE_THE_HUB = { words: ofOurs.words, environment: { ...ofOurs.environment, ...process.env } }
/** The key of every hub and every test of this file's kind, so that each can read what another sealed. */
export const TEST_KEY = '07'.repeat(32)

export type HubProcess = {
  readonly url: string
  readonly child: ChildProcess
  readonly said: () => string
  /** Sends the signal; answers exit code (null when killed) and how long it took to end, in milliseconds. */
  readonly end: (signal: 'SIGKILL' | 'SIGTERM') => Promise<{ code: number | null; ms: number }>
}

/** `holdfast serve` as a process of its own; resolves once it says that it is ready. */
export async function startHubProcess(env: Readonly<Record<string, string>>): Promise<HubProcess> {
  return await startProcess(env, /Holdfast is ready at (\S+)/)
}

/** The same; resolves once it says where it listens, in the words that `ready` looks for. */
export async function startProcess(
  env: Readonly<Record<string, string>>,
  ready: RegExp,
): Promise<HubProcess> {
  const { HOLDFAST_TEST_PG: _, ...inherited } = LIKE_THE_HUB.environment
  const child = spawn(process.execPath, [...LIKE_THE_HUB.words, CLI, 'serve'], {
    env: {
      ...inherited,
      DATA_DIR: testDataDir(),
      SPOOL_RESERVE_MB: '0',
      HOLDFAST_KEY: TEST_KEY,
      ALLOW_LOOPBACK_TARGETS: 'true',
      LOG_FORMAT: 'json',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8')
    })
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  for (let waited = 0; ; waited += 25) {
    const url = ready.exec(said)?.[1]
    if (url !== undefined)
      return {
        url,
        child,
        said: () => said,
        end: async (signal) => {
          const start = performance.now()
          child.kill(signal)
          return { code: await ended, ms: performance.now() - start }
        },
      }
    if (child.exitCode !== null || waited > 60_000) {
      child.kill('SIGKILL')
      throw new Error(`the hub did not become ready: ${said.slice(-2_000)}`)
    }
    await sleep(25)
  }
}

/** Makes a connection in the database itself, as an operator would have before; answers the path of its callback. */
export async function seedCallback(
  db: Database,
  connection: { id: string; kind: string; settings: Settings },
): Promise<string> {
  const vault = openVault({ current: 'env', keys: new Map([['env', Buffer.from(TEST_KEY, 'hex')]]) })
  const directory = connectionDirectory({ db, vault, connectors })
  await directory.refresh()
  const http = openHttp({ allowLoopback: true, allowPrivate: true })
  const deps = {
    db,
    vault,
    connectors,
    directory,
    clock: systemClock,
    random: systemRandom,
    callsFor: () => ({ http, openTcp: noTcp, clock: systemClock, random: systemRandom }),
    allowLoopback: true,
  }
  const added = await addConnection(deps, SYSTEM, { ...connection, name: connection.id })
  assert(added.ok, 'T1', added.ok ? '' : added.refusal.detail)
  return `/callback/${await readCallbackToken(db, connection.id)}`
}

export const LOAD_SHOP: Settings = {
  shopDomain: 'load.myshopify.com',
  clientSecret: 'load-secret-of-sixteen',
  accessToken: 'load-token',
}

/** A signed Shopify delivery of one small order; the same `n` is the same delivery. */
export async function deliver(callback: string, n: number): Promise<Response | null> {
  const body = JSON.stringify({
    id: 6_700_000_000_000 + n,
    name: `#L${n}`,
    created_at: '2026-11-11T08:00:00+08:00',
    updated_at: '2026-11-11T08:00:02+08:00',
    currency: 'CNY',
    financial_status: 'paid',
    total_price: '20.00',
    line_items: [{ id: n, sku: 'CUP', title: 'Cup', quantity: 1, current_quantity: 1, price: '20.00' }],
  })
  try {
    return await fetch(callback, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-shopify-topic': 'orders/create',
        'x-shopify-hmac-sha256': createHmac('sha256', 'load-secret-of-sixteen').update(body).digest('base64'),
        'x-shopify-shop-domain': 'load.myshopify.com',
        'x-shopify-api-version': '2026-07',
        'x-shopify-webhook-id': `delivery-${n}`,
      },
      body,
      signal: AbortSignal.timeout(10_000),
    })
  } catch {
    return null
  }
}
