import { isIP } from 'node:net'
import { checkServerIdentity, connect as connectTls, type TLSSocket } from 'node:tls'
import { Cluster, Redis, type RedisOptions } from 'ioredis'
import type { Line, OpenTcp } from '#domain/connector.ts'
import { Outage } from '#kernel/outage.ts'
import type { Node, StreamSettings } from './settings.ts'

const OPEN_MS = 10_000
/** Longer than any wait that a command asks for. */
const ANSWER_MS = 15_000

export type Client = {
  readonly call: (command: string, ...args: readonly (string | number)[]) => Promise<unknown>
  /** The nodes that hold keys: the server itself, or the masters of a cluster. */
  readonly holders: () => readonly { readonly call: Client['call'] }[]
  readonly close: () => void
}

/** Connects and signs in over guarded lines, the nodes that a cluster names included. Throws `Outage` of the way out or the library's error. */
export async function openRedis(openTcp: OpenTcp, settings: StreamSettings): Promise<Client> {
  let firstFault: unknown = null
  const options = optionsFor(openTcp, settings, (error) => {
    firstFault ??= error
  })
  const client = settings.cluster
    ? new Cluster(
        settings.nodes.map((node) => ({ ...node })),
        {
          redisOptions: options,
          lazyConnect: true,
          clusterRetryStrategy: () => null,
          enableOfflineQueue: true,
          slotsRefreshTimeout: OPEN_MS,
          // A failover takes some seconds; the caller comes again by itself after that.
          maxRedirections: 8,
        },
      )
    : new Redis({
        ...options,
        ...(settings.nodes[0] as Node),
        lazyConnect: true,
        // Whoever follows comes again by itself; a client that reconnects in secret would hide it.
        retryStrategy: () => null,
      })
  // A refused sign-in is told here; the promise only says that the line is closed.
  client.on('error', (error: unknown) => {
    firstFault ??= error
  })
  const call = (to: Redis | Cluster): Client['call'] => {
    return async (command, ...args) => await to.call(command, ...args.map(String))
  }
  try {
    await within(client.connect(), OPEN_MS + 2_000)
    await within(client.call('PING'), OPEN_MS)
  } catch (error) {
    client.disconnect()
    throw firstFault ?? rootOf(error)
  }
  return {
    call: call(client),
    holders: () =>
      (client instanceof Cluster ? client.nodes('master') : [client]).map((one) => ({ call: call(one) })),
    close: () => client.disconnect(),
  }
}

/** A cluster's refusal has the last node's error inside. */
function rootOf(error: unknown): unknown {
  const inner = (error as { lastNodeError?: unknown } | null)?.lastNodeError
  return inner ?? error
}

async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => late.reject(new Outage('http.timeout', `no answer within ${ms / 1_000} s`)),
    ms,
  )
  try {
    return await Promise.race([work, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

function optionsFor(openTcp: OpenTcp, settings: StreamSettings, onFault: (error: unknown) => void) {
  return {
    ...(settings.user === null ? {} : { username: settings.user }),
    ...(settings.password === null ? {} : { password: settings.password }),
    db: settings.database,
    // Answers come as lists whatever the version; the newer protocol sends maps for some.
    protocol: 2 as const,
    connectionName: 'holdfast',
    connectTimeout: OPEN_MS,
    commandTimeout: ANSWER_MS,
    reconnectOnError: null,
    maxRetriesPerRequest: 0,
    autoResubscribe: false,
    // INFO is a right that the account does not need.
    enableReadyCheck: false,
    disableClientInfo: true,
    Connector: guardedConnector(openTcp, settings, onFault) as unknown as NonNullable<
      RedisOptions['Connector']
    >,
  }
}

/** The library's own connector would open sockets past the guard of addresses. */
function guardedConnector(
  openTcp: OpenTcp,
  { tls }: StreamSettings,
  onFault: (error: unknown) => void,
): unknown {
  return class GuardedConnector {
    readonly #target: Node
    #line: Line | null = null
    #wanted = true
    firstError: Error | undefined
    constructor(options: RedisOptions) {
      this.#target = { host: options.host ?? '', port: options.port ?? 6_379 }
    }
    check(): boolean {
      return true
    }
    disconnect(): void {
      this.#wanted = false
      this.#line?.destroy()
    }
    async connect(): Promise<Line> {
      this.#wanted = true
      try {
        const line = await openTcp({ ...this.#target, tls: false, timeoutMs: OPEN_MS })
        const dressed = tls.mode === 'off' ? line : await overTls(line, this.#target.host, tls)
        if (!this.#wanted) dressed.destroy()
        this.#line = dressed
        return dressed
      } catch (error) {
        onFault(error)
        throw error
      }
    }
  }
}

function overTls(line: Line, host: string, tls: StreamSettings['tls']): Promise<Line> {
  return new Promise((resolve, reject) => {
    const verify = tls.mode === 'verify'
    const socket: TLSSocket = connectTls({
      socket: line as never,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(tls.authority === null ? {} : { ca: tls.authority }),
      rejectUnauthorized: verify,
      checkServerIdentity: (_name, certificate) =>
        verify ? checkServerIdentity(host, certificate) : undefined,
      minVersion: 'TLSv1.2',
    })
    const fail = (error: Error): void => {
      clearTimeout(timer)
      line.destroy()
      socket.destroy()
      reject(error)
    }
    const timer = setTimeout(() => fail(new Error('no TLS handshake (ERR_TLS)')), OPEN_MS)
    socket.once('error', fail)
    line.on('close', () => fail(new Error('the server closed the line while TLS began (ERR_TLS)')))
    socket.once('secureConnect', () => {
      clearTimeout(timer)
      socket.removeListener('error', fail)
      socket.on('error', () => undefined)
      line.removeAllListeners('close')
      resolve(socket)
    })
  })
}
