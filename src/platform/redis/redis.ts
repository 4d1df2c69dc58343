import { createHash } from 'node:crypto'
import { Cluster, Redis as SingleRedis } from 'ioredis'
import { Outage } from '#kernel/outage.ts'
import type { RedisAddress } from './address.ts'

/** A Lua function, loaded by its hash; a server that lost it is given its text again. */
export type RedisScript = { readonly name: string; readonly lua: string; readonly sha: string }

export type RedisClient = {
  readonly cluster: boolean
  /**
   * Runs a function over keys of one slot. Throws `Outage` (`redis.unreachable`, `redis.failed`) when no answer came in time; it may
   * have run all the same.
   */
  readonly run: (
    script: RedisScript,
    keys: readonly string[],
    args: readonly (string | number)[],
  ) => Promise<unknown>
  /** Run ids of all masters, sorted: another text means that a server was restarted, promoted or added. Throws `Outage`. */
  readonly servers: () => Promise<string>
  readonly stop: () => Promise<void>
}

export type RedisOptions = {
  readonly address: RedisAddress
  /** Milliseconds; an answer that takes longer counts as none. */
  readonly timeoutMs: number
  /** Told when a connection is gone or another server answers: what is believed of Redis has to be looked at again. */
  readonly onChanged: () => void
}

const CONNECT_WITHIN_MS = 2_000
const AGAIN_AFTER_MOST_MS = 1_000
const KEEP_ALIVE_MS = 10_000

export function redisScript(name: string, lua: string): RedisScript {
  return { name, lua, sha: createHash('sha1').update(lua).digest('hex') }
}

/**
 * Connects in the background and for ever again. Nothing is queued while there is no connection, and nothing is sent twice: the
 * caller has another way to get its answer.
 */
export function openRedis(options: RedisOptions): RedisClient {
  const client = options.address.cluster ? openCluster(options) : openSingle(options)
  // Unheard, an error event would end the process; every command is refused by itself.
  client.on('error', () => undefined)
  let isStopping = false
  const changed = (node?: unknown): void => {
    // Only masters are asked; a replica that comes or goes changes nothing.
    const isReplica = node instanceof SingleRedis && node.options.readOnly === true
    if (!isStopping && !isReplica) options.onChanged()
  }
  for (const event of ['close', 'ready', '+node', '-node'] as const) client.on(event, changed)
  const within = <T>(work: Promise<T>): Promise<T> => answered(work, options.timeoutMs)
  return {
    cluster: options.address.cluster,
    run: (script, keys, args) => within(runScript(client, script, keys, args)),
    servers: () => within(readServers(client)),
    stop: async () => {
      isStopping = true
      client.disconnect()
    },
  }
}

type Client = SingleRedis | Cluster

function openSingle({ address, timeoutMs }: RedisOptions): SingleRedis {
  const [node] = address.nodes
  return new SingleRedis({
    ...connection(address, timeoutMs),
    host: node?.host ?? '127.0.0.1',
    port: node?.port ?? 6379,
    db: address.database,
    enableOfflineQueue: false,
    retryStrategy: againAfter,
  })
}

function openCluster({ address, timeoutMs }: RedisOptions): Cluster {
  return new Cluster([...address.nodes], {
    redisOptions: connection(address, timeoutMs),
    enableOfflineQueue: false,
    clusterRetryStrategy: againAfter,
    // A moved slot is followed; a server that is gone is not waited for, because PostgreSQL answers meanwhile.
    maxRedirections: 4,
    retryDelayOnFailover: 20,
    retryDelayOnClusterDown: 20,
    retryDelayOnTryAgain: 20,
    slotsRefreshTimeout: CONNECT_WITHIN_MS,
    slotsRefreshInterval: 2_000,
  })
}

function connection(address: RedisAddress, timeoutMs: number) {
  return {
    ...(address.username === null ? {} : { username: address.username }),
    ...(address.password === null ? {} : { password: address.password }),
    ...(address.tls ? { tls: {} } : {}),
    connectionName: 'holdfast',
    connectTimeout: CONNECT_WITHIN_MS,
    commandTimeout: timeoutMs,
    keepAlive: KEEP_ALIVE_MS,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
  }
}

function againAfter(times: number): number {
  return Math.min(50 * 2 ** Math.min(times, 10), AGAIN_AFTER_MOST_MS)
}

async function runScript(
  client: Client,
  { sha, lua }: RedisScript,
  keys: readonly string[],
  args: readonly (string | number)[],
): Promise<unknown> {
  try {
    return await client.evalsha(sha, keys.length, ...keys, ...args)
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error
    return await client.eval(lua, keys.length, ...keys, ...args)
  }
}

async function readServers(client: Client): Promise<string> {
  const nodes = client instanceof Cluster ? client.nodes('master') : [client]
  const infos = await Promise.all(nodes.map((node) => node.info('server')))
  const ids = infos.map((info) => /^run_id:(\w+)/m.exec(info)?.[1] ?? '')
  if (ids.length === 0 || ids.includes('')) throw new Error('no server says who it is')
  return ids.sort().join(',')
}

/** The driver's own limit is per try; a command that follows a slot from server to server makes several. */
async function answered<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error)
    const refused = /^(ERR|OOM|NOPERM|NOAUTH|WRONGPASS|WRONGTYPE|MISCONF|READONLY|BUSY)\b/.test(words)
    throw new Outage(
      refused ? 'redis.failed' : 'redis.unreachable',
      `Redis did not do it: ${words.slice(0, 200)}`,
      {
        unknown: !refused,
        cause: error,
      },
    )
  } finally {
    clearTimeout(timer)
  }
}
