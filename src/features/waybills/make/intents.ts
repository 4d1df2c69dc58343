import type { NewIntent } from '#platform/outbox/store.ts'

export const MAKE_WAYBILL = 'make_waybill'
export const CANCEL_WAYBILL = 'cancel_waybill'

/** One per waybill and account: tried at another account, it is another call. */
export function makeIntent(one: {
  readonly id: bigint
  readonly reference: string
  readonly accountId: bigint
  readonly leadId: bigint
  readonly connectionId: string
  /** Which try of people's it is. */
  readonly again?: number
}): NewIntent {
  const again = one.again === undefined || one.again === 0 ? '' : `:${one.again}`
  return {
    key: `${MAKE_WAYBILL}:${one.reference}:${one.accountId}${again}`,
    effect: MAKE_WAYBILL,
    connection: one.connectionId,
    orderId: one.leadId,
    payload: { waybillId: one.id.toString(), accountId: one.accountId.toString() },
  }
}

export function cancelIntent(one: {
  readonly id: bigint
  readonly reference: string
  readonly leadId: bigint
  readonly connectionId: string
  readonly reason: string
  readonly again: number
}): NewIntent {
  return {
    key: `${CANCEL_WAYBILL}:${one.reference}:${one.again}`,
    effect: CANCEL_WAYBILL,
    connection: one.connectionId,
    orderId: one.leadId,
    payload: { waybillId: one.id.toString(), reason: one.reason },
  }
}
