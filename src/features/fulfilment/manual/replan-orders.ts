import type { Words } from '#domain/notice.ts'
import type { PlanRow } from '../store.ts'
import { type ChangeDeps, changePlan, type PlanShape } from './change-plan.ts'

/** What planning an order anew comes to, or came to. */
export type Replanned = {
  readonly orderId: bigint
  readonly orderNo: string
  readonly before: string
  readonly after: string
  readonly outcome: 'same' | 'changed' | 'short' | 'held'
  readonly words: Words
}

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
    outcome,
    words: after.plan.words,
  }
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
