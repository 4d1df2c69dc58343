import type { RuleValueType, RuleVariable } from '../../../api/rule-model-types.ts'
import { majorOf, minorOf } from './amounts.ts'

/**
 * Conditions as a form says them, and CEL. The form speaks a part of CEL only: what `parseCondition` does not know stays text, and is
 * edited as text. `parseCondition(writeCondition(x))` says the same as x.
 */
export type Operator =
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'in'
  | 'notIn'
  | 'contains'
  | 'doesNotContain'
  | 'beginsWith'
  | 'endsWith'
  | 'yes'
  | 'no'
  | 'has'
  | 'hasNot'
  | 'hasAny'
  | 'hasNone'
  | 'empty'
  | 'notEmpty'
export type ConditionRule = {
  readonly field: string
  readonly operator: Operator
  /** Amounts in the major unit. A list for `in`, `notIn`, `hasAny`, `hasNone`. */
  readonly value: string | readonly string[]
}
export type ConditionGroup = {
  readonly combinator: 'and' | 'or'
  readonly not: boolean
  readonly rules: readonly (ConditionRule | ConditionGroup)[]
}
/** What the fields are, by name. */
export type Fields = ReadonlyMap<string, Pick<RuleVariable, 'type'>>

const ORDERED: readonly Operator[] = ['=', '!=', '<', '<=', '>', '>=']
export const OPERATORS: Readonly<Record<RuleValueType, readonly Operator[]>> = {
  text: ['=', '!=', 'in', 'notIn', 'contains', 'doesNotContain', 'beginsWith', 'endsWith'],
  choice: ['=', '!=', 'in', 'notIn'],
  int: ORDERED,
  money: ORDERED,
  bool: ['yes', 'no'],
  texts: ['has', 'hasNot', 'hasAny', 'hasNone', 'empty', 'notEmpty'],
}
export const LISTED: ReadonlySet<string> = new Set(['in', 'notIn', 'hasAny', 'hasNone'])
export const VALUELESS: ReadonlySet<string> = new Set(['yes', 'no', 'empty', 'notEmpty'])
const OPPOSITE: Readonly<Partial<Record<Operator, Operator>>> = {
  in: 'notIn',
  notIn: 'in',
  contains: 'doesNotContain',
  doesNotContain: 'contains',
  yes: 'no',
  no: 'yes',
  has: 'hasNot',
  hasNot: 'has',
  hasAny: 'hasNone',
  hasNone: 'hasAny',
  empty: 'notEmpty',
  notEmpty: 'empty',
}

export function isGroup(one: ConditionRule | ConditionGroup): one is ConditionGroup {
  return 'rules' in one
}

export function writeCondition(group: ConditionGroup, fields: Fields): string {
  const parts = group.rules
    .map((one) => (isGroup(one) ? writeInner(one, fields) : writeRule(one, fields)))
    .filter((part) => part !== '')
  if (parts.length === 0) return 'true'
  const joined = parts.join(group.combinator === 'and' ? ' && ' : ' || ')
  return group.not ? `!(${joined})` : joined
}

function writeInner(group: ConditionGroup, fields: Fields): string {
  const inner = writeCondition(group, fields)
  if (inner === 'true') return ''
  return group.not || group.rules.length === 1 ? inner : `(${inner})`
}

function writeRule({ field, operator, value }: ConditionRule, fields: Fields): string {
  const type = fields.get(field)?.type ?? 'text'
  const one = (): string => literal(typeof value === 'string' ? value : (value[0] ?? ''), type)
  const text = (): string => JSON.stringify(typeof value === 'string' ? value : (value[0] ?? ''))
  const list = (): string =>
    `[${(typeof value === 'string' ? (value === '' ? [] : [value]) : value).map((each) => JSON.stringify(each)).join(', ')}]`
  switch (operator) {
    case '=':
      return `${field} == ${one()}`
    case 'in':
      return `${field} in ${list()}`
    case 'notIn':
      return `!(${field} in ${list()})`
    case 'contains':
      return `${field}.contains(${text()})`
    case 'doesNotContain':
      return `!${field}.contains(${text()})`
    case 'beginsWith':
      return `${field}.startsWith(${text()})`
    case 'endsWith':
      return `${field}.endsWith(${text()})`
    case 'yes':
      return field
    case 'no':
      return `!${field}`
    case 'has':
      return `${text()} in ${field}`
    case 'hasNot':
      return `!(${text()} in ${field})`
    case 'hasAny':
      return `${field}.exists(t, t in ${list()})`
    case 'hasNone':
      return `!${field}.exists(t, t in ${list()})`
    case 'empty':
      return `size(${field}) == 0`
    case 'notEmpty':
      return `size(${field}) > 0`
    default:
      return `${field} ${operator} ${one()}`
  }
}

function literal(value: string, type: RuleValueType): string {
  if (type === 'money') return `yuan(${JSON.stringify(value.trim() === '' ? '0.00' : value.trim())})`
  if (type === 'int') return value.trim() === '' ? '0' : value.trim()
  return JSON.stringify(value)
}

/** Null for what a form cannot say, or that names a field unknown here. */
export function parseCondition(text: string, fields: Fields): ConditionGroup | null {
  const tokens = tokensOf(text)
  if (tokens === null) return null
  const reader = { tokens, at: 0, fields }
  const read = readOr(reader)
  if (read === null || reader.at !== tokens.length) return null
  return isGroup(read) ? read : { combinator: 'and', not: false, rules: [read] }
}

type Token = { readonly is: 'name' | 'text' | 'int' | 'sign'; readonly text: string }
type Reader = { readonly tokens: readonly Token[]; at: number; readonly fields: Fields }
type Read = ConditionRule | ConditionGroup | null

const TOKEN =
  /\s*(?:([A-Za-z_]\w*)|("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(-?\d+)|(&&|\|\||==|!=|<=|>=|[<>!()[\],.]))/y

function tokensOf(text: string): Token[] | null {
  const tokens: Token[] = []
  const end = text.trimEnd().length
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text)
    if (!match) return null
    const [, name, quoted, int, sign] = match
    if (name !== undefined) tokens.push({ is: 'name', text: name })
    else if (int !== undefined) tokens.push({ is: 'int', text: int })
    else if (sign !== undefined) tokens.push({ is: 'sign', text: sign })
    else {
      const plain = unquote(quoted ?? '')
      if (plain === null) return null
      tokens.push({ is: 'text', text: plain })
    }
  }
  return tokens
}

function unquote(quoted: string): string | null {
  const inner = quoted.slice(1, -1)
  const json = quoted.startsWith("'") ? inner.replace(/\\'/g, "'").replace(/(?<!\\)"/g, '\\"') : inner
  try {
    return JSON.parse(`"${json}"`) as string
  } catch {
    return null
  }
}

function peek(reader: Reader, ahead = 0): string | null {
  const token = reader.tokens[reader.at + ahead]
  return token && (token.is === 'sign' || token.is === 'name') ? token.text : null
}
function take(reader: Reader, text: string): boolean {
  if (peek(reader) !== text) return false
  reader.at += 1
  return true
}

function readOr(reader: Reader): Read {
  return readJoined(reader, '||', 'or', (inner) => readJoined(inner, '&&', 'and', readUnary))
}

function readJoined(
  reader: Reader,
  sign: string,
  combinator: 'and' | 'or',
  readOne: (reader: Reader) => Read,
): Read {
  const rules: (ConditionRule | ConditionGroup)[] = []
  do {
    const one = readOne(reader)
    if (one === null) return null
    rules.push(one)
  } while (take(reader, sign))
  const [first] = rules
  return rules.length === 1 && first ? first : { combinator, not: false, rules }
}

function readUnary(reader: Reader): Read {
  if (take(reader, '!')) {
    const inner = readUnary(reader)
    return inner === null ? null : negated(inner)
  }
  if (take(reader, '(')) {
    const inner = readOr(reader)
    return inner !== null && take(reader, ')') ? inner : null
  }
  return readTest(reader)
}

function negated(one: ConditionRule | ConditionGroup): ConditionRule | ConditionGroup {
  if (isGroup(one)) return { ...one, not: !one.not }
  const operator = OPPOSITE[one.operator]
  return operator ? { ...one, operator } : { combinator: 'and', not: true, rules: [one] }
}

function readTest(reader: Reader): Read {
  const token = reader.tokens[reader.at]
  if (!token) return null
  if (token.is === 'text') return readHas(reader)
  if (token.is !== 'name') return null
  if (token.text === 'true') {
    reader.at += 1
    return { combinator: 'and', not: false, rules: [] }
  }
  if (token.text === 'size') return readSize(reader)
  const type = reader.fields.get(token.text)?.type
  if (type === undefined) return null
  reader.at += 1
  const field = token.text
  if (take(reader, '.')) return readMethod(reader, field, type)
  if (take(reader, 'in')) {
    const value = readList(reader)
    return value !== null && (type === 'text' || type === 'choice') ? { field, operator: 'in', value } : null
  }
  return readComparison(reader, field, type)
}

function readComparison(reader: Reader, field: string, type: RuleValueType): Read {
  const sign = peek(reader)
  if (type === 'bool' && !['==', '!='].includes(sign ?? '')) return { field, operator: 'yes', value: '' }
  if (sign === null || !['==', '!=', '<', '<=', '>', '>='].includes(sign)) return null
  const operator = (sign === '==' ? '=' : sign) as Operator
  if (!OPERATORS[type].includes(operator) && type !== 'bool') return null
  reader.at += 1
  if (type === 'bool') {
    const truth = peek(reader)
    if (truth !== 'true' && truth !== 'false') return null
    reader.at += 1
    return { field, operator: (truth === 'true') === (operator === '=') ? 'yes' : 'no', value: '' }
  }
  const value = readLiteral(reader, type)
  return value === null ? null : { field, operator, value }
}

function readLiteral(reader: Reader, type: RuleValueType): string | null {
  const token = reader.tokens[reader.at]
  if (token?.is === 'text' && (type === 'text' || type === 'choice')) {
    reader.at += 1
    return token.text
  }
  if (token?.is === 'int' && (type === 'int' || type === 'money')) {
    reader.at += 1
    return type === 'money' ? majorOf(token.text) : token.text
  }
  if (type !== 'money' || !take(reader, 'yuan') || !take(reader, '(')) return null
  const amount = reader.tokens[reader.at]
  reader.at += 1
  return amount?.is === 'text' && take(reader, ')') && minorOf(amount.text) !== null ? amount.text : null
}

function readList(reader: Reader): string[] | null {
  if (!take(reader, '[')) return null
  const items: string[] = []
  if (take(reader, ']')) return items
  do {
    const token = reader.tokens[reader.at]
    if (token?.is !== 'text') return null
    items.push(token.text)
    reader.at += 1
  } while (take(reader, ','))
  return take(reader, ']') ? items : null
}

/** `"frozen" in tags` */
function readHas(reader: Reader): Read {
  const value = reader.tokens[reader.at]?.text ?? ''
  reader.at += 1
  if (!take(reader, 'in')) return null
  const field = peek(reader)
  if (field === null || reader.fields.get(field)?.type !== 'texts') return null
  reader.at += 1
  return { field, operator: 'has', value }
}

/** `size(tags) == 0`, `size(tags) > 0` */
function readSize(reader: Reader): Read {
  reader.at += 1
  const field = peek(reader, 1)
  if (!take(reader, '(') || field === null || reader.fields.get(field)?.type !== 'texts') return null
  reader.at += 1
  if (!take(reader, ')')) return null
  const sign = peek(reader)
  reader.at += 1
  const count = reader.tokens[reader.at]
  reader.at += 1
  if (count?.is !== 'int') return null
  if (sign === '==' && count.text === '0') return { field, operator: 'empty', value: '' }
  const some = (sign === '>' && count.text === '0') || (sign === '>=' && count.text === '1')
  return some || (sign === '!=' && count.text === '0') ? { field, operator: 'notEmpty', value: '' } : null
}

function readMethod(reader: Reader, field: string, type: RuleValueType): Read {
  const method = peek(reader)
  reader.at += 1
  if (!take(reader, '(')) return null
  if (method === 'exists' && type === 'texts') {
    const name = peek(reader)
    reader.at += 1
    if (name === null || !take(reader, ',') || !take(reader, name) || !take(reader, 'in')) return null
    const value = readList(reader)
    return value !== null && take(reader, ')') ? { field, operator: 'hasAny', value } : null
  }
  const operator = { contains: 'contains', startsWith: 'beginsWith', endsWith: 'endsWith' }[method ?? '']
  const token = reader.tokens[reader.at]
  reader.at += 1
  if (operator === undefined || type !== 'text' || token?.is !== 'text' || !take(reader, ')')) return null
  return { field, operator: operator as Operator, value: token.text }
}
