import type { Claim, Reading } from '#domain/claim.ts'
import {
  COLUMN_CODE,
  FILE_FIELDS,
  type FileField,
  type FileProblem,
  type FileRow,
  type FileTemplate,
} from '#domain/file-order.ts'
import type { SourceTime } from '#kernel/instant.ts'

/** What a run has found so far. Rows are rows of the file; the rest are orders, but for `errors` and `flagged`: cells. */
export type Tally = {
  readonly rows: number
  readonly orders: number
  /** Rows that can be imported. */
  readonly valid: number
  readonly errors: number
  /** Good rows of orders that another row of theirs keeps out. */
  readonly withheld: number
  readonly created: number
  readonly changed: number
  readonly unchanged: number
  /** Times that nobody can resolve without guessing: imported with their text and without an instant. */
  readonly flagged: number
  /** Orders per code that neither the template nor the mapping decides: imported, and parked for that code. */
  readonly statusUnknown: Readonly<Record<string, number>>
  readonly sample: readonly SampleOrder[]
}
export type SampleOrder = {
  readonly orderNo: string
  readonly rows: readonly number[]
  readonly change: 'created' | 'changed' | 'unchanged'
  readonly claims: readonly {
    readonly code: string
    readonly fact: string
    readonly raw: string
    readonly instant: string | null
  }[]
}

export const NO_TALLY: Tally = {
  rows: 0,
  orders: 0,
  valid: 0,
  errors: 0,
  withheld: 0,
  created: 0,
  changed: 0,
  unchanged: 0,
  flagged: 0,
  statusUnknown: {},
  sample: [],
}
/** Orders shown whole, the first of the file by number. */
export const SAMPLES = 5
const CODES_MOST = 200

export function addTally(a: Tally, b: Tally): Tally {
  return {
    rows: a.rows + b.rows,
    orders: a.orders + b.orders,
    valid: a.valid + b.valid,
    errors: a.errors + b.errors,
    withheld: a.withheld + b.withheld,
    created: a.created + b.created,
    changed: a.changed + b.changed,
    unchanged: a.unchanged + b.unchanged,
    flagged: a.flagged + b.flagged,
    statusUnknown: addCounts(a.statusUnknown, b.statusUnknown),
    sample: b.sample.length === 0 ? a.sample : [...a.sample, ...b.sample].slice(0, SAMPLES),
  }
}

/** Most orders have no code that nobody decided: nothing is copied for them. */
function addCounts(a: Tally['statusUnknown'], b: Tally['statusUnknown']): Tally['statusUnknown'] {
  const more = Object.entries(b)
  if (more.length === 0) return a
  const codes = new Map(Object.entries(a))
  for (const [code, count] of more)
    if (codes.has(code) || codes.size < CODES_MOST) codes.set(code, (codes.get(code) ?? 0) + count)
  return Object.fromEntries(codes)
}

/** Cells whose time has no instant, by row and column: imported, and told, so that somebody can look. */
export function flaggedCells(
  reading: Reading,
  rows: readonly FileRow[],
  template: FileTemplate,
): FileProblem[] {
  const unresolved = new Set<string>()
  for (const claim of reading.claims) {
    const field = fieldOf(claim)
    if (field !== null && isFlagged(claim.at)) unresolved.add(`${field}\n${claim.at.raw}`)
  }
  for (const { parts } of reading.content) {
    if (isFlagged(parts.promise?.shipBy)) unresolved.add(`ship_by\n${parts.promise?.shipBy?.raw}`)
    if (isFlagged(parts.promise?.deliverBy)) unresolved.add(`deliver_by\n${parts.promise?.deliverBy?.raw}`)
  }
  if (unresolved.size === 0) return []
  const fields = (Object.keys(template.columns) as FileField[]).filter(
    (field) => FILE_FIELDS[field] === 'time',
  )
  return rows.flatMap(({ row, cells }) =>
    fields.flatMap((field) => {
      const value = (cells[field] ?? '').trim()
      if (!unresolved.has(`${field}\n${value}`)) return []
      const column = template.columns[field]?.column ?? field
      const message = 'imported without an instant: this clock does not say one moment in its zone and format'
      return [{ row, column, value, code: 'imports.time_flagged', message }]
    }),
  )
}

function fieldOf(claim: Claim): string | null {
  return claim.code.startsWith(COLUMN_CODE)
    ? claim.code.slice(COLUMN_CODE.length).replace(/^part_/, '')
    : null
}

function isFlagged(time: SourceTime | null | undefined): boolean {
  return time != null && time.instant === null && time.raw !== ''
}

export function sampleOf(
  no: string,
  rows: readonly FileRow[],
  reading: Reading,
  change: SampleOrder['change'],
  factOf: (code: string) => string | undefined,
): SampleOrder {
  return {
    orderNo: no,
    rows: rows.map((row) => row.row),
    change,
    claims: reading.claims.map((claim) => ({
      code: claim.code,
      fact: factOf(claim.code) ?? 'unknown',
      raw: claim.at.raw,
      instant: claim.at.instant?.toString() ?? null,
    })),
  }
}
