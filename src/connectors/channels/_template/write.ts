import type { ShipmentReport } from '#domain/connector.ts'

/** The body of a shipment report. Pure. */
export function shipmentBody({
  orderNo,
  trackingNo,
  carrier,
  lines,
  requestId,
}: ShipmentReport): Record<string, unknown> {
  return { order_no: orderNo, tracking_no: trackingNo, carrier, lines, request_id: requestId }
}
