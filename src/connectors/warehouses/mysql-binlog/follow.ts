import { setTimeout as sleep } from 'node:timers/promises'
import type { CallDeps } from '#domain/connector.ts'
import { mappedColumns } from '#domain/read-feed-row.ts'
import type { FeedBatch, FeedChange, FeedEnd, FeedFault, FeedMapping, FeedSink } from '#domain/stock-feed.ts'
import { Outage } from '#kernel/outage.ts'
import { BATCH_MOST, type Piece, sizeOf, takePieces } from './batches.ts'
import { type Binlog, type LogEvent, openBinlog } from './binlog.ts'
import { changedEnd, gapEnd, tableGone } from './ends.ts'
import { gtidTrack, readColumns, readLogEnd, readLogFacts, readServer, shapeOf } from './facts.ts'
import { outageOf, serverFault } from './faults.ts'
import { withServer } from './open-server.ts'
import { decideStart, type Position, parsePosition, placeOf, positionText, type Start } from './position.ts'
import { type Column, changesOf } from './rows.ts'
import { type ServerSettings, type TableName, tableNameOf } from './settings.ts'
import { meaningOf } from './statement.ts'

/** Rows waiting for the sink before the line is paused, and before it is read again. */
const WAITING_MOST = 4_000
const WAITING_LEAST = 1_000
/** How often the position is handed over while nothing happens to the table: it stays ahead of what the server purges. */
const QUIET_MS = 5_000

type Begin = {
  readonly position: Position
  readonly start: Exclude<Start, { readonly by: 'gap' }>
  readonly columns: readonly Column[]
}

export type FollowDeps = { readonly deps: CallDeps; readonly settings: ServerSettings }

/** See `StockFeed.follow`. The first batch may be empty: it makes the place where following began durable. */
export async function follow(
  { deps, settings }: FollowDeps,
  mapping: FeedMapping,
  from: string | null,
  sink: FeedSink,
  signal: AbortSignal,
): Promise<FeedEnd> {
  const table = tableNameOf(mapping.table, settings.database)
  if (table === null)
    throw new Outage('mysql_binlog.no_table', `no table name: ${mapping.table.slice(0, 80)}`, {
      retryable: false,
    })
  const begin = await decideBegin({ deps, settings }, mapping, table, from)
  if ('reason' in begin) return begin
  if (signal.aborted) return { reason: 'stopped' }
  await sink(emptyBatch(begin.position))
  return await followFrom({ deps, settings }, mapping, table, begin, sink, signal)
}

async function decideBegin(
  { deps, settings }: FollowDeps,
  mapping: FeedMapping,
  table: TableName,
  from: string | null,
): Promise<Begin | FeedEnd> {
  const kept = from === null ? null : parsePosition(from)
  if (from !== null && kept === null) return gapEnd('unreadable_position', from.slice(0, 60))
  return await withServer(deps.openTcp, settings, async (server) => {
    const facts = await readServer(server, () => deps.clock.now().epochMilliseconds)
    // Before the columns: a change of the table in between shows as a statement of the log.
    const end = await readLogEnd(server, facts)
    if (end === null)
      throw new Outage('mysql_binlog.binlog_enabled', 'the server writes no binlog', { retryable: false })
    const columns = await readColumns(server, table)
    if (columns === null) return changedEnd(false, tableGone(mapping.table))
    const missing = missingColumns(mapping, columns)
    const shape = shapeOf(columns)
    if (missing.length > 0 || (kept !== null && kept.shape !== shape)) return columnsChanged(mapping, missing)
    if (kept === null) {
      const position: Position = { server: facts.identity, ...end, shape }
      return { position, start: { by: 'file', file: end.file, offset: end.offset }, columns }
    }
    const start = decideStart(kept, await readLogFacts(server, facts, kept))
    if (start.by === 'gap') return gapEnd(start.why, placeOf(kept))
    return { position: { ...kept, server: facts.identity }, start, columns }
  })
}

function missingColumns(mapping: FeedMapping, columns: readonly { readonly name: string }[]): string[] {
  const there = new Set(columns.map(({ name }) => name))
  return mappedColumns(mapping).filter((column) => !there.has(column))
}

function columnsChanged(mapping: FeedMapping, missing: readonly string[]): FeedEnd {
  return changedEnd(missing.length === 0, {
    zh:
      missing.length > 0
        ? `${mapping.table} 缺少已映射的列：${missing.join('、')}`
        : `${mapping.table} 的列变了，已映射的列都还在`,
    en:
      missing.length > 0
        ? `${mapping.table} lacks mapped columns: ${missing.join(', ')}`
        : `the columns of ${mapping.table} changed; the mapped ones are all still there`,
  })
}

/** What the log's reader hands to the one that stores: pieces to store, then perhaps an end. */
type Hands = {
  readonly waiting: Piece[]
  rows: number
  /** End of the newest whole transaction of any table. */
  reached: Position
  end: FeedEnd | null
  /** The definition of the table may have changed: look before going on. */
  look: boolean
  error: unknown
}

async function followFrom(
  { deps, settings }: FollowDeps,
  mapping: FeedMapping,
  table: TableName,
  begin: Begin,
  sink: FeedSink,
  signal: AbortSignal,
): Promise<FeedEnd> {
  const hands: Hands = { waiting: [], rows: 0, reached: begin.position, end: null, look: false, error: null }
  let wake = Promise.withResolvers<void>()
  const ring = (): void => wake.resolve()
  let binlog: Binlog | null = null
  const take = takeEvents(hands, mapping, table, begin)
  signal.addEventListener('abort', ring)
  try {
    binlog = await openBinlog({ openTcp: deps.openTcp, random: deps.random, settings }, table, begin.start, {
      onEvent: (event) => {
        take(event)
        if (hands.rows >= WAITING_MOST) binlog?.pause()
        ring()
      },
      onError: (error) => {
        hands.error ??= error
        ring()
      },
    })
    let durable = begin.position
    let quietSince = performance.now()
    while (!signal.aborted) {
      wake = Promise.withResolvers<void>()
      const next = takePieces(hands.waiting)
      if (next !== null) {
        await sink(toBatch(next.batch))
        hands.waiting.splice(0, next.taken)
        hands.rows -= sizeOf(next.batch)
        durable = next.batch.position
        quietSince = performance.now()
        if (hands.rows <= WAITING_LEAST) binlog.resume()
        continue
      }
      const ended =
        hands.end ?? (hands.look ? await lookAgain({ deps, settings }, mapping, table, begin) : null)
      hands.look = false
      if (ended !== null) return ended
      if (hands.error !== null) return endOfError(hands.error, durable)
      if (performance.now() - quietSince >= QUIET_MS) {
        durable = hands.reached
        await sink(emptyBatch(durable))
        quietSince = performance.now()
        continue
      }
      await Promise.race([wake.promise, sleep(QUIET_MS, undefined, { ref: false })])
    }
    return { reason: 'stopped' }
  } catch (error) {
    throw outageOf(error)
  } finally {
    signal.removeEventListener('abort', ring)
    await binlog?.close()
  }
}

/** Turns events into pieces; after an end or a doubt about the columns nothing more is taken. */
function takeEvents(
  hands: Hands,
  mapping: FeedMapping,
  table: TableName,
  begin: Begin,
): (event: LogEvent) => void {
  const types = new Map(begin.columns.map(({ name, type }) => [name, type]))
  const track = gtidTrack(begin.position.gtid)
  const columns = columnJudge(begin)
  let changes: FeedChange[] = []
  let faults: FeedFault[] = []
  const put = (position: Position, at: number): void => {
    if (changes.length + faults.length === 0) return
    hands.waiting.push({ changes, faults, position, at })
    changes = []
    faults = []
  }
  const stop = (end: FeedEnd): void => {
    // What was read of an open transaction goes with it: a new snapshot follows.
    hands.end ??= end
  }
  return (event) => {
    if (hands.end !== null || hands.error !== null) return
    if (event.kind === 'rows') {
      if (!event.whole) return stop(gapEnd('row_image', mapping.table))
      for (const row of event.rows) {
        const said = changesOf(mapping, types, row)
        changes.push(...said.changes)
        faults.push(...said.faults)
        hands.rows += sizeOf(said)
        // Of a large transaction the parts go ahead with the position before it: read again after a crash, they are the same. One row
        // may say two things.
        if (changes.length + faults.length >= BATCH_MOST - 1) put(hands.reached, event.atSeconds)
      }
      return
    }
    if (event.kind === 'commit') {
      if (event.gtid !== null) track.add(event.gtid)
      const { file, offset } = event
      hands.reached = { ...hands.reached, file, offset, gtid: track.text() }
      return put(hands.reached, event.atSeconds)
    }
    if (event.kind === 'columns') {
      if (!columns(event)) stop(columnsChanged(mapping, missingColumns(mapping, event.columns)))
      return
    }
    const meaning = meaningOf(event.text, event.schema, table)
    if (meaning === 'definition') hands.look = true
    if (meaning === 'emptied') stop(gapEnd('emptied', mapping.table))
    if (meaning === 'written') stop(gapEnd('statement', mapping.table))
  }
}

/** Whether the columns that the log's rows have are those that following began with; the log describes types more roughly. */
function columnJudge({ columns }: Begin): (event: Extract<LogEvent, { kind: 'columns' }>) => boolean {
  const shape = shapeOf(columns)
  const names = columns.map(({ name }) => name).join('\t')
  return (event) =>
    event.exact
      ? shapeOf(event.columns) === shape
      : event.columns.map(({ name }) => name).join('\t') === names
}

async function lookAgain(
  { deps, settings }: FollowDeps,
  mapping: FeedMapping,
  table: TableName,
  begin: Begin,
): Promise<FeedEnd | null> {
  const columns = await withServer(deps.openTcp, settings, (server) => readColumns(server, table))
  if (columns === null) return changedEnd(false, tableGone(mapping.table))
  if (shapeOf(columns) === begin.position.shape) return null
  return columnsChanged(mapping, missingColumns(mapping, columns))
}

/** A position that the server no longer has is an end; everything else the caller tries again. */
function endOfError(error: unknown, durable: Position): FeedEnd {
  if (error instanceof Outage) throw error
  const fault = serverFault(error)
  if (fault.code === 'position_lost') return gapEnd('purged', `${placeOf(durable)} (${fault.words})`)
  if (fault.code === 'no_table') return changedEnd(false, tableGone(fault.words))
  throw outageOf(error)
}

function toBatch({ changes, faults, position, at }: Piece): FeedBatch {
  return {
    changes,
    faults,
    position: positionText(position),
    // The log has whole seconds, of the moment when the committing statement began.
    committedAt: at === null ? null : Temporal.Instant.fromEpochMilliseconds(at * 1_000),
    evidence: placeOf(position),
    // Rows are locked until they are in the log: its order is that of the commits.
    order: 'committed',
  }
}

function emptyBatch(position: Position): FeedBatch {
  return toBatch({ changes: [], faults: [], position, at: null })
}
