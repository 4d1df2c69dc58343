/** Facts by the part of an order's life they speak of, as the picker and the legend show them. */
export const FACT_GROUPS = [
  ['order', ['placed', 'paid', 'held', 'released', 'cancelled', 'reopened', 'completed']],
  ['ship', ['waybill_issued', 'waybill_cancelled', 'part_dispatched', 'dispatched', 'shipment_reported']],
  [
    'way',
    [
      'picked_up',
      'in_transit',
      'out_for_delivery',
      'ready_for_pickup',
      'delivery_failed',
      'exception',
      'delivered',
      'delivery_revoked',
      'returning',
      'signed_back',
    ],
  ],
  ['after', ['refund_requested', 'refund_closed', 'part_refunded', 'refunded', 'returned']],
] as const
