import type { RuleType, RuleValue } from '#domain/rulebook.ts'
import { parseMoney } from '#kernel/money.ts'
import type { CelFault } from './cel-types.ts'

/** One cell of a decision table, read: `test` is asked with a value of the column's type. */
export type Cell = {
  /** Empty: holds for anything, also for what nobody knows. */
  readonly any: boolean
  readonly test: (value: RuleValue) => boolean
  /** What is written in it; where its answer can turn. */
  readonly texts: readonly string[]
  readonly ints: readonly bigint[]
}
export type CellRead =
  | { readonly ok: true; readonly value: Cell }
  | { readonly ok: false; readonly fault: CelFault }
export type CellType = Exclude<RuleType, 'lines'>

/**
 * Reads a cell: `` (any), `新疆` or `9900` (equal), `新疆, 西藏` (one of), `!新疆` (none of), `< 99`, `>= 99`, `[99, 199)` (a range; `]` includes).
 * Amounts in the currency's major unit. Full-width signs (`，！＜≥`) mean the same, since that is what a Chinese keyboard types. Of a column of
 * lists: holds where the list has one of them.
 */
export function readCell(text: string, type: CellType, currency: string): CellRead {
  const cell = text.trim()
  if (cell === '') return ok({ any: true, test: () => true, texts: [], ints: [] })
  if (type === 'bool') return boolCell(cell)
  if (type === 'int' || type === 'money') return numberCell(cell, (one) => wholeOf(one, type, currency))
  return textCell(cell, type)
}

function boolCell(cell: string): CellRead {
  const negated = /^[!！]/.test(cell)
  const word = (negated ? cell.slice(1) : cell).trim().toLowerCase()
  const truth = ['true', '是'].includes(word) ? true : ['false', '否'].includes(word) ? false : null
  if (truth === null) return bad(cell, '写 true 或 false', 'write true or false')
  return ok({ any: false, test: (value) => value === (truth !== negated), texts: [], ints: [] })
}

type ReadWhole = (text: string) => bigint | null
const SIGNS: Readonly<Record<string, string>> = {
  '，': ',',
  '！': '!',
  '＜': '<',
  '＞': '>',
  '≤': '<=',
  '≥': '>=',
  '（': '(',
  '）': ')',
  '【': '[',
  '】': ']',
  '＝': '=',
}

function numberCell(given: string, whole: ReadWhole): CellRead {
  const cell = given.replace(/[，！＜＞≤≥（）【】＝]/g, (sign) => SIGNS[sign] ?? sign)
  const range = /^([[(])([^,]*),([^,]*)([\])])$/.exec(cell)
  if (range !== null) return rangeCell(given, range, whole)
  const compared = /^(<=|>=|<|>)(.*)$/.exec(cell)
  if (compared !== null) {
    const limit = whole(compared[2] ?? '')
    return limit === null ? badNumber(given) : ok(comparedCell(compared[1] ?? '', limit))
  }
  const negated = /^!=?/.exec(cell)
  const body = negated === null ? cell.replace(/^==?/, '') : cell.slice(negated[0].length)
  const wholes: bigint[] = []
  for (const part of body.split(',')) {
    const one = whole(part)
    if (one === null) return badNumber(given)
    wholes.push(one)
  }
  const among = new Set<RuleValue>(wholes)
  return ok({ any: false, test: (value) => among.has(value) === (negated === null), texts: [], ints: wholes })
}

function comparedCell(sign: string, limit: bigint): Cell {
  const tests: Readonly<Record<string, (value: bigint) => boolean>> = {
    '<': (value) => value < limit,
    '<=': (value) => value <= limit,
    '>': (value) => value > limit,
    '>=': (value) => value >= limit,
  }
  const test = tests[sign] ?? (() => false)
  return { any: false, test: (value) => test(value as bigint), texts: [], ints: [limit] }
}

function rangeCell(given: string, [, open, from, to, close]: RegExpExecArray, whole: ReadWhole): CellRead {
  const [least, most] = [whole(from ?? ''), whole(to ?? '')]
  if (least === null || most === null) return badNumber(given)
  if (least > most || (least === most && `${open}${close}` !== '[]'))
    return bad(given, '区间里没有任何数', 'nothing lies in this range')
  const [withLeast, withMost] = [open === '[', close === ']']
  const test = (value: RuleValue): boolean => {
    const one = value as bigint
    return (withLeast ? one >= least : one > least) && (withMost ? one <= most : one < most)
  }
  return ok({ any: false, test, texts: [], ints: [least, most] })
}

function textCell(cell: string, type: CellType): CellRead {
  if (/^(?:[<>＜＞≤≥]|[[(【（].*[,，].*[\])】）]$)/.test(cell))
    return bad(
      cell,
      '文本列不能比大小；文本本身以符号开头时加引号',
      'texts have no order; quote a text that begins with a sign',
    )
  const negated = /^[!！]/.test(cell)
  const texts = splitTexts(negated ? cell.slice(1) : cell)
  if (texts === null) return bad(cell, '引号没有配对', 'a quote is not closed')
  if (texts.length === 0) return bad(cell, '没有写任何文本', 'no text is given')
  const among = new Set<string>(texts)
  const holds =
    type === 'texts'
      ? (value: RuleValue) => (value as readonly string[]).some((one) => among.has(one))
      : (value: RuleValue) => among.has(value as string)
  return ok({ any: false, test: (value) => holds(value) !== negated, texts, ints: [] })
}

/** Commas part them; in double quotes everything stands for itself, `""` for a quote. Null: a quote is not closed. */
function splitTexts(cell: string): string[] | null {
  const texts: string[] = []
  let at = 0
  while (at < cell.length) {
    const rest = cell.slice(at)
    const quoted = /^\s*"((?:[^"]|"")*)"\s*(?:[,，]|$)/.exec(rest)
    const plain = quoted ?? /^([^,，"]*)(?:[,，]|$)/.exec(rest)
    if (plain === null) return null
    const text = plain[1] ?? ''
    if (quoted !== null) texts.push(text.replaceAll('""', '"'))
    else if (text.trim() !== '') texts.push(text.trim())
    at += plain[0].length
  }
  return texts
}

/** A whole number of 64 bits; of an amount its minor units. Null for what is none. */
export function wholeOf(text: string, type: 'int' | 'money', currency: string): bigint | null {
  const plain = text.trim()
  if (type === 'int') {
    if (!/^-?\d{1,19}$/.test(plain)) return null
    const whole = BigInt(plain)
    return BigInt.asIntN(64, whole) === whole ? whole : null
  }
  const amount = parseMoney(plain, currency)
  if (!amount.ok) return null
  const { minor } = amount.value
  return BigInt.asIntN(64, minor) === minor ? minor : null
}

function badNumber(cell: string): CellRead {
  return bad(cell, '这里要写数：99、< 99、[99, 199)', 'a number is wanted: 99, < 99, [99, 199)')
}

function bad(cell: string, zh: string, en: string): CellRead {
  const shown = cell.slice(0, 60)
  return {
    ok: false,
    fault: {
      code: 'rulebook.bad_cell',
      words: { zh: `单元格「${shown}」：${zh}`, en: `cell "${shown}": ${en}` },
    },
  }
}

function ok(value: Cell): CellRead {
  return { ok: true, value }
}
