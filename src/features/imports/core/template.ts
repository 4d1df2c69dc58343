import { FACT_KINDS } from '#domain/fact.ts'
import {
  FILE_FIELDS,
  type FileColumn,
  type FileField,
  type FileTemplate,
  isFileField,
} from '#domain/file-order.ts'
import { canonicalJson, hashToUuid } from '#kernel/hash.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { zoneOf } from '#kernel/source-time-place.ts'
import { columnIndex } from './header.ts'

const STATUSES_MOST = 300
const MONEY_FORMATS = ['decimal', 'decimal_comma', 'minor']

/** What a caller gives as a template: texts that have passed the schema and nothing more. */
export type TypedTemplate = {
  readonly name: string
  readonly zone: string
  readonly dateFormat: string
  readonly currency: string
  readonly columns: Readonly<Record<string, FileColumn>>
  readonly statusMap: Readonly<Record<string, string>>
  readonly sheet?: string
  readonly headerRow?: number
  readonly delimiter?: string
  readonly encoding?: string
}

/**
 * Refused: `imports.unknown_field`, `imports.no_order_no` (nothing says which order a row belongs to), `imports.bad_zone`,
 * `imports.bad_currency`, `imports.bad_format`, `imports.bad_status`.
 */
export function parseTemplate(typed: TypedTemplate): Result<FileTemplate> {
  const unknown = Object.keys(typed.columns).filter((name) => !isFileField(name))
  if (unknown.length > 0)
    return refuse('imports.unknown_field', `no such field: ${unknown.join(', ').slice(0, 200)}`, {
      fields: Object.keys(FILE_FIELDS),
    })
  const columns = typed.columns as Readonly<Partial<Record<FileField, FileColumn>>>
  if (columns.order_no === undefined)
    return refuse('imports.no_order_no', 'a column must be mapped to order_no')
  const zone = zoneOf(typed.zone)
  if (zone === null) return badZone(typed.zone)
  if (!/^[A-Z]{3}$/.test(typed.currency))
    return refuse('imports.bad_currency', 'a currency has three capital letters, such as CNY (ISO 4217)')
  for (const [field, column] of Object.entries(columns)) {
    const wrong = wrongColumn(field as FileField, column)
    if (wrong !== null) return wrong
  }
  const statuses = Object.entries(typed.statusMap)
  const bad = statuses.find(([word, fact]) => word.trim() === '' || !isReading(fact))
  if (bad !== undefined || statuses.length > STATUSES_MOST)
    return refuse(
      'imports.bad_status',
      `"${bad?.[0] ?? ''}" is read as no kind of fact the hub knows, nor as none`,
    )
  return ok({
    ...typed,
    target: 'orders',
    zone,
    columns,
    statusMap: typed.statusMap as FileTemplate['statusMap'],
  })
}

function wrongColumn(field: FileField, column: FileColumn): Result<never> | null {
  if (column.zone !== undefined && zoneOf(column.zone) === null) return badZone(column.zone)
  const { format } = column
  if (format === undefined || FILE_FIELDS[field] === 'time') return null
  if (FILE_FIELDS[field] === 'money' && MONEY_FORMATS.includes(format)) return null
  return refuse(
    'imports.bad_format',
    FILE_FIELDS[field] === 'money'
      ? `${field} is written as one of: ${MONEY_FORMATS.join(', ')}`
      : `${field} takes no format`,
  )
}

function isReading(fact: string): boolean {
  return fact === 'none' || FACT_KINDS.some((kind) => kind === fact)
}

function badZone(zone: string): Result<never> {
  return refuse('imports.bad_zone', `"${zone.slice(0, 60)}" is not a time zone such as America/Sao_Paulo`)
}

/** Tells one version of a template from another: the same rules have the same version. */
export function templateVersion({ name: _, ...rules }: FileTemplate): string {
  return hashToUuid(canonicalJson(rules)).slice(0, 8)
}

export type ColumnPlaces = readonly (readonly [field: FileField, index: number])[]

/** Where each mapped column stands in the file. Refused with `imports.column_missing`, which names what the file has instead. */
export function placeColumns(header: readonly string[], template: FileTemplate): Result<ColumnPlaces> {
  const places = Object.entries(template.columns).map(
    ([field, { column }]) => [field as FileField, columnIndex(header, column), column] as const,
  )
  const missing = places.filter(([, index]) => index < 0).map(([, , column]) => column)
  if (missing.length > 0)
    return refuse('imports.column_missing', `the file has no column ${missing.join(', ').slice(0, 200)}`, {
      missing,
      columns: header.slice(0, 200),
    })
  return ok(places.map(([field, index]) => [field, index] as const))
}
