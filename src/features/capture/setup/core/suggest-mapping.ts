import type { Words } from '#domain/notice.ts'
import { piecesOf, versionOf } from '#domain/read-feed-row.ts'
import type { FeedMapping, FeedTable } from '#domain/stock-feed.ts'
import {
  foldColumn,
  type MappedField,
  MOVEMENT_QUANTITY,
  MOVEMENT_TABLES,
  NAMES,
  STOCK_TABLES,
} from './column-names.ts'

export type SampleRow = Readonly<Record<string, string | null>>
export type Hints = {
  /** Which of the values found are SKUs that the hub knows. */
  readonly knownSkus: ReadonlySet<string>
  /** Codes and names of the hub's warehouses. */
  readonly warehouses: readonly { readonly code: string; readonly name: string }[]
  readonly zone: string
}
export type Guess = {
  readonly field: MappedField
  readonly column: string
  /** 0 to 100. */
  readonly confidence: number
  readonly reasons: readonly Words[]
}
export type Suggestion = {
  readonly mapping: FeedMapping
  readonly guesses: readonly Guess[]
  /** Fields that must be named and that nobody could guess. */
  readonly open: readonly MappedField[]
}

type Column = FeedTable['columns'][number] & { readonly values: readonly string[] }
const ENOUGH = 30

/**
 * Which column is what, by how systems name them (English, Chinese, pinyin, usual shortenings), their types and what stands in
 * them. Every guess says why; a weak one is left open for a person.
 */
export function suggestMapping(table: FeedTable, rows: readonly SampleRow[], hints: Hints): Suggestion {
  const columns = table.columns.map((column) => ({
    ...column,
    values: rows.flatMap((row) => {
      const value = row[column.name]?.trim() ?? ''
      return value === '' ? [] : [value]
    }),
  }))
  const mode = looksLikeMovements(table, columns) ? 'movements' : 'levels'
  const fields = FIELDS[mode]
  const wishes = fields.flatMap((field) =>
    columns.flatMap((column) => {
      const guess = judge(field, column, hints, mode)
      return guess.confidence >= ENOUGH ? [guess] : []
    }),
  )
  const chosen = new Map<MappedField, Guess>()
  const used = new Set<string>()
  for (const guess of wishes.toSorted((a, b) => b.confidence - a.confidence)) {
    if (chosen.has(guess.field) || used.has(guess.column)) continue
    chosen.set(guess.field, guess)
    used.add(guess.column)
  }
  const column = (field: MappedField): string | null => chosen.get(field)?.column ?? null
  const mapping: FeedMapping = {
    mode,
    table: table.name,
    sku: column('sku') ?? '',
    quantity: column('quantity') ?? '',
    warehouse: column('warehouse'),
    version: column('version'),
    id: column('id'),
    reference: column('reference'),
    zone: hints.zone,
  }
  const needed: readonly MappedField[] = mode === 'levels' ? ['sku', 'quantity'] : ['sku', 'quantity', 'id']
  return {
    mapping,
    guesses: fields.flatMap((field) => chosen.get(field) ?? []),
    open: needed.filter((field) => !chosen.has(field)),
  }
}

const FIELDS: Readonly<Record<FeedMapping['mode'], readonly MappedField[]>> = {
  levels: ['sku', 'quantity', 'warehouse', 'version', 'reference'],
  movements: ['sku', 'quantity', 'id', 'warehouse', 'reference'],
}

/** Tables in which stock is likeliest to stand, 0 to 100: by their name and whether their columns have a SKU and a quantity. */
export function stockLikeness(table: FeedTable): number {
  const name = foldColumn(table.name.slice(table.name.lastIndexOf('.') + 1))
  const named = STOCK_TABLES.some((word) => name.includes(word)) ? 40 : 0
  // A journal of changes says nothing of what is there: the table of levels beside it goes first.
  const moves = MOVEMENT_TABLES.some((word) => name.includes(word)) || hasOnlyChanges(table) ? -15 : 0
  const has = (field: MappedField): number =>
    Math.max(0, ...table.columns.map((column) => nameScore(field, column.name)))
  return Math.max(
    0,
    Math.min(
      100,
      named +
        moves +
        (has('sku') > 0 ? 25 : 0) +
        (has('quantity') > 0 ? 25 : 0) +
        (has('warehouse') > 0 ? 10 : 0),
    ),
  )
}

function looksLikeMovements(table: FeedTable, columns: readonly Column[]): boolean {
  const name = foldColumn(table.name.slice(table.name.lastIndexOf('.') + 1))
  const signed = columns.some(({ name: column }) => MOVEMENT_QUANTITY.includes(foldColumn(column)))
  const negatives = columns.some(
    (column) => nameScore('quantity', column.name) > 0 && column.values.some((value) => /^-\d/.test(value)),
  )
  const named = MOVEMENT_TABLES.some((word) => name.includes(word))
  return hasOnlyChanges(table) || (named && (signed || negatives))
}

/** A column says how much came or went, and none how much is there. */
function hasOnlyChanges({ columns }: FeedTable): boolean {
  const isChange = (column: string): boolean => MOVEMENT_QUANTITY.includes(foldColumn(column))
  return (
    columns.some(({ name }) => isChange(name)) &&
    !columns.some(({ name }) => nameScore('quantity', name) >= 50 && !isChange(name))
  )
}

/** 0 where the name says nothing; 75 for the most telling name, less for vaguer ones and for names that only contain one. */
function nameScore(field: MappedField, column: string): number {
  const folded = foldColumn(column)
  const names = NAMES[field]
  const rank = names.indexOf(folded)
  if (rank >= 0) return 75 - Math.min(30, rank)
  const part = names.slice(0, 8).some((name) => name.length >= 3 && folded.includes(name))
  return part ? 25 : 0
}

function judge(field: MappedField, column: Column, hints: Hints, mode: FeedMapping['mode']): Guess {
  const reasons: Words[] = []
  let score = nameScore(field, column.name)
  if (field === 'quantity' && mode === 'movements' && MOVEMENT_QUANTITY.includes(foldColumn(column.name)))
    score = 75
  if (score > 0)
    reasons.push({
      zh: `列名“${column.name}”像${ZH[field]}`,
      en: `"${column.name}" reads like the ${EN[field]}`,
    })
  const told = JUDGES[field](column, hints, mode)
  reasons.push(...told.reasons)
  return { field, column: column.name, confidence: Math.max(0, Math.min(100, score + told.score)), reasons }
}

type Told = { readonly score: number; readonly reasons: readonly Words[] }
const told = (score: number, zh: string, en: string): Told => ({ score, reasons: [{ zh, en }] })
const nothing: Told = { score: 0, reasons: [] }

const JUDGES: Readonly<
  Record<MappedField, (column: Column, hints: Hints, mode: FeedMapping['mode']) => Told>
> = {
  sku: ({ values, key }, { knownSkus }) => {
    if (values.length === 0) return nothing
    const known = values.filter((value) => knownSkus.has(value)).length
    if (known > 0) {
      const share = Math.round((known / values.length) * 100)
      return told(
        20 + share / 3,
        `样本里 ${share}% 是中枢已知的 SKU`,
        `${share}% of the samples are SKUs the hub knows`,
      )
    }
    if (isTimes(values)) return told(-60, '内容是时间', 'it holds times')
    return key ? told(10, '是主键的一部分', 'it is part of the primary key') : nothing
  },
  quantity: ({ values, type }, _hints, mode) => {
    if (/date|time|json|bool/i.test(type)) return told(-60, `类型 ${type} 不是数量`, `${type} is no quantity`)
    if (values.length === 0) return nothing
    const pieces = values.map(piecesOf)
    const odd = pieces.filter((one) => one === null).length
    // A few dirty rows do not make it another column: they are faults of the preview.
    if (odd * 3 > pieces.length) return told(-60, '多数值不是整数', 'most values are no whole numbers')
    if (mode === 'levels' && pieces.some((one) => (one ?? 0) < 0))
      return told(-15, '有负数', 'some values are negative')
    if (odd > 0) return told(10, `样本里有 ${odd} 个不是整数`, `${odd} of the samples are no whole numbers`)
    return told(20, '样本都是整数', 'all samples are whole numbers')
  },
  warehouse: ({ values, key }, { warehouses }) => {
    if (values.length === 0) return nothing
    const distinct = [...new Set(values)]
    const matched = distinct.filter((value) => matchWarehouse(value, warehouses) !== null).length
    if (matched > 0)
      return told(
        35,
        `${distinct.length} 个值里 ${matched} 个对得上中枢的仓库`,
        `${matched} of ${distinct.length} values are warehouses of the hub`,
      )
    if (isTimes(values)) return told(-60, '内容是时间', 'it holds times')
    if (values.length >= 20 && distinct.length > values.length / 2)
      return told(-30, '几乎每行都不同', 'nearly every row differs')
    return key ? told(5, '是主键的一部分', 'it is part of the primary key') : nothing
  },
  version: ({ values, type }, { zone }) => {
    if (values.some((value) => versionOf(value, zone) === null))
      return told(-60, '既不是整数也不是时间', 'neither whole numbers nor times')
    if (/timestamp|datetime/i.test(type))
      return told(15, `类型 ${type}，随修改增长`, `${type} grows with changes`)
    return /int/i.test(type) ? told(10, '整数', 'a whole number') : nothing
  },
  id: ({ values, key }) => {
    const unique = values.length > 0 && new Set(values).size === values.length
    if (values.length > 1 && !unique) return told(-60, '有重复值', 'values repeat')
    return key ? told(30, '主键，不重复', 'the primary key, never repeated') : nothing
  },
  reference: () => nothing,
}

function isTimes(values: readonly string[]): boolean {
  return values.every((value) => /^\d{4}-\d{2}-\d{2}[ T]\d{2}:/.test(value))
}

/** The hub's warehouse that a source's code most likely is: the same code, the same name, or one that contains the other. */
export function matchWarehouse(
  sourceCode: string,
  warehouses: readonly { readonly code: string; readonly name: string }[],
): string | null {
  const wanted = foldColumn(sourceCode)
  if (wanted === '') return null
  const exact = warehouses.find(
    ({ code, name }) => foldColumn(code) === wanted || foldColumn(name) === wanted,
  )
  if (exact !== undefined) return exact.code
  const near = warehouses.filter(({ code, name }) =>
    [foldColumn(code), foldColumn(name)].some(
      (one) => one.length >= 2 && wanted.length >= 2 && (one.includes(wanted) || wanted.includes(one)),
    ),
  )
  // Two that could be meant are none.
  return near.length === 1 ? (near[0]?.code ?? null) : null
}

const ZH: Readonly<Record<MappedField, string>> = {
  sku: '货品编码',
  quantity: '数量',
  warehouse: '仓库编码',
  version: '版本',
  id: '流水号',
  reference: '单据号',
}
const EN: Readonly<Record<MappedField, string>> = {
  sku: 'SKU',
  quantity: 'quantity',
  warehouse: 'warehouse code',
  version: 'version',
  id: 'id of the movement',
  reference: 'document number',
}
