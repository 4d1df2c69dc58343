import type { ASTNode } from '@marcbachmann/cel-js'
import type { Atom, CelExpression, CelFault, CelScope, Run } from './cel-types.ts'

/** Thrown and caught inside this room only: the reader is recursive, and a fault ends it. */
export class Unfit extends Error {
  readonly fault: CelFault
  constructor(code: string, zh: string, en: string) {
    super(en)
    this.name = 'Unfit'
    this.fault = { code, words: { zh, en } }
  }
}

/** An expression within an expression, with the texts and numbers that are written in it. */
export type Part = CelExpression & { readonly texts: readonly string[]; readonly ints: readonly bigint[] }
export type ReadPart = (node: ASTNode, scope: CelScope) => Part

/** A part made of others: reads what they read, with their atoms, and one of its own where it `looks` at something. */
export function partOf(
  type: CelExpression['type'],
  run: Run,
  parts: readonly Part[],
  looks?: Atom['looks'],
  turn: Run = run,
): Part {
  const reads = new Set(parts.flatMap((part) => [...part.reads]))
  const texts = parts.flatMap((part) => part.texts)
  const ints = parts.flatMap((part) => part.ints)
  const inner = parts.flatMap((part) => part.atoms)
  const shape = { uses: parts.flatMap((part) => part.uses), steady: parts.every((part) => part.steady) }
  const own: Atom[] =
    looks === undefined || reads.size === 0
      ? []
      : [{ reads, texts, ints, looks, form: formOf(parts), run, turn, ...shape }]
  const atoms = [...inner, ...own]
  return { type, run, reads, texts, ints, atoms, constant: undefined, subject: null, ...shape }
}

function formOf(parts: readonly Part[]): Atom['form'] {
  const [only, more] = parts.filter((part) => part.reads.size > 0)
  return more === undefined ? (only?.subject ?? 'other') : 'other'
}

export function expect(part: Part, type: CelExpression['type'], where: string): void {
  if (part.type === type) return
  throw new Unfit(
    'rulebook.expression_type',
    `${where} 要的是 ${type}，这里是 ${part.type}`,
    `${where} wants ${type}, not ${part.type}`,
  )
}
