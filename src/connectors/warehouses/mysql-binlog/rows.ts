import { type FeedRow, mappedColumns, readFeedRow } from '#domain/read-feed-row.ts'
import type { FeedChange, FeedFault, FeedMapping } from '#domain/stock-feed.ts'

export type Column = {
  readonly name: string
  /** As information_schema has it: `decimal(12,3)`, `timestamp(6)`, `bigint(20) unsigned`. */
  readonly type: string
  readonly charset: string | null
  readonly key: boolean
}

/** A value as it stands in the table, the same whether a query or the binlog told it. TIMESTAMP is UTC and says so. */
export function textOf(value: unknown, type: string): string | null {
  if (value === null || value === undefined) return null
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString('hex')}`
  if (typeof value === 'string') return type.startsWith('timestamp') ? `${value}Z` : value
  if (Array.isArray(value)) return value.join(',')
  if (typeof value === 'object') return JSON.stringify(value)
  return String(value)
}

/** Whether values of the type are bytes and no text. */
export function isBinary(type: string): boolean {
  return /^(tiny|medium|long)?blob|^(var)?binary|^bit|^geometry|^point/.test(type)
}

export type RawRow = Readonly<Record<string, unknown>>
export type RowEvent =
  | { readonly kind: 'written'; readonly after: RawRow }
  | { readonly kind: 'changed'; readonly before: RawRow; readonly after: RawRow }
  | { readonly kind: 'deleted'; readonly before: RawRow }

export type RowMeaning = { readonly changes: readonly FeedChange[]; readonly faults: readonly FeedFault[] }

const NOTHING: RowMeaning = { changes: [], faults: [] }

/**
 * What one row event says by the mapping. A level's row that changed its article or warehouse is gone there and new here. A movement
 * is written once; one that is changed or deleted afterwards is a fault, since nobody can say what was meant.
 */
export function changesOf(
  mapping: FeedMapping,
  types: ReadonlyMap<string, string>,
  event: RowEvent,
): RowMeaning {
  const columns = mappedColumns(mapping)
  const text = (row: RawRow): FeedRow => textRow(row, types, columns)
  if (event.kind === 'written') return meaning(mapping, text(event.after))
  const before = text(event.before)
  if (event.kind === 'deleted')
    return mapping.mode === 'levels'
      ? meaning(mapping, before, true)
      : rewritten(before, 'movement_deleted', 'the movement was deleted')
  const after = text(event.after)
  if (columns.every((column) => before[column] === after[column])) return NOTHING
  if (mapping.mode === 'movements')
    return rewritten(after, 'movement_changed', 'the movement was changed after it was written')
  const moved =
    before[mapping.sku] !== after[mapping.sku] || placeIn(mapping, before) !== placeIn(mapping, after)
  const now = meaning(mapping, after)
  if (!moved) return now
  const gone = meaning(mapping, before, true)
  return { changes: [...gone.changes, ...now.changes], faults: now.faults }
}

/** The row's mapped columns as text; all columns where `columns` is left out. */
export function textRow(
  row: RawRow,
  types: ReadonlyMap<string, string>,
  columns = Object.keys(row),
): FeedRow {
  const text: Record<string, string | null> = {}
  for (const column of columns)
    if (Object.hasOwn(row, column)) text[column] = textOf(row[column], types.get(column) ?? '')
  return text
}

export function meaning(mapping: FeedMapping, row: FeedRow, removed = false): RowMeaning {
  const read = readFeedRow(mapping, row, removed)
  return read.fault === null ? { changes: [read.change], faults: [] } : { changes: [], faults: [read.fault] }
}

function rewritten(row: FeedRow, code: string, detail: string): RowMeaning {
  return { changes: [], faults: [{ code: `mysql_binlog.${code}`, detail, row }] }
}

function placeIn(mapping: FeedMapping, row: FeedRow): string | null {
  return mapping.warehouse === null ? '' : (row[mapping.warehouse] ?? null)
}
