/** Why a hold still stands, as far as its owner can tell. */
export const WHYS = [
  'alive', // within its deadline
  'order_unknown', // the order it names is not in the hub
  'order_over', // cancelled, refunded or returned, and yet held
  'goods_left', // the order has left, the hold was never committed
  'order_waiting', // the order waits to leave and nobody renewed the hold
  'silent', // its program or person was not heard of
] as const
export type Why = (typeof WHYS)[number]

const OVER: readonly string[] = ['cancelled', 'refunded', 'returned']
const LEFT: readonly string[] = [
  'shipped',
  'picked_up',
  'in_transit',
  'out_for_delivery',
  'delivered',
  'completed',
  'returning',
]

/** Says why an open hold is (still) there. `orderStatus` null: no such order. */
export function whyHeld(hold: {
  readonly isOverdue: boolean
  readonly ownerKind: string
  readonly orderStatus: string | null
}): Why {
  const { isOverdue, ownerKind, orderStatus } = hold
  if (ownerKind === 'order') {
    if (orderStatus === null) return 'order_unknown'
    if (OVER.includes(orderStatus)) return 'order_over'
    if (LEFT.includes(orderStatus)) return 'goods_left'
    return isOverdue ? 'order_waiting' : 'alive'
  }
  return isOverdue ? 'silent' : 'alive'
}
