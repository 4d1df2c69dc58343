import type { OrderStatus, ParcelStage } from '#domain/order-status.ts'
import { PARCEL_STAGES } from '#domain/order-status.ts'
import type { Instant } from '#kernel/clock.ts'

export type LinePieces = { readonly lineId: string; readonly quantity: number }

/** An order as its stock sees it. */
export type StockOrder = {
  readonly id: bigint
  readonly connection: string
  /** Kind of its connector; empty where the connection is gone. */
  readonly kind: string
  readonly orderNo: string
  readonly status: OrderStatus
  /** When it was paid; where nobody told, when it was placed. Who paid first is served first. */
  readonly since: Instant
  /** The first sign that it leaves, where there is one. */
  readonly shippedAt: Instant | null
  readonly lines: readonly (LinePieces & { readonly sku: string | null })[]
  readonly parcels: readonly { readonly stage: ParcelStage | 'void'; readonly lines: readonly LinePieces[] }[]
  /** A fact about the order as a whole says that it left, whatever its parcels tell. */
  readonly leftWhole: boolean
}

/** What one piece of a bundle is made of. */
export type Bundles = ReadonlyMap<string, readonly { readonly sku: string; readonly quantity: number }[]>

/** Pieces by stock SKU. */
export type Quantities = ReadonlyMap<string, number>

/** What its facts ask of the ledger; nothing in it depends on when or how often they came. */
export type Target = {
  /** It is paid and not all of it has left: what is still here must be locked. */
  readonly waits: boolean
  /** Lines that no stock SKU is known for. */
  readonly unmatched: number
  readonly hasLines: boolean
  /** To be held now. */
  readonly hold: Quantities
  /** To be gone from the shelves for good: what left and did not come back. */
  readonly out: Quantities
}

/** What each status says of the goods. A new status does not compile until it is decided here. */
const GOODS: Readonly<Record<OrderStatus, 'unsold' | 'wait' | 'leave' | 'away' | 'back' | 'ended'>> = {
  pending_payment: 'unsold',
  // Paid: the buyer's money is here, so nobody else may take the goods meanwhile.
  on_hold: 'wait',
  awaiting_shipment: 'wait',
  partially_shipped: 'leave',
  // A printed waybill is no dispatch: until a parcel was handed over its goods stay locked.
  shipped: 'leave',
  picked_up: 'away',
  in_transit: 'away',
  out_for_delivery: 'away',
  delivered: 'away',
  completed: 'away',
  returning: 'away',
  returned: 'back',
  refunded: 'ended',
  cancelled: 'ended',
}

/** Statuses of orders that may hold stock, for looking whom to look at. */
export const WAITING_STATUSES: readonly OrderStatus[] = [
  'on_hold',
  'awaiting_shipment',
  'partially_shipped',
  'shipped',
]

export function targetOf(order: StockOrder, bundles: Bundles): Target {
  const goods = GOODS[order.status]
  const waits = isWaiting(order.status)
  const ordered = new Map(order.lines.map((line) => [line.lineId, line.quantity]))
  const left = goods === 'away' ? ordered : goods === 'unsold' || goods === 'wait' ? NONE : leftLines(order)
  const back = goods === 'back' ? left : goods === 'ended' ? backLines(order) : NONE
  const here = (lineId: string, quantity: number): number =>
    waits ? Math.max(0, quantity - (left.get(lineId) ?? 0)) : 0
  const gone = (lineId: string): number => Math.max(0, (left.get(lineId) ?? 0) - (back.get(lineId) ?? 0))
  return {
    waits,
    unmatched: order.lines.filter((line) => line.sku === null).length,
    hasLines: order.lines.length > 0,
    hold: piecesOf(order, bundles, (line) => here(line.lineId, line.quantity)),
    out: piecesOf(order, bundles, (line) => gone(line.lineId)),
  }
}

/** The target without pieces that wait by design. */
export function withoutLater(target: Target, later: Quantities): Target {
  if (later.size === 0) return target
  const hold = [...target.hold].map(([sku, pieces]) => [sku, pieces - (later.get(sku) ?? 0)] as const)
  return { ...target, hold: new Map(hold.filter(([, pieces]) => pieces > 0)) }
}

const NONE: ReadonlyMap<string, number> = new Map()

/** Whether an order of this status still wants its goods held. */
export function isWaiting(status: OrderStatus): boolean {
  return GOODS[status] === 'wait' || GOODS[status] === 'leave'
}

/** Whether the parcel's goods are in somebody's hands: printed or packed is enough to leave them alone. */
export function isPacked(order: Pick<StockOrder, 'parcels' | 'status' | 'leftWhole'>): boolean {
  return order.leftWhole || order.status === 'shipped' || order.parcels.some(isLive)
}

function isLive({ stage }: StockOrder['parcels'][number]): boolean {
  return stage !== 'void' && stage !== 'announced'
}

function reached(stage: ParcelStage | 'void', least: ParcelStage): boolean {
  return stage !== 'void' && PARCEL_STAGES.indexOf(stage) >= PARCEL_STAGES.indexOf(least)
}

/** Pieces per line that were handed over, by what the parcels and the order's own facts say. */
function leftLines(order: StockOrder): ReadonlyMap<string, number> {
  return linesAt(order, 'dispatched', order.leftWhole)
}

function backLines(order: StockOrder): ReadonlyMap<string, number> {
  return linesAt(order, 'signed_back', false)
}

function linesAt(order: StockOrder, least: ParcelStage, whole: boolean): ReadonlyMap<string, number> {
  const all = new Map(order.lines.map((line) => [line.lineId, line.quantity]))
  if (whole) return all
  const live = order.parcels.filter(isLive)
  const there = live.filter((parcel) => reached(parcel.stage, least))
  if (there.length === 0) return NONE
  // A parcel of which no part was named holds the order, unless the channel says that only a part has left.
  const isAll = there.length === live.length && there.some((parcel) => parcel.lines.length === 0)
  if (isAll && order.status !== 'partially_shipped') return all
  const sums = new Map<string, number>()
  for (const { lineId, quantity } of there.flatMap((parcel) => parcel.lines))
    sums.set(lineId, Math.min(all.get(lineId) ?? 0, (sums.get(lineId) ?? 0) + quantity))
  return sums
}

function piecesOf(
  { lines }: StockOrder,
  bundles: Bundles,
  piecesOfLine: (line: LinePieces) => number,
): Quantities {
  const sums = new Map<string, number>()
  for (const line of lines) {
    const pieces = piecesOfLine(line)
    if (line.sku === null || pieces === 0) continue
    const parts = bundles.get(line.sku) ?? [{ sku: line.sku, quantity: 1 }]
    for (const part of parts) sums.set(part.sku, (sums.get(part.sku) ?? 0) + part.quantity * pieces)
  }
  return new Map([...sums].sort(([a], [b]) => (a < b ? -1 : 1)))
}
