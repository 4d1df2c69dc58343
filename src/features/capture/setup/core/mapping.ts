import { mappedColumns } from '#domain/read-feed-row.ts'
import type { FeedMapping } from '#domain/stock-feed.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { type SourceKind, sourceKind } from './sources.ts'

/** What one source code belongs to; the code is empty where the whole feed is of one warehouse. */
export type FeedWarehouse = { readonly sourceCode: string; readonly warehouse: string }

/** The fields of one push, as `POST /api/v1/stock/changes` has them: there is nothing to map but warehouses. */
const PUSH_FIELDS = {
  sku: 'sku',
  quantity: 'quantity',
  warehouse: 'warehouse',
  version: 'version',
  reference: 'reference',
}

/** Where a draft begins: nothing is known but the zone. */
export function emptyMapping(source: string, zone: string): FeedMapping {
  const none: FeedMapping = {
    mode: 'levels',
    table: '',
    sku: '',
    quantity: '',
    warehouse: null,
    version: null,
    id: null,
    reference: null,
    zone,
  }
  return sourceKind(source) === 'push' ? { ...none, ...PUSH_FIELDS } : none
}

/** Whether it can be tried. Refused: `capture.mapping_incomplete` with the first thing that is missing. */
export function checkMapping(mapping: FeedMapping, source: SourceKind): Result<FeedMapping> {
  const lacks = (words: string) => refuse('capture.mapping_incomplete', words)
  if (source === 'connection' && mapping.table === '') return lacks('no table is chosen')
  if (mapping.sku === '') return lacks('no column holds the SKU')
  if (mapping.quantity === '') return lacks('no column holds the quantity')
  if (mapping.mode === 'movements' && mapping.id === null)
    return lacks('movements need the column of their id, or one could be counted twice')
  if (mapping.sku === mapping.quantity) return lacks('SKU and quantity cannot be the same column')
  return ok(mapping)
}

/** Every mapped column is one of these. Refused: `capture.column_missing`. */
export function checkColumns(mapping: FeedMapping, columns: readonly string[]): Result<null> {
  const missing = mappedColumns(mapping).find((column) => !columns.includes(column))
  if (missing === undefined) return ok(null)
  return refuse('capture.column_missing', `the source has no column "${missing.slice(0, 100)}"`, {
    column: missing,
  })
}

/** Each source code once, and an empty one alone. Refused: `capture.source_code_twice`, `capture.warehouses_missing`. */
export function checkWarehouses(mapping: FeedMapping, list: readonly FeedWarehouse[]): Result<null> {
  const codes = list.map(({ sourceCode }) => sourceCode)
  if (new Set(codes).size < codes.length)
    return refuse('capture.source_code_twice', 'a code of the source belongs to one warehouse')
  const wanted =
    mapping.warehouse === null
      ? codes.length === 1 && codes[0] === ''
      : codes.length > 0 && !codes.includes('')
  if (wanted) return ok(null)
  return refuse(
    'capture.warehouses_missing',
    mapping.warehouse === null
      ? 'say which warehouse this source belongs to'
      : 'say which warehouse each code of the source is',
  )
}

/** How far the wizard has come with a feed: the first step that is not done. */
export function stepOf(feed: {
  readonly state: 'draft' | 'dry_run' | 'live' | 'paused'
  readonly source: SourceKind
  readonly mapping: FeedMapping
  readonly warehouses: readonly FeedWarehouse[]
}): 'check' | 'mapping' | 'dry_run' | 'live' {
  if (feed.state === 'live' || feed.state === 'paused' || feed.state === 'dry_run') return 'live'
  const { mapping } = feed
  if (checkMapping(mapping, feed.source).ok && checkWarehouses(mapping, feed.warehouses).ok) return 'dry_run'
  return mapping.table !== '' || mapping.sku !== '' ? 'mapping' : 'check'
}
