import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from './free-port.ts'

export type RedisServer = {
  readonly port: number
  readonly url: string
  /** One command by a client of the test's own. */
  readonly command: (name: string, ...args: (string | number)[]) => Promise<unknown>
  /** SIGKILL unless told otherwise; resolves when the process is gone. */
  readonly stop: (signal?: 'SIGTERM' | 'SIGKILL') => Promise<void>
  /** On the same port; with what was saved, or empty. */
  readonly start: (keep?: 'saved' | 'empty') => Promise<void>
  /** The process stands still, as a machine without time does; `go` wakes it. */
  readonly freeze: () => void
  readonly go: () => void
  readonly close: () => Promise<void>
}

export type RedisCluster = {
  readonly url: string
  readonly nodes: readonly RedisServer[]
  /** The node that is the master of this key's slot now. */
  readonly masterOf: (key: string) => Promise<RedisServer>
  readonly flush: () => Promise<void>
  readonly close: () => Promise<void>
}

const READY_WITHIN_MS = 20_000
const NODE_TIMEOUT_MS = 1_000

/** Debian's server with a folder of its own, on loopback; nothing of it is left by `close`. */
export async function redisServer(options: readonly string[] = []): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-redis-'))
  const port = await freePort()
  let child: ChildProcess | null = null
  process.once('exit', () => child?.kill('SIGKILL'))
  const run = async (): Promise<void> => {
    const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '']
    const started = spawn('redis-server', [...args, ...options], { stdio: ['ignore', 'pipe', 'pipe'] })
    child = started
    let said = ''
    for (const stream of [started.stdout, started.stderr])
      stream?.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString('utf8')).slice(-4_000)
      })
    for (let waited = 0; ; waited += 25) {
      if ((await command('ping').catch(() => null)) === 'PONG') return
      if (started.exitCode !== null || waited > READY_WITHIN_MS)
        throw new Error(`Redis did not start: ${said}`)
      await sleep(25)
    }
  }
  const command = async (name: string, ...args: (string | number)[]): Promise<unknown> => {
    const client = new Redis({ port, lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 })
    client.on('error', () => undefined)
    try {
      await client.connect()
      return await client.call(name, ...args)
    } finally {
      client.disconnect()
    }
  }
  const stop = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> => {
    const running = child
    child = null
    if (running === null || running.exitCode !== null) return
    const ended = new Promise<void>((resolve) => running.once('exit', () => resolve()))
    running.kill(signal)
    await ended
  }
  await run()
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    command,
    stop,
    start: async (keep = 'saved') => {
      if (keep === 'empty')
        for (const name of ['dump.rdb', 'appendonlydir'])
          rmSync(join(folder, name), { recursive: true, force: true })
      await run()
    },
    freeze: () => void child?.kill('SIGSTOP'),
    go: () => void child?.kill('SIGCONT'),
    close: async () => {
      child?.kill('SIGCONT')
      await stop()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** Three masters and three replicas. */
export async function redisCluster(): Promise<RedisCluster> {
  const options = ['--cluster-enabled', 'yes', '--cluster-node-timeout', String(NODE_TIMEOUT_MS)]
  const more = ['--cluster-replica-validity-factor', '0', '--repl-diskless-sync-delay', '0']
  const nodes = await Promise.all(Array.from({ length: 6 }, () => redisServer([...options, ...more])))
  const close = async (): Promise<void> => {
    await Promise.all(nodes.map((node) => node.close()))
  }
  try {
    await formCluster(nodes)
  } catch (error) {
    await close()
    throw error
  }
  const alive = async (): Promise<RedisServer> => {
    for (const node of nodes) if ((await node.command('ping').catch(() => null)) === 'PONG') return node
    throw new Error('no node of the cluster answers')
  }
  return {
    url: nodes.map((node, i) => (i === 0 ? node.url : node.url.replace('redis://', ''))).join(','),
    nodes,
    masterOf: async (key) => {
      const node = await alive()
      const slot = Number(await node.command('cluster', 'keyslot', key))
      const slots = (await node.command('cluster', 'slots')) as [number, number, [string, number, string]][]
      const port = slots.find(([from, to]) => from <= slot && slot <= to)?.[2][1]
      const found = nodes.find((one) => one.port === port)
      if (found === undefined) throw new Error(`no master has the slot ${slot}`)
      return found
    },
    flush: async () => {
      for (const node of nodes) await node.command('flushall').catch(() => undefined)
    },
    close,
  }
}

const SLOTS = 16_384

async function formCluster(nodes: readonly RedisServer[]): Promise<void> {
  const [first] = nodes
  if (first === undefined) return
  const masters = nodes.slice(0, nodes.length / 2)
  for (const [i, node] of masters.entries()) {
    const from = Math.floor((i * SLOTS) / masters.length)
    const to = Math.floor(((i + 1) * SLOTS) / masters.length) - 1
    await node.command('cluster', 'addslotsrange', from, to)
    await node.command('cluster', 'set-config-epoch', i + 1)
  }
  for (const node of nodes.slice(1)) await node.command('cluster', 'meet', '127.0.0.1', first.port)
  await eventually(async () => (await infoOf(first)).includes(`cluster_known_nodes:${nodes.length}`))
  const ids = await Promise.all(masters.map(async (node) => String(await node.command('cluster', 'myid'))))
  for (const [i, node] of nodes.slice(masters.length).entries())
    await eventually(async () => {
      // A node that has not heard of its master yet refuses to follow it.
      return (await node.command('cluster', 'replicate', ids[i] ?? '').catch(() => null)) === 'OK'
    })
  for (const node of nodes)
    await eventually(async () => {
      const link = String(await node.command('info', 'replication'))
      const isInStep = link.includes('role:master') || link.includes('master_link_status:up')
      return isInStep && (await infoOf(node)).includes('cluster_state:ok')
    })
}

async function infoOf(node: RedisServer): Promise<string> {
  return String(await node.command('cluster', 'info'))
}

async function eventually(done: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await done()); waited += 50) {
    if (waited > READY_WITHIN_MS) throw new Error('the Redis cluster did not come together')
    await sleep(50)
  }
}
