import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import amqp from 'amqplib'
import { freePort } from './free-port.ts'

export type RabbitBroker = {
  readonly port: number
  /** The settings of a connection that consumes `queue` as the administrator. */
  readonly settingsFor: (queue: string, more?: Readonly<Record<string, string>>) => Record<string, string>
  /** A client of the test's own, as the administrator. */
  readonly client: () => Promise<amqp.ChannelModel>
  /** SIGKILL or an orderly end; resolves when the process is gone. */
  readonly stop: (signal?: 'SIGTERM' | 'SIGKILL') => Promise<void>
  readonly start: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Some seconds on two free cores, minutes where many others want them. */
const START_WITHIN_MS = 240_000
const SERVER = '/usr/lib/rabbitmq/bin/rabbitmq-server'
export const ADMIN = { user: 'admin', password: 'admin-password' }
/** May sign in and nothing else. */
export const STRANGER = { user: 'stranger', password: 'stranger-password' }

/** Debian's broker with a data folder, node name, ports and name service of its own; nothing of it is left by `close`. */
export async function rabbitBroker(): Promise<RabbitBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-mq-'))
  const [port, distPort, epmdPort] = [await freePort(), await freePort(), await freePort()]
  const env = environmentOf(folder, { port, distPort, epmdPort })
  const epmd = spawn('epmd', ['-port', String(epmdPort), '-address', '127.0.0.1'], { env, stdio: 'ignore' })
  let broker: ChildProcess | null = null
  // Neither outlives a test file that ends early.
  process.once('exit', () => {
    epmd.kill('SIGKILL')
    broker?.kill('SIGKILL')
  })
  let said = ''
  const stop = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> => {
    const running = broker
    broker = null
    if (running === null || running.exitCode !== null) return
    const ended = new Promise<void>((resolve) => running.once('exit', () => resolve()))
    running.kill(signal)
    const timer = setTimeout(() => running.kill('SIGKILL'), 20_000)
    await ended
    clearTimeout(timer)
  }
  const start = async (): Promise<void> => {
    const child = spawn(SERVER, ['-noinput'], { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    broker = child
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString('utf8')).slice(-8_000)
      })
    for (let waited = 0; !(await accepts(port)); waited += 100) {
      if (child.exitCode !== null || waited > START_WITHIN_MS)
        throw new Error(`the broker did not start: ${said.slice(-2_000)}`)
      await sleep(100)
    }
  }
  const client = async (): Promise<amqp.ChannelModel> => {
    const login = { username: ADMIN.user, password: ADMIN.password }
    const model = await amqp.connect({ hostname: '127.0.0.1', port, ...login })
    // The tests stop the broker under their own clients too.
    model.on('error', () => undefined)
    return model
  }
  const close = async (): Promise<void> => {
    await stop('SIGKILL')
    epmd.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    await start()
    await untilSignedIn(client)
  } catch (error) {
    await close()
    throw error
  }
  return {
    port,
    settingsFor: (queue, more = {}) => ({
      host: '127.0.0.1',
      port: String(port),
      tls: 'off',
      vhostName: '/',
      ...ADMIN,
      queue,
      format: 'order',
      prefetch: '64',
      ...more,
    }),
    client,
    stop,
    start: async () => {
      await start()
      await untilSignedIn(client)
    },
    close,
  }
}

type Ports = { readonly port: number; readonly distPort: number; readonly epmdPort: number }

function environmentOf(folder: string, { port, distPort, epmdPort }: Ports): NodeJS.ProcessEnv {
  const config = join(folder, 'rabbitmq.conf')
  const definitions = join(folder, 'definitions.json')
  writeFileSync(
    config,
    `listeners.tcp.1 = 127.0.0.1:${port}\nload_definitions = ${definitions}\nlog.console = true\n`,
  )
  writeFileSync(definitions, JSON.stringify(DEFINITIONS))
  writeFileSync(join(folder, 'plugins'), '[].')
  const { HOLDFAST_TEST_PG: _, ...inherited } = process.env
  return {
    ...inherited,
    HOME: folder,
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_NODENAME: `hf${port}@localhost`,
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_DIST_PORT: String(distPort),
    RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_LOGS: '-',
    RABBITMQ_CONFIG_FILE: config,
    RABBITMQ_CONF_ENV_FILE: join(folder, 'none.conf'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_IO_THREAD_POOL_SIZE: '2',
    // Has the script replace itself with the broker, so that signals reach it.
    RABBITMQ_ALLOW_INPUT: '1',
  }
}

const DEFINITIONS = {
  vhosts: [{ name: '/' }, { name: 'closed' }],
  users: [
    { name: ADMIN.user, password: ADMIN.password, tags: ['administrator'] },
    { name: STRANGER.user, password: STRANGER.password, tags: [] },
  ],
  permissions: [
    { user: ADMIN.user, vhost: '/', configure: '.*', write: '.*', read: '.*' },
    { user: STRANGER.user, vhost: '/', configure: '^$', write: '^$', read: '^$' },
  ],
}

/** The port is open before the users are read. */
async function untilSignedIn(client: () => Promise<amqp.ChannelModel>): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await (await client()).close()
      return
    } catch (error) {
      if (tries > 600) throw error
      await sleep(100)
    }
  }
}

async function accepts(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
