import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js'
import type { RuleValue } from '#domain/rulebook.ts'
import { ok } from '#kernel/result.ts'
import { callOf, methodOf } from './cel-functions.ts'
import { binaryOf } from './cel-operators.ts'
import { expect, type Part, partOf, Unfit } from './cel-part.ts'
import {
  type Atom,
  type CelExpression,
  type CelFault,
  type CelScope,
  INT_LEAST,
  INT_MOST,
  type Run,
} from './cel-types.ts'

// CEL's grammar is the package's; what an expression may say and what it means is ours, a small part of CEL: whole numbers of 64 bits,
// texts, truths and lists of texts. No patterns (`matches` hung for 4 s on a bad one), no maps, no doubles, no conversions that guess.

export type CelRead =
  | { readonly ok: true; readonly value: CelExpression }
  | { readonly ok: false; readonly fault: CelFault }

/** Longest expression; a text that the console cannot show on a screen is a program, not a condition. */
const EXPRESSION_MOST = 2_000
const limits = { maxAstNodes: 600, maxDepth: 24, maxListElements: 400, maxMapEntries: 1, maxCallArguments: 8 }
const grammar = new Environment({ unlistedVariablesAreDyn: true, limits })

/** Reads and type-checks one expression; what it means is fixed then, and running it can neither throw nor loop. */
export function readCel(text: string, scope: CelScope): CelRead {
  if (text.length > EXPRESSION_MOST)
    return faultOf(
      'rulebook.expression_too_long',
      `表达式有 ${text.length} 个字符，最多 ${EXPRESSION_MOST}`,
      `the expression has ${text.length} characters, at most ${EXPRESSION_MOST}`,
    )
  if (text.trim() === '')
    return faultOf('rulebook.expression_empty', '表达式是空的', 'the expression is empty')
  let ast: ASTNode
  try {
    ast = grammar.parse(text).ast
  } catch (error) {
    if (!(error instanceof ParseError)) throw error
    const at = (error.range?.start ?? 0) + 1
    return faultOf(
      'rulebook.expression_syntax',
      `第 ${at} 个字符处写法不对：${error.summary}`,
      `at character ${at}: ${error.summary}`,
    )
  }
  try {
    const { type, run, reads, atoms, subject, uses, steady } = read(ast, scope)
    const constant = reads.size === 0 ? run({ slots: [], stuck: null, wants: -1, walked: 0 }) : undefined
    return ok({ type, run, reads, atoms, constant, subject, uses, steady })
  } catch (error) {
    if (error instanceof Unfit) return { ok: false, fault: error.fault }
    throw error
  }
}

function read(node: ASTNode, scope: CelScope): Part {
  switch (node.op) {
    case 'value':
      return literal(node.args)
    case 'id':
      return nameOf(node.args, scope)
    case 'list':
      return listOf(node.args, scope)
    case '!_':
      return notOf(read(node.args, scope))
    case '-_':
      return minusOf(node.args, scope)
    case '?:':
      return choiceOf(node.args.map((one) => read(one, scope)))
    case 'call':
      return callOf(node.args[0], node.args[1], scope, read)
    case 'rcall':
      return methodOf(node.args[0], node.args[1], node.args[2], scope, read)
    case '.':
    case '.?':
    case '[]':
    case '[?]':
    case 'map':
      throw new Unfit('rulebook.not_supported', `这里不能用 ${node.op}`, `${node.op} cannot be used here`)
    default:
      return binaryOf(node.op, read(node.args[0], scope), read(node.args[1], scope))
  }
}

function literal(value: unknown): Part {
  if (typeof value === 'bigint') {
    if (value > INT_MOST || value < INT_LEAST)
      throw new Unfit('rulebook.number_out_of_range', `${value} 超出 64 位整数`, `${value} is beyond 64 bits`)
    return { ...partOf('int', () => value, []), ints: [value], constant: value }
  }
  if (typeof value === 'string')
    return { ...partOf('text', () => value, []), texts: [value], constant: value }
  if (typeof value === 'boolean') return { ...partOf('bool', () => value, []), constant: value }
  if (value === null) return partOf('null', () => undefined, [])
  throw new Unfit(
    'rulebook.not_supported',
    '只能写整数、文本、true/false；金额写 yuan("9.90")',
    'only whole numbers, texts, true and false; amounts as yuan("9.90")',
  )
}

function nameOf(name: string, scope: CelScope): Part {
  const known = scope.names.get(name)
  if (known === undefined)
    throw new Unfit('rulebook.unknown_variable', `没有叫 ${name} 的变量`, `there is no variable "${name}"`)
  const { slot, label, given } = known
  const unknown = {
    code: 'rulebook.unknown_value',
    words: { zh: `不知道${label.zh}（${name}）`, en: `${label.en} (${name}) is not known` },
  }
  const unset = {
    code: 'rulebook.name_not_set',
    words: { zh: `这条路上没有给 ${name} 赋值`, en: `nothing on this way sets ${name}` },
  }
  const run: Run = (frame) => {
    const value = frame.slots[slot]
    if (value !== undefined && value !== null) return value
    if (value === null) frame.stuck = unknown
    else if (!given) frame.stuck = unset
    else if (frame.wants < 0) frame.wants = slot
    return undefined
  }
  const part = partOf(known.type, run, [])
  const reads = new Set([name])
  // A truth is its own boundary.
  const itself = { subject: 'name', uses: [name] } as const
  const atoms: Atom[] =
    known.type === 'bool'
      ? [
          {
            reads,
            texts: [],
            ints: [],
            looks: 'whole',
            form: 'name',
            run,
            turn: run,
            uses: [name],
            steady: true,
          },
        ]
      : []
  return { ...part, reads, atoms, ...itself }
}

function listOf(nodes: readonly ASTNode[], scope: CelScope): Part {
  const parts = nodes.map((node) => read(node, scope))
  const values: RuleValue[] = parts.map((part) => part.constant ?? null)
  if (parts.some((part) => part.type !== 'text' || part.constant === undefined)) {
    if (!parts.every((part) => part.type === 'int' && part.constant !== undefined))
      throw new Unfit(
        'rulebook.expression_type',
        '列表里只能写同一类的文本或整数',
        'a list holds texts only, or whole numbers only',
      )
    throw new Unfit(
      'rulebook.not_supported',
      '整数列表请改写成 a == 1 || a == 2，或用决策表',
      'write a list of numbers as a == 1 || a == 2, or use a table',
    )
  }
  const texts = values as string[]
  return { ...partOf('texts', () => texts, []), texts, constant: texts }
}

function notOf(part: Part): Part {
  expect(part, 'bool', '!')
  return partOf(
    'bool',
    (frame) => {
      const value = part.run(frame)
      return value === undefined ? undefined : !value
    },
    [part],
  )
}

function minusOf(node: ASTNode, scope: CelScope): Part {
  if (node.op === 'value' && typeof node.args === 'bigint') return literal(-node.args)
  return binaryOf('-', literal(0n), read(node, scope))
}

function choiceOf([test, yes, no]: readonly Part[]): Part {
  if (test === undefined || yes === undefined || no === undefined || yes.type !== no.type)
    throw new Unfit('rulebook.expression_type', '? : 两边的类型不同', 'the two sides of ? : differ in type')
  expect(test, 'bool', '?')
  return partOf(
    yes.type,
    (frame) => {
      const value = test.run(frame)
      return value === undefined ? undefined : value === true ? yes.run(frame) : no.run(frame)
    },
    [test, yes, no],
  )
}

function faultOf(code: string, zh: string, en: string): CelRead {
  return { ok: false, fault: { code, words: { zh, en } } }
}
