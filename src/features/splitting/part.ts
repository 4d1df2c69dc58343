import type { Binding, PlanUnit } from '#domain/fulfilment.ts'
import type { RuleOrder } from '#domain/rule-order.ts'
import { ruleInputOf } from '#domain/rule-variables.ts'
import type { Decision, DryRunItem, DryRunOutcome, RuleInput, RuleKindPart } from '#domain/rulebook.ts'
import { explainParcels, explainRefusal } from './core/explain.ts'
import { splitOrder } from './core/split-order.ts'
import { unitsOf } from './core/units.ts'
import { splitKind } from './kind.ts'

/** What the split rules see of an order. */
export function splitInputOf(order: RuleOrder): RuleInput {
  const input = ruleInputOf(order, null)
  return { ...input, values: { ...input.values, line_count: BigInt(order.lines.length) } }
}

/** The kind with what a dry run needs: an order as its rules see it, and what a decision on it comes to. */
export const splitPart: RuleKindPart = { kind: splitKind, item: itemOf, outcome: outcomeOf }

type Context = { readonly units: readonly PlanUnit[]; readonly bindings: readonly Binding[] }

function itemOf(order: RuleOrder): DryRunItem | null {
  const context: Context = unitsOf(order)
  if (context.units.length === 0) return null
  const { id, orderNo, connection, connectorKind } = order
  return { orderId: id, orderNo, connection, connectorKind, input: splitInputOf(order), context }
}

function outcomeOf(decision: Decision, item: DryRunItem): DryRunOutcome {
  const { units, bindings } = item.context as Context
  if (decision.outcome === 'review') {
    const reason = decision.reason?.words ?? { zh: '规则转人工', en: 'the rules ask a person' }
    return review(reason)
  }
  const answer = splitOrder({ units, bindings, actions: decision.actions })
  if (!answer.ok) return review(explainRefusal(answer.refusal))
  const { parcels, hold } = answer.value
  const words = explainParcels(units, parcels)
  const notes = parcels.flatMap(({ warehouse, needs, together }) => [
    ...(warehouse === null ? [] : [warehouse]),
    ...needs,
    ...(together ? ['='] : []),
  ])
  const shown = notes.length === 0 ? '' : ` (${[...new Set(notes)].sort().join(', ')})`
  const figures = { parcels: BigInt(parcels.length), review: 0n, held: hold === null ? 0n : 1n }
  const tail =
    hold === null ? { zh: '', en: '' } : { zh: `，先不发：${hold.reason}`, en: `, held: ${hold.reason}` }
  return {
    words: { zh: words.zh + shown + tail.zh, en: words.en + shown + tail.en },
    group: hold === null ? `parcels ${parcels.length}` : `held, parcels ${parcels.length}`,
    figures,
  }
}

function review(reason: DryRunOutcome['words']): DryRunOutcome {
  return {
    words: { zh: `转人工：${reason.zh}`, en: `review: ${reason.en}` },
    group: 'review',
    figures: { parcels: 0n, review: 1n, held: 0n },
  }
}
