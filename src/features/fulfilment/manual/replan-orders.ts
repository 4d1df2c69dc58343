import type { Words } from '#domain/notice.ts'
import type { PlanRow } from '../store.ts'
import { type ChangeDeps, changePlan, type PlanShape } from './change-plan.ts'

/** What planning an order anew comes to, or came to. */
export type Replanned = {
  readonly orderId: bigint
  readonly orderNo: string
  readonly before: string
  readonly after: string
  /** Parcels, and what sending them costs by the warehouses' lanes; null where nobody knows. Of all that travels together. */
  readonly figures: { readonly before: Figures; readonly after: Figures }
  readonly outcome: 'same' | 'changed' | 'short' | 'held'
  readonly words: Words
}

type Figures = { readonly parcels: number; readonly costMinor: bigint | null }

export type ReplanOptions = {
  readonly dryRun: boolean
  /** Warehouses that are out of the question from now on for these orders. */
  readonly exclude: readonly string[]
  readonly reason: string
  readonly actor: string
}

/** Plans orders anew, one by one, each in a transaction of its own; those without an open plan are left out. `dryRun` changes nothing. */
export async function replanOrders(
  deps: ChangeDeps,
  ids: readonly bigint[],
  { dryRun, exclude, reason, actor }: ReplanOptions,
): Promise<readonly Replanned[]> {
  const done: Replanned[] = []
  for (const orderId of new Set(ids)) {
    const changed = await changePlan(
      deps,
      {
        orderId,
        change: exclude.length === 0 ? { do: 'replan' } : { do: 'replan', exclude },
        reason,
        actor: { kind: 'user', id: actor, name: actor },
        revision: null,
      },
      dryRun,
    )
    if (!changed.ok) continue
    const before = changed.value.before.find((one) => one.plan.orderId === orderId)
    const after = changed.value.after.find((one) => one.plan.orderId === orderId)
    if (before !== undefined && after !== undefined)
      done.push(
        comparison(before, after, leadOf(changed.value.before, before), leadOf(changed.value.after, after)),
      )
  }
  return done
}

function leadOf(shapes: readonly PlanShape[], { plan }: PlanShape): PlanShape | undefined {
  return shapes.find((one) => one.plan.orderId === plan.leadId)
}

function comparison(
  before: PlanShape,
  after: PlanShape,
  leadBefore: PlanShape | undefined,
  leadAfter: PlanShape | undefined,
): Replanned {
  const from = shown(before.plan, leadBefore)
  const to = shown(after.plan, leadAfter)
  const { state } = after.plan
  const outcome =
    state === 'short' || state === 'review'
      ? 'short'
      : state === 'held'
        ? 'held'
        : from === to
          ? 'same'
          : 'changed'
  return {
    orderId: after.plan.orderId,
    orderNo: after.plan.orderNo,
    before: from,
    after: to,
    figures: { before: figuresOf(leadBefore), after: figuresOf(leadAfter) },
    outcome,
    words: after.plan.words,
  }
}

function figuresOf(lead: PlanShape | undefined): Figures {
  const score = lead?.plan.answer.score
  const cost = typeof score === 'object' && score !== null && 'costMinor' in score ? score.costMinor : null
  const isKnown = typeof cost === 'bigint' || (typeof cost === 'string' && /^-?\d+$/.test(cost))
  return { parcels: lead?.parcels.length ?? 0, costMinor: isKnown ? BigInt(cost) : null }
}

function shown(plan: PlanRow, lead: PlanShape | undefined): string {
  const parcels = lead?.parcels ?? []
  if (parcels.length === 0) return plan.state
  return parcels
    .map(
      ({ warehouse, pieces }) =>
        `${warehouse ?? '-'}: ${pieces.map((one) => `${one.sku}×${one.quantity}`).join(' + ')}`,
    )
    .join(' | ')
}
