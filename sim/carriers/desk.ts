import type { FactKind } from '#domain/fact.ts'
import type { CarrierTrouble } from '#domain/waybill.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Random } from '#kernel/random.ts'
import type { Course, Route, Shares } from './course.ts'
import type { ParcelEvent, ParcelEventKind } from './events.ts'

// What a carrier's counter and the world's book of parcels can be asked; `book.ts` keeps it.

/** What may happen to the messages of one desk; each a probability in [0, 1]. Switchable at any time. */
export type DeskFaults = {
  /** Told later than the events after it, by up to `delayMinutes` of the world's time. */
  readonly delay: number
  readonly delayMinutes: number
  readonly drop: number
  readonly duplicate: number
  /** Told just after its successor. */
  readonly reorder: number
  /** Of parcels: nothing of them is ever pushed, though a query shows all. */
  readonly silent: number
}
export const NO_DESK_FAULTS: DeskFaults = {
  delay: 0,
  delayMinutes: 0,
  drop: 0,
  duplicate: 0,
  reorder: 0,
  silent: 0,
}

export type DeskTerms = {
  /** Kind of the connector: `zto`, `kuaidi100`. */
  readonly kind: string
  /** Canonical carrier codes that it numbers for; an aggregator numbers for several or none. */
  readonly carriers: readonly string[]
  /** Makes a number out of a serial (never the same twice). Absent: it issues none, it only watches the numbers of others. */
  readonly mint?: (serial: number, carrier: string) => string
  /** What it can tell; other events of a parcel of its own are never scanned. */
  readonly says: readonly ParcelEventKind[]
  /** Where its document gives an event another meaning than usual (顺丰 648: returning). */
  readonly meaning?: Readonly<Partial<Record<ParcelEventKind, FactKind>>>
  /** `own`: it pushes every parcel of its own; `subscribed`: only those that somebody subscribed. */
  readonly tells: 'own' | 'subscribed'
  /** On a late subscription: every past event is pushed, or the last one with all before it in `trace`. */
  readonly form: 'each' | 'trace'
  /** Answers which number a reference has. */
  readonly finds?: boolean
  /** Travels between countries. */
  readonly isAbroad?: boolean
  /** Share of events whose time is to be written without offset. */
  readonly withoutOffset?: number
}

export type SimAccount = {
  readonly account: string
  readonly carrier: string
  /** Numbers left; null: without limit. */
  left: number | null
  /** What it answers to whoever wants a waybill. */
  trouble: CarrierTrouble | null
}

export type SimParcel = {
  readonly trackingNo: string
  readonly childNos: readonly string[]
  readonly reference: string
  readonly carrier: string
  readonly account: string
  /** The desk that numbered it. */
  readonly kind: string
  readonly issuedAt: Temporal.Instant
  readonly course: Course
  readonly route: Route
  /** All that will happen, earliest first; interceptions and cancellations replace what has not happened yet. */
  events: readonly ParcelEvent[]
  cancelledAt: Temporal.Instant | null
  interceptedAt: Temporal.Instant | null
  isSilent: boolean
}

export type SimIssueAsk = {
  readonly reference: string
  readonly carrier: string
  readonly account: string
  readonly pieces?: number
  /** A number of the shipper's own segment. */
  readonly number?: string | null
  readonly to?: { readonly name: string; readonly country?: string; readonly zone?: string } | null
  /** Chosen by chance unless given. */
  readonly course?: Course
  /** When it was handed out; now unless given. For parcels that were on their way before the world began. */
  readonly at?: Temporal.Instant
}
export type SimIssued =
  | { readonly ok: true; readonly parcel: SimParcel; readonly isNew: boolean }
  | { readonly ok: false; readonly trouble: CarrierTrouble }

/** One thing to push, once. `trace` is all that happened under its number up to and with `event`, earliest first. */
export type DeskPush = {
  readonly parcel: SimParcel
  readonly event: ParcelEvent
  readonly trace: readonly ParcelEvent[]
  /** Where the subscriber wants it; null: the platform's own `pushTo`. */
  readonly callbackUrl: string | null
}

/** A carrier's counter. */
export type CarrierDesk = {
  readonly kind: string
  readonly openAccount: (account: Omit<SimAccount, 'trouble'>) => SimAccount
  readonly accounts: () => readonly SimAccount[]
  /** What everything is refused with now (an expired credential, an address list); null: nothing is wrong. */
  readonly trouble: () => CarrierTrouble | null
  readonly setTrouble: (trouble: CarrierTrouble | null) => void
  readonly setFaults: (faults: Partial<DeskFaults>) => void
  readonly setShares: (shares: Shares) => void
  /** Events of these kinds are not pushed until `release`; they happened all the same, and a query shows them. */
  readonly hold: (kinds: readonly ParcelEventKind[]) => void
  readonly release: () => void
  /** The same reference gets the same parcel, `isNew: false`: whether that is an error is the carrier's own manner. */
  readonly issue: (ask: SimIssueAsk) => SimIssued
  /** The next new reference is refused with this, however often it is asked again. */
  readonly refuseNext: (trouble: CarrierTrouble) => void
  /** The parcel of this reference, once it is asked for, goes this way. */
  readonly nextCourse: (reference: string, course: Course) => void
  readonly byReference: (reference: string) => SimParcel | null
  readonly byNumber: (trackingNo: string) => SimParcel | null
  readonly cancel: (trackingNo: string) => 'cancelled' | 'already' | 'too_late' | 'unknown'
  readonly intercept: (
    trackingNo: string,
    requestId: string,
  ) => 'accepted' | 'already' | 'too_late' | 'unknown'
  readonly subscribe: (trackingNo: string, callbackUrl: string | null) => 'new' | 'already' | 'unknown'
  readonly isSubscribed: (trackingNo: string) => boolean
  /** What a query of this number shows now, earliest first: a child number shows its parcel's, a replaced one what was before. */
  readonly happened: (trackingNo: string) => readonly ParcelEvent[]
  /** Its push says that it happened then. */
  readonly misdate: (event: ParcelEvent, at: Temporal.Instant) => void
  /** Who turns a push into bytes. One listener a desk. */
  readonly onPush: (listener: (push: DeskPush) => void) => void
}

/** Where a parcel truly stands: `issued` before anything happened. */
export type TrueStanding = 'issued' | 'cancelled' | FactKind

export type CarrierBook = {
  readonly clock: Clock
  readonly random: Random
  readonly open: (terms: DeskTerms) => CarrierDesk
  readonly desk: (kind: string) => CarrierDesk | null
  /** Hands every push that is due by now to its desk's listener; answers how many. */
  readonly pump: () => number
  /** The time at which a push said that an event happened, where its clock was another zone's; null: it told the true one. */
  readonly toldAt: (event: ParcelEvent) => Temporal.Instant | null
  /** What happened by now and is still on its way is told at once, in the order in which it would have come; answers how many. */
  readonly tellRest: () => number
  /** When the next push is due; null: nothing is on its way. */
  readonly nextAt: () => Temporal.Instant | null
  readonly parcels: () => readonly SimParcel[]
  /** The parcel that travels, or travelled, under a number. */
  readonly parcelOf: (trackingNo: string) => SimParcel | null
  /** What happened to it until now, with what each event means by its carrier's own document. */
  readonly lifeOf: (
    trackingNo: string,
  ) => readonly { readonly event: ParcelEvent; readonly standing: TrueStanding }[]
  /** True standing by number, at an instant (now unless given); an old number ends with its change of number. */
  readonly standings: (at?: Temporal.Instant) => Map<string, TrueStanding>
  /** References that were wanted once more although they had their number and nobody had looked; at any desk. */
  readonly blind: () => readonly string[]
  readonly counts: () => {
    readonly issued: number
    readonly pushed: number
    readonly dropped: number
    readonly held: number
    readonly doubled: number
    readonly late: number
  }
}
