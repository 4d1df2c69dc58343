import type { SourceAsk, SourceWeights } from '#domain/fulfilment.ts'
import type { RuleDone, RuleValue } from '#domain/rulebook.ts'

/** Without rules: the fewest parcels, then the warehouses' own order. */
export const DEFAULT_WEIGHTS: SourceWeights = {
  parcels: 100,
  distance: 0,
  cost: 0,
  promise: 0,
  balance: 0,
  priority: 10,
}
/** Under ten milliseconds of a processor; by the built-in weights real orders need a tenth of it. */
export const STEPS_MOST = 12_000

export type SourcingOptions = {
  readonly weights: SourceWeights
  /** Null: as the order's route says. */
  readonly spread: SourceAsk['spread'] | null
  /** The rules name who may send it; null: all. */
  readonly only: readonly string[] | null
  readonly excluded: SourceAsk['excluded']
  /** First among those that are as good. */
  readonly prefer: readonly string[]
  readonly stepsMost: number
  readonly hold: { readonly node: string; readonly reason: string } | null
}

/**
 * What the rules ask for, in their order. A later `weights` or `spread` takes the place of an earlier one; several `only_warehouses` leave
 * those that all of them name; exclusions add up; the first `hold` is the one that is shown.
 */
export function sourcingOptionsOf(actions: readonly RuleDone[]): SourcingOptions {
  let options: SourcingOptions = {
    weights: DEFAULT_WEIGHTS,
    spread: null,
    only: null,
    excluded: [],
    prefer: [],
    stepsMost: STEPS_MOST,
    hold: null,
  }
  for (const done of actions) options = { ...options, ...after(options, done) }
  return options
}

function after(options: SourcingOptions, { node, action, params }: RuleDone): Partial<SourcingOptions> {
  switch (action) {
    case 'weights':
      return { weights: weightsOf(params) }
    case 'spread':
      return { spread: spreadOf(params.choice) }
    case 'only_warehouses': {
      const codes = textsOf(params.codes)
      return { only: options.only === null ? codes : options.only.filter((code) => codes.includes(code)) }
    }
    case 'exclude_warehouse': {
      const reason = textOf(params.reason)
      const words = { zh: `规则排除：${reason}`, en: `excluded by a rule: ${reason}` }
      return { excluded: [...options.excluded, { warehouse: textOf(params.code), words }] }
    }
    case 'prefer': {
      const code = textOf(params.code)
      return options.prefer.includes(code) ? {} : { prefer: [...options.prefer, code] }
    }
    case 'hold':
      return options.hold === null ? { hold: { node, reason: textOf(params.reason) } } : {}
    default:
      return {}
  }
}

/** 0 to 100 each; what is left out is 0, but for the priority, which breaks ties. */
function weightsOf(params: Readonly<Record<string, RuleValue>>): SourceWeights {
  const of = (name: string): number => {
    const value = params[name]
    return typeof value === 'bigint' ? Number(value < 0n ? 0n : value > 100n ? 100n : value) : 0
  }
  return {
    parcels: of('parcels'),
    distance: of('distance'),
    cost: of('cost'),
    promise: of('promise'),
    balance: of('balance'),
    priority: 1,
  }
}

function spreadOf(value: RuleValue | undefined): SourceAsk['spread'] | null {
  return value === 'never' || value === 'lines' || value === 'units' ? value : null
}

function textOf(value: RuleValue | undefined): string {
  return typeof value === 'string' ? value : ''
}
function textsOf(value: RuleValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}
