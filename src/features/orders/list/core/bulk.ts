import type { OrderStatus, ReportState } from '#domain/order-status.ts'
import type { Refusal } from '#kernel/result.ts'

export const BULK_ACTIONS = ['report_shipment', 'refetch', 'recompute'] as const
export type BulkAction = (typeof BULK_ACTIONS)[number]

export type BulkOrder = {
  readonly id: bigint
  readonly orderNo: string
  readonly connection: string
  readonly status: OrderStatus
  readonly report: ReportState
}

/** Why an action would do nothing to an order, or null where it would. */
export function decideBulk(action: BulkAction, order: BulkOrder, canFetch: boolean): Refusal | null {
  switch (action) {
    case 'recompute':
      return null
    case 'refetch':
      return canFetch
        ? null
        : { code: 'orders.cannot_fetch', detail: 'this connection has no call to fetch an order' }
    case 'report_shipment':
      return WHY_NOT_REPORTED[order.report](order.status)
  }
}

const WHY_NOT_REPORTED: Readonly<Record<ReportState, (status: OrderStatus) => Refusal | null>> = {
  none: () => ({
    code: 'orders.nothing_to_report',
    detail: 'no waybill of this order is owed to the channel',
  }),
  accepted: () => ({ code: 'orders.already_reported', detail: 'the channel has accepted the shipment' }),
  due: unlessClosed,
  refused: unlessClosed,
  unknown: unlessClosed,
}

function unlessClosed(status: OrderStatus): Refusal | null {
  if (status !== 'cancelled' && status !== 'refunded') return null
  return {
    code: 'orders.closed',
    detail: 'the order was cancelled or refunded; the channel takes no shipment for it',
  }
}
