import type { FactKind } from '#domain/fact.ts'
import type { CarrierTrouble } from '#domain/waybill.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Random } from '#kernel/random.ts'
import { type Course, drawCourse, drawRoute, planEvents, type Shares, USUAL_SHARES } from './course.ts'
import {
  type CarrierBook,
  type CarrierDesk,
  type DeskFaults,
  type DeskPush,
  type DeskTerms,
  NO_DESK_FAULTS,
  type SimAccount,
  type SimIssueAsk,
  type SimIssued,
  type SimParcel,
  type TrueStanding,
} from './desk.ts'
import { type DueQueue, dueQueue } from './due.ts'
import { ABROAD, CHINA, type ParcelEvent, type ParcelEventKind, USUAL_MEANING } from './events.ts'

export type {
  CarrierBook,
  CarrierDesk,
  DeskFaults,
  DeskPush,
  DeskTerms,
  SimAccount,
  SimIssueAsk,
  SimIssued,
  SimParcel,
  TrueStanding,
} from './desk.ts'
export { NO_DESK_FAULTS } from './desk.ts'

// The world's own book of parcels: which numbers were issued, what truly happens to them and when, who is to be told. It knows no
// carrier's wire; the simulated carriers (sim/platforms/<kind>.ts) open a desk in it and translate. What the hub believes in the end is
// compared with this book and with nothing else.

type Due = {
  readonly desk: Desk
  readonly parcel: SimParcel
  readonly event: ParcelEvent
  readonly isFinal: boolean
}
type Desk = {
  readonly terms: DeskTerms
  readonly says: ReadonlySet<ParcelEventKind>
  readonly accounts: SimAccount[]
  readonly subscriptions: Map<string, string | null>
  readonly references: Map<string, SimParcel>
  /** References that somebody asked about once they had their number. */
  readonly looked: Set<string>
  readonly courses: Map<string, Course>
  /** Refusals that wait for a reference, and those that met theirs. */
  readonly refusals: CarrierTrouble[]
  readonly refused: Map<string, CarrierTrouble>
  readonly held: Due[]
  listener: ((push: DeskPush) => void) | null
  faults: DeskFaults
  shares: Shares
  holding: ReadonlySet<ParcelEventKind>
  trouble: CarrierTrouble | null
}
type State = {
  readonly clock: Clock
  readonly random: Random
  readonly pace: number
  readonly desks: Map<string, Desk>
  readonly byNumber: Map<string, SimParcel>
  readonly parcels: SimParcel[]
  readonly due: DueQueue<Due>
  /** References that were wanted again without a look. */
  readonly blind: Set<string>
  readonly misdated: Map<ParcelEvent, Temporal.Instant>
  readonly counts: {
    issued: number
    pushed: number
    dropped: number
    held: number
    doubled: number
    late: number
  }
  serial: number
}

export type BookOptions = {
  readonly clock: Clock
  readonly random: Random
  /** Where serials begin; a world that is started anew over an old hub begins above those of before. 1 unless given. */
  readonly firstSerial?: number
  /** How many times faster than life parcels travel; 1 unless given. */
  readonly pace?: number
}

export function carrierBook({ clock, random, firstSerial = 1, pace = 1 }: BookOptions): CarrierBook {
  const counts = { issued: 0, pushed: 0, dropped: 0, held: 0, doubled: 0, late: 0 }
  const state: State = {
    clock,
    random,
    pace,
    desks: new Map(),
    byNumber: new Map(),
    parcels: [],
    due: dueQueue(),
    blind: new Set(),
    misdated: new Map(),
    counts,
    serial: firstSerial,
  }
  const doors = new Map<string, CarrierDesk>()
  return {
    clock,
    random,
    open: (terms) => {
      const desk: Desk = {
        terms,
        says: new Set(terms.says),
        accounts: [],
        subscriptions: new Map(),
        references: new Map(),
        looked: new Set(),
        courses: new Map(),
        refusals: [],
        refused: new Map(),
        held: [],
        listener: null,
        faults: NO_DESK_FAULTS,
        shares: USUAL_SHARES,
        holding: new Set(),
        trouble: null,
      }
      state.desks.set(terms.kind, desk)
      const door = doorOf(state, desk)
      doors.set(terms.kind, door)
      return door
    },
    desk: (kind) => doors.get(kind) ?? null,
    pump: () => pump(state),
    tellRest: () => tellRest(state),
    nextAt: state.due.next,
    parcels: () => state.parcels,
    parcelOf: (trackingNo) => state.byNumber.get(trackingNo) ?? null,
    lifeOf: (trackingNo) => {
      const parcel = state.byNumber.get(trackingNo)
      if (parcel === undefined) return []
      return until(parcel, clock.now()).map((event) => ({ event, standing: meaningOf(state, parcel, event) }))
    },
    standings: (at = clock.now()) => standings(state, at),
    blind: () => [...state.blind],
    toldAt: (event) => state.misdated.get(event) ?? null,
    counts: () => ({ ...counts }),
  }
}

function doorOf(state: State, desk: Desk): CarrierDesk {
  return {
    kind: desk.terms.kind,
    openAccount: (account) => {
      const opened: SimAccount = { ...account, trouble: null }
      desk.accounts.push(opened)
      return opened
    },
    accounts: () => desk.accounts,
    trouble: () => desk.trouble,
    setTrouble: (trouble) => {
      desk.trouble = trouble
    },
    setFaults: (faults) => {
      desk.faults = { ...desk.faults, ...faults }
    },
    setShares: (shares) => {
      desk.shares = shares
    },
    hold: (kinds) => {
      desk.holding = new Set(kinds)
    },
    release: () => {
      desk.holding = new Set()
      for (const due of desk.held.splice(0)) state.due.put(state.clock.now(), { ...due, isFinal: true })
    },
    issue: (ask) => issue(state, desk, ask),
    refuseNext: (trouble) => void desk.refusals.push(trouble),
    nextCourse: (reference, course) => void desk.courses.set(reference, course),
    byReference: (reference) => {
      const found = desk.references.get(reference) ?? null
      if (found !== null) desk.looked.add(reference)
      return found
    },
    byNumber: (trackingNo) => state.byNumber.get(trackingNo) ?? null,
    cancel: (trackingNo) => cancel(state, trackingNo),
    intercept: (trackingNo, requestId) => intercept(state, trackingNo, requestId),
    subscribe: (trackingNo, callbackUrl) => subscribe(state, desk, trackingNo, callbackUrl),
    isSubscribed: (trackingNo) => desk.subscriptions.has(trackingNo),
    happened: (trackingNo) => {
      const parcel = state.byNumber.get(trackingNo)
      if (parcel === undefined) return []
      const asked = parcel.childNos.includes(trackingNo) ? parcel.trackingNo : trackingNo
      return until(parcel, state.clock.now()).filter((event) => event.trackingNo === asked)
    },
    misdate: (event, at) => void state.misdated.set(event, at),
    onPush: (listener) => {
      desk.listener = listener
    },
  }
}

function issue(state: State, desk: Desk, ask: SimIssueAsk): SimIssued {
  const before = desk.references.get(ask.reference)
  if (before !== undefined && desk.terms.finds === true && !desk.looked.has(ask.reference))
    state.blind.add(ask.reference)
  if (before !== undefined) return { ok: true, parcel: before, isNew: false }
  const account = desk.accounts.find((one) => one.account === ask.account && one.carrier === ask.carrier)
  const trouble = troubleOf(desk, account, ask)
  if (trouble !== null || account === undefined) return { ok: false, trouble: trouble ?? 'account_blocked' }
  const trackingNo = ask.number ?? mint(state, desk, ask.carrier)
  const childNos = Array.from({ length: (ask.pieces ?? 1) - 1 }, () => mint(state, desk, ask.carrier))
  if (account.left !== null) account.left -= 1 + childNos.length
  const issuedAt = ask.at ?? state.clock.now()
  const course =
    ask.course ?? desk.courses.get(ask.reference) ?? drawCourse(state.random, desk.shares, desk.says)
  const route = drawRoute(state.random, desk.terms.isAbroad === true ? ABROAD : CHINA, ask.to)
  const events = planEvents(
    course,
    { trackingNo, from: issuedAt, route, lang: desk.terms.isAbroad === true ? 'en' : 'zh', pace: state.pace },
    desk.says,
    {
      random: state.random,
      withoutOffset: desk.terms.withoutOffset ?? 0,
      serial: () => `e${nextSerial(state)}`,
      renumber: () => mint(state, desk, ask.carrier),
    },
  )
  const parcel: SimParcel = {
    trackingNo,
    childNos,
    reference: ask.reference,
    carrier: ask.carrier,
    account: ask.account,
    kind: desk.terms.kind,
    issuedAt,
    course,
    route,
    events,
    cancelledAt: null,
    interceptedAt: null,
    isSilent: state.random.next() < desk.faults.silent,
  }
  desk.references.set(ask.reference, parcel)
  state.parcels.push(parcel)
  state.counts.issued += 1
  const renumbered = events.flatMap((event) => (event.newTrackingNo === null ? [] : [event.newTrackingNo]))
  for (const number of [trackingNo, ...childNos, ...renumbered]) state.byNumber.set(number, parcel)
  if (desk.terms.tells === 'own') for (const event of events) schedule(state, desk, parcel, event)
  return { ok: true, parcel, isNew: true }
}

function troubleOf(desk: Desk, account: SimAccount | undefined, ask: SimIssueAsk): CarrierTrouble | null {
  if (desk.trouble !== null) return desk.trouble
  if (account === undefined) return 'credential_refused'
  if (account.trouble !== null) return account.trouble
  if (account.left !== null && account.left < (ask.pieces ?? 1)) return 'pool_empty'
  const refusal = desk.refused.get(ask.reference) ?? desk.refusals.shift()
  if (refusal !== undefined) desk.refused.set(ask.reference, refusal)
  return refusal ?? null
}

function mint(state: State, desk: Desk, carrier: string): string {
  if (desk.terms.mint === undefined) throw new Error(`${desk.terms.kind} issues no numbers`)
  return desk.terms.mint(nextSerial(state), carrier)
}

function nextSerial(state: State): number {
  state.serial += 1
  return state.serial
}

/** Told some seconds after it happened, by whoever is to tell it. */
function schedule(state: State, desk: Desk, parcel: SimParcel, event: ParcelEvent, isFinal = false): void {
  const lag = Math.floor(state.random.next() * 40_000)
  state.due.put(event.at.add({ milliseconds: 1_000 + lag }), { desk, parcel, event, isFinal })
}

function pump(state: State): number {
  const now = state.clock.now()
  let pushed = 0
  for (let due = state.due.take(now); due !== null; due = state.due.take(now)) {
    // What an interception or a cancellation replaced never happened.
    if (!due.parcel.events.includes(due.event)) continue
    if (!due.isFinal && !passes(state, due, now)) continue
    pushed += 1
    tell(state, due)
  }
  return pushed
}

function tellRest(state: State): number {
  const now = state.clock.now()
  const rest: Due[] = []
  const later: [Temporal.Instant, Due][] = []
  for (let at = state.due.next(); at !== null; at = state.due.next()) {
    const due = state.due.take(at)
    if (due === null) break
    if (Temporal.Instant.compare(due.event.at, now) > 0) later.push([at, due])
    else if (due.parcel.events.includes(due.event)) rest.push(due)
  }
  for (const [at, due] of later) state.due.put(at, due)
  for (const due of rest) if (due.isFinal || !due.parcel.isSilent) tell(state, due)
  return rest.length
}

function tell(state: State, { desk, parcel, event }: Due): void {
  state.counts.pushed += 1
  const callbackUrl = desk.subscriptions.get(event.trackingNo) ?? null
  desk.listener?.({ parcel, event, trace: traceTo(parcel, event), callbackUrl })
}

/** Whether it goes out now; otherwise it was lost, held or put off. */
function passes(state: State, due: Due, now: Temporal.Instant): boolean {
  const { desk, parcel, event } = due
  const { random, counts } = state
  const { faults } = desk
  const happens = (probability: number): boolean => probability > 0 && random.next() < probability
  const later = (minutes: number): void =>
    state.due.put(now.add({ milliseconds: Math.round(minutes * 60_000) }), { ...due, isFinal: true })
  if (parcel.isSilent || happens(faults.drop)) {
    counts.dropped += 1
    return false
  }
  if (desk.holding.has(event.kind)) {
    counts.held += 1
    desk.held.push(due)
    return false
  }
  if (happens(faults.duplicate)) {
    counts.doubled += 1
    later(random.next() * 30)
  }
  if (happens(faults.delay)) {
    counts.late += 1
    later(random.next() * faults.delayMinutes)
    return false
  }
  if (!happens(faults.reorder)) return true
  const successor = parcel.events[parcel.events.indexOf(event) + 1]
  if (successor === undefined) return true
  counts.late += 1
  state.due.put(successor.at.add({ minutes: 2 }), { ...due, isFinal: true })
  return false
}

function subscribe(
  state: State,
  desk: Desk,
  trackingNo: string,
  callbackUrl: string | null,
): 'new' | 'already' | 'unknown' {
  const wasThere = desk.subscriptions.has(trackingNo)
  desk.subscriptions.set(trackingNo, callbackUrl)
  if (wasThere) return 'already'
  const parcel = state.byNumber.get(trackingNo)
  // An aggregator takes any number and hears of it once it is scanned.
  if (parcel === undefined) return 'unknown'
  if (desk.terms.tells === 'own' && parcel.kind === desk.terms.kind) return 'new'
  const now = state.clock.now()
  const mine = parcel.events.filter((event) => desk.says.has(event.kind))
  const past = mine.filter((event) => Temporal.Instant.compare(event.at, now) <= 0)
  const told = desk.terms.form === 'trace' ? past.slice(-1) : past
  for (const event of told) state.due.put(now, { desk, parcel, event, isFinal: false })
  for (const event of mine.slice(past.length)) schedule(state, desk, parcel, event)
  return 'new'
}

function cancel(state: State, trackingNo: string): 'cancelled' | 'already' | 'too_late' | 'unknown' {
  const parcel = state.byNumber.get(trackingNo)
  if (parcel === undefined) return 'unknown'
  if (parcel.cancelledAt !== null) return 'already'
  const now = state.clock.now()
  if (until(parcel, now).length > 0) return 'too_late'
  parcel.cancelledAt = now
  parcel.events = []
  return 'cancelled'
}

/** The carrier tries: from here it goes back to the sender, unless it is on its last metres or over. */
function intercept(
  state: State,
  trackingNo: string,
  requestId: string,
): 'accepted' | 'already' | 'too_late' | 'unknown' {
  const parcel = state.byNumber.get(trackingNo)
  if (parcel === undefined) return 'unknown'
  if (parcel.interceptedAt !== null) return 'already'
  const now = state.clock.now()
  const past = until(parcel, now)
  const last = past.at(-1)
  if (last !== undefined && ['out_for_delivery', 'delivered', 'returning', 'signed_back'].includes(last.kind))
    return 'too_late'
  parcel.interceptedAt = now
  const number = last?.newTrackingNo ?? last?.trackingNo ?? parcel.trackingNo
  const back = (kind: ParcelEventKind, minutes: number, words: string): ParcelEvent => ({
    id: `e${nextSerial(state)}`,
    trackingNo: number,
    kind,
    at: now.add({ seconds: Math.round((minutes * 60) / state.pace) + 1 }).round('second'),
    place: parcel.route.start,
    words: `${words} (${requestId})`,
    isWithoutOffset: false,
    newTrackingNo: null,
  })
  const events = [
    back('returning', 60, '快件拦截，退回寄件人'),
    back('signed_back', 480, '退件已由寄件人签收'),
  ]
  parcel.events = [...past, ...events]
  for (const desk of state.desks.values())
    if (isToldBy(desk, parcel)) for (const event of events) schedule(state, desk, parcel, event)
  return 'accepted'
}

function isToldBy(desk: Desk, parcel: SimParcel): boolean {
  if (desk.terms.tells === 'own') return parcel.kind === desk.terms.kind
  return desk.subscriptions.has(parcel.trackingNo)
}

function until(parcel: SimParcel, now: Temporal.Instant): readonly ParcelEvent[] {
  return parcel.events.filter((event) => Temporal.Instant.compare(event.at, now) <= 0)
}

function traceTo(parcel: SimParcel, event: ParcelEvent): readonly ParcelEvent[] {
  const past = parcel.events.slice(0, parcel.events.indexOf(event) + 1)
  return past.filter((one) => one.trackingNo === event.trackingNo)
}

function standings(state: State, at: Temporal.Instant): Map<string, TrueStanding> {
  const found = new Map<string, TrueStanding>()
  for (const parcel of state.parcels) {
    found.set(parcel.trackingNo, parcel.cancelledAt === null ? 'issued' : 'cancelled')
    for (const event of until(parcel, at)) found.set(event.trackingNo, meaningOf(state, parcel, event))
  }
  return found
}

function meaningOf(state: State, parcel: SimParcel, event: ParcelEvent): FactKind {
  return state.desks.get(parcel.kind)?.terms.meaning?.[event.kind] ?? USUAL_MEANING[event.kind]
}
