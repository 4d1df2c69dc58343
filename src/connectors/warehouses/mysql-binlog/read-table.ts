import type { CallDeps } from '#domain/connector.ts'
import { type FeedRow, mappedColumns } from '#domain/read-feed-row.ts'
import type { FeedChange, FeedFault, FeedMapping, FeedSink, FeedTable } from '#domain/stock-feed.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { BATCH_MOST } from './batches.ts'
import { type Flavour, readColumns, readLogEnd, readServer, shapeOf, textAt } from './facts.ts'
import type { FaultCode } from './faults.ts'
import { type Server, type TextRow, withServer } from './open-server.ts'
import { type Position, placeOf, positionText } from './position.ts'
import { type Column, isBinary, meaning, textRow } from './rows.ts'
import { quoted, quotedTable, type ServerSettings, type TableName, tableNameOf } from './settings.ts'

const TABLES_MOST = 500
const SAMPLE_MOST = 100

/** Tables that the account can see in the connection's database. */
export function tables(deps: CallDeps, settings: ServerSettings): Promise<Result<readonly FeedTable[]>> {
  return orRefusal(() =>
    withServer(deps.openTcp, settings, (server) => readTables(server, settings.database)),
  )
}

async function readTables(server: Server, database: string): Promise<FeedTable[]> {
  const named = await server.query(
    `select table_name as name, table_rows as n from information_schema.tables
     where table_schema = ? and table_type = 'BASE TABLE' order by table_name limit ${TABLES_MOST}`,
    [database],
  )
  const columns = await server.query(
    `select table_name as t, column_name as name, column_type as type, column_key as k
     from information_schema.columns where table_schema = ? order by table_name, ordinal_position limit 20000`,
    [database],
  )
  const columnsByTable = Map.groupBy(columns, (column) => textAt(column, 't'))
  return named.map((table) => ({
    name: `${database}.${textAt(table, 'name')}`,
    // The engine's estimate; exact only for small tables.
    rows: /^\d+$/.test(textAt(table, 'n')) ? Number(textAt(table, 'n')) : null,
    columns: (columnsByTable.get(textAt(table, 'name')) ?? []).map((column) => ({
      name: textAt(column, 'name'),
      type: textAt(column, 'type'),
      key: textAt(column, 'k') === 'PRI',
    })),
  }))
}

export function sample(
  deps: CallDeps,
  settings: ServerSettings,
  name: string,
  limit: number,
): Promise<Result<readonly FeedRow[]>> {
  return orRefusal(async () => {
    const table = tableNameOf(name, settings.database)
    if (table === null) throw noTable(name)
    return await withServer(deps.openTcp, settings, async (server) => {
      const columns = await readColumns(server, table)
      if (columns === null) throw noTable(name)
      const most = Math.max(1, Math.min(SAMPLE_MOST, Math.trunc(limit)))
      const rows = await server.query(`select ${listOf(columns)} from ${quotedTable(table)} limit ${most}`)
      return rows.map(toText(columns))
    })
  })
}

/**
 * Reads the whole table under one consistent snapshot, in the order of its key. MariaDB says itself at which place of the log its
 * snapshot stands. MySQL does not without FLUSH TABLES WITH READ LOCK, which needs RELOAD and stops the warehouse: there the place is
 * read first, and following repeats what was committed between the two; rows are whole and in order, so that the end is the same.
 */
export function snapshot(
  deps: CallDeps,
  settings: ServerSettings,
  mapping: FeedMapping,
  sink: FeedSink,
  signal: AbortSignal,
): Promise<Result<{ readonly position: string }>> {
  return orRefusal(async () => {
    const table = tableNameOf(mapping.table, settings.database)
    if (table === null) throw noTable(mapping.table)
    return await withServer(deps.openTcp, settings, async (server) => {
      const facts = await readServer(server, () => deps.clock.now().epochMilliseconds)
      const before = await readLogEnd(server, facts)
      if (before === null)
        throw new Outage('mysql_binlog.binlog_enabled', 'the server writes no binlog', { retryable: false })
      // Columns first: a definition that changes after the snapshot began makes InnoDB refuse the read (1412), never mix.
      const columns = await readColumns(server, table)
      if (columns === null) throw noTable(mapping.table)
      const missing = mappedColumns(mapping).filter((one) => !columns.some(({ name }) => name === one))
      if (missing.length > 0)
        throw new Outage('mysql_binlog.column_missing', `no column ${missing.join(', ')}`, {
          retryable: false,
        })
      await server.query('set session transaction isolation level repeatable read')
      await server.query('start transaction with consistent snapshot')
      const end = (await snapshotPlace(server, facts.flavour)) ?? before
      const position: Position = { server: facts.identity, ...end, shape: shapeOf(columns) }
      await readAll(server, table, columns, mapping, position, sink, signal)
      return { position: positionText(position) }
    })
  })
}

async function snapshotPlace(
  server: Server,
  flavour: Flavour,
): Promise<Pick<Position, 'file' | 'offset' | 'gtid'> | null> {
  if (flavour !== 'mariadb') return null
  const rows = await server.query(`show status like 'binlog_snapshot_%'`)
  const told = new Map(rows.map((row) => [textAt(row, 'Variable_name').toLowerCase(), textAt(row, 'Value')]))
  const file = told.get('binlog_snapshot_file') ?? ''
  const offset = Number(told.get('binlog_snapshot_position') ?? '')
  if (file === '' || !Number.isSafeInteger(offset) || offset < 4) return null
  const [row] = await server.query('select binlog_gtid_pos(?, ?) as gtid', [file, offset])
  return { file, offset, gtid: textAt(row, 'gtid') || null }
}

async function readAll(
  server: Server,
  table: TableName,
  columns: readonly Column[],
  mapping: FeedMapping,
  position: Position,
  sink: FeedSink,
  signal: AbortSignal,
): Promise<void> {
  const wanted = columns.filter(({ name }) => mappedColumns(mapping).includes(name))
  const key = columns.filter((column) => column.key)
  const read = [...new Set([...wanted, ...key])]
  const text = toText(read)
  let after: readonly string[] | null = null
  for (let page = 0; ; page += 1) {
    if (signal.aborted) throw new Outage('mysql_binlog.stopped', 'the snapshot was stopped')
    const { sql, values } = pageOf(table, read, key, after, page)
    const rows = await server.query(sql, values, 60_000)
    const changes: FeedChange[] = []
    const faults: FeedFault[] = []
    for (const row of rows) {
      const said = meaning(mapping, text(row))
      changes.push(...said.changes)
      faults.push(...said.faults)
    }
    if (changes.length + faults.length > 0)
      await sink({
        changes,
        faults,
        position: positionText(position),
        committedAt: null,
        evidence: `snapshot ${placeOf(position)}`,
      })
    if (rows.length < BATCH_MOST) return
    const last = rows.at(-1)
    after = key.map(({ name }) => {
      const value = last?.[name]
      return typeof value === 'string' ? value : ''
    })
  }
}

/** By the primary key where it is text or a number; pages of a table without such a one are counted, within the one snapshot. */
function pageOf(
  table: TableName,
  columns: readonly Column[],
  key: readonly Column[],
  after: readonly string[] | null,
  page: number,
): { readonly sql: string; readonly values: string[] } {
  const head = `select ${listOf(columns)} from ${quotedTable(table)}`
  const order = key.length === 0 ? '' : ` order by ${key.map(({ name }) => quoted(name)).join(', ')}`
  // Bytes, floats and times compare in ways of their own.
  if (
    key.length === 0 ||
    !key.every(({ type }) => /^((tiny|small|medium|big)?int|decimal|varchar|char)/.test(type))
  )
    return { sql: `${head}${order} limit ${page * BATCH_MOST}, ${BATCH_MOST}`, values: [] }
  const values: string[] = []
  const where = after === null ? '' : ` where ${afterKey(key, after, values)}`
  return { sql: `${head}${where}${order} limit ${BATCH_MOST}`, values }
}

/** `a > x or (a = x and (b > y ...))`: spelled out, since servers do not use the index for a comparison of rows. */
function afterKey(key: readonly Column[], after: readonly string[], values: string[]): string {
  const [first, ...rest] = key
  const [value = '', ...further] = after
  if (first === undefined) return 'false'
  // A number that is compared as text would go through a float.
  const place = (): string => {
    if (!/char/.test(first.type) && /^-?\d+(\.\d+)?$/.test(value)) return value
    values.push(value)
    return '?'
  }
  const name = quoted(first.name)
  const greater = `${name} > ${place()}`
  return rest.length === 0
    ? greater
    : `(${greater} or (${name} = ${place()} and ${afterKey(rest, further, values)}))`
}

function listOf(columns: readonly Column[]): string {
  // Bytes are read as hexadecimal, as the binlog's reader shows them.
  return columns
    .map(({ name, type }) =>
      isBinary(type) ? `concat('0x', lower(hex(${quoted(name)}))) as ${quoted(name)}` : quoted(name),
    )
    .join(', ')
}

function toText(columns: readonly Column[]): (row: TextRow) => FeedRow {
  const types = new Map(columns.map(({ name, type }) => [name, type]))
  const names = columns.map(({ name }) => name)
  return (row) => textRow(row, types, names)
}

function noTable(name: string): Outage {
  return new Outage(
    'mysql_binlog.no_table',
    `no table ${name.slice(0, 100)}, or the account may not see it`,
    {
      retryable: false,
    },
  )
}

const REFUSALS = new Set<string>(
  (
    [
      'login',
      'host_not_allowed',
      'no_database',
      'no_table',
      'table_rights',
      'tls',
      'tls_demanded',
    ] satisfies FaultCode[]
  ).map((code) => `mysql_binlog.${code}`),
)

/** What only a person can mend is a refusal here; the rest stays an outage. */
async function orRefusal<T>(work: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await work())
  } catch (error) {
    if (!(error instanceof Outage)) throw error
    const { code, message, retryable } = error
    if (!retryable || REFUSALS.has(code)) return refuse(code, message)
    throw error
  }
}
