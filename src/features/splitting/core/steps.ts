import type { PlanUnit } from '#domain/fulfilment.ts'
import type { RuleDone, RuleValue } from '#domain/rulebook.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

export const MEASURES = ['weight', 'volume', 'value', 'pieces'] as const
export type Measure = (typeof MEASURES)[number]

/** Lines that an action names; null: all of them. */
export type Lines = ReadonlySet<string> | null

/** What an action of a split rule asks for, with its parameters read. */
export type SplitStep = { readonly node: string } & (
  | { readonly is: 'bind'; readonly lines: Lines; readonly strength: 'hard' | 'soft' }
  | { readonly is: 'force'; readonly lines: Lines; readonly ignoresStock: boolean }
  | { readonly is: 'apart'; readonly a: Lines; readonly b: Lines }
  | { readonly is: 'separate'; readonly lines: Lines; readonly reason: string }
  | { readonly is: 'separate_by'; readonly by: 'tag' | 'sku' | 'line'; readonly prefix: string }
  | ({ readonly is: 'limit' } & SplitLimit)
  | { readonly is: 'warehouse'; readonly code: string; readonly lines: Lines }
  | { readonly is: 'needs'; readonly tag: string; readonly lines: Lines }
  | { readonly is: 'hold'; readonly reason: string }
)
export type SplitLimit = {
  readonly measure: Measure
  /** g, cm3, minor units or pieces. */
  readonly most: number
  readonly lines: Lines
  /** What becomes of one piece, or of a bound set, that is more by itself. */
  readonly oversize: 'review' | 'own'
}

const LIMITS: Readonly<Record<string, Measure>> = {
  limit_weight: 'weight',
  limit_volume: 'volume',
  limit_value: 'value',
  limit_pieces: 'pieces',
}

/** Refused: `splitting.bad_action`, naming the node: an action or parameter that this version of the hub does not know. */
export function readSteps(actions: readonly RuleDone[]): Result<SplitStep[]> {
  const steps: SplitStep[] = []
  for (const action of actions) {
    const step = readStep(action)
    if (step === null)
      return refuse('splitting.bad_action', `node ${action.node}: "${action.action}" cannot be carried out`, {
        nodes: [action.node],
      })
    steps.push(step)
  }
  return ok(steps)
}

function readStep({ node, action, params }: RuleDone): SplitStep | null {
  const measure = Object.hasOwn(LIMITS, action) ? LIMITS[action] : undefined
  if (measure !== undefined) return readLimit(node, measure, params)
  const lines = linesIn(params['lines'])
  switch (action) {
    case 'keep_together':
      return { is: 'bind', node, lines, strength: params['strength'] === 'soft' ? 'soft' : 'hard' }
    case 'force_together':
      return { is: 'force', node, lines, ignoresStock: params['ignore_stock_difference'] === true }
    case 'never_together':
      return { is: 'apart', node, a: linesIn(params['lines']), b: linesIn(params['others']) }
    case 'separate':
      return { is: 'separate', node, lines, reason: textIn(params['reason']) }
    case 'separate_by': {
      const by = params['by']
      if (by !== 'tag' && by !== 'sku' && by !== 'line') return null
      return { is: 'separate_by', node, by, prefix: textIn(params['prefix']) }
    }
    case 'assign_warehouse': {
      const code = textIn(params['warehouse'])
      return code === '' ? null : { is: 'warehouse', node, code, lines }
    }
    case 'needs': {
      const tag = textIn(params['tag'])
      return tag === '' ? null : { is: 'needs', node, tag, lines }
    }
    case 'hold':
      return { is: 'hold', node, reason: textIn(params['reason']) }
    default:
      return null
  }
}

function readLimit(node: string, measure: Measure, params: RuleDone['params']): SplitStep | null {
  const most = params['most']
  if (typeof most !== 'bigint' || most <= 0n || most > BigInt(Number.MAX_SAFE_INTEGER)) return null
  const oversize = params['oversize'] === 'own' ? 'own' : 'review'
  return { is: 'limit', node, measure, most: Number(most), lines: linesIn(params['lines']), oversize }
}

function linesIn(value: RuleValue | undefined): Lines {
  return Array.isArray(value) ? new Set(value as readonly string[]) : null
}

function textIn(value: RuleValue | undefined): string {
  return typeof value === 'string' ? value.trim() : ''
}

/** In a plan of several orders a line may also be named with its order: `<order id>/<line id>`. */
export function isNamed(lines: Lines, unit: PlanUnit): boolean {
  return lines === null || lines.has(unit.lineId) || lines.has(`${unit.orderId}/${unit.lineId}`)
}
