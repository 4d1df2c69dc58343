import type { ASTNode } from '@marcbachmann/cel-js'
import { formatMoney, parseMoney } from '#kernel/money.ts'
import { knownOf, stick, wholeOf } from './cel-operators.ts'
import { expect, type Part, partOf, type ReadPart, Unfit } from './cel-part.ts'
import type { CelScope, Frame, Run } from './cel-types.ts'

/** `yuan("99.00")`, `size(items)`, `known(weight)`, `orElse(weight, 500)`, `min`, `max`, `ceilDiv`, `string`. */
export function callOf(name: string, nodes: readonly ASTNode[], scope: CelScope, read: ReadPart): Part {
  const parts = nodes.map((node) => read(node, scope))
  const [first, second] = parts
  const takes = Object.hasOwn(ARGUMENTS, name) ? ARGUMENTS[name] : undefined
  if (takes === undefined || first === undefined)
    throw new Unfit('rulebook.unknown_function', `没有叫 ${name} 的函数`, `there is no function "${name}"`)
  if (parts.length !== takes)
    throw new Unfit(
      'rulebook.expression_type',
      `${name} 要 ${takes} 个参数`,
      `${name} takes ${takes} arguments`,
    )
  if (name === 'yuan' || name === 'amount') return amountOf(name, first, scope)
  if (name === 'size') return sizeOf(first)
  if (name === 'known') return knownOf(first, true)
  if (name === 'string') return stringOf(first)
  return second === undefined ? first : pairOf(name, first, second)
}

const ARGUMENTS: Readonly<Record<string, number>> = {
  yuan: 1,
  amount: 1,
  size: 1,
  known: 1,
  string: 1,
  orElse: 2,
  min: 2,
  max: 2,
  ceilDiv: 2,
}

function pairOf(name: string, first: Part, second: Part): Part {
  if (name === 'orElse') return orElseOf(first, second)
  expect(first, 'int', name)
  expect(second, 'int', name)
  if (name === 'min') return wholeOf(smaller, first, second, false)
  if (name === 'max') return wholeOf(larger, first, second, false)
  const begun = wholeOf(ceilDiv, first, second, true)
  return second.reads.size === 0 ? begun : { ...begun, steady: false }
}

function smaller(a: bigint, b: bigint): bigint {
  if (a < b) return a
  return b
}

function larger(a: bigint, b: bigint): bigint {
  if (a > b) return a
  return b
}

/** Rounds up, as carriers count begun kilograms. */
function ceilDiv(a: bigint, b: bigint): bigint {
  const whole = a / b
  return a % b !== 0n && a > 0n === b > 0n ? whole + 1n : whole
}

/** An amount in the major unit, written as text so that it never is a float; its minor units are worked out here, once. */
function amountOf(name: string, part: Part, { currency }: CelScope): Part {
  if (typeof part.constant !== 'string' || part.type !== 'text')
    throw new Unfit(
      'rulebook.bad_amount',
      `${name} 里要写带引号的金额，如 yuan("9.90")`,
      `${name} takes a quoted amount: yuan("9.90")`,
    )
  const amount = parseMoney(part.constant, currency)
  if (!amount.ok)
    throw new Unfit(
      'rulebook.bad_amount',
      `"${part.constant.slice(0, 40)}" 不是 ${currency} 的金额`,
      amount.refusal.detail,
    )
  const { minor } = amount.value
  if (BigInt.asIntN(64, minor) !== minor)
    throw new Unfit(
      'rulebook.number_out_of_range',
      `${formatMoney(amount.value)} 太大`,
      `${formatMoney(amount.value)} is too much`,
    )
  return { ...partOf('int', () => minor, []), ints: [minor], constant: minor }
}

function sizeOf(part: Part): Part {
  if (part.type !== 'text' && part.type !== 'texts')
    throw new Unfit('rulebook.expression_type', 'size 只能数文本或列表', 'size counts a text or a list')
  const run: Run = (frame) => {
    const value = part.run(frame)
    if (value === undefined) return undefined
    // Characters as people count them, not UTF-16 units.
    return BigInt(typeof value === 'string' ? [...value].length : (value as readonly string[]).length)
  }
  const size = partOf('int', run, [part], 'part')
  return part.subject === 'name' ? { ...size, subject: 'size' } : size
}

function stringOf(part: Part): Part {
  if (part.type !== 'int' && part.type !== 'text')
    throw new Unfit('rulebook.expression_type', 'string 只能转换整数', 'string converts whole numbers')
  const run: Run = (frame) => {
    const value = part.run(frame)
    return value === undefined ? undefined : String(value)
  }
  return { ...partOf('text', run, [part]), steady: false }
}

/** The value, or another where nobody knows it: a default that somebody wrote down, seen in the path's version. */
function orElseOf(part: Part, other: Part): Part {
  if (part.reads.size !== 1 || part.type !== other.type)
    throw new Unfit(
      'rulebook.expression_type',
      'orElse 要一个变量和一个同类型的值',
      'orElse takes a variable and a value of its type',
    )
  const run: Run = (frame) => {
    const before = frame.wants
    const value = part.run(frame)
    if (value !== undefined) return value
    return frame.wants === before && before < 0 ? other.run(frame) : undefined
  }
  const either = partOf(part.type, run, [part, other], 'known')
  // Where it is known it is the name itself; the other value is written there, as what it is compared with is.
  return other.reads.size === 0 ? { ...either, subject: part.subject } : either
}

/** `note.contains("急")`, `startsWith`, `endsWith`, `items.contains("A")`, `items.exists(i, ...)`, `all`, `exists_one`. */
export function methodOf(
  name: string,
  receiver: ASTNode,
  nodes: readonly ASTNode[],
  scope: CelScope,
  read: ReadPart,
): Part {
  if (name === 'exists' || name === 'all' || name === 'exists_one')
    return macroOf(name, read(receiver, scope), nodes, scope, read)
  const on = read(receiver, scope)
  if (name === 'size' && nodes.length === 0) return sizeOf(on)
  const [argument] = nodes.map((node) => read(node, scope))
  if (argument === undefined || nodes.length !== 1 || !['contains', 'startsWith', 'endsWith'].includes(name))
    throw new Unfit('rulebook.unknown_function', `没有叫 ${name} 的函数`, `there is no function "${name}"`)
  expect(argument, 'text', name)
  if (on.type !== 'text' && !(on.type === 'texts' && name === 'contains'))
    throw new Unfit(
      'rulebook.expression_type',
      `${name} 不能用在 ${on.type} 上`,
      `${name} cannot be used on ${on.type}`,
    )
  const [a, b] = [on.run, argument.run]
  const test = PART_TESTS[name as keyof typeof PART_TESTS]
  const run: Run = (frame) => {
    const value = a(frame)
    if (value === undefined) return undefined
    const part = b(frame)
    if (part === undefined) return undefined
    return typeof value === 'string'
      ? test(value, part as string)
      : (value as readonly string[]).includes(part as string)
  }
  return partOf('bool', run, [on, argument], on.type === 'text' ? 'part' : 'whole')
}

const PART_TESTS = {
  contains: (text: string, part: string) => text.includes(part),
  startsWith: (text: string, part: string) => text.startsWith(part),
  endsWith: (text: string, part: string) => text.endsWith(part),
}

/** A list longer than this is not walked: the decision goes to a person instead of taking long. */
const LIST_MOST = 2_000

function macroOf(
  name: 'exists' | 'all' | 'exists_one',
  list: Part,
  nodes: readonly ASTNode[],
  scope: CelScope,
  read: ReadPart,
): Part {
  expect(list, 'texts', name)
  const [variable, body] = nodes
  if (variable === undefined || body === undefined || nodes.length !== 2 || variable.op !== 'id')
    throw new Unfit(
      'rulebook.expression_type',
      `写成 items.${name}(i, 条件)`,
      `write items.${name}(i, condition)`,
    )
  if (scope.names.has(variable.args))
    throw new Unfit(
      'rulebook.name_taken',
      `${variable.args} 已经是变量名`,
      `"${variable.args}" is a variable already`,
    )
  // One level only: lists within lists would multiply.
  if ([...scope.names.keys()].some((one) => one.startsWith(EACH)))
    throw new Unfit('rulebook.not_supported', `${name} 里面不能再套`, `${name} cannot hold another one`)
  const slot = scope.newSlot()
  const label = { zh: '列表里的一项', en: 'one of the list' }
  const each = { slot, type: 'text', label, choices: null, given: false } as const
  const names = new Map([
    ...scope.names,
    [variable.args, each] as const,
    [`${EACH}${variable.args}`, each] as const,
  ])
  const predicate = read(body, { ...scope, names })
  expect(predicate, 'bool', name)
  const counts = COUNTS[name]
  const run: Run = (frame) => {
    const value = list.run(frame)
    if (value === undefined) return undefined
    const items = value as readonly string[]
    if (items.length > LIST_MOST) return stick(frame, LONG_LIST)
    frame.walked += items.length
    if (frame.walked > WALKED_MOST) return stick(frame, TOO_MUCH)
    return counts(countEach(frame, items, slot, predicate.run), items.length)
  }
  const part = partOf('bool', run, [list, { ...predicate, atoms: [] }], 'part')
  return { ...part, ...without(part, variable.args) }
}

const EACH = 'each '
/** Entries that one decision walks in all, so that many conditions over long lists cannot hold up the orders behind it. */
const WALKED_MOST = 20_000
const TOO_MUCH = {
  code: 'rulebook.too_much_work',
  words: { zh: '要逐项看的列表太多', en: 'too many lists have to be walked' },
}
const LONG_LIST = {
  code: 'rulebook.list_too_long',
  words: { zh: `列表超过 ${LIST_MOST} 项`, en: `the list has more than ${LIST_MOST} entries` },
}

type Count = { readonly yes: number; readonly unknown: number }
const COUNTS = {
  exists: ({ yes, unknown }: Count) => (yes > 0 ? true : unknown > 0 ? undefined : false),
  all: ({ yes, unknown }: Count, of: number) => (yes + unknown < of ? false : unknown > 0 ? undefined : true),
  exists_one: ({ yes, unknown }: Count) => (yes > 1 ? false : unknown > 0 ? undefined : yes === 1),
}

function countEach(frame: Frame, items: readonly string[], slot: number, run: Run): Count {
  let yes = 0
  let unknown = 0
  for (const item of items) {
    frame.slots[slot] = item
    const value = run(frame)
    if (value === true) yes += 1
    else if (value === undefined) unknown += 1
  }
  frame.slots[slot] = undefined
  return { yes, unknown }
}

/** The loop's own name means nothing outside of it. */
function without(part: Part, name: string): Pick<Part, 'reads' | 'atoms'> {
  const strip = (reads: ReadonlySet<string>) => new Set([...reads].filter((one) => one !== name))
  return {
    reads: strip(part.reads),
    atoms: part.atoms.map((atom) => ({ ...atom, reads: strip(atom.reads) })),
  }
}
