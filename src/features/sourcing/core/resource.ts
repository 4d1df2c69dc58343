import type { Words } from '#domain/notice.ts'

export type PlannedOrder = {
  readonly orderId: bigint
  readonly orderNo: string
  /** Of the plan: `locked`, `short`, `held`, `left`... */
  readonly state: string
  readonly isManual: boolean
  /** Of its parcels that have not left. */
  readonly warehouses: readonly string[]
}

/** Orders to source anew: those that a warehouse was to send, named ones, or all that are short. */
export type ResourceAsk = {
  readonly warehouse: string | null
  readonly ids: readonly bigint[]
  /** Order numbers, as people name them. */
  readonly numbers: readonly string[]
  readonly short: boolean
}

export type Resourcing = {
  readonly ids: readonly bigint[]
  /** Warehouses that may not send them any more. */
  readonly exclude: readonly string[]
  readonly skipped: readonly { readonly orderId: bigint; readonly orderNo: string; readonly words: Words }[]
}

/**
 * Which of the plans can be made anew. What has left stays where it went; what a person or a rule holds is planned when it is released;
 * parcels that a person arranged are theirs to change, unless their warehouse closes: then somebody has to look, and is told.
 */
export function decideResourcing(ask: ResourceAsk, plans: readonly PlannedOrder[]): Resourcing {
  const ids: bigint[] = []
  const skipped: { orderId: bigint; orderNo: string; words: Words }[] = []
  const known = new Set(plans.map((plan) => plan.orderId))
  for (const plan of plans) {
    const words = whySkipped(plan)
    if (words === null) ids.push(plan.orderId)
    else skipped.push({ orderId: plan.orderId, orderNo: plan.orderNo, words })
  }
  for (const orderId of ask.ids)
    if (!known.has(orderId))
      skipped.push({ orderId, orderNo: '', words: { zh: '还没有履约计划', en: 'it has no plan yet' } })
  const numbers = new Set(plans.map((plan) => plan.orderNo))
  for (const orderNo of ask.numbers)
    if (!numbers.has(orderNo))
      skipped.push({
        orderId: 0n,
        orderNo,
        words: { zh: '没有这个订单的履约计划', en: 'no order of this number has a plan' },
      })
  return { ids, exclude: ask.warehouse === null ? [] : [ask.warehouse], skipped }
}

function whySkipped({ state, isManual }: PlannedOrder): Words | null {
  switch (state) {
    case 'short':
    case 'planned':
    case 'locked':
      return isManual
        ? {
            zh: '包裹是人工安排的，请在订单里改',
            en: 'a person arranged its parcels: change them in the order',
          }
        : null
    case 'held':
      return { zh: '挂起中，放行时会重新寻源', en: 'it is held, and sourced anew when released' }
    case 'review':
      return {
        zh: '等人工处理，处理后会重新寻源',
        en: 'it waits for a person, and is sourced anew after that',
      }
    case 'unmatched':
      return { zh: '有商品没有匹配 SKU', en: 'a line has no stock SKU' }
    default:
      return { zh: '已经发出或结束', en: 'it has left or ended' }
  }
}
