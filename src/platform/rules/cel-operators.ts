import type { RuleValue } from '#domain/rulebook.ts'
import { expect, type Part, partOf, Unfit } from './cel-part.ts'
import { type Frame, INT_LEAST, INT_MOST, type Run, type Stuck } from './cel-types.ts'

// `a` undefined means undecided. `&&` and `||` know more: one side that settles the whole does so, whatever the other side is.

const OVERFLOW: Stuck = {
  code: 'rulebook.overflow',
  words: { zh: '算出来的数超出 64 位整数', en: 'the result is beyond 64 bits' },
}
const BY_ZERO: Stuck = {
  code: 'rulebook.divide_by_zero',
  words: { zh: '除数是 0', en: 'something is divided by zero' },
}
const TOO_LONG: Stuck = {
  code: 'rulebook.text_too_long',
  words: { zh: '拼出来的文本太长', en: 'the joined text is too long' },
}
const TEXT_MOST = 10_000

export function binaryOf(op: string, left: Part, right: Part): Part {
  if (op === '&&' || op === '||') return logicOf(op, left, right)
  if (op === '==' || op === '!=') return equalOf(op, left, right)
  if (op === 'in') return inOf(left, right)
  if (op === '<' || op === '<=' || op === '>' || op === '>=') return orderOf(op, left, right)
  if (op === '+' && left.type === 'text') return joinOf(left, right)
  return sumOf(op, left, right)
}

function logicOf(op: string, left: Part, right: Part): Part {
  expect(left, 'bool', op)
  expect(right, 'bool', op)
  const settles = op === '||'
  const [a, b] = [left.run, right.run]
  const run: Run = (frame) => {
    const first = a(frame)
    if (first === settles) return settles
    const second = b(frame)
    if (second === settles) return settles
    return first === undefined || second === undefined ? undefined : !settles
  }
  return partOf('bool', run, [left, right])
}

function equalOf(op: string, left: Part, right: Part): Part {
  const wanted = op === '=='
  if (left.type === 'null' || right.type === 'null')
    return knownOf(left.type === 'null' ? right : left, !wanted)
  if (left.type !== right.type || left.type === 'texts')
    throw new Unfit(
      'rulebook.expression_type',
      `不能比较 ${left.type} 和 ${right.type}`,
      `${left.type} and ${right.type} cannot be compared`,
    )
  const [a, b] = [left.run, right.run]
  const run: Run = (frame) => {
    const one = a(frame)
    if (one === undefined) return undefined
    const other = b(frame)
    return other === undefined ? undefined : (one === other) === wanted
  }
  // Two truths are told apart by the conditions within them.
  if (left.type === 'bool') return partOf('bool', run, [left, right])
  return partOf('bool', run, [left, right], 'whole', left.type === 'int' ? comparison(left, right) : run)
}

/** Where two numbers are equal is a single point: their order shows on which side of it one is. */
function comparison(left: Part, right: Part): Run {
  const [a, b] = [left.run, right.run]
  return (frame) => {
    const one = a(frame)
    const other = b(frame)
    if (typeof one !== 'bigint' || typeof other !== 'bigint') return undefined
    return one === other ? 0n : one < other ? -1n : 1n
  }
}

/** Whether somebody knows it: the one test that null does not leave undecided. */
export function knownOf(part: Part, wanted: boolean): Part {
  if (part.reads.size !== 1 || part.type === 'null')
    throw new Unfit(
      'rulebook.expression_type',
      'null 只能和变量比较',
      'only a variable can be compared with null',
    )
  const run: Run = (frame) => {
    const before = frame.wants
    const value = part.run(frame)
    if (value !== undefined) return wanted
    return frame.wants === before && before < 0 ? !wanted : undefined
  }
  return partOf('bool', run, [part], 'known')
}

function inOf(left: Part, right: Part): Part {
  expect(left, 'text', 'in')
  expect(right, 'texts', 'in')
  const fixed = right.constant === undefined ? null : new Set(right.constant as readonly string[])
  const [a, b] = [left.run, right.run]
  const run: Run =
    fixed === null
      ? (frame) => {
          const one = a(frame)
          if (one === undefined) return undefined
          const list = b(frame)
          return list === undefined ? undefined : (list as readonly string[]).includes(one as string)
        }
      : (frame) => {
          const one = a(frame)
          return one === undefined ? undefined : fixed.has(one as string)
        }
  return partOf('bool', run, [left, right], 'whole')
}

type Compare = (a: bigint, b: bigint) => boolean
const ORDERS: Readonly<Record<'<' | '<=' | '>' | '>=', Compare>> = {
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
}

function orderOf(op: keyof typeof ORDERS, left: Part, right: Part): Part {
  expect(left, 'int', op)
  expect(right, 'int', op)
  const holds = ORDERS[op]
  const [a, b] = [left.run, right.run]
  const run: Run = (frame) => {
    const one = a(frame)
    if (one === undefined) return undefined
    const other = b(frame)
    return other === undefined ? undefined : holds(one as bigint, other as bigint)
  }
  return partOf('bool', run, [left, right], 'whole')
}

type Work = (a: bigint, b: bigint) => bigint
const SUMS: Readonly<Record<string, Work>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
}

function sumOf(op: string, left: Part, right: Part): Part {
  const work = Object.hasOwn(SUMS, op) ? SUMS[op] : undefined
  if (work === undefined)
    throw new Unfit('rulebook.not_supported', `这里不能用 ${op}`, `${op} cannot be used here`)
  expect(left, 'int', op)
  expect(right, 'int', op)
  const sum = wholeOf(work, left, right, op === '/' || op === '%')
  return isSteady(op, left, right) ? sum : { ...sum, steady: false }
}

function isSteady(op: string, left: Part, right: Part): boolean {
  if (op === '%') return false
  if (op === '/') return right.reads.size === 0
  return op !== '*' || left.reads.size === 0 || right.reads.size === 0
}

/** Whole numbers in, a whole number of 64 bits out; a larger one leaves it undecided. */
export function wholeOf(work: Work, left: Part, right: Part, divides: boolean): Part {
  const [a, b] = [left.run, right.run]
  const run: Run = (frame) => {
    const one = a(frame)
    if (one === undefined) return undefined
    const other = b(frame)
    if (other === undefined) return undefined
    if (divides && other === 0n) return stick(frame, BY_ZERO)
    const whole = work(one as bigint, other as bigint)
    return whole > INT_MOST || whole < INT_LEAST ? stick(frame, OVERFLOW) : whole
  }
  const part = partOf('int', run, [left, right])
  if (!divides || right.reads.size === 0) return part
  // A divisor that can be 0 divides the inputs as a condition does.
  const zero: Part = { ...right, reads: new Set(), uses: [], run: () => 0n, atoms: [] }
  const { atoms } = partOf('bool', right.run, [right, zero], 'whole', comparison(right, zero))
  return { ...part, atoms: [...part.atoms, ...atoms.filter((atom) => !right.atoms.includes(atom))] }
}

function joinOf(left: Part, right: Part): Part {
  expect(right, 'text', '+')
  const [a, b] = [left.run, right.run]
  const run: Run = (frame) => {
    const one = a(frame)
    if (one === undefined) return undefined
    const other = b(frame)
    if (other === undefined) return undefined
    const joined = (one as string) + (other as string)
    return joined.length > TEXT_MOST ? stick(frame, TOO_LONG) : joined
  }
  return partOf('text', run, [left, right])
}

export function stick(frame: Frame, stuck: Stuck): RuleValue | undefined {
  frame.stuck = stuck
  return undefined
}
