import type { Words } from '#domain/notice.ts'
import type { RuleOrder } from '#domain/rule-order.ts'
import type {
  ChosenRules,
  Decision,
  DecisionRecord,
  DryRunItem,
  RuleInput,
  RuleObservation,
  RuleValue,
} from '#domain/rulebook.ts'
import type { Instant } from '#kernel/clock.ts'
import { canonicalJson, hashToUuid } from '#kernel/hash.ts'
import type { PlanDeps } from '../deps.ts'

export type PlanKind = 'review' | 'split' | 'sourcing' | 'freight'

/** What the rules of a kind said of an order. */
export type Decided = {
  readonly kind: PlanKind
  readonly chosen: ChosenRules
  readonly item: DryRunItem
  readonly input: RuleInput
  readonly decision: Decision
  /** Equal for the same version, way and outcome. */
  readonly mark: string
}

/** Asks the rules of a kind; null where none is live for the order, or they have nothing to say of it. */
export function decideKind(
  deps: Pick<PlanDeps, 'rulebook' | 'parts' | 'levelOf'>,
  kind: PlanKind,
  order: RuleOrder,
  given: { readonly pinned: bigint | null; readonly values: Readonly<Record<string, RuleValue>> },
): Decided | null {
  const part = deps.parts.get(kind)
  if (part === undefined) return null
  const chosen = deps.rulebook.choose(kind, {
    connection: order.connection,
    connectorKind: order.connectorKind,
    key: order.orderNo,
    pinned: given.pinned,
  })
  if (chosen === null) return null
  const item = part.item(order)
  if (item === null) return null
  const known = new Set(part.kind.variables.map((variable) => variable.name))
  const added = { customer_level: deps.levelOf(order), ...given.values }
  const values = Object.fromEntries(Object.entries(added).filter(([name]) => known.has(name)))
  const input = { ...item.input, values: { ...item.input.values, ...values } }
  const decision = chosen.rules.decide(input)
  return { kind, chosen, item, input, decision, mark: markOf(chosen.versionId, decision) }
}

function markOf(versionId: bigint, { outcome, reason, values, actions, path }: Decision): string {
  return hashToUuid(
    canonicalJson({
      versionId: versionId.toString(),
      outcome,
      code: reason?.code ?? null,
      path,
      values: textual(values),
      actions: actions.map((one) => ({ ...one, params: textual(one.params) })),
    }),
  )
}

function textual(values: Readonly<Record<string, RuleValue>>) {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typeof value === 'bigint' ? `${value}n` : value]),
  )
}

/** The decision as it is kept. */
export function recordOf(
  { chosen, input, decision }: Decided,
  order: RuleOrder,
  kept: {
    readonly result: Readonly<Record<string, unknown>>
    readonly observations: readonly RuleObservation[]
  },
  at: Instant,
): DecisionRecord {
  return {
    chosen,
    orderId: order.id,
    orderNo: order.orderNo,
    connection: order.connection,
    input,
    decision,
    result: kept.result,
    observations: kept.observations,
    at,
  }
}

/** Why the rules could not decide, for people. */
export function reasonOf(decision: Decision): { readonly code: string; readonly words: Words } {
  return (
    decision.reason ?? {
      code: 'fulfilment.review_asked',
      words: { zh: '规则要求人工处理', en: 'the rules ask for a person' },
    }
  )
}
