import type { Intent, NewIntent } from '#platform/outbox/store.ts'

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

export type Renewal = {
  readonly actor: string
  /** Null: rules and priority choose. */
  readonly accountId: bigint | null
}

/** Null: nothing is wanted after the cancelling. */
export function renewalOf({ payload }: Pick<Intent, 'payload'>): Renewal | null {
  const renew = payload.renew as { readonly actor: string; readonly accountId: string | null } | undefined
  if (renew === undefined) return null
  return { actor: renew.actor, accountId: renew.accountId === null ? null : BigInt(renew.accountId) }
}

export function cancelIntent(one: {
  readonly id: bigint
  readonly reference: string
  readonly leadId: bigint
  readonly connectionId: string
  readonly reason: string
  readonly again: number
  /** Another waybill is wanted for the parcel once this one is cancelled. */
  readonly renew: Renewal | null
}): NewIntent {
  return {
    key: `${CANCEL_WAYBILL}:${one.reference}:${one.again}`,
    effect: CANCEL_WAYBILL,
    connection: one.connectionId,
    orderId: one.leadId,
    payload: {
      waybillId: one.id.toString(),
      reason: one.reason,
      ...(one.renew === null
        ? {}
        : { renew: { actor: one.renew.actor, accountId: one.renew.accountId?.toString() ?? null } }),
    },
  }
}
