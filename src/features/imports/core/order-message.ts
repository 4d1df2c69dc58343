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
 * order in the file, the names of columns and the file's own name do not count. What a run's orders share is written once.
 */
export function orderDigester(template: FileTemplate): (no: string, rows: readonly FileRow[]) => string {
  const fields = (Object.keys(template.columns) as FileField[]).sort()
  const shared = canonicalJson({
    zone: template.zone,
    dateFormat: template.dateFormat,
    currency: template.currency,
    formats: fields.map((field) => {
      const { format, zone } = template.columns[field] ?? {}
      return [field, format ?? '', zone ?? '']
    }),
  })
  return (no, rows) => {
    const said = rows.map(({ cells }) => JSON.stringify(fields.map((field) => cells[field] ?? ''))).sort()
    return hashToUuid(`${shared}\n${JSON.stringify(no)}\n${said.join('\n')}`)
  }
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
