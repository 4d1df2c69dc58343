import type { Fact, FactKind } from '#domain/fact.ts'
import { PARCEL_STAGES, type ParcelStage } from '#domain/order-status.ts'
import { assert } from '#kernel/assert.ts'
import type { Instant } from '#kernel/clock.ts'
import { earliest, isAfter } from './times.ts'

/** One parcel of an order, as its facts tell. */
export type Parcel = {
  readonly trackingNo: string
  readonly carrier: string | null
  readonly stage: ParcelStage
  /** The latest word was trouble: an exception or a failed delivery. */
  readonly trouble: boolean
  /** The waybill was cancelled and nothing has moved since: it ships nothing. */
  readonly void: boolean
  readonly waybillId: string | null
  readonly batchNo: string | null
  readonly deviceId: string | null
  readonly issuedAt: Instant | null
  readonly dispatchedAt: Instant | null
  readonly pickedUpAt: Instant | null
  readonly deliveredAt: Instant | null
  /** Empty: the parcel was never said to hold only a part of the order. */
  readonly lines: readonly { readonly lineId: string; readonly quantity: number }[]
  readonly facts: number
}

/** What each kind of fact does to the parcel it is about. A new kind does not compile until it is decided here. */
const PARCEL_EFFECT: Readonly<
  Record<FactKind, ParcelStage | 'trouble' | 'revokes_delivery' | 'voids' | 'nothing'>
> = {
  placed: 'nothing',
  paid: 'nothing',
  held: 'nothing',
  released: 'nothing',
  waybill_issued: 'issued',
  waybill_cancelled: 'voids',
  part_dispatched: 'dispatched',
  dispatched: 'dispatched',
  shipment_reported: 'nothing',
  picked_up: 'picked_up',
  in_transit: 'in_transit',
  out_for_delivery: 'out_for_delivery',
  ready_for_pickup: 'out_for_delivery',
  delivery_failed: 'trouble',
  exception: 'trouble',
  delivered: 'delivered',
  delivery_revoked: 'revokes_delivery',
  returning: 'returning',
  signed_back: 'signed_back',
  completed: 'nothing',
  refund_requested: 'nothing',
  refund_closed: 'nothing',
  part_refunded: 'nothing',
  refunded: 'nothing',
  returned: 'nothing',
  cancelled: 'nothing',
  reopened: 'nothing',
}

/** Kinds that show that the goods have physically left: a cancelled waybill with one of these still counts. */
const MOVEMENT: ReadonlySet<FactKind> = new Set([
  'picked_up',
  'in_transit',
  'out_for_delivery',
  'ready_for_pickup',
  'delivered',
  'returning',
  'signed_back',
])

/** Groups an order's facts by tracking number and derives each parcel; sorted by tracking number. Pure and order-free. */
export function deriveParcels(facts: readonly Fact[]): readonly Parcel[] {
  const byNumber = new Map<string, Fact[]>()
  for (const fact of facts) {
    const number = parcelNumberOf(fact)
    // That the hub reported a number makes no parcel of it.
    if (number === null || fact.kind === 'shipment_reported') continue
    const group = byNumber.get(number)
    if (group === undefined) byNumber.set(number, [fact])
    else group.push(fact)
  }
  return [...byNumber]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([trackingNo, group]) => {
      const parcel = deriveParcel(trackingNo, group)
      return travelsOn(trackingNo, group, byNumber) ? { ...parcel, void: true } : parcel
    })
}

/**
 * 改单号: the carrier named a new number, as connectors write it in the reason, and the goods have moved under that one. The old one
 * ships nothing any more; what was said of it (a return, mostly) is no return of the order.
 */
function travelsOn(
  trackingNo: string,
  facts: readonly Fact[],
  byNumber: ReadonlyMap<string, readonly Fact[]>,
): boolean {
  return facts.some((fact) => {
    const next = /^新单号 ([A-Za-z0-9-]{5,40})$/.exec(fact.detail.reason ?? '')?.[1]?.toUpperCase()
    if (next === undefined || next === trackingNo) return false
    return byNumber.get(next)?.some((other) => MOVEMENT.has(other.kind)) === true
  })
}

export function parcelNumberOf(fact: Fact): string | null {
  return fact.subject.by === 'parcel' ? fact.subject.trackingNo : (fact.detail.trackingNo ?? null)
}

/**
 * An id says what a source said and when, not of which parcel: two that were delivered in the same second have delivered facts of one id,
 * and are two facts all the same.
 */
export function factName(fact: Fact): string {
  return `${fact.id} ${parcelNumberOf(fact) ?? ''}`
}

export function stageRank(stage: ParcelStage): number {
  const rank = PARCEL_STAGES.indexOf(stage)
  assert(rank >= 0, 'OS3', stage)
  return rank
}

function deriveParcel(trackingNo: string, facts: readonly Fact[]): Parcel {
  const waybill = firstOf(facts, 'waybill_issued')
  const moved = facts.some((fact) => MOVEMENT.has(fact.kind))
  const cancelled = facts.filter((fact) => fact.kind === 'waybill_cancelled')
  const reissued = facts.some(
    (fact) =>
      fact.kind === 'waybill_issued' &&
      cancelled.every((other) => isAfter(fact.at.instant, other.at.instant)),
  )
  return {
    trackingNo,
    carrier: firstText(facts, (fact) => fact.detail.carrier),
    stage: stageOf(facts),
    trouble: latestIsTrouble(facts),
    void: cancelled.length > 0 && !moved && !reissued,
    waybillId: waybill?.detail.waybillId ?? null,
    batchNo: waybill?.detail.batchNo ?? null,
    deviceId: waybill?.detail.deviceId ?? null,
    issuedAt: earliest(facts, ['waybill_issued']),
    dispatchedAt: earliest(facts, ['dispatched', 'part_dispatched']),
    pickedUpAt: earliest(facts, ['picked_up']),
    deliveredAt: earliest(facts, ['delivered']),
    lines: facts
      .map((fact) => fact.detail.lines ?? [])
      .reduce((longest, lines) => (lines.length > longest.length ? lines : longest), []),
    facts: facts.length,
  }
}

/** The furthest stage any fact proves; a delivery counts unless it was revoked later than it was last claimed. */
function stageOf(facts: readonly Fact[]): ParcelStage {
  const revokedAt = facts.filter((fact) => fact.kind === 'delivery_revoked').map((fact) => fact.at.instant)
  let furthest: ParcelStage = 'announced'
  for (const fact of facts) {
    const effect = PARCEL_EFFECT[fact.kind]
    if (effect === 'trouble' || effect === 'revokes_delivery' || effect === 'voids' || effect === 'nothing')
      continue
    if (effect === 'delivered' && revokedAt.some((revoked) => !isAfter(fact.at.instant, revoked))) continue
    if (stageRank(effect) > stageRank(furthest)) furthest = effect
  }
  return furthest
}

function latestIsTrouble(facts: readonly Fact[]): boolean {
  let latest: Fact | null = null
  for (const fact of facts) {
    if (PARCEL_EFFECT[fact.kind] === 'nothing' || fact.at.instant === null) continue
    if (
      latest === null ||
      isAfter(fact.at.instant, latest.at.instant) ||
      (sameInstant(fact, latest) && fact.id > latest.id)
    )
      latest = fact
  }
  return latest !== null && PARCEL_EFFECT[latest.kind] === 'trouble'
}

function sameInstant(a: Fact, b: Fact): boolean {
  return a.at.instant !== null && b.at.instant !== null && a.at.instant.equals(b.at.instant)
}

/** The earliest fact of a kind; ties and facts without an instant are settled by id, so that no arrival order shows. */
function firstOf(facts: readonly Fact[], kind: FactKind): Fact | undefined {
  return facts.filter((fact) => fact.kind === kind).sort(byTimeThenId)[0]
}

function firstText(facts: readonly Fact[], textOf: (fact: Fact) => string | undefined): string | null {
  for (const fact of [...facts].sort(byTimeThenId)) {
    const text = textOf(fact)
    if (text !== undefined && text !== '') return text
  }
  return null
}

export function byTimeThenId(a: Fact, b: Fact): number {
  const [x, y] = [a.at.instant, b.at.instant]
  if (x !== null && y !== null && !x.equals(y)) return Temporal.Instant.compare(x, y)
  if (x === null && y !== null) return 1
  if (x !== null && y === null) return -1
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}
