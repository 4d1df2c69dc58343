import type { FactKind } from '#domain/fact.ts'
import { FILE_FIELDS, type FileColumn, type FileField, type FileTemplate } from '#domain/file-order.ts'
import { type GuessedFormat, guessDateFormat } from './date-format.ts'
import { COLUMN_NAMES, STATUS_WORDS } from './synonyms.ts'

export type SampledColumn = { readonly name: string; readonly samples: readonly string[] }
export type Question = {
  readonly code:
    | 'no_order_no'
    | 'day_or_month'
    | 'date_only'
    | 'no_times'
    | 'zone'
    | 'currency'
    | 'unknown_status'
  /** A column or a status word, or empty. */
  readonly about: string
  readonly zh: string
  readonly en: string
}
export type Suggestion = { readonly template: FileTemplate; readonly questions: readonly Question[] }

/** Guesses a template from the names of columns and what stands in them. What cannot be known is asked. */
export function suggestTemplate(
  name: string,
  columns: readonly SampledColumn[],
  defaults: { readonly zone: string; readonly currency: string },
): Suggestion {
  const fields = guessFields(columns)
  const formats = timeFormats(fields)
  const usual = mostCommon(formats.map(({ guess }) => guess.format))
  const mapped = [...fields].map(([field, column]) => {
    const own = formats.find((one) => one.field === field)?.guess.format
    const target: FileColumn =
      own === undefined || own === usual
        ? { column: column.name }
        : { column: column.name, format: own === '' ? 'iso' : own }
    return [field, target] as const
  })
  const statuses = [...new Set((fields.get('status')?.samples ?? []).map((text) => text.trim()))].filter(
    (text) => text !== '',
  )
  const known = statuses.filter((word) => readingOf(word) !== null).sort()
  const template: FileTemplate = {
    name,
    target: 'orders',
    zone: defaults.zone,
    dateFormat: usual,
    currency: defaults.currency,
    columns: Object.fromEntries(mapped),
    statusMap: Object.fromEntries(known.map((word) => [word, readingOf(word) ?? 'none'])),
  }
  const unknown = statuses.filter((word) => readingOf(word) === null).slice(0, 20)
  return { template, questions: questionsOf(template, formats, unknown) }
}

function guessFields(columns: readonly SampledColumn[]): Map<FileField, SampledColumn> {
  const wishes = (Object.keys(FILE_FIELDS) as FileField[]).flatMap((field) =>
    (COLUMN_NAMES[field] ?? '').split(' ').flatMap((synonym, rank) => {
      const column = columns.find((one) => foldName(one.name) === foldName(synonym))
      return column === undefined ? [] : [{ field, column, rank }]
    }),
  )
  const fields = new Map<FileField, SampledColumn>()
  const used = new Set<string>()
  for (const { field, column } of wishes.toSorted((a, b) => a.rank - b.rank)) {
    if (fields.has(field) || used.has(column.name)) continue
    fields.set(field, column)
    used.add(column.name)
  }
  return new Map(
    (Object.keys(FILE_FIELDS) as FileField[]).flatMap((field) => {
      const column = fields.get(field)
      return column === undefined ? [] : [[field, column] as const]
    }),
  )
}

/** Case, blanks, hyphens and what stands in brackets do not make another name. */
function foldName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[(（[].*?[)）\]]/g, '')
    .replace(/[\s_\-:：*]+/g, '')
}

type TimeFormat = { readonly field: FileField; readonly column: string; readonly guess: GuessedFormat }

function timeFormats(fields: ReadonlyMap<FileField, SampledColumn>): TimeFormat[] {
  const times = [...fields].filter(([field]) => FILE_FIELDS[field] === 'time')
  // Columns of one file are written by one program: what one of them cannot tell, another may.
  const together = guessDateFormat(times.flatMap(([, column]) => column.samples))
  return times.flatMap(([field, column]) => {
    const own = guessDateFormat(column.samples)
    if (own === null) return []
    const settled = own.question === 'day_or_month' && together?.question === null ? together : own
    return [{ field, column: column.name, guess: settled }]
  })
}

function mostCommon(texts: readonly string[]): string {
  const counts = [...Map.groupBy(texts, (text) => text)].map(([text, group]) => [text, group.length] as const)
  return counts.toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? ''
}

function readingOf(word: string): FactKind | 'none' | null {
  const key = word
    .normalize('NFKC')
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_')
  return Object.hasOwn(STATUS_WORDS, key) ? (STATUS_WORDS[key] ?? null) : null
}

function questionsOf(
  template: FileTemplate,
  formats: readonly TimeFormat[],
  statuses: readonly string[],
): Question[] {
  const questions: Question[] = []
  if (template.columns.order_no === undefined)
    questions.push({
      code: 'no_order_no',
      about: '',
      zh: '哪一列是订单号？',
      en: 'which column is the order number?',
    })
  for (const { column, guess } of formats)
    if (guess.question !== null)
      questions.push({ code: guess.question, about: column, ...TIME_WORDS[guess.question] })
  if (formats.some(({ guess }) => !guess.offset))
    questions.push({
      code: 'zone',
      about: template.zone,
      zh: `时间没有时区，按 ${template.zone} 理解，对吗？`,
      en: `times carry no zone; ${template.zone} is assumed`,
    })
  const amounts = Object.keys(template.columns).some((field) => FILE_FIELDS[field as FileField] === 'money')
  if (amounts && template.columns.currency === undefined)
    questions.push({
      code: 'currency',
      about: template.currency,
      zh: `金额没有币种，按 ${template.currency} 理解，对吗？`,
      en: `amounts carry no currency; ${template.currency} is assumed`,
    })
  for (const word of statuses)
    questions.push({
      code: 'unknown_status',
      about: word,
      zh: `状态“${word}”是什么意思？`,
      en: `what does the status "${word}" mean?`,
    })
  return questions
}

const TIME_WORDS = {
  day_or_month: { zh: '日在前还是月在前？', en: 'day first or month first?' },
  date_only: {
    zh: '只有日期没有时刻，将保留原文、标为不明确',
    en: 'days without a clock are kept as they are and flagged',
  },
  no_times: { zh: '时间格式无法识别，请填写', en: 'the format of the times is not known; name it' },
} as const
