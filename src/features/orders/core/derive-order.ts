import type { Fact } from '#domain/fact.ts'
import type { OrderContent } from '#domain/order.ts'
import type { AfterSale, OrderStatus, ReportState } from '#domain/order-status.ts'
import type { Instant } from '#kernel/clock.ts'
import type { ConnectionId } from '#kernel/id.ts'
import { type Drift, deriveDrift } from './drift.ts'
import { deriveParcels, factName, type Parcel, parcelNumberOf } from './parcels.ts'
import { deriveAfterSale, deriveStatus } from './status.ts'
import { earliest } from './times.ts'

/** An order as its facts and registers tell it; nothing in it depends on when or how often a message came. */
export type DerivedOrder = {
  readonly status: OrderStatus
  readonly afterSale: AfterSale
  readonly placedAt: Instant | null
  readonly paidAt: Instant | null
  readonly shippedAt: Instant | null
  readonly deliveredAt: Instant | null
  readonly shipBy: Instant | null
  readonly report: ReportState
  readonly parcels: readonly Parcel[]
  readonly drift: readonly Drift[]
  /** Parcels whose shipment the channel has to be told of: one intent each, whatever became of it. */
  readonly reportable: readonly {
    readonly trackingNo: string
    readonly carrier: string | null
    readonly lines: Parcel['lines']
  }[]
}

export type OrderInput = {
  readonly channel: ConnectionId
  /** Whether the channel can be told of shipments at all. */
  readonly canReport: boolean
  readonly facts: readonly Fact[]
  /** Facts that quote this number while another shop has it too. */
  readonly withheld?: readonly Fact[]
  readonly content: Partial<OrderContent>
}

export function deriveOrder({
  channel,
  canReport,
  facts: given,
  withheld = [],
  content,
}: OrderInput): DerivedOrder {
  const facts = distinct(given)
  const parcels = deriveParcels(facts)
  const lines = content.lines ?? []
  const status = deriveStatus(facts, parcels, lines)
  const reportable = canReport
    ? parcels.filter((parcel) => isReportable(facts, parcel.trackingNo, channel))
    : []
  return {
    status,
    afterSale: deriveAfterSale(facts),
    placedAt: earliest(facts, ['placed']),
    paidAt: earliest(facts, ['paid']),
    shippedAt: earliest(facts, ['waybill_issued', 'dispatched', 'part_dispatched', 'picked_up']),
    deliveredAt: earliest(facts, ['delivered']),
    shipBy: content.promise?.shipBy?.instant ?? null,
    report: reportState(
      facts,
      reportable.map((parcel) => parcel.trackingNo),
      channel,
      status,
    ),
    parcels,
    drift: deriveDrift({ facts, parcels, withheld: distinct(withheld), channel }),
    reportable: reportable.map(({ trackingNo, carrier, lines: packed }) => ({
      trackingNo,
      carrier,
      lines: packed,
    })),
  }
}

/** One fact may be stored under the order and under its parcel; it counts once. */
function distinct(facts: readonly Fact[]): readonly Fact[] {
  const byName = new Map<string, Fact>()
  for (const fact of facts) {
    const name = factName(fact)
    const known = byName.get(name)
    if (known === undefined || (known.subject.by === 'parcel' && fact.subject.by !== 'parcel'))
      byName.set(name, fact)
  }
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, fact]) => fact)
}

/**
 * A printed waybill of somebody other than the channel has to be reported to it. That the channel may know already, or that
 * the order was cancelled meanwhile, is looked at when the intent is carried out: the set of intents depends on no order of arrival.
 */
function isReportable(facts: readonly Fact[], trackingNo: string, channel: ConnectionId): boolean {
  return facts.some(
    (fact) =>
      fact.kind === 'waybill_issued' && fact.source !== channel && parcelNumberOf(fact) === trackingNo,
  )
}

/** Orders of which no shipment is told any more: it would contradict their end. */
const ENDED: readonly OrderStatus[] = ['cancelled', 'refunded']

const WORST: readonly ReportState[] = ['refused', 'unknown', 'due', 'accepted', 'none']

function reportState(
  facts: readonly Fact[],
  reportable: readonly string[],
  channel: ConnectionId,
  status: OrderStatus,
): ReportState {
  const states = reportable.map((trackingNo): ReportState => {
    const about = facts.filter((fact) => parcelNumberOf(fact) === trackingNo)
    const outcomes = about
      .filter((fact) => fact.kind === 'shipment_reported')
      .map((fact) => fact.detail.outcome)
    if (outcomes.includes('accepted')) return 'accepted'
    if (
      about.some(
        (fact) => fact.source === channel && (fact.kind === 'dispatched' || fact.kind === 'part_dispatched'),
      )
    )
      return 'accepted'
    if (outcomes.includes('refused')) return 'refused'
    if (outcomes.includes('unknown')) return 'unknown'
    return ENDED.includes(status) ? 'none' : 'due'
  })
  return WORST.find((state) => states.includes(state)) ?? 'none'
}
