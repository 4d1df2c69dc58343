import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import mysql, { type Connection } from 'mysql2/promise'
import { makeCertificate } from './certificates.ts'
import { freePort } from './free-port.ts'

const SERVER = '/usr/sbin/mariadbd'
const INSTALL = '/usr/bin/mariadb-install-db'

export type MariadbOptions = {
  /** Off: the server writes no binlog at all. */
  readonly binlog?: boolean
  readonly format?: 'ROW' | 'MIXED' | 'STATEMENT'
  readonly rowImage?: 'FULL' | 'MINIMAL' | 'NOBLOB'
  /** FULL: table map events carry the column names; NO_LOG is MariaDB's default. */
  readonly rowMetadata?: 'FULL' | 'MINIMAL' | 'NO_LOG'
  /** True: a certificate for localhost and 127.0.0.1; a list: for these names. */
  readonly tls?: boolean | readonly string[]
  readonly serverId?: number
  /** Further lines of `[mariadbd]`. */
  readonly more?: readonly string[]
}

/** What an account may do: `select` on tables (`wms.stock`), and the two rights of a replica. */
export type Grants = {
  readonly select?: readonly string[]
  readonly slave?: boolean
  readonly client?: boolean
}

export type MariadbServer = {
  readonly port: number
  /** PEM of the authority that signed the server's certificate; null without TLS. */
  readonly ca: string | null
  /** Runs one statement as root. */
  readonly sql: (statement: string, values?: readonly (string | number | null)[]) => Promise<Row[]>
  /** A client of the test's own, as root. */
  readonly client: (database?: string) => Promise<Connection>
  /** Makes an account `name` with the password `<name>-password`. */
  readonly account: (name: string, grants: Grants) => Promise<void>
  /** SIGKILL or an orderly end; resolves when the process is gone. */
  readonly stop: (signal?: 'SIGTERM' | 'SIGKILL') => Promise<void>
  readonly start: () => Promise<void>
  readonly close: () => Promise<void>
}
export type Row = Record<string, unknown>

/** Whether Debian's server is installed on this machine. */
export function hasMariadb(): boolean {
  return existsSync(SERVER) && existsSync(INSTALL)
}

/** Debian's MariaDB with a data folder and port of its own; nothing of it is left by `close`. */
export async function mariadbServer(options: MariadbOptions = {}): Promise<MariadbServer> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-maria-'))
  const port = await freePort()
  const ca = options.tls
    ? writeCertificates(folder, options.tls === true ? ['localhost', '127.0.0.1'] : options.tls)
    : null
  writeFileSync(join(folder, 'my.cnf'), configOf(folder, port, options))
  install(folder)
  let server: ChildProcess | null = null
  let said = ''
  // It does not outlive a test file that ends early.
  process.once('exit', () => server?.kill('SIGKILL'))
  const stop = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> => {
    const running = server
    server = null
    if (running === null || running.exitCode !== null) return
    const ended = new Promise<void>((resolve) => running.once('exit', () => resolve()))
    running.kill(signal)
    const timer = setTimeout(() => running.kill('SIGKILL'), 20_000)
    await ended
    clearTimeout(timer)
  }
  const client = async (database?: string): Promise<Connection> => {
    const connection = await mysql.createConnection({
      socketPath: join(folder, 'socket'),
      user: 'root',
      ...(database === undefined ? {} : { database }),
      supportBigNumbers: true,
      bigNumberStrings: true,
    })
    // The tests stop the server under their own clients too.
    connection.on('error', () => undefined)
    return connection
  }
  const start = async (): Promise<void> => {
    const child = spawn(SERVER, [`--defaults-file=${join(folder, 'my.cnf')}`, ...userOption()], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    server = child
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString('utf8')).slice(-8_000)
      })
    for (let waited = 0; ; waited += 50) {
      if (child.exitCode !== null || waited > 60_000)
        throw new Error(`MariaDB did not start: ${said.slice(-2_000)}`)
      const connection = await client().catch(() => null)
      await connection?.end()
      if (connection !== null) return
      await sleep(50)
    }
  }
  const sql: MariadbServer['sql'] = async (statement, values = []) => {
    const connection = await client()
    try {
      const [rows] = await connection.query(statement, [...values])
      return Array.isArray(rows) ? (rows as Row[]) : []
    } finally {
      await connection.end()
    }
  }
  const close = async (): Promise<void> => {
    await stop('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    await start()
  } catch (error) {
    await close()
    throw error
  }
  return {
    port,
    ca,
    sql,
    client,
    account: (name, grants) => makeAccount(sql, name, grants),
    stop,
    start,
    close,
  }
}

async function makeAccount(
  sql: MariadbServer['sql'],
  name: string,
  { select = [], slave = false, client = false }: Grants,
): Promise<void> {
  await sql(`create or replace user '${name}'@'%' identified by '${name}-password'`)
  for (const table of select) await sql(`grant select on ${table} to '${name}'@'%'`)
  if (slave) await sql(`grant replication slave on *.* to '${name}'@'%'`)
  if (client) await sql(`grant binlog monitor on *.* to '${name}'@'%'`)
}

function configOf(folder: string, port: number, options: MariadbOptions): string {
  const lines = [
    '[mariadbd]',
    `datadir=${join(folder, 'data')}`,
    `socket=${join(folder, 'socket')}`,
    `pid-file=${join(folder, 'pid')}`,
    `tmpdir=${folder}`,
    `port=${port}`,
    'bind-address=127.0.0.1',
    `server-id=${options.serverId ?? 1}`,
    'character-set-server=utf8mb4',
    'skip-name-resolve',
    'innodb_buffer_pool_size=32M',
    'innodb_log_file_size=16M',
    'key_buffer_size=1M',
    'performance_schema=off',
    'max_connections=60',
    // What a killed server wrote must be there again, as in life; one sync a commit is the server's own default for its log.
    'sync_binlog=1',
  ]
  if (options.binlog !== false)
    lines.push(
      `log-bin=${join(folder, 'data', 'mysql-bin')}`,
      `binlog_format=${options.format ?? 'ROW'}`,
      `binlog_row_image=${options.rowImage ?? 'FULL'}`,
      `binlog_row_metadata=${options.rowMetadata ?? 'NO_LOG'}`,
    )
  if (options.tls)
    lines.push(
      `ssl-ca=${join(folder, 'ca.pem')}`,
      `ssl-cert=${join(folder, 'server.pem')}`,
      `ssl-key=${join(folder, 'server.key')}`,
    )
  return [...lines, ...(options.more ?? []), ''].join('\n')
}

function writeCertificates(folder: string, names: readonly string[]): string {
  const authority = makeCertificate({ name: 'Warehouse Root', ca: true })
  const leaf = makeCertificate({ name: names[0] ?? 'localhost', names, by: authority })
  writeFileSync(join(folder, 'ca.pem'), authority.certificate)
  writeFileSync(join(folder, 'server.pem'), leaf.certificate)
  writeFileSync(join(folder, 'server.key'), leaf.key)
  return authority.certificate
}

function install(folder: string): void {
  const made = spawnSync(
    INSTALL,
    [
      `--defaults-file=${join(folder, 'my.cnf')}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      ...userOption(),
    ],
    { encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`mariadb-install-db: ${made.stdout}${made.stderr}`.slice(-2_000))
}

/** The server refuses to run as root unless it is told to. */
function userOption(): string[] {
  return [`--user=${userInfo().username}`]
}
