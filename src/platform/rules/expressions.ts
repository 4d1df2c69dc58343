import type { Words } from '#domain/notice.ts'
import type { RuleNode, RuleValue } from '#domain/rulebook.ts'
import { readCel } from './cel.ts'
import { type CelExpression, type CelName, type CelType, type Run, TYPE_WORDS } from './cel-types.ts'
import type { Building } from './program-types.ts'

/** Reads an expression of a node. Undefined: it is faulty, which has been noted. */
export function expressionOf(
  text: string,
  wanted: CelType | null,
  node: RuleNode,
  part: string,
  building: Building,
  names: ReadonlyMap<string, CelName> = building.names,
): CelExpression | undefined {
  const { model, newSlot, fault } = building
  const found = readCel(text, { currency: model.currency, names, newSlot })
  if (!found.ok) {
    fault(node, part, found.fault.code, found.fault.words)
    return undefined
  }
  const { type, reads, atoms } = found.value
  if (wanted !== null && type !== wanted) {
    fault(node, part, 'rulebook.expression_type', {
      zh: `这里要的是${TYPE_WORDS[wanted].zh}，写的是${TYPE_WORDS[type].zh}`,
      en: `${TYPE_WORDS[wanted].en} is wanted, not ${TYPE_WORDS[type].en}`,
    })
    return undefined
  }
  for (const name of reads) building.reads.add(name)
  building.atoms.push(...atoms)
  for (const atom of atoms)
    if (atom.looks === 'whole') checkChoices(atom.reads, atom.texts, names, node, part, building)
  return found.value
}

/** A text that is compared with a choice and is none of it: the condition could never hold. */
export function checkChoices(
  reads: ReadonlySet<string>,
  texts: readonly string[],
  names: ReadonlyMap<string, CelName>,
  node: RuleNode,
  part: string,
  { fault }: Building,
): void {
  for (const name of reads) {
    const known = names.get(name)
    const strange =
      known?.choices === null ? undefined : texts.find((one) => known?.choices?.includes(one) === false)
    if (known !== undefined && strange !== undefined)
      fault(node, part, 'rulebook.unknown_choice', notAmong(strange, known.label, known.choices ?? []))
  }
}

export function notAmong(value: string, label: Words, choices: readonly string[]): Words {
  const known = choices.join(', ').slice(0, 200)
  return {
    zh: `「${label.zh}」没有 ${value.slice(0, 60)} 这一项，可选：${known}`,
    en: `${label.en} is never "${value.slice(0, 60)}"; one of ${known}`,
  }
}

/** An expression whose text must be among the choices of a value: of a constant it is seen now, of others when it runs. */
export function amongChoices(
  expression: CelExpression,
  label: Words,
  choices: readonly string[] | null,
  node: RuleNode,
  part: string,
  { fault }: Building,
): Run {
  const { run, constant } = expression
  if (choices === null) return run
  if (typeof constant === 'string' && !choices.includes(constant))
    fault(node, part, 'rulebook.unknown_choice', notAmong(constant, label, choices))
  if (constant !== undefined) return run
  const among = new Set<RuleValue>(choices)
  return (frame) => {
    const value = run(frame)
    if (value === undefined || among.has(value)) return value
    frame.stuck = { code: 'rulebook.unknown_choice', words: notAmong(String(value), label, choices) }
    return undefined
  }
}
