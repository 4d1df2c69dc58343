import type { CompiledRules, Decision, PathStep, RuleInput, RuleKind, RuleModel } from '#domain/rulebook.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { isOfType, type Stuck } from './cel-types.ts'
import { isBoundToCurrency } from './currency.ts'
import { wrongType } from './nodes.ts'
import { hashOfModel } from './parse-model.ts'
import { buildProgram } from './program.ts'
import { type Program, type RunFrame, STUCK } from './program-types.ts'

/**
 * Makes a model ready to decide with. Refuses with `rulebook.model_faulty` what cannot be read or typed, with the first fault's words and
 * all of them as data. What is compiled never throws and never falls back to a default: what cannot be decided has outcome `review`, with a
 * code, the node where it stuck and words.
 */
export function compileModel(kind: RuleKind, model: RuleModel): Result<CompiledRules> {
  const { program, faults } = buildProgram(kind, model)
  const [first] = faults
  if (program === null)
    return refuse('rulebook.model_faulty', first?.words.zh ?? 'the model cannot run', {
      faults: faults.slice(0, 20),
    })
  const frame = newFrame(program)
  const currency = isBoundToCurrency(kind, model) ? model.currency : null
  return ok({ hash: hashOfModel(model), decide: (input) => decideWith(program, currency, frame, input) })
}

/** A frame is used for one decision after another; none of them waits, so no two are ever in it. */
export function newFrame(program: Program): RunFrame {
  return {
    slots: new Array<undefined>(program.slots).fill(undefined),
    stuck: null,
    wants: -1,
    walked: 0,
    path: [],
    actions: [],
    lines: [],
    values: {},
    outcome: 'review',
    ended: false,
  }
}

/** `currency` null: no amount is looked at, so that the order's does not matter. */
function decideWith(program: Program, currency: string | null, frame: RunFrame, input: RuleInput): Decision {
  frame.lines = input.lines
  if (currency !== null && input.currency !== currency)
    return toReview(otherCurrency(currency, input.currency), null, [])
  const { slots } = frame
  for (const { name, slot, type, label } of program.load) {
    const value = Object.hasOwn(input.values, name) ? (input.values[name] ?? null) : null
    if (value !== null && !isOfType(value, type))
      return toReview(wrongType(name, label.zh, label.en), null, [])
    slots[slot] = value
  }
  return runProgram(program, frame)
}

/** Walks from the start to an end, with the variables' slots as they are. */
export function runProgram(program: Program, frame: RunFrame): Decision {
  walk(program, frame)
  const { path, stuck } = frame
  const last = path.at(-1)?.node ?? null
  if (!frame.ended) return toReview(atNode(program, last, stuck ?? LOST), last, path)
  return {
    outcome: frame.outcome,
    reason: stuck === null ? null : { code: stuck.code, node: last, words: stuck.words },
    values: frame.values,
    actions: frame.actions,
    path,
  }
}

function walk({ steps, own, start }: Program, frame: RunFrame): void {
  frame.path = []
  frame.actions = []
  frame.stuck = null
  frame.wants = -1
  frame.walked = 0
  frame.ended = false
  for (const slot of own) frame.slots[slot] = undefined
  let at = start
  // A model has no circle, so no node comes twice; the count is a second lock on the same door.
  for (let left = steps.length; at >= 0 && left > 0; left -= 1) at = steps[at]?.(frame) ?? STUCK
}

function atNode({ labels }: Program, node: string | null, { code, words }: Stuck): Stuck {
  const label = node === null ? undefined : labels.get(node)
  if (label === undefined) return { code, words }
  return { code, words: { zh: `「${label}」${words.zh}`, en: `"${label}": ${words.en}` } }
}

const LOST: Stuck = {
  code: 'rulebook.no_way',
  words: { zh: '这条路没有走到结果', en: 'this way leads to no result' },
}

/** Nothing that was worked out on the way may be acted upon. */
function toReview({ code, words }: Stuck, node: string | null, path: readonly PathStep[]): Decision {
  return { outcome: 'review', reason: { code, node, words }, values: {}, actions: [], path }
}

function otherCurrency(ours: string, theirs: string): Stuck {
  const shown = theirs.slice(0, 8)
  return {
    code: 'rulebook.other_currency',
    words: {
      zh: `规则按 ${ours} 写，订单是 ${shown}`,
      en: `the rules are written in ${ours}, the order is in ${shown}`,
    },
  }
}
