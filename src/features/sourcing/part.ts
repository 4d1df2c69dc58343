import type { Binding, PlanUnit, SourceWarehouse, SplitParcel } from '#domain/fulfilment.ts'
import type { RuleOrder, ShipTo } from '#domain/rule-order.ts'
import { ruleInputOf } from '#domain/rule-variables.ts'
import type { Decision, DryRunItem, DryRunOutcome, RuleInput, RuleKindPart } from '#domain/rulebook.ts'
import { type SourcingOptions, sourcingOptionsOf } from './core/options.ts'
import { sourceParcels } from './core/source-parcels.ts'
import { sourcingKind } from './kind.ts'

/** What the sourcing rules see of an order; `own` holds `due_hours` and `parcel_count` where the caller knows them. */
export function sourcingInputOf(
  order: RuleOrder,
  own: { readonly due_hours: bigint | null; readonly parcel_count: bigint },
  customerLevel: string | null = null,
): RuleInput {
  const input = ruleInputOf(order, customerLevel)
  return { ...input, values: { ...input.values, ...own } }
}

/**
 * What a dry run may bring along: the parcels as splitting leaves them, and warehouses and free stock as they are now (yesterday's stock is
 * not kept, so that both versions are compared on the same shelves). Without it outcomes are compared by what the rules ask for.
 */
export type SourcingContext = {
  readonly units: readonly PlanUnit[]
  readonly bindings: readonly Binding[]
  readonly parcels: readonly SplitParcel[]
  readonly to: ShipTo
  readonly warehouses: readonly SourceWarehouse[]
  readonly free: ReadonlyMap<string, number> | null
  readonly dueMinutes: number | null
}

/** The kind with what a dry run needs. */
export const sourcingPart: RuleKindPart = { kind: sourcingKind, item: itemOf, outcome: outcomeOf }

function itemOf(order: RuleOrder): DryRunItem | null {
  if (order.lines.length === 0) return null
  const { id, orderNo, connection, connectorKind, shipBy, paidAt, placedAt } = order
  const from = paidAt ?? placedAt
  const hours = shipBy === null || from === null ? null : Math.floor(shipBy.since(from).total('hours'))
  const own = { due_hours: hours === null ? null : BigInt(hours), parcel_count: 1n }
  return {
    orderId: id,
    orderNo,
    connection,
    connectorKind,
    input: sourcingInputOf(order, own),
    context: null,
  }
}

function outcomeOf(decision: Decision, item: DryRunItem): DryRunOutcome {
  if (decision.outcome === 'review') {
    const { zh, en } = decision.reason?.words ?? { zh: '规则转人工', en: 'the rules ask a person' }
    return {
      words: { zh: `转人工：${zh}`, en: `review: ${en}` },
      group: 'review',
      figures: { parcels: 0n, cost: 0n, review: 1n, short: 0n },
    }
  }
  const options = sourcingOptionsOf(decision.actions)
  return item.context === null ? byOptions(options) : byStock(options, item.context as SourcingContext)
}

/** Without stock to try on: the versions differ where they ask for something else. */
function byOptions(options: SourcingOptions): DryRunOutcome {
  const { weights, only, excluded, prefer, spread, hold } = options
  const w = `${weights.parcels}/${weights.distance}/${weights.cost}/${weights.promise}/${weights.balance}`
  const excludes = excluded.map((one) => one.warehouse)
  const part = (on: boolean, zh: string, en: string) => (on ? [{ zh, en }] : [])
  const parts = [
    { zh: `权重 ${w}`, en: `weights ${w}` },
    ...part(only !== null, `只用 ${only?.join('、')}`, `only ${only?.join(', ')}`),
    ...part(excludes.length > 0, `排除 ${excludes.join('、')}`, `without ${excludes.join(', ')}`),
    ...part(prefer.length > 0, `优先 ${prefer.join('、')}`, `prefers ${prefer.join(', ')}`),
    ...part(spread !== null, `跨仓 ${spread}`, `spread ${spread}`),
    ...part(hold !== null, `先不发：${hold?.reason}`, `held: ${hold?.reason}`),
  ]
  return {
    words: { zh: parts.map(({ zh }) => zh).join('，'), en: parts.map(({ en }) => en).join(', ') },
    group: hold === null ? `weights ${w}` : 'held',
    figures: { parcels: 0n, cost: 0n, review: 0n, short: 0n },
  }
}

function byStock(options: SourcingOptions, context: SourcingContext): DryRunOutcome {
  const { only, prefer } = options
  const rank = (code: string): number => (prefer.includes(code) ? prefer.indexOf(code) : prefer.length)
  const answer = sourceParcels({
    ...context,
    warehouses: context.warehouses
      .filter(({ code }) => only === null || only.includes(code))
      .toSorted((a, b) => rank(a.code) - rank(b.code))
      .map((one, priority) => ({ ...one, priority })),
    spread: options.spread ?? 'lines',
    weights: options.weights,
    excluded: options.excluded,
    stepsMost: options.stepsMost,
  })
  if (!answer.ok)
    return {
      words: { zh: '寻不到货', en: 'nothing to be had' },
      group: 'short',
      figures: { parcels: 0n, cost: 0n, review: 0n, short: 1n },
    }
  const { parcels, score } = answer.value
  const held = options.hold === null ? { zh: '', en: '' } : { zh: '，先不发', en: ', held' }
  const list = parcels.map((one) => one.warehouse ?? '…').join(' + ')
  return {
    words: {
      zh: `${score.parcels} 个包裹：${list}${held.zh}`,
      en: `${score.parcels} parcels: ${list}${held.en}`,
    },
    group: options.hold === null ? `parcels ${score.parcels}` : 'held',
    figures: { parcels: BigInt(score.parcels), cost: score.costMinor ?? 0n, review: 0n, short: 0n },
  }
}
