import { createIdentity, type IdentityDeps, makeKey, SYSTEM } from '#features/identity/index.ts'
import { revokeKey } from '#features/identity/store.ts'
import { assert } from '#kernel/assert.ts'
import { systemClock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import { systemRandom } from '#kernel/random.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Scope } from '#platform/http/scopes.ts'
import { silentLog } from '#platform/log.ts'
import { type Config, readConfig } from '../config.ts'
import { openHubDatabase } from '../database.ts'
import { type CommandContext, option, refused } from './command.ts'

/** Runs with the hub's database, joined where the hub runs and started for a moment where it does not. */
export async function withIdentity(
  context: CommandContext,
  run: (identity: IdentityDeps, config: Config) => Promise<number>,
): Promise<number> {
  const read = readConfig(context.io.env)
  if (!read.ok) return refused(context.io, read.refusal)
  const config = read.value
  const database = await openHubDatabase(
    { ...config, databaseConnections: 2, workers: 0 },
    silentLog(),
    systemClock,
  )
  const policy = { idleHours: config.sessionHours, maxDays: config.sessionMaxDays }
  try {
    const identity = createIdentity({ sql: database.db, clock: systemClock, random: systemRandom, policy })
    return await run(identity, config)
  } finally {
    await database.close()
  }
}

export type HubClient = {
  readonly url: string
  /** JSON or bytes in, JSON (or text) out. A problem comes back as a refusal; no answer throws `cli.hub_unreachable`. */
  readonly call: (
    method: string,
    path: string,
    body?: unknown,
    options?: { contentType?: string },
  ) => Promise<Result<unknown>>
}

/** Where the hub of these settings listens, as seen from this machine. */
export function hubUrl(context: CommandContext, config: Config): string {
  const given = option(context, 'url') ?? context.io.env.HOLDFAST_URL ?? ''
  if (given !== '') return given.replace(/\/+$/, '')
  const host = config.host === '0.0.0.0' || config.host === '::' ? '127.0.0.1' : config.host
  return `http://${host.includes(':') ? `[${host}]` : host}:${config.port}`
}

/**
 * Speaks with the running hub. With HOLDFAST_API_KEY by that key; else whoever may open the database gets a key of a
 * quarter of an hour with these scopes, taken back at the end and written into the audit log.
 */
export async function withHub(
  context: CommandContext,
  scopes: readonly Scope[],
  run: (hub: HubClient) => Promise<number>,
): Promise<number> {
  const read = readConfig(context.io.env)
  if (!read.ok) return refused(context.io, read.refusal)
  const url = hubUrl(context, read.value)
  await ask(`${url}/healthz`, { method: 'GET' })
  const given = context.io.env.HOLDFAST_API_KEY ?? ''
  if (given !== '') return await run(hubClient(url, given))
  return await withIdentity(context, async (identity) => {
    const expiresAt = identity.clock.now().add({ minutes: 15 })
    const made = await makeKey(identity, SYSTEM, { name: 'command line', scopes, expiresAt })
    assert(made.ok, 'C1')
    try {
      return await run(hubClient(url, made.value.text))
    } finally {
      await revokeKey(identity.sql, made.value.key.id, identity.clock.now())
    }
  })
}

function hubClient(url: string, key: string): HubClient {
  return {
    url,
    call: async (method, path, body, options = {}) => {
      const bytes = body instanceof Uint8Array
      const contentType = options.contentType ?? (bytes ? 'application/octet-stream' : 'application/json')
      const answer = await ask(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body === undefined ? {} : { 'content-type': contentType }),
        },
        ...(body === undefined ? {} : { body: bytes ? new Uint8Array(body) : JSON.stringify(body) }),
      })
      const text = await answer.text()
      const isJson = /json/.test(answer.headers.get('content-type') ?? '')
      const value: unknown = isJson && text !== '' ? JSON.parse(text) : text
      return answer.ok ? ok(value) : problemOf(value, answer.status)
    },
  }
}

async function ask(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init)
  } catch (error) {
    throw new Outage('cli.hub_unreachable', `no hub answers at ${new URL(url).origin}; is it running?`, {
      cause: error,
    })
  }
}

function problemOf(value: unknown, status: number): Result<never> {
  if (typeof value === 'object' && value !== null && 'code' in value && 'detail' in value)
    return refuse(String(value.code), String(value.detail))
  return refuse('cli.unexpected_answer', `the hub answered ${status}`)
}
