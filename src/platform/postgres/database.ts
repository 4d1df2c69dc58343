import pg from 'pg'
import { Outage } from '#kernel/outage.ts'

/** What a statement may be given. Arrays go through `textArray` and its kin, which send them in binary. */
export type SqlValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | Temporal.Instant
  | SqlArray
  | Json
export type Json = { readonly json: unknown }
export type SqlArray = { readonly wire: Buffer }

/** SQL with `${}` as bound parameters; answers the rows. */
export type Sql = <Row = Record<string, unknown>>(
  text: TemplateStringsArray,
  ...values: readonly SqlValue[]
) => Promise<Row[]>

export type Database = Sql & {
  /** Runs in one READ COMMITTED transaction; any throw rolls it back. */
  readonly begin: <T>(run: (tx: Sql) => Promise<T>) => Promise<T>
  /** Calls back on every NOTIFY of the channel, over one connection that comes back by itself. */
  readonly listen: (channel: string, onNotify: (payload: string) => void) => Promise<() => Promise<void>>
  /** For statements that cannot be a template: migrations, partition upkeep. Never with outside text. */
  readonly raw: (text: string) => Promise<Record<string, unknown>[]>
  readonly end: () => Promise<void>
}

const PLANS = {
  fresh: '-c plan_cache_mode=force_custom_plan',
  kept: '-c plan_cache_mode=auto',
  by_key:
    '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off',
} as const

export type DatabaseOptions = {
  readonly url: string
  readonly connections?: number
  readonly applicationName?: string
  /** Milliseconds; a statement that takes longer is ended by the server. */
  readonly statementTimeoutMs?: number
  /**
   * Milliseconds after which the connection is given up, where a server that hangs, or a line that died without a word, cannot
   * end the statement itself; a while after the statement's own limit unless given.
   */
  readonly queryTimeoutMs?: number
  /**
   * Milliseconds that a transaction may wait for its next statement; then the server ends it, and its locks are free. For those
   * whose locks everybody waits for: a process that hangs shall not hold up the others.
   */
  readonly idleInTransactionMs?: number
  /**
   * `fresh` (default): every statement is planned for the tables as they are now. A plan kept from when they were empty read
   * them whole for ever after (measured: 228 events/s instead of thousands). `kept` is for statements that only insert.
   * `by_key`: plans are kept, and made without whole-table reads, for work that finds everything by key in batches; planning
   * its two dozen statements anew cost more than running them where batches are small.
   */
  readonly plans?: keyof typeof PLANS
  /**
   * `later`: a commit does not wait for the disk. Only for work that is simply done again where it is lost: every later commit that
   * does wait flushes it too, in order, so nothing that anybody was promised or that went out can stand on what is lost.
   */
  readonly commits?: 'later'
  /** Connections stay open when idle. A new one plans each of its statements anew, in the middle of the next flood. */
  readonly keepOpen?: boolean
}

const STATEMENT_MS = 60_000
const GIVES_UP_AFTER_MS = 10_000
const KEEP_ALIVE_MS = 10_000

export function json(value: unknown): Json {
  return { json: value }
}

/**
 * Opens a bounded pool. Integers of 8 bytes come back as bigint, `timestamptz` as `Temporal.Instant`, `date` as text,
 * `numeric` as text, `jsonb` parsed.
 */
export function openDatabase(options: DatabaseOptions): Database {
  const statementMs = options.statementTimeoutMs ?? STATEMENT_MS
  const config: pg.PoolConfig = {
    connectionString: options.url,
    max: options.connections ?? 10,
    application_name: options.applicationName ?? 'holdfast',
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: options.keepOpen === true ? 0 : 30_000,
    statement_timeout: statementMs,
    query_timeout: options.queryTimeoutMs ?? statementMs + GIVES_UP_AFTER_MS,
    ...(options.idleInTransactionMs === undefined
      ? {}
      : { idle_in_transaction_session_timeout: options.idleInTransactionMs }),
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    types: { getTypeParser },
    options: `${PLANS[options.plans ?? 'fresh']}${options.commits === 'later' ? ' -c synchronous_commit=off' : ''}`,
  }
  const pool = new pg.Pool(config)
  pool.on('error', () => {
    // An idle connection that the server closed: the pool drops it, the next query opens another.
  })
  // From when the pool hands a connection out until its taker listens, nobody does. An answer and the server's "I shut down" may
  // come in one piece just then, and an error that nobody hears ends the process; found by the chaos run.
  pool.on('connect', (client) => {
    client.on('error', () => undefined)
    noteUncopied(client)
  })
  const run = sqlOver((query) => queryOnce(pool, query))
  return Object.assign(run, {
    begin: <T>(work: (tx: Sql) => Promise<T>) => inTransaction(pool, work),
    listen: (channel: string, onNotify: (payload: string) => void) => listen(config, channel, onNotify),
    raw: async (text: string) => (await translated(pool.query(text))).rows as Record<string, unknown>[],
    end: () => pool.end(),
  })
}

type Queryable = (query: pg.QueryConfig) => Promise<pg.QueryResult>
type Statement = { readonly text: string; readonly name?: string }

const statements = new WeakMap<TemplateStringsArray, Statement>()
let named = 0

/**
 * A statement written in the source is prepared once per connection: planning the inbox's insert costs as much as running it.
 * Text that was put together at run time (`fragment.ts`) is not, because each would be kept by the server for ever.
 */
function statementOf(text: TemplateStringsArray): Statement {
  const known = statements.get(text)
  if (known !== undefined) return known
  const joined = text.reduce((sum, part, i) => `${sum}$${i}${part}`)
  if (!Object.isFrozen(text)) return { text: joined }
  named += 1
  const statement = { text: joined, name: `s${named}` }
  statements.set(text, statement)
  return statement
}

function sqlOver(query: Queryable): Sql {
  return async <Row>(text: TemplateStringsArray, ...values: readonly SqlValue[]): Promise<Row[]> =>
    (await translated(query({ ...statementOf(text), values: values.map(toWire) }))).rows as Row[]
}

/** As the pool's own `query`: whatever fails, its connection is not used again. */
async function queryOnce(pool: pg.Pool, query: pg.QueryConfig): Promise<pg.QueryResult> {
  const client = await pool.connect()
  let broken: Error | undefined
  const onLost = (error: Error): void => {
    broken = error
  }
  client.on('error', onLost)
  try {
    const result = await client.query(query)
    expectCopied(client)
    return result
  } catch (error) {
    broken = error instanceof Error ? error : new Error(String(error))
    throw error
  } finally {
    client.off('error', onLost)
    client.release(broken)
  }
}

async function inTransaction<T>(pool: pg.Pool, work: (tx: Sql) => Promise<T>): Promise<T> {
  const client = await translated(pool.connect())
  let broken: Error | undefined
  // A connection that dies while it is ours says so to nobody but us; unheard, the error would end the process.
  const onLost = (error: Error): void => {
    broken = error
  }
  client.on('error', onLost)
  try {
    await translated(client.query('begin'))
    const value = await work(sqlOver((query) => client.query(query)))
    await translated(client.query('commit'))
    expectCopied(client)
    return value
  } catch (error) {
    // Who did not answer will not answer this either; without its connection the server rolls back by itself. And who may only
    // read stays so: kept in the pool, a line to a standby would outlive the failover that led to it.
    if (isReadTimeout(error) || isReadOnly(error)) broken = error
    else
      await client.query('rollback').catch((failure: unknown) => {
        broken = failure instanceof Error ? failure : new Error(String(failure))
      })
    throw error
  } finally {
    client.off('error', onLost)
    client.release(broken)
  }
}

/** The driver's own word for an answer that did not come; it has no code. */
function isReadTimeout(error: unknown): error is Error {
  return (
    error instanceof Outage && error.cause instanceof Error && error.cause.message === 'Query read timeout'
  )
}

function isReadOnly(error: unknown): error is Error {
  return error instanceof Outage && sqlState(error.cause) === READ_ONLY
}

/** Connections whose last commit is on this server's disk only. */
const uncopied = new WeakSet<object>()

/**
 * Who cancels a commit that waits for a synchronous standby lets it through: the server says "committed", and beside it, in a
 * warning, that no standby has it. After a failover it would be gone; the routine's name is the same in every language.
 */
function noteUncopied(client: pg.PoolClient): void {
  client.on('notice', ({ routine }) => {
    if (routine === 'SyncRepWaitForLSN') uncopied.add(client)
  })
}

/** To whoever waits for the commit it is one without an answer: it may be there, and may not. */
function expectCopied(client: pg.PoolClient): void {
  if (!uncopied.delete(client)) return
  throw new Outage(
    'database.unreachable',
    'the wait for the standby was cancelled: the commit is on one server only',
    {
      unknown: true,
    },
  )
}

function toWire(value: SqlValue): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Temporal.Instant) return value.toString()
  if (value instanceof Uint8Array)
    return Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  if ('wire' in value) return value.wire
  return JSON.stringify(value.json)
}

const OID = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  float8: 701,
  date: 1082,
  timestamp: 1114,
  timestamptz: 1184,
}

function getTypeParser(oid: number, format?: string): (raw: never) => unknown {
  if (format !== 'binary') {
    if (oid === OID.int8) return (text: string) => BigInt(text)
    if (oid === INT8_ARRAY) return readInt8Array
    if (oid === OID.timestamptz) return (text: string) => Temporal.Instant.from(text)
    if (oid === OID.date) return (text: string) => text
  }
  return pg.types.getTypeParser(oid as never, format as never) as (raw: never) => unknown
}

const INT8_ARRAY = 1016
/** One dimension, without nulls: `{1,2}`. */
function readInt8Array(text: string): bigint[] {
  return text === '{}' ? [] : text.slice(1, -1).split(',').map(BigInt)
}

async function listen(
  config: pg.PoolConfig,
  channel: string,
  onNotify: (payload: string) => void,
): Promise<() => Promise<void>> {
  let closed = false
  let client: pg.Client | null = null
  const open = async (): Promise<void> => {
    const next = new pg.Client(config)
    next.on('notification', (message) => onNotify(message.payload ?? ''))
    next.on('error', () => undefined)
    next.on('end', () => {
      if (!closed) setTimeout(() => void reopen(), REOPEN_AFTER_MS).unref()
    })
    await next.connect()
    try {
      await next.query(`listen ${pg.escapeIdentifier(channel)}`)
    } catch (error) {
      // A standby refuses this and keeps the line open: nothing would end it, and nobody would listen for ever after.
      await next.end()
      throw error
    }
    client = next
  }
  const reopen = async (): Promise<void> => {
    if (closed) return
    // A failed try ends its client, which brings the next one.
    const opened = await open().then(
      () => true,
      () => false,
    )
    if (closed) await client?.end()
    // What was told meanwhile reached nobody: the listener looks for itself.
    else if (opened) onNotify('')
  }
  try {
    await translated(open())
  } catch (error) {
    closed = true
    throw error
  }
  return async () => {
    closed = true
    await client?.end()
  }
}

const REOPEN_AFTER_MS = 1_000

/** PostgreSQL's own errors keep their SQLSTATE; a lost or refused connection becomes an outage. */
async function translated<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof pg.DatabaseError && !isOutageState(error.code)) throw error
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new Outage('database.unreachable', `the database did not answer (${code})`, { cause: error })
  }
}

const READ_ONLY = '25006'

/**
 * Connection exceptions, resources exhausted (disk full), operator intervention (shutdown), system errors; a transaction that
 * idled; a server that may only be read, which is a standby behind the primary's name, or a primary that was fenced.
 */
function isOutageState(state: string | undefined): boolean {
  return state !== undefined && (/^(08|53|57P|58|25P03)/.test(state) || state === READ_ONLY)
}

export function sqlState(error: unknown): string | null {
  return error instanceof pg.DatabaseError ? (error.code ?? null) : null
}
