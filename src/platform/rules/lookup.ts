import type { LookupTable, RuleValue } from '#domain/rulebook.ts'
import type { CelFault } from './cel-types.ts'
import { wholeOf } from './cells.ts'

/** A lookup table made ready: by keys to the most specific row. */
export type Lookup = {
  readonly table: LookupTable
  /** The row's index, -1 where none matches. */
  readonly find: (keys: readonly RuleValue[]) => number
  /** Values of the rows' columns, in the columns' order. */
  readonly values: readonly (readonly RuleValue[])[]
}
export type LookupFault = CelFault & { readonly part: string }

const ANY = '*'

/** Reads the table's rows; what cannot be read, and keys that are there twice, are faults with their row. */
export function readLookup(table: LookupTable, currency: string): { lookup: Lookup; faults: LookupFault[] } {
  const faults: LookupFault[] = []
  const byMask = new Map<string, Map<string, number>>()
  const values = table.rows.map((row, index) => {
    const keys = table.keys.map(({ type }, at) => keyOf(row[at] ?? '', type))
    if (keys.includes(null)) faults.push(badRow(table, index, row))
    const mask = keys.map((key) => (key === ANY ? '1' : '0')).join('')
    const rows = byMask.get(mask) ?? new Map<string, number>()
    byMask.set(mask, rows)
    const key = keys.filter((one) => one !== ANY).join('\u0000')
    const earlier = rows.get(key)
    if (earlier === undefined) rows.set(key, index)
    else faults.push(twice(table, earlier, index))
    return table.columns.map(({ type, name }, at) => {
      const value = columnValue(row[table.keys.length + at] ?? '', type, currency)
      if (value === null) faults.push(badRow(table, index, [name, row[table.keys.length + at] ?? '']))
      return value
    })
  })
  // Fewest `*` first; among equals the row whose leftmost keys are named.
  const masks = [...byMask].sort(([a], [b]) => stars(a) - stars(b) || (a < b ? -1 : 1))
  const plan = masks.map(([mask, rows]) => ({ named: namedOf(mask), rows }))
  return { lookup: { table, values, find: (keys) => findRow(plan, keys) }, faults }
}

type Plan = readonly { readonly named: readonly number[]; readonly rows: ReadonlyMap<string, number> }[]

function findRow(plan: Plan, keys: readonly RuleValue[]): number {
  for (const { named, rows } of plan) {
    let key = ''
    for (let at = 0; at < named.length; at += 1)
      key += (at === 0 ? '' : '\u0000') + String(keys[named[at] ?? 0])
    const row = rows.get(key)
    if (row !== undefined) return row
  }
  return -1
}

function namedOf(mask: string): number[] {
  return [...mask].flatMap((one, at) => (one === '1' ? [] : [at]))
}

function stars(mask: string): number {
  return mask.length - mask.replaceAll('1', '').length
}

function keyOf(text: string, type: 'text' | 'int'): string | null {
  const key = text.trim()
  if (key === ANY || type === 'text') return key
  return wholeOf(key, 'int', '')?.toString() ?? null
}

function columnValue(
  text: string,
  type: LookupTable['columns'][number]['type'],
  currency: string,
): RuleValue {
  const plain = text.trim()
  if (type === 'text') return plain
  if (type === 'bool')
    return plain === 'true' || plain === '是' ? true : plain === 'false' || plain === '否' ? false : null
  return wholeOf(plain, type, currency)
}

function badRow(table: LookupTable, row: number, what: readonly string[]): LookupFault {
  const shown = what.join(' ').slice(0, 60)
  return {
    code: 'rulebook.bad_cell',
    part: `tables.${table.id}.rows[${row}]`,
    words: {
      zh: `对照表「${table.name}」第 ${row + 1} 行读不懂：${shown}`,
      en: `row ${row + 1} of table "${table.name}" cannot be read: ${shown}`,
    },
  }
}

function twice(table: LookupTable, earlier: number, row: number): LookupFault {
  return {
    code: 'rulebook.lookup_duplicate',
    part: `tables.${table.id}.rows[${row}]`,
    words: {
      zh: `对照表「${table.name}」第 ${row + 1} 行与第 ${earlier + 1} 行的键相同`,
      en: `row ${row + 1} of table "${table.name}" has the keys of row ${earlier + 1}`,
    },
  }
}
