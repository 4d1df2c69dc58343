/** Everything that is told to the outside. */
export const EVENT_TYPES = [
  'order.status_changed',
  'waybill.issued',
  'waybill.cancelled',
  'parcel.info_received',
  'parcel.picked_up',
  'parcel.in_transit',
  'parcel.out_for_delivery',
  'parcel.ready_for_pickup',
  'parcel.delivered',
  'parcel.delivery_failed',
  'parcel.exception',
  'parcel.returning',
  'parcel.returned',
  'parcel.cancelled',
] as const
export type EventType = (typeof EVENT_TYPES)[number]
export const TEST_TYPE = 'webhook.test'

export function isEventType(text: string): text is EventType {
  return (EVENT_TYPES as readonly string[]).includes(text)
}

export type JournalFace = {
  readonly kind: string
  readonly orderId: bigint | null
  readonly data: unknown
}

/** What a journal row tells the outside, before its orders are named. */
export type Draft = {
  readonly type: EventType
  readonly orderIds: readonly bigint[]
  readonly trackingNo: string | null
  readonly data: Readonly<Record<string, unknown>>
}

/** Null: nothing that the outside is told. */
export function draftOf({ kind, orderId, data }: JournalFace): Draft | null {
  const fields = (data ?? {}) as Readonly<Record<string, unknown>>
  const text = (name: string): string | null => (typeof fields[name] === 'string' ? fields[name] : null)
  if (kind === 'order.changed' || kind === 'order.created') {
    const [from, to] = [text('from'), text('to')]
    if (to === null || from === to || orderId === null) return null
    return { type: 'order.status_changed', orderIds: [orderId], trackingNo: null, data: { from, status: to } }
  }
  if (kind === 'waybill.issued' || kind === 'waybill.cancelled') {
    const [trackingNo, carrier] = [text('trackingNo'), text('carrier')]
    if (trackingNo === null || orderId === null) return null
    return { type: kind, orderIds: [orderId], trackingNo, data: { trackingNo, carrier } }
  }
  if (kind === 'parcel.changed') {
    const [trackingNo, to] = [text('trackingNo'), text('to')]
    const type = `parcel.${to ?? ''}`
    if (trackingNo === null || !isEventType(type)) return null
    const ids = Array.isArray(fields.orderIds) ? fields.orderIds : []
    const last = (fields.last ?? {}) as Readonly<Record<string, unknown>>
    return {
      type,
      orderIds: ids.flatMap((id) => (typeof id === 'string' && /^\d+$/.test(id) ? [BigInt(id)] : [])),
      trackingNo,
      data: {
        trackingNo,
        carrier: text('carrier'),
        from: text('from'),
        state: to,
        at: last.instant ?? null,
        place: last.place ?? null,
      },
    }
  }
  return null
}

/** Whether an endpoint takes an event; empty lists take all. */
export function takes(
  endpoint: { readonly types: readonly string[]; readonly shops: readonly string[] },
  event: { readonly type: string; readonly shop: string | null },
): boolean {
  if (endpoint.types.length > 0 && !endpoint.types.includes(event.type)) return false
  return endpoint.shops.length === 0 || (event.shop !== null && endpoint.shops.includes(event.shop))
}
