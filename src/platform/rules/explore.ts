import type { Decision, RuleInput, RuleValue } from '#domain/rulebook.ts'
import { newFrame, runProgram } from './compile.ts'
import { type Domain, type Domains, valuesIn } from './domains.ts'
import type { Program, RunFrame } from './program-types.ts'

/** One class of inputs: what was put in for the variables that were asked for, and what the model says. */
export type Leaf = {
  readonly decision: Decision
  /** False where it cannot be decided. */
  readonly ended: boolean
  readonly asked: readonly { readonly domain: Domain; readonly value: RuleValue }[]
}
export type Exploration = { readonly tried: number; readonly complete: boolean }

/**
 * Tries every input that can differ: a variable gets a value only when the model asks for it on its way, so that what does not matter there
 * is not multiplied. `held` are variables that stay as they are. Stops after `most` runs or `forMs`.
 */
export function explore(
  program: Program,
  domains: Domains,
  limits: { readonly most: number; readonly forMs: number; readonly held?: ReadonlyMap<number, null> },
  onLeaf: (leaf: Leaf) => void,
): Exploration {
  const frame = newFrame(program)
  for (const [slot, value] of limits.held ?? []) frame.slots[slot] = value
  const until = performance.now() + limits.forMs
  const asked: { domain: Domain; value: RuleValue }[] = []
  let tried = 0
  let complete = domains.complete
  const isOver = (): boolean => tried >= limits.most || (tried % 16 === 0 && performance.now() > until)
  const visit = (): boolean => {
    if (isOver()) return false
    tried += 1
    const decision = runProgram(program, frame)
    const domain = frame.ended || frame.wants < 0 ? undefined : domains.bySlot.get(frame.wants)
    if (domain === undefined) {
      onLeaf({ decision, ended: frame.ended, asked })
      return true
    }
    const choice = valuesIn(domain, frame.slots)
    complete &&= choice.complete
    for (const value of choice.values) {
      frame.slots[domain.slot] = value
      asked.push({ domain, value })
      const goesOn = visit()
      asked.pop()
      if (!goesOn) return false
    }
    frame.slots[domain.slot] = undefined
    return true
  }
  const finished = visit()
  return { tried, complete: complete && finished }
}

/**
 * Inputs picked evenly from all variables' values, in the same order every time: a look into the corners that the way above did not reach.
 * Answers how many.
 */
export function sample(
  program: Program,
  domains: Domains,
  limits: { readonly most: number; readonly forMs: number },
  onLeaf: (leaf: Leaf) => void,
): number {
  const until = performance.now() + limits.forMs
  const frame: RunFrame = newFrame(program)
  let state = 0x9e3779b9
  const pick = (of: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * of)
  }
  let tried = 0
  while (tried < limits.most && performance.now() < until) {
    tried += 1
    frame.slots.fill(undefined)
    const asked = [...domains.bySlot.values()].map((domain) => {
      const { values } = valuesIn(domain, frame.slots)
      const value = values[pick(values.length)] ?? null
      frame.slots[domain.slot] = value
      return { domain, value }
    })
    onLeaf({ decision: runProgram(program, frame), ended: frame.ended, asked })
  }
  return tried
}

/** An input for people and test cases: what was asked for, and something unremarkable for the model's other variables. */
export function inputOf({ model }: Program, domains: Domains, asked: Leaf['asked']): RuleInput {
  const values: Record<string, RuleValue> = {}
  for (const domain of domains.bySlot.values()) values[domain.variable.name] = plainValue(domain)
  for (const { domain, value } of asked) values[domain.variable.name] = value
  return { currency: model.currency, values, lines: [] }
}

function plainValue({ values }: Domain): RuleValue {
  if (Array.isArray(values[0])) return []
  return typeof values[0] === 'bigint'
    ? (values[Math.floor(values.length / 2)] ?? 0n)
    : (values.at(-1) ?? null)
}
