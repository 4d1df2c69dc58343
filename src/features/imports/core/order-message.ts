import type { FileField, FileOrder, FileRow, FileTemplate } from '#domain/file-order.ts'
import type { Instant } from '#kernel/clock.ts'
import { canonicalJson, hashToUuid } from '#kernel/hash.ts'
import { type ColumnPlaces, templateVersion } from './template.ts'

/** The mapped cells of a row, to the letter; empty ones are left out. Null characters, which no text field holds, are replaced. */
export function mapCells(cells: readonly string[], places: ColumnPlaces): FileRow['cells'] {
  const mapped: Partial<Record<FileField, string>> = {}
  for (const [field, index] of places) {
    const cell = cells[index] ?? ''
    if (cell.trim() !== '') mapped[field] = cell.toWellFormed().replaceAll('\u0000', '\ufffd')
  }
  return mapped
}

/**
 * What the rows say and how they are to be read, as one digest: equal digests mean equal orders. The rows' numbers, their
 * order in the file, the names of columns and the file's own name do not count.
 */
export function orderDigest(no: string, template: FileTemplate, rows: readonly FileRow[]): string {
  const formats = Object.entries(template.columns).map(([field, { format, zone }]) => [
    field,
    format ?? '',
    zone ?? '',
  ])
  const said = {
    no,
    zone: template.zone,
    dateFormat: template.dateFormat,
    currency: template.currency,
    formats: formats.sort(([a], [b]) => ((a ?? '') < (b ?? '') ? -1 : 1)),
    rows: rows.map((row) => canonicalJson(row.cells)).sort(),
  }
  return hashToUuid(canonicalJson(said))
}

/** Makes the messages of one run; what all of them share is worked out once. */
export function orderWriter(
  template: FileTemplate,
): (no: string, rows: readonly FileRow[], at: Instant) => Buffer {
  const shared = {
    template: { name: template.name, version: templateVersion(template) },
    zone: template.zone,
    dateFormat: template.dateFormat,
    currency: template.currency,
    columns: template.columns,
  }
  return (no, rows, at) => {
    const order: FileOrder = { orderNo: no, ...shared, uploadedAt: at.toString(), rows }
    return Buffer.from(JSON.stringify(order))
  }
}
