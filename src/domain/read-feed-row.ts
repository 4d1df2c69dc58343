import { PIECES_MOST, SKU_MOST } from './stock.ts'
import type { FeedChange, FeedFault, FeedMapping } from './stock-feed.ts'

export type FeedRow = Readonly<Record<string, string | null>>
export type ReadRow =
  | { readonly change: FeedChange; readonly fault: null }
  | { readonly change: null; readonly fault: FeedFault }

/** Most characters of a source's own warehouse code, document number or row id. */
const TEXT_MOST = 200

/**
 * What one row (or one message's fields) says, by the mapping; the same for every kind of source, so that a preview shows what
 * will happen. A row that cannot be read is a fault with one of the codes `feed.column_missing`, `feed.no_sku`, `feed.bad_sku`,
 * `feed.bad_quantity`, `feed.negative`, `feed.bad_version`, `feed.no_id`, `feed.bad_warehouse`; never guessed.
 */
export function readFeedRow(mapping: FeedMapping, row: FeedRow, removed = false): ReadRow {
  const fault = (code: string, detail: string): ReadRow => ({
    change: null,
    fault: { code, detail, row },
  })
  const missing = mappedColumns(mapping).find((column) => !Object.hasOwn(row, column))
  if (missing !== undefined) return fault('feed.column_missing', `the row has no column "${missing}"`)
  const text = (column: string | null): string => (column === null ? '' : (row[column] ?? '').trim())
  const sku = text(mapping.sku)
  if (sku === '') return fault('feed.no_sku', `"${mapping.sku}" is empty`)
  if (sku.length > SKU_MOST)
    return fault('feed.bad_sku', `"${mapping.sku}" has more than ${SKU_MOST} characters`)
  const warehouse = text(mapping.warehouse)
  if (mapping.warehouse !== null && (warehouse === '' || warehouse.length > TEXT_MOST))
    return fault('feed.bad_warehouse', `"${mapping.warehouse}" is empty or too long`)
  const quantity = piecesOf(text(mapping.quantity))
  if (quantity === null)
    return fault(
      'feed.bad_quantity',
      `"${mapping.quantity}" is "${text(mapping.quantity).slice(0, 40)}", no whole number of pieces`,
    )
  const reference = text(mapping.reference).slice(0, TEXT_MOST) || null
  if (mapping.mode === 'movements') {
    const id = text(mapping.id)
    if (id === '' || id.length > TEXT_MOST)
      return fault('feed.no_id', 'a movement without an id could be counted twice')
    return { change: { kind: 'movement', warehouse, sku, delta: quantity, id, reference }, fault: null }
  }
  if (quantity < 0 && !removed) return fault('feed.negative', `"${mapping.quantity}" is ${quantity}`)
  const version = mapping.version === null ? null : versionOf(text(mapping.version), mapping.zone)
  if (mapping.version !== null && version === null)
    return fault(
      'feed.bad_version',
      `"${mapping.version}" is "${text(mapping.version).slice(0, 40)}", neither a whole number nor a time`,
    )
  return {
    change: { kind: 'level', warehouse, sku, quantity: removed ? 0 : quantity, version, reference, removed },
    fault: null,
  }
}

/** The columns that a mapping reads, each once. */
export function mappedColumns(mapping: FeedMapping): string[] {
  const { mode, sku, quantity, warehouse, version, id, reference } = mapping
  const columns = [sku, quantity, warehouse, mode === 'levels' ? version : id, reference]
  return [...new Set(columns.filter((column) => column !== null))]
}

/** Whole pieces as sources write them: `12`, `+3`, `-3`, `12.000`, `1,200`; null for a fraction, words or more than a billion. */
export function piecesOf(text: string): number | null {
  const plain = /^[+-]?\d{1,3}(,\d{3})+(\.0*)?$/.test(text) ? text.replaceAll(',', '') : text
  if (!/^[+-]?\d{1,15}(\.0*)?$/.test(plain)) return null
  const pieces = Math.trunc(Number(plain))
  return Math.abs(pieces) <= PIECES_MOST ? pieces + 0 : null
}

/** A version that grows: a whole number of up to 18 digits as it is, a time as microseconds since 1970; null for anything else. */
export function versionOf(text: string, zone: string): bigint | null {
  if (/^\d{1,18}$/.test(text)) return BigInt(text)
  const time = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)\s*(Z|[+-]\d{2}:?\d{2})?$/.exec(
    text,
  )
  if (time === null) return null
  const [, day, clock, offset] = time
  try {
    const instant =
      offset === undefined
        ? Temporal.PlainDateTime.from(`${day}T${clock}`).toZonedDateTime(zone).toInstant()
        : Temporal.Instant.from(`${day}T${clock}${offset}`)
    return instant.epochNanoseconds / 1_000n
  } catch {
    return null
  }
}
