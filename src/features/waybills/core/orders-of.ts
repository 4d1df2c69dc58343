import type { HubEvent } from '#domain/hub-event.ts'

export type OrderPiece = {
  readonly orderId: bigint
  readonly lineId: string
  readonly unit: string
  readonly quantity: number
}
export type OrderName = { readonly id: bigint; readonly connection: string; readonly orderNo: string }

/**
 * Which lines of which orders are in a parcel, as its facts name them. An order whose pieces are all in it is named without lines. Of a
 * line with several units (a bundle's parts) the share of the part that is there the least counts.
 */
export function ordersOf(
  orders: readonly OrderName[],
  inParcel: readonly OrderPiece[],
  inPlan: readonly OrderPiece[],
  lineQuantity: (orderId: bigint, lineId: string) => number | null,
): HubEvent['orders'] {
  return orders.flatMap((order) => {
    const own = inParcel.filter((piece) => piece.orderId === order.id)
    if (own.length === 0) return []
    const all = inPlan.filter((piece) => piece.orderId === order.id)
    const name = { connection: order.connection, orderNo: order.orderNo }
    if (sum(own) === sum(all)) return [{ ...name, lines: [] }]
    const lines = [...Map.groupBy(own, (piece) => piece.lineId)].flatMap(([lineId, pieces]) => {
      const units = [
        ...Map.groupBy(
          all.filter((piece) => piece.lineId === lineId),
          (piece) => piece.unit,
        ),
      ]
      const whole = lineQuantity(order.id, lineId) ?? sum(all.filter((piece) => piece.lineId === lineId))
      const shares = units.map(([unit, planned]) => {
        const there = sum(pieces.filter((piece) => piece.unit === unit))
        return Math.floor((there * whole) / Math.max(1, sum(planned)))
      })
      const quantity = Math.min(...shares)
      return quantity < 1 ? [] : [{ lineId, quantity }]
    })
    return [{ ...name, lines }]
  })
}

function sum(pieces: readonly OrderPiece[]): number {
  return pieces.reduce((total, piece) => total + piece.quantity, 0)
}
