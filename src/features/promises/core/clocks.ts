import type { OrderStatus } from '#domain/order-status.ts'
import type { Instant } from '#kernel/clock.ts'
import { addOpenMinutes, type Calendar } from './calendar.ts'

/** What starts a promise's clock. */
export const STARTS = ['placed', 'paid', 'waybill_issued', 'dispatched'] as const
export type Start = (typeof STARTS)[number]
/** What keeps a promise. */
export const KEEPS = ['waybill_issued', 'dispatched', 'picked_up', 'delivered'] as const
export type Keep = (typeof KEEPS)[number]

export type PromiseRule = {
  readonly id: bigint
  readonly name: string
  /** Connector kind, or `*` for every channel. */
  readonly kind: string
  /** One connection of that kind, or null for all. */
  readonly connection: string | null
  readonly starts: Start
  readonly keeps: Keep
  /** Minutes, of opening time where there is a calendar: 1 to 527,040 (a year). */
  readonly minutes: number
  readonly calendar: Calendar | null
  /** `HH:MM`: what starts later than this begins at the next opening. */
  readonly cutoff: string | null
  /** The platform's own deadline field goes before the rule's minutes. */
  readonly platformFirst: boolean
  readonly warnMinutes: number
  readonly penalty: Penalty
}

/** What a breach costs: a fixed amount, a share of what the buyer pays, or both, at most the cap. */
export type Penalty = {
  /** ISO 4217; the fixed amount and the cap count for orders of this currency only. */
  readonly currency: string
  readonly fixedMinor: bigint | null
  /** Parts of ten thousand. */
  readonly bps: number | null
  readonly capMinor: bigint | null
}

/** An order as its clocks see it. */
export type PromiseOrder = {
  readonly id: bigint
  readonly connection: string
  readonly kind: string
  readonly status: OrderStatus
  readonly placedAt: Instant | null
  readonly paidAt: Instant | null
  readonly shippedAt: Instant | null
  readonly deliveredAt: Instant | null
  readonly currency: string | null
  readonly payableMinor: bigint | null
  /** The platform's own deadlines. */
  readonly shipBy: Instant | null
  readonly deliverBy: Instant | null
  /** Parcels that still count. */
  readonly parcels: readonly ParcelTimes[]
}
export type ParcelTimes = {
  readonly issuedAt: Instant | null
  readonly dispatchedAt: Instant | null
  readonly pickedUpAt: Instant | null
  readonly deliveredAt: Instant | null
}

/** What the rulebook promises of one order: minutes from its payment. */
export type RuledPromise = {
  /** `rulebook:<set id>`. */
  readonly source: string
  readonly keeps: Keep
  readonly minutes: number
  readonly warnMinutes: number
  readonly platformFirst: boolean
}

/** `late`: kept after its time. `void`: the order ended before anything was owed. */
export type ClockState = 'running' | 'kept' | 'late' | 'breached' | 'void'
export type OrderClock = {
  /** `rule:<id>`, `rulebook:<set id>`, `platform:ship_by` or `platform:deliver_by`. */
  readonly source: string
  readonly keeps: Keep
  readonly startsAt: Instant | null
  readonly dueAt: Instant
  readonly warnAt: Instant
  readonly keptAt: Instant | null
  readonly state: ClockState
  readonly penaltyMinor: bigint | null
}

const ENDED: readonly OrderStatus[] = ['cancelled', 'refunded']
const UNSHIPPED: readonly OrderStatus[] = [
  'pending_payment',
  'on_hold',
  'awaiting_shipment',
  'partially_shipped',
  'cancelled',
  'refunded',
]
/** Statuses that say the goods moved, whatever single scans are missing. */
const MOVED: readonly OrderStatus[] = [
  'picked_up',
  'in_transit',
  'out_for_delivery',
  'delivered',
  'completed',
  'returning',
  'returned',
]
const ARRIVED: readonly OrderStatus[] = ['delivered', 'completed', 'returning', 'returned']
/** Where no rule says otherwise. */
const WARN_MINUTES = 60

/**
 * Every clock of an order at `now`: one for each rule that applies, and one for each deadline that the platform gave and no rule
 * took over. A rule of one connection goes before those of its kind, these before `*`; rules that keep different things
 * stand beside each other. What the rulebook promised goes before every rule that keeps the same. Deterministic; sorted by source.
 */
export function clocksOf(
  order: PromiseOrder,
  rules: readonly PromiseRule[],
  now: Instant,
  promised: RuledPromise | null = null,
): OrderClock[] {
  // Nothing is owed to somebody who has not paid, whatever the clock of his order starts at.
  if (order.status === 'pending_payment') return []
  const own = promised === null ? null : ruledClock(order, promised, now)
  const others = applicable(order, rules).filter((rule) => rule.keeps !== own?.keeps)
  const clocks = [own ?? [], others.flatMap((rule) => ruleClock(order, rule, now) ?? [])].flat()
  const ruled = new Set(clocks.map((clock) => (clock.keeps === 'delivered' ? 'delivered' : 'ship')))
  if (order.shipBy !== null && !ruled.has('ship'))
    clocks.push(platformClock(order, 'platform:ship_by', 'waybill_issued', order.shipBy, now))
  if (order.deliverBy !== null && !ruled.has('delivered'))
    clocks.push(platformClock(order, 'platform:deliver_by', 'delivered', order.deliverBy, now))
  return clocks.sort((a, b) => (a.source < b.source ? -1 : 1))
}

/** The rules of the most specific level that has any for what they keep. */
export function applicable(
  order: Pick<PromiseOrder, 'connection' | 'kind'>,
  rules: readonly PromiseRule[],
): PromiseRule[] {
  const levels = [
    rules.filter((rule) => rule.connection === order.connection),
    rules.filter((rule) => rule.connection === null && rule.kind === order.kind),
    rules.filter((rule) => rule.connection === null && rule.kind === '*'),
  ]
  return KEEPS.flatMap(
    (keeps) =>
      levels.map((level) => level.filter((rule) => rule.keeps === keeps)).find((level) => level.length > 0) ??
      [],
  )
}

function ruleClock(order: PromiseOrder, rule: PromiseRule, now: Instant): OrderClock | null {
  const startsAt = startOf(order, rule.starts)
  const given = rule.keeps === 'delivered' ? order.deliverBy : order.shipBy
  const own = startsAt === null ? null : addOpenMinutes(startsAt, rule.minutes, rule.calendar, rule.cutoff)
  const dueAt = rule.platformFirst ? (given ?? own) : own
  if (dueAt === null) return null
  return finish(order, {
    source: `rule:${rule.id}`,
    keeps: rule.keeps,
    startsAt,
    dueAt,
    warnAt: dueAt.subtract({ minutes: rule.warnMinutes }),
    penaltyMinor: penaltyOf(order, rule.penalty),
    now,
  })
}

function ruledClock(order: PromiseOrder, ruled: RuledPromise, now: Instant): OrderClock | null {
  const given = ruled.keeps === 'delivered' ? order.deliverBy : order.shipBy
  const own = order.paidAt === null ? null : order.paidAt.add({ minutes: ruled.minutes })
  const dueAt = ruled.platformFirst ? (given ?? own) : own
  if (dueAt === null) return null
  const { source, keeps, warnMinutes } = ruled
  const warnAt = dueAt.subtract({ minutes: warnMinutes })
  return finish(order, { source, keeps, startsAt: order.paidAt, dueAt, warnAt, penaltyMinor: null, now })
}

function platformClock(
  order: PromiseOrder,
  source: string,
  keeps: Keep,
  dueAt: Instant,
  now: Instant,
): OrderClock {
  const warnAt = dueAt.subtract({ minutes: WARN_MINUTES })
  return finish(order, { source, keeps, startsAt: order.paidAt, dueAt, warnAt, penaltyMinor: null, now })
}

function finish(
  order: PromiseOrder,
  clock: Omit<OrderClock, 'keptAt' | 'state'> & { readonly now: Instant },
): OrderClock {
  const { now, ...rest } = clock
  const kept = keptOf(order, clock.keeps)
  return { ...rest, keptAt: kept.at, state: stateOf(order, kept, clock.dueAt, now) }
}

function stateOf(order: PromiseOrder, kept: Kept, dueAt: Instant, now: Instant): ClockState {
  if (kept.is) return kept.at !== null && Temporal.Instant.compare(kept.at, dueAt) > 0 ? 'late' : 'kept'
  if (ENDED.includes(order.status)) return 'void'
  return Temporal.Instant.compare(now, dueAt) >= 0 ? 'breached' : 'running'
}

function startOf(order: PromiseOrder, starts: Start): Instant | null {
  switch (starts) {
    case 'placed':
      return order.placedAt
    case 'paid':
      return order.paidAt
    case 'waybill_issued':
      return firstOf(order.parcels.map((parcel) => parcel.issuedAt))
    case 'dispatched':
      return firstOf(order.parcels.map((parcel) => firstOf([parcel.dispatchedAt, parcel.pickedUpAt])))
  }
}

type Kept = { readonly is: boolean; readonly at: Instant | null }
const NOT_KEPT: Kept = { is: false, at: null }

/**
 * Whether the promise was kept, and when. Every parcel must have come that far: the last of them counts. An order that moved
 * without a scan of the kind asked for has kept it at a time nobody knows.
 */
function keptOf(order: PromiseOrder, keeps: Keep): Kept {
  const { parcels, status } = order
  if (keeps === 'delivered') {
    if (ARRIVED.includes(status))
      return { is: true, at: lastOf(parcels.map((p) => p.deliveredAt)) ?? order.deliveredAt }
    return NOT_KEPT
  }
  if (UNSHIPPED.includes(status)) return NOT_KEPT
  if (keeps === 'waybill_issued')
    return {
      is: true,
      at: lastOf(parcels.map((p) => firstOf([p.issuedAt, p.dispatchedAt, p.pickedUpAt]))) ?? order.shippedAt,
    }
  const times = parcels.map((p) =>
    keeps === 'dispatched' ? firstOf([p.dispatchedAt, p.pickedUpAt]) : (p.pickedUpAt ?? null),
  )
  const isComplete = times.length > 0 && times.every((time) => time !== null)
  if (isComplete) return { is: true, at: lastOf(times) }
  return MOVED.includes(status) ? { is: true, at: null } : NOT_KEPT
}

/** What a breach costs in the order's currency, in minor units; null where nobody said. Rounded half up. */
export function penaltyOf(
  { currency, payableMinor }: Pick<PromiseOrder, 'currency' | 'payableMinor'>,
  penalty: Penalty,
): bigint | null {
  const isOwnCurrency = currency === penalty.currency
  const fixed = isOwnCurrency ? penalty.fixedMinor : null
  const share =
    penalty.bps === null || payableMinor === null || payableMinor < 0n
      ? null
      : (payableMinor * BigInt(penalty.bps) + 5_000n) / 10_000n
  if (fixed === null && share === null) return null
  const total = (fixed ?? 0n) + (share ?? 0n)
  return isOwnCurrency && penalty.capMinor !== null && total > penalty.capMinor ? penalty.capMinor : total
}

function firstOf(times: readonly (Instant | null)[]): Instant | null {
  return pick(times, (a, b) => Temporal.Instant.compare(a, b) < 0)
}

function lastOf(times: readonly (Instant | null)[]): Instant | null {
  return pick(times, (a, b) => Temporal.Instant.compare(a, b) > 0)
}

function pick(
  times: readonly (Instant | null)[],
  isBetter: (a: Instant, b: Instant) => boolean,
): Instant | null {
  return times.reduce<Instant | null>(
    (best, time) => (time !== null && (best === null || isBetter(time, best)) ? time : best),
    null,
  )
}
