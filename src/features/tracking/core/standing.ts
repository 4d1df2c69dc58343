import type { Fact, FactKind } from '#domain/fact.ts'
import { tellOnce } from '#domain/told-once.ts'
import type { Instant } from '#kernel/clock.ts'
import { CLOSED, type ParcelState } from './states.ts'

/** One parcel as its facts tell it. Nothing here depends on the order, the number of deliveries or the batches of the messages. */
export type Standing = {
  readonly carrier: string | null
  /** Whose word is the latest; of a parcel that nobody has moved, who named it. */
  readonly source: string | null
  readonly ours: boolean
  readonly state: ParcelState
  readonly open: boolean
  readonly waybillAt: Instant
  readonly firstScanAt: Instant | null
  readonly lastAt: Instant | null
  readonly deliveredAt: Instant | null
  readonly returnedAt: Instant | null
  /** The latest event of a carrier; of a parcel without any, the latest of all. */
  readonly last: Fact
  readonly events: number
  readonly ambiguous: number
  readonly failures: number
  readonly deliveries: number
  readonly revoked: number
  readonly revokedLast: boolean
  readonly movedTo: string | null
  /** When we heard last, and from when on its silence counts: no later than we heard of it, whatever a clock elsewhere says. */
  readonly heardAt: Instant
  readonly quietSince: Instant
}

type Stage = 0 | 1 | 2 | 3 | 4 | 5 | 6
type Effect = Stage | 'trouble' | 'revokes' | 'voids' | null

/** How far each kind of fact brings a parcel. A new kind does not compile until it is decided here. */
const EFFECT: Readonly<Record<FactKind, Effect>> = {
  placed: null,
  paid: null,
  held: null,
  released: null,
  waybill_issued: 0,
  waybill_cancelled: 'voids',
  part_dispatched: 0,
  dispatched: 0,
  shipment_reported: null,
  picked_up: 1,
  in_transit: 2,
  out_for_delivery: 3,
  ready_for_pickup: 3,
  delivery_failed: 'trouble',
  exception: 'trouble',
  delivered: 4,
  delivery_revoked: 'revokes',
  returning: 5,
  signed_back: 6,
  completed: null,
  refund_requested: null,
  refund_closed: null,
  part_refunded: null,
  refunded: null,
  returned: null,
  cancelled: null,
  reopened: null,
}

const STATE_OF: readonly ParcelState[] = [
  'info_received',
  'picked_up',
  'in_transit',
  'out_for_delivery',
  'delivered',
  'returning',
  'returned',
]
const DELIVERED = 4

/** Whether a fact is an event of a parcel at all. */
export function isParcelEvent(fact: Fact): boolean {
  return EFFECT[fact.kind] !== null
}

/** Whether somebody had the parcel in hands: everything but that a number exists or was voided. */
export function isMovement({ kind }: Pick<Fact, 'kind'>): boolean {
  const effect = EFFECT[kind]
  return effect !== null && effect !== 0 && effect !== 'voids'
}

/** Events of one parcel, oldest first; those without a time at the end, all ties by id. */
export function timeline(facts: readonly Fact[]): Fact[] {
  const byId = new Map<string, Fact>()
  for (const fact of facts) {
    if (!isParcelEvent(fact)) continue
    const known = byId.get(fact.id)
    if (known === undefined || (known.subject.by !== 'parcel' && fact.subject.by === 'parcel'))
      byId.set(fact.id, fact)
  }
  return [...byId.values()].sort(byTime)
}

/** How the parcel stands; null where none of the facts is about a parcel. */
export function standingOf(number: string, facts: readonly Fact[]): Standing | null {
  const events = timeline(facts)
  const moves = events.filter(isMovement)
  const last = latest(moves) ?? latest(events)
  if (last === undefined) return null
  const state = stateOf(events, last)
  const movedTo = newNumberOf(number, events)
  const heard = events.map((fact) => fact.receivedAt)
  // Counted are happenings: what push, query and an aggregator each tell is one of them.
  const happened = tellOnce(events).map(({ told }) => told)
  const count = (kind: FactKind): number => happened.filter((fact) => fact.kind === kind).length
  const waybillAt =
    earliest(events, ['waybill_issued']) ??
    earliest(events, ['dispatched', 'part_dispatched']) ??
    least(heard) ??
    last.receivedAt
  const revokedLast = last.kind === 'delivery_revoked'
  return {
    carrier: carrierOf(events, moves),
    source: last.source,
    ours: events.some((fact) => fact.code.startsWith('hub:')),
    state,
    open: !CLOSED.has(state) && movedTo === null,
    waybillAt,
    firstScanAt: earliest(moves, null) ?? least(moves.map((fact) => fact.receivedAt)),
    lastAt: last.at.instant,
    deliveredAt: state === 'delivered' ? lastOf(events, 'delivered') : null,
    returnedAt: state === 'returned' ? earliest(events, ['signed_back']) : null,
    last,
    events: happened.length,
    ambiguous: happened.filter((fact) => fact.at.instant === null).length,
    failures: count('delivery_failed'),
    deliveries: count('delivered'),
    revoked: count('delivery_revoked'),
    revokedLast,
    movedTo,
    heardAt: most(heard) ?? last.receivedAt,
    quietSince:
      most(
        moves.map(({ at, receivedAt }) =>
          at.instant === null ? receivedAt : earlier(at.instant, receivedAt),
        ),
      ) ?? waybillAt,
  }
}

function stateOf(events: readonly Fact[], last: Fact): ParcelState {
  const moved = events.some((fact) => Number(EFFECT[fact.kind]) > 0)
  const voided = events.filter((fact) => fact.kind === 'waybill_cancelled')
  const reissued = events.some(
    (fact) =>
      fact.kind === 'waybill_issued' && voided.every((one) => isAfter(fact.at.instant, one.at.instant)),
  )
  if (voided.length > 0 && !moved && !reissued) return 'cancelled'
  const revokedAt = events.filter((fact) => fact.kind === 'delivery_revoked').map((fact) => fact.at.instant)
  let stage: Stage = 0
  for (const fact of events) {
    const effect = EFFECT[fact.kind]
    if (typeof effect !== 'number' || effect <= stage) continue
    if (effect === DELIVERED && revokedAt.some((revoked) => !isAfter(fact.at.instant, revoked))) continue
    stage = effect
  }
  if (stage < DELIVERED && last.kind === 'exception') return 'exception'
  if (stage < DELIVERED && last.kind === 'delivery_failed') return 'delivery_failed'
  if (stage === 3) {
    const doors = events.filter((fact) => EFFECT[fact.kind] === 3)
    if (latest(doors)?.kind === 'ready_for_pickup') return 'ready_for_pickup'
  }
  return STATE_OF[stage] ?? 'info_received'
}

/** What a carrier said last of who carries it: an aggregator may have corrected itself. */
function carrierOf(events: readonly Fact[], moves: readonly Fact[]): string | null {
  const named = (facts: readonly Fact[]): string | null =>
    facts.findLast((fact) => (fact.detail.carrier ?? '') !== '' && fact.at.instant !== null)?.detail
      .carrier ??
    facts.findLast((fact) => (fact.detail.carrier ?? '') !== '')?.detail.carrier ??
    null
  return named(moves) ?? named(events)
}

/** 改单号: the number under which it travels on, as connectors write it in the reason. */
function newNumberOf(number: string, events: readonly Fact[]): string | null {
  const told = events
    .map((fact) => /^新单号 ([A-Za-z0-9-]{5,40})$/.exec(fact.detail.reason ?? '')?.[1] ?? null)
    .filter((other): other is string => other !== null && other !== number)
  return told.at(-1) ?? null
}

/** The latest event whose time is known; where none is, the last by id. */
function latest(events: readonly Fact[]): Fact | undefined {
  return events.findLast((fact) => fact.at.instant !== null) ?? events.at(-1)
}

function earliest(events: readonly Fact[], kinds: readonly FactKind[] | null): Instant | null {
  return least(
    events.flatMap(({ kind, at }) =>
      at.instant === null || (kinds !== null && !kinds.includes(kind)) ? [] : [at.instant],
    ),
  )
}

function lastOf(events: readonly Fact[], kind: FactKind): Instant | null {
  return most(
    events.flatMap((fact) => (fact.kind === kind && fact.at.instant !== null ? [fact.at.instant] : [])),
  )
}

/** Strictly later; a time that nobody knows is before every time that is known. */
function isAfter(a: Instant | null, b: Instant | null): boolean {
  return a !== null && (b === null || Temporal.Instant.compare(a, b) > 0)
}

function earlier(a: Instant, b: Instant): Instant {
  return Temporal.Instant.compare(a, b) <= 0 ? a : b
}

function least(instants: readonly Instant[]): Instant | null {
  return instants.reduce<Instant | null>((first, one) => (first === null ? one : earlier(first, one)), null)
}

function most(instants: readonly Instant[]): Instant | null {
  return instants.reduce<Instant | null>(
    (last, one) => (last === null || Temporal.Instant.compare(one, last) > 0 ? one : last),
    null,
  )
}

function byTime(a: Fact, b: Fact): number {
  const [x, y] = [a.at.instant, b.at.instant]
  if (x !== null && y !== null && !x.equals(y)) return Temporal.Instant.compare(x, y)
  if ((x === null) !== (y === null)) return x === null ? 1 : -1
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}
