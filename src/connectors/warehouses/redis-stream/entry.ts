import { type FeedRow, readFeedRow } from '#domain/read-feed-row.ts'
import type { FeedChange, FeedFault, FeedMapping } from '#domain/stock-feed.ts'

export type Entry = { readonly id: string; readonly fields: readonly string[] }
export type EntryMeaning = { readonly changes: readonly FeedChange[]; readonly faults: readonly FeedFault[] }

const ROWS_MOST = 1_000
const JSON_MOST = 1_000_000

/**
 * The rows of one entry as text: its fields, or what the JSON in one of them says (an object, or a list of them). `id` of the entry is
 * there as `$id`, so that a stream of movements without ids of their own can be mapped to it.
 */
export function rowsOf({ id, fields }: Entry, jsonField: string | null): readonly FeedRow[] | FeedFault {
  const row: Record<string, string | null> = { $id: id }
  for (let i = 0; i + 1 < fields.length; i += 2) row[fields[i] ?? ''] = fields[i + 1] ?? ''
  if (jsonField === null) return [row]
  const text = row[jsonField]
  if (text === undefined || text === null)
    return faultOf('json_missing', `the entry has no field "${jsonField}"`, row)
  if (text.length > JSON_MOST)
    return faultOf('json_too_long', `"${jsonField}" has more than ${JSON_MOST} characters`, { $id: id })
  let read: unknown
  try {
    read = JSON.parse(text, exactNumber as (key: string, value: unknown) => unknown)
  } catch {
    return faultOf('json_unreadable', `"${jsonField}" is no JSON`, {
      $id: id,
      [jsonField]: text.slice(0, 200),
    })
  }
  const list = Array.isArray(read) ? read : [read]
  if (list.length > ROWS_MOST || !list.every(isObject))
    return faultOf(
      'json_unreadable',
      `"${jsonField}" is no object, and no list of up to ${ROWS_MOST} of them`,
      {
        $id: id,
        [jsonField]: text.slice(0, 200),
      },
    )
  return list.map((one, i) => ({ ...flat(one, ''), $id: list.length === 1 ? id : `${id}/${i}` }))
}

export function entryMeaning(mapping: FeedMapping, entry: Entry, jsonField: string | null): EntryMeaning {
  const rows = rowsOf(entry, jsonField)
  if ('code' in rows) return { changes: [], faults: [rows] }
  const changes: FeedChange[] = []
  const faults: FeedFault[] = []
  for (const row of rows) {
    const read = readFeedRow(mapping, row)
    if (read.fault === null) changes.push(read.change)
    else faults.push(read.fault)
  }
  return { changes, faults }
}

/** Digits as they stand there: a 64-bit id or version does not fit into a number. */
function exactNumber(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' && context?.source !== undefined ? context.source : value
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `{ item: { sku: 'A' } }` is `item.sku`; lists stay JSON. */
function flat(
  value: Readonly<Record<string, unknown>>,
  prefix: string,
  depth = 0,
): Record<string, string | null> {
  const row: Record<string, string | null> = {}
  for (const [key, one] of Object.entries(value)) {
    const name = `${prefix}${key}`
    if (isObject(one) && depth < 5) Object.assign(row, flat(one, `${name}.`, depth + 1))
    else row[name] = one === null ? null : typeof one === 'object' ? JSON.stringify(one) : String(one)
  }
  return row
}

function faultOf(code: string, detail: string, row: FeedRow): FeedFault {
  return { code: `redis_stream.${code}`, detail, row }
}
