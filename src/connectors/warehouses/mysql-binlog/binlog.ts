import ZongJi from '@vlasky/zongji'
import type { Line, OpenTcp } from '#domain/connector.ts'
import type { Random } from '#kernel/random.ts'
import { openLine, optionsFor } from './open-server.ts'
import type { Start } from './position.ts'
import type { RawRow, RowEvent } from './rows.ts'
import type { ServerSettings, TableName } from './settings.ts'

/** Seconds between the server's signs of life while nothing happens, and how long it may be silent. */
const HEARTBEAT_SECONDS = 5
const SILENT_MS = 30_000
const LOOK_MS = 5_000

/** What comes out of the log, in its order. */
export type LogEvent =
  | {
      readonly kind: 'rows'
      readonly rows: readonly RowEvent[]
      readonly atSeconds: number
      readonly whole: boolean
    }
  /** A transaction of any table is over. `offset` is where the next begins. */
  | {
      readonly kind: 'commit'
      readonly file: string
      readonly offset: number
      readonly gtid: string | null
      readonly atSeconds: number
    }
  | { readonly kind: 'statement'; readonly text: string; readonly schema: string; readonly atSeconds: number }
  /** The table's columns as the following rows have them; types are not exact where the log itself describes them. */
  | { readonly kind: 'columns'; readonly columns: readonly LogColumn[]; readonly exact: boolean }

export type LogColumn = { readonly name: string; readonly type: string; readonly charset: string | null }

export type Binlog = {
  /** While it is paused nothing more is read. */
  readonly pause: () => void
  readonly resume: () => void
  readonly close: () => Promise<void>
}

type ZongjiColumn = { COLUMN_NAME: string; COLUMN_TYPE: string; CHARACTER_SET_NAME: string | null }
type ZongjiEvent = {
  readonly timestamp: number
  readonly nextPosition: number
  readonly gtid?: string
  readonly query?: string
  readonly schema?: string
  readonly tableId?: number
  readonly numberOfColumns?: number
  readonly rows?: readonly unknown[]
  readonly columns_present_bitmap?: Buffer
  readonly columns_present_bitmap2?: Buffer
  readonly hasSelfDescribingMetadata?: () => boolean
  getTypeName(): string
}

const EVENTS = ['tablemap', 'writerows', 'updaterows', 'deleterows', 'xid', 'query', 'xaprepare']
/** Not decodable; the library tells them as errors, once, when they are asked for. */
const UNREADABLE = ['transactionpayload', 'partialupdaterows']

/**
 * Follows the log over two guarded lines (one for the log, one for its questions about columns). `onEvent` is called in order and
 * never waits; `onError` once, with what the library or the line said.
 */
export async function openBinlog(
  {
    openTcp,
    random,
    settings,
  }: { readonly openTcp: OpenTcp; readonly random: Random; readonly settings: ServerSettings },
  table: TableName,
  start: Exclude<Start, { readonly by: 'gap' }>,
  {
    onEvent,
    onError,
  }: { readonly onEvent: (event: LogEvent) => void; readonly onError: (error: unknown) => void },
): Promise<Binlog> {
  const lines = [await openLine(openTcp, settings)]
  try {
    lines.push(await openLine(openTcp, settings))
  } catch (error) {
    for (const line of lines) line.destroy()
    throw error
  }
  const waiting = [...lines]
  const options = optionsFor(settings, () => waiting.shift() as Line)
  const zongji = new ZongJi(options)
  let open = true
  let paused = false
  const fail = (error: unknown): void => {
    if (!open) return
    open = false
    onError(error)
  }
  zongji.on('error', fail)
  for (const line of lines) {
    line.on('error', () => undefined)
    line.on('close', () => fail(new Error('the server closed the line')))
  }
  const inner = zongji as unknown as {
    readonly connection: {
      query: (sql: string, done: (error: unknown) => void) => void
      pause: () => void
      resume: () => void
    } | null
    readonly options: { readonly filename?: string }
    readonly tableMap: Readonly<Record<number, { readonly columnSchemas: readonly ZongjiColumn[] }>>
  }
  zongji.on('binlog', (given) => {
    if (!open) return
    const event = given as unknown as ZongjiEvent
    const read = readEvent(event, inner)
    if (read !== null) onEvent(read)
    // The library resumes the line by itself after a look at columns.
    if (paused) inner.connection?.pause()
  })
  zongji.start({
    // Any id that no replica and no other hub has: a server ends the older of two followers with the same id.
    serverId: 0x4000_0000 + Math.floor(random.next() * 0x3fff_ffff),
    ...(start.by === 'file' ? { filename: start.file, position: start.offset } : { gtidSet: start.gtid }),
    includeEvents: [...EVENTS, ...UNREADABLE],
    includeSchema: { [table.schema]: [table.name] },
  })
  // Before the log is asked for: commands of one connection go in order.
  inner.connection?.query(`set @master_heartbeat_period = ${HEARTBEAT_SECONDS * 1_000_000_000}`, (error) => {
    if (error !== null) fail(error)
  })
  const watch = watchSilence(lines[1] as Line, () => paused, fail)
  return {
    pause: () => {
      if (paused) return
      paused = true
      inner.connection?.pause()
    },
    resume: () => {
      if (!paused) return
      paused = false
      inner.connection?.resume()
    },
    close: async () => {
      open = false
      clearInterval(watch)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1_500)
        zongji.once('stopped', () => {
          clearTimeout(timer)
          resolve()
        })
        zongji.stop()
      })
      for (const line of lines) line.destroy()
    },
  }
}

/** A line can die without a word; heartbeats come every 5 s. While nothing is read, nothing is known. */
function watchSilence(line: Line, isPaused: () => boolean, fail: (error: unknown) => void): NodeJS.Timeout {
  const counted = (): number => (line as unknown as { bytesRead?: number }).bytesRead ?? 0
  let last = counted()
  let silentMs = 0
  const timer = setInterval(() => {
    const now = counted()
    silentMs = now !== last || isPaused() ? 0 : silentMs + LOOK_MS
    last = now
    if (silentMs >= SILENT_MS) fail(new Error(`the server was silent for ${SILENT_MS / 1_000} s`))
  }, LOOK_MS)
  timer.unref()
  return timer
}

function readEvent(
  event: ZongjiEvent,
  inner: {
    readonly options: { readonly filename?: string }
    readonly tableMap: Readonly<Record<number, { readonly columnSchemas: readonly ZongjiColumn[] }>>
  },
): LogEvent | null {
  const atSeconds = Math.floor(event.timestamp / 1_000)
  const commit = (): LogEvent => ({
    kind: 'commit',
    file: inner.options.filename ?? '',
    offset: event.nextPosition,
    gtid: event.gtid ?? null,
    atSeconds,
  })
  switch (event.getTypeName()) {
    case 'TableMap': {
      const columns = inner.tableMap[event.tableId ?? -1]?.columnSchemas ?? []
      return {
        kind: 'columns',
        columns: columns.map((one) => ({
          name: one.COLUMN_NAME,
          type: one.COLUMN_TYPE.toLowerCase(),
          charset: one.CHARACTER_SET_NAME,
        })),
        exact: event.hasSelfDescribingMetadata?.() !== true,
      }
    }
    case 'WriteRows':
      return rowsOf(event, atSeconds, (row) => ({ kind: 'written', after: row as RawRow }))
    case 'DeleteRows':
      return rowsOf(event, atSeconds, (row) => ({ kind: 'deleted', before: row as RawRow }))
    case 'UpdateRows':
      return rowsOf(event, atSeconds, (row) => ({
        kind: 'changed',
        ...(row as { before: RawRow; after: RawRow }),
      }))
    case 'Xid':
      return commit()
    case 'Query':
      if (
        /^\s*(COMMIT|ROLLBACK|XA\s+(COMMIT|ROLLBACK))\b/i.test(event.query ?? '') &&
        !/^\s*ROLLBACK\s+TO/i.test(event.query ?? '')
      )
        return commit()
      return { kind: 'statement', text: event.query ?? '', schema: event.schema ?? '', atSeconds }
    default:
      return null
  }
}

function rowsOf(event: ZongjiEvent, atSeconds: number, toRow: (row: unknown) => RowEvent): LogEvent {
  const whole = [event.columns_present_bitmap, event.columns_present_bitmap2].every(
    (bits) => bits === undefined || isFull(bits, event.numberOfColumns ?? 0),
  )
  return { kind: 'rows', rows: (event.rows ?? []).map(toRow), atSeconds, whole }
}

/** Whether the row image holds every column (binlog_row_image = FULL). */
function isFull(bits: Buffer, columns: number): boolean {
  for (let i = 0; i < columns; i += 1) if (((bits[i >> 3] ?? 0) & (1 << (i % 8))) === 0) return false
  return true
}
