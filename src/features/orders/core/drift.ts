import type { Fact, FactKind } from '#domain/fact.ts'
import type { Instant } from '#kernel/clock.ts'
import type { ConnectionId } from '#kernel/id.ts'
import { type Parcel, parcelNumberOf } from './parcels.ts'
import { earliest, isAfter, latest } from './times.ts'

export const DRIFT_FIELDS = [
  'shipped',
  'tracking_no',
  'carrier',
  'times',
  'cancelled_shipped',
  'delivered',
  'shared_number',
] as const
export type DriftField = (typeof DRIFT_FIELDS)[number]

export const DRIFT_CAUSES = [
  'report_missing', // the channel was never told
  'late_message', // told, but after the goods had moved
  'number_differs',
  'carrier_differs',
  'time_zone', // off by a whole number of half hours: an offset was dropped
  'clock_or_entry', // times run backwards for no reason that can be read off them
  'cancelled_too_late',
  'waybill_stands', // cancelled, and a printed waybill was not voided
  'number_shared', // two shops have this order number, and somebody quoted it
  'went_back_or_revoked',
] as const
export type DriftCause = (typeof DRIFT_CAUSES)[number]

export type DriftClaim = { readonly source: string; readonly says: string; readonly at: string | null }

/** A disagreement between sources about one field of one order: who says what, since when, until when, and why, most likely. */
export type Drift = {
  readonly field: DriftField
  readonly cause: DriftCause
  readonly since: Instant | null
  readonly until: Instant | null
  readonly claims: readonly DriftClaim[]
}

const MOVED: readonly FactKind[] = [
  'picked_up',
  'in_transit',
  'out_for_delivery',
  'ready_for_pickup',
  'delivered',
]
const LEFT: readonly FactKind[] = ['dispatched', 'part_dispatched', 'picked_up']

export type DriftInput = {
  readonly facts: readonly Fact[]
  readonly parcels: readonly Parcel[]
  readonly withheld: readonly Fact[]
  readonly channel: ConnectionId
}

/** All disagreements of an order, at most one per field, in the order of `DRIFT_FIELDS`. Pure and order-free. */
export function deriveDrift({ facts, parcels, withheld, channel }: DriftInput): readonly Drift[] {
  const found = [
    shippedDrift(facts, channel),
    trackingDrift(facts, channel),
    carrierDrift(facts),
    timesDrift(facts),
    cancelledDrift(facts, parcels),
    deliveredDrift(facts),
    sharedNumberDrift(parcels, withheld),
  ]
  return found.filter((drift) => drift !== null)
}

/** The goods moved before the channel knew that they had been shipped; closed once it knows. */
function shippedDrift(facts: readonly Fact[], channel: ConnectionId): Drift | null {
  const theirs = facts.filter((fact) => fact.source !== channel)
  const moved = earliest(theirs, MOVED)
  if (moved === null) return null
  const told = facts.filter(
    (fact) =>
      (fact.source === channel && LEFT.includes(fact.kind)) ||
      (fact.kind === 'shipment_reported' && fact.detail.outcome === 'accepted'),
  )
  const known = earliest(told, ['dispatched', 'part_dispatched', 'picked_up', 'shipment_reported'])
  if (known !== null && !isAfter(known, moved)) return null
  if (known === null && told.length > 0) return null
  return {
    field: 'shipped',
    cause: known === null ? 'report_missing' : 'late_message',
    since: moved,
    until: known,
    claims: [
      ...claimsOf(theirs, MOVED),
      ...claimsOf(told, ['dispatched', 'part_dispatched', 'shipment_reported']),
      ...(known === null ? [{ source: channel, says: 'not_shipped', at: null }] : []),
    ],
  }
}

/** The channel shows a tracking number that the warehouse or carrier never issued for this order. */
function trackingDrift(facts: readonly Fact[], channel: ConnectionId): Drift | null {
  const numbersOf = (group: readonly Fact[]): string[] =>
    [...new Set(group.map(parcelNumberOf).filter((number) => number !== null))].sort()
  const channelFacts = facts.filter((fact) => fact.source === channel && fact.kind !== 'shipment_reported')
  const issued = facts.filter((fact) => fact.source !== channel && fact.kind === 'waybill_issued')
  const [shown, real] = [numbersOf(channelFacts), numbersOf(issued)]
  if (shown.length === 0 || real.length === 0 || shown.every((number) => real.includes(number))) return null
  const wrong = channelFacts.filter(
    (fact) => shown.includes(parcelNumberOf(fact) ?? '') && !real.includes(parcelNumberOf(fact) ?? ''),
  )
  return {
    field: 'tracking_no',
    cause: 'number_differs',
    since: latestOfTwo(earliestAny(wrong), earliestAny(issued)),
    until: null,
    claims: [
      { source: channel, says: shown.join(' '), at: text(earliestAny(wrong)) },
      { source: issued[0]?.source ?? '', says: real.join(' '), at: text(earliestAny(issued)) },
    ],
  }
}

/** One tracking number, two carriers. */
function carrierDrift(facts: readonly Fact[]): Drift | null {
  const byNumber = Map.groupBy(
    facts.filter(
      (fact) =>
        parcelNumberOf(fact) !== null &&
        fact.detail.carrier !== undefined &&
        !fact.detail.carrier.startsWith('other:'),
    ),
    (fact) => parcelNumberOf(fact) ?? '',
  )
  for (const [, group] of [...byNumber].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const carriers = Map.groupBy(group, (fact) => fact.detail.carrier ?? '')
    if (carriers.size < 2) continue
    const claims = [...carriers]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([carrier, said]) => ({ source: sourcesOf(said), says: carrier, at: text(earliestAny(said)) }))
    return { field: 'carrier', cause: 'carrier_differs', since: earliestAny(group), until: null, claims }
  }
  return null
}

/** Placed, paid, left, delivered: a later step with an earlier time. */
function timesDrift(facts: readonly Fact[]): Drift | null {
  const steps = [
    { says: 'placed', kinds: ['placed'] },
    { says: 'paid', kinds: ['paid'] },
    { says: 'left', kinds: LEFT },
    { says: 'delivered', kinds: ['delivered'] },
  ] as const
  const known = steps
    .map(({ says, kinds }) => ({ says, kinds, at: earliest(facts, kinds) }))
    .filter((step) => step.at !== null)
  for (const [i, before] of known.entries()) {
    for (const after of known.slice(i + 1)) {
      if (before.at === null || after.at === null || !isAfter(before.at, after.at)) continue
      const seconds = Number((before.at.epochNanoseconds - after.at.epochNanoseconds) / 1_000_000_000n)
      const claims = known.map((step) => ({
        source: sourcesOf(
          facts.filter((fact) => step.kinds.some((kind) => kind === fact.kind) && fact.at.instant !== null),
        ),
        says: step.says,
        at: text(step.at),
      }))
      return {
        field: 'times',
        cause: isZoneShift(seconds) ? 'time_zone' : 'clock_or_entry',
        since: after.at,
        until: before.at,
        claims,
      }
    }
  }
  return null
}

/** Within 3 s of a whole number of half hours, up to 14 hours: an offset was dropped or added. */
function isZoneShift(seconds: number): boolean {
  const off = seconds % 1800
  return seconds >= 1797 && seconds <= 14 * 3600 + 3 && (off <= 3 || off >= 1797)
}

/**
 * Cancelled or refunded, and the goods moved afterwards, or a printed waybill stands: the parcel has to be stopped. What was
 * delivered before it ended is an ordinary refund.
 */
function cancelledDrift(facts: readonly Fact[], parcels: readonly Parcel[]): Drift | null {
  const ended = earliest(facts, ['cancelled', 'refunded'])
  if (ended === null) return null
  const delivered = earliest(facts, ['delivered'])
  if (delivered !== null && isAfter(ended, delivered)) return null
  const moved = latest(facts, MOVED)
  const printed = parcels.some(
    (parcel) => !parcel.void && parcel.issuedAt !== null && parcel.stage === 'issued',
  )
  const movedAfter = moved !== null && isAfter(moved, ended)
  if (!movedAfter && !printed) return null
  return {
    field: 'cancelled_shipped',
    cause: movedAfter ? 'cancelled_too_late' : 'waybill_stands',
    since: ended,
    until: null,
    claims: [...claimsOf(facts, ['cancelled', 'refunded']), ...claimsOf(facts, ['waybill_issued', ...MOVED])],
  }
}

/** Somebody quoted this order's number, and another shop has an order of that number too: whose parcel is it? */
function sharedNumberDrift(parcels: readonly Parcel[], withheld: readonly Fact[]): Drift | null {
  const known = new Set(parcels.map((parcel) => parcel.trackingNo))
  const open = withheld.filter((fact) => !known.has(parcelNumberOf(fact) ?? ''))
  if (open.length === 0) return null
  const groups = Map.groupBy(open, (fact) => `${fact.source}\n${fact.kind} ${parcelNumberOf(fact) ?? ''}`)
  const claims = [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, group]) => ({
      source: key.split('\n')[0] ?? '',
      says: (key.split('\n')[1] ?? '').trim(),
      at: text(earliestAny(group)),
    }))
  return { field: 'shared_number', cause: 'number_shared', since: earliestAny(open), until: null, claims }
}

/** Somebody says delivered, somebody else says that it went back or that the delivery was revoked. */
function deliveredDrift(facts: readonly Fact[]): Drift | null {
  const back = earliest(facts, ['signed_back', 'returning', 'delivery_revoked'])
  if (back === null || earliest(facts, ['delivered']) === null) return null
  const again = facts.some(
    (fact) =>
      fact.kind === 'delivered' &&
      isAfter(fact.at.instant, latest(facts, ['signed_back', 'returning', 'delivery_revoked'])),
  )
  return {
    field: 'delivered',
    cause: 'went_back_or_revoked',
    since: back,
    until: again ? latest(facts, ['delivered']) : null,
    claims: claimsOf(facts, ['delivered', 'signed_back', 'returning', 'delivery_revoked']),
  }
}

/** One claim per source and kind, with its earliest time; sorted, so that no arrival order shows. */
function claimsOf(facts: readonly Fact[], kinds: readonly FactKind[]): DriftClaim[] {
  const groups = Map.groupBy(
    facts.filter((fact) => kinds.includes(fact.kind)),
    (fact) => `${fact.source}\n${fact.kind}`,
  )
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, group]) => ({
      source: key.split('\n')[0] ?? '',
      says: key.split('\n')[1] ?? '',
      at: text(earliestAny(group)),
    }))
}

function sourcesOf(facts: readonly Fact[]): string {
  return [...new Set(facts.map((fact) => fact.source))].sort().join(' ')
}

function earliestAny(facts: readonly Fact[]): Instant | null {
  return earliest(facts, [...new Set(facts.map((fact) => fact.kind))])
}

function latestOfTwo(a: Instant | null, b: Instant | null): Instant | null {
  return isAfter(a, b) ? a : b
}

function text(instant: Instant | null): string | null {
  return instant?.toString() ?? null
}
