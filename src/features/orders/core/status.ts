import type { Fact, FactKind } from '#domain/fact.ts'
import type { OrderLine } from '#domain/order.ts'
import type { AfterSale, OrderStatus, ParcelStage } from '#domain/order-status.ts'
import { type Parcel, stageRank } from './parcels.ts'
import { has, isAfter, latest } from './times.ts'

// docs/specs/order-status.md is this file in words. The four dimensions below are read off the facts one by one; the
// tables say what their combination means, completely: a new value does not compile until every cell is decided.

type Payment = 'unpaid' | 'paid'
type Hold = 'free' | 'held'
type Closing = 'open' | 'completed' | 'cancelled' | 'refunded' | 'returned'
type Shipping = 'nothing' | 'part' | Exclude<ParcelStage, 'announced'>

const SHIPPED: Readonly<Record<Exclude<Shipping, 'nothing'>, OrderStatus>> = {
  part: 'partially_shipped',
  issued: 'shipped',
  dispatched: 'shipped',
  picked_up: 'picked_up',
  in_transit: 'in_transit',
  out_for_delivery: 'out_for_delivery',
  delivered: 'delivered',
  returning: 'returning',
  signed_back: 'returned',
}

const WAITING: Readonly<Record<Payment, Readonly<Record<Hold, OrderStatus>>>> = {
  unpaid: { free: 'pending_payment', held: 'pending_payment' },
  paid: { free: 'awaiting_shipment', held: 'on_hold' },
}

const CLOSED: Readonly<Record<Exclude<Closing, 'open'>, OrderStatus>> = {
  completed: 'completed',
  cancelled: 'cancelled',
  refunded: 'refunded',
  returned: 'returned',
}

/** Which question each kind of fact answers at the order's level. */
const ORDER_EFFECT: Readonly<
  Record<FactKind, 'pays' | 'holds' | 'ships' | 'closes' | 'after_sale' | 'nothing'>
> = {
  placed: 'nothing',
  paid: 'pays',
  held: 'holds',
  released: 'holds',
  waybill_issued: 'ships',
  waybill_cancelled: 'ships',
  part_dispatched: 'ships',
  dispatched: 'ships',
  shipment_reported: 'nothing',
  picked_up: 'ships',
  in_transit: 'ships',
  out_for_delivery: 'ships',
  ready_for_pickup: 'ships',
  delivery_failed: 'ships',
  exception: 'ships',
  delivered: 'ships',
  delivery_revoked: 'ships',
  returning: 'ships',
  signed_back: 'ships',
  completed: 'closes',
  refund_requested: 'after_sale',
  refund_closed: 'after_sale',
  part_refunded: 'after_sale',
  refunded: 'closes',
  returned: 'closes',
  cancelled: 'closes',
  reopened: 'closes',
}

/** The order's status: a pure function of its facts and parcels, whatever order they came in. */
export function deriveStatus(
  facts: readonly Fact[],
  parcels: readonly Parcel[],
  lines: readonly OrderLine[],
): OrderStatus {
  const closing = closingOf(facts.filter((fact) => ORDER_EFFECT[fact.kind] === 'closes'))
  if (closing !== 'open') return CLOSED[closing]
  const shipping = shippingOf(
    facts.filter((fact) => ORDER_EFFECT[fact.kind] === 'ships'),
    parcels,
    lines,
  )
  if (shipping !== 'nothing') return SHIPPED[shipping]
  return WAITING[paymentOf(facts)][holdOf(facts)]
}

export function deriveAfterSale(facts: readonly Fact[]): AfterSale {
  if (has(facts, ['refunded'])) return 'refunded'
  const open = facts
    .filter((fact) => fact.kind === 'refund_requested')
    .filter((request) => !facts.some((other) => settles(other, request)))
  if (open.length > 0) return 'requested'
  if (has(facts, ['part_refunded'])) return 'part_refunded'
  return has(facts, ['refund_requested', 'refund_closed']) ? 'closed' : 'none'
}

/** A refund request is settled by an answer of the same number, or of none, that is not older than it. */
function settles(answer: Fact, request: Fact): boolean {
  if (answer.kind !== 'refund_closed' && answer.kind !== 'part_refunded') return false
  if (
    answer.detail.refundId !== undefined &&
    request.detail.refundId !== undefined &&
    answer.detail.refundId !== request.detail.refundId
  )
    return false
  return !isAfter(request.at.instant, answer.at.instant)
}

/** Ready to ship says that it was paid, even where the payment itself was never told. */
function paymentOf(facts: readonly Fact[]): Payment {
  return has(facts, ['paid', 'released', 'held']) ? 'paid' : 'unpaid'
}

/** The later of hold and release counts; at the same instant the release. */
function holdOf(facts: readonly Fact[]): Hold {
  if (!has(facts, ['held'])) return 'free'
  if (!has(facts, ['released'])) return 'held'
  return isAfter(latest(facts, ['held']), latest(facts, ['released'])) ? 'held' : 'free'
}

/** What ended the order, strongest first; reopening undoes every ending that is not later than it. */
function closingOf(facts: readonly Fact[]): Closing {
  const reopenings = facts.filter((fact) => fact.kind === 'reopened')
  const stands = (kind: FactKind): boolean =>
    facts.some(
      (fact) =>
        fact.kind === kind && reopenings.every((reopened) => isAfter(fact.at.instant, reopened.at.instant)),
    )
  if (stands('refunded')) return 'refunded'
  if (stands('returned')) return 'returned'
  if (stands('cancelled')) return 'cancelled'
  return stands('completed') ? 'completed' : 'open'
}

/** An order is as far as its slowest parcel, or as its channel says where no parcel is known. */
function shippingOf(
  facts: readonly Fact[],
  parcels: readonly Parcel[],
  lines: readonly OrderLine[],
): Shipping {
  const live = parcels.filter((parcel) => !parcel.void && parcel.stage !== 'announced')
  const orderLevel = facts.filter(
    (fact) => fact.subject.by !== 'parcel' && fact.detail.trackingNo === undefined,
  )
  const claimed = claimedStage(orderLevel)
  if (live.length === 0) return claimed ?? (has(orderLevel, ['part_dispatched']) ? 'part' : 'nothing')
  const slowest = live.reduce((slow, parcel) =>
    stageRank(parcel.stage) < stageRank(slow.stage) ? parcel : slow,
  ).stage
  if (claimed === null && !coversOrder(facts, live, lines)) return 'part'
  const stage =
    claimed !== null &&
    stageRank(claimed) > stageRank(slowest) &&
    !live.some((parcel) => isGoingBack(parcel.stage))
      ? claimed
      : slowest
  return stage === 'announced' ? 'nothing' : stage
}

function isGoingBack(stage: ParcelStage): boolean {
  return stage === 'returning' || stage === 'signed_back'
}

/** The furthest stage that facts about the order as a whole claim. */
function claimedStage(facts: readonly Fact[]): Exclude<ParcelStage, 'announced'> | null {
  const order = [
    'signed_back',
    'returning',
    'delivered',
    'out_for_delivery',
    'in_transit',
    'picked_up',
    'dispatched',
  ] as const
  const revoked = latest(facts, ['delivery_revoked'])
  return (
    order.find((kind) =>
      facts.some(
        (fact) =>
          fact.kind === kind &&
          !(kind === 'delivered' && revoked !== null && !isAfter(fact.at.instant, revoked)),
      ),
    ) ?? (has(facts, ['waybill_issued']) ? 'issued' : null)
  )
}

/** Whether the live parcels hold everything that was ordered. */
function coversOrder(facts: readonly Fact[], live: readonly Parcel[], lines: readonly OrderLine[]): boolean {
  if (facts.some((fact) => fact.kind === 'dispatched' && (fact.detail.lines ?? []).length === 0)) return true
  if (lines.length === 0 || live.some((parcel) => parcel.lines.length === 0))
    return !has(facts, ['part_dispatched'])
  const packed = new Map<string, number>()
  for (const { lineId, quantity } of live.flatMap((parcel) => parcel.lines))
    packed.set(lineId, (packed.get(lineId) ?? 0) + quantity)
  return lines.every((line) => (packed.get(line.lineId) ?? 0) >= line.quantity)
}
