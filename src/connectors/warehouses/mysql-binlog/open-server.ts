import { isIP } from 'node:net'
import mysql, { type Connection, type ConnectionOptions, type RowDataPacket } from 'mysql2'
import type { Line, OpenTcp } from '#domain/connector.ts'
import { Outage } from '#kernel/outage.ts'
import { outageOf } from './faults.ts'
import type { ServerSettings } from './settings.ts'

const OPEN_MS = 10_000
const QUERY_MS = 30_000

export type Server = {
  readonly raw: Connection
  /** One statement, its values as the server writes them. Throws what the library threw. */
  readonly query: (sql: string, values?: readonly (string | number)[], ms?: number) => Promise<TextRow[]>
  readonly close: () => void
}
export type TextRow = Readonly<Record<string, string | null>>

/** A guarded line, dressed so that the library verifies the certificate for the host that was asked for. */
export async function openLine(openTcp: OpenTcp, { host, port }: ServerSettings): Promise<Line> {
  const line = await openTcp({ host, port, tls: false, timeoutMs: OPEN_MS })
  // The library names the host to TLS only where it is no address; Node then takes what the socket says of itself, and would
  // compare the certificate with "localhost". With another Node it would still refuse, never accept.
  if (isIP(host) !== 0) Object.assign(line, { _host: host })
  return line
}

export function optionsFor(settings: ServerSettings, stream: () => Line): ConnectionOptions {
  const { host, port, user, password, tls } = settings
  return {
    host,
    port,
    user,
    password,
    // Its type knows nothing of the factory that its documentation has.
    stream: stream as unknown as NonNullable<ConnectionOptions['stream']>,
    connectTimeout: OPEN_MS,
    // Times as they stand there, 64-bit numbers digit by digit.
    dateStrings: true,
    timezone: 'Z',
    supportBigNumbers: true,
    bigNumberStrings: true,
    jsonStrings: true,
    charset: 'utf8mb4',
    // A server may not ask for files of this machine.
    flags: ['-LOCAL_FILES'],
    multipleStatements: false,
    ...(tls.mode === 'off'
      ? {}
      : {
          ssl: {
            rejectUnauthorized: tls.mode === 'verify',
            verifyIdentity: tls.mode === 'verify',
            minVersion: 'TLSv1.2',
            ...(tls.authority === null ? {} : { ca: tls.authority }),
          },
        }),
  }
}

/** Connects, signs in, and sets the session to UTC. Throws what the library threw, for `serverFault` to read, or the way out's `Outage`. */
export async function openServer(openTcp: OpenTcp, settings: ServerSettings): Promise<Server> {
  const line = await openLine(openTcp, settings)
  const raw = mysql.createConnection(optionsFor(settings, () => line))
  try {
    await new Promise<void>((resolve, reject) => {
      // A line that closes while greeting tells nothing but that.
      line.once('close', () => reject(new Error('the server closed the line while greeting (handshake)')))
      raw.once('error', reject)
      raw.connect((error) => (error === null ? resolve() : reject(error)))
    })
  } catch (error) {
    line.destroy()
    throw error
  } finally {
    raw.removeAllListeners('error')
    raw.on('error', () => undefined)
  }
  const close = (): void => {
    raw.destroy()
    line.destroy()
  }
  const query: Server['query'] = (sql, values = [], ms = QUERY_MS) => runQuery(raw, sql, values, ms)
  try {
    await query("set session time_zone = '+00:00'")
  } catch (error) {
    close()
    throw error
  }
  return { raw, query, close }
}

function runQuery(
  raw: Connection,
  sql: string,
  values: readonly (string | number)[],
  ms: number,
): Promise<TextRow[]> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      raw.destroy()
      reject(new Outage('http.timeout', `no answer of the database within ${ms / 1_000} s`))
    }, ms)
    raw.query<RowDataPacket[]>(
      { sql, values: [...values], typeCast: (field) => field.string() },
      (error, rows) => {
        clearTimeout(timer)
        if (error !== null) reject(error)
        else resolve(Array.isArray(rows) ? (rows as unknown as TextRow[]) : [])
      },
    )
  })
}

/** Runs `work` with a connection of its own; whatever goes wrong becomes an `Outage`. */
export async function withServer<T>(
  openTcp: OpenTcp,
  settings: ServerSettings,
  work: (server: Server) => Promise<T>,
): Promise<T> {
  let server: Server | null = null
  try {
    server = await openServer(openTcp, settings)
    return await work(server)
  } catch (error) {
    throw outageOf(error)
  } finally {
    server?.close()
  }
}

/** The first value of the first row, as text; '' where there is none. */
export function oneOf(rows: readonly TextRow[]): string {
  const value = Object.values(rows[0] ?? {})[0]
  return typeof value === 'string' ? value : ''
}
