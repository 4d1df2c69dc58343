import type { Clock, Instant } from '#kernel/clock.ts'
import type { ConnectionId, OrderNo, TrackingNo } from '#kernel/id.ts'
import type { Random } from '#kernel/random.ts'
import type { Refusal, Result } from '#kernel/result.ts'
import type { CarrierCode } from './carrier.ts'
import type { CodeEntry, Reading } from './claim.ts'
import type { Notice } from './notice.ts'
import type { StockFeed } from './stock-feed.ts'
import type {
  CredentialTerm,
  InterceptAsk,
  InterceptStanding,
  NumberBalance,
  RefreshedCredentials,
  TrackingSubscription,
  Waybill,
  WaybillAsk,
  WaybillName,
  WaybillTerms,
} from './waybill.ts'

/** A connection's settings as an operator typed them; secrets are decrypted only in memory. */
export type Settings = Readonly<Record<string, string>>

export type SettingField = {
  readonly name: string
  readonly zh: string
  readonly en: string
  readonly secret: boolean
  /** A secret that only verifies what comes in: the connector never sends it, nor anything signed with it. */
  readonly onlyVerifies?: true
  readonly required: boolean
  readonly default?: string
  readonly hint?: { readonly zh: string; readonly en: string }
  readonly options?: readonly string[]
}

/** A request as it came over the wire; header names in lower case, `query` without the question mark. */
export type InboundRequest = {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export type Reply = { readonly status: number; readonly contentType: string; readonly body: string }

/**
 * What a connector says of a request before anything is parsed for meaning. `dedupKey` holds the version, so that a real
 * change is never taken for a duplicate; a redelivery gets the same key and the same reply.
 */
export type Receipt =
  | {
      readonly verdict: 'accepted'
      readonly topic: string
      readonly dedupKey: string
      readonly orderNo: string | null
      readonly reply: Reply
    }
  /** The platform checks our URL: answered, recorded, not interpreted. */
  | { readonly verdict: 'challenge'; readonly topic: string; readonly reply: Reply }
  | { readonly verdict: 'rejected'; readonly refusal: Refusal; readonly reply: Reply }

/** A message as it lies in the inbox. `topic` is the one the receipt named; headers only those worth keeping. */
export type StoredMessage = {
  readonly connection: ConnectionId
  readonly topic: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly receivedAt: Instant
}

export type FetchedMessage = {
  readonly topic: string
  readonly dedupKey: string
  readonly orderNo: string | null
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export type ShipmentReport = {
  readonly orderNo: OrderNo
  readonly trackingNo: TrackingNo
  /** Canonical carrier code of `domain/carrier.ts`. */
  readonly carrier: string
  /** Empty: the whole order. */
  readonly lines: readonly { readonly lineId: string; readonly quantity: number }[]
  /** Stable across retries; given to platforms that take an idempotency key. */
  readonly requestId: string
}
export type ReportAnswer =
  | { readonly outcome: 'accepted'; readonly words: string }
  | { readonly outcome: 'refused'; readonly refusal: Refusal }

/** A page of changed orders; `next` is null on the last page. */
export type UpdatedPage = { readonly messages: readonly FetchedMessage[]; readonly next: string | null }

/** One HTTP exchange; throws `Outage` on time-out, refused connection or a broken answer, never on a status code. */
export type HttpCall = (request: {
  readonly method: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly timeoutMs?: number
}) => Promise<{
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}>

/** A WebSocket to the platform. Frames go out as text; while it is paused nothing more is read. */
export type Socket = {
  readonly isOpen: () => boolean
  readonly isPaused: () => boolean
  readonly send: (text: string) => void
  readonly pause: () => void
  readonly resume: () => void
  readonly close: (code: number) => void
  readonly terminate: () => void
}
export type SocketEvents = {
  readonly onOpen: () => void
  readonly onMessage: (frame: Uint8Array) => void
  /** Followed by `onClose`. */
  readonly onError: (error: Error) => void
  readonly onClose: (code: number) => void
}

/**
 * Opens a ws(s) connection under the same address rules as `HttpCall`; the events come after it returned. Throws `Outage`
 * (`http.bad_url`, `http.forbidden_address`) for an address that is none or may not be called; a name that resolves to a
 * forbidden address is told by `onError`.
 */
export type OpenSocket = (
  request: { readonly url: string; readonly maxFrameBytes: number; readonly handshakeMs: number },
  events: SocketEvents,
) => Socket

/** A connected socket; `destroy` ends it at once. */
export type Line = NodeJS.ReadWriteStream & { readonly destroy: (error?: Error) => unknown }

/**
 * A TCP or TLS connection under the same address rules as `HttpCall`, for protocols of their own (SMTP, AMQP). Resolves once
 * connected; throws `Outage` (`http.forbidden_address`, `http.unreachable`, `http.timeout`).
 */
export type OpenTcp = (target: {
  readonly host: string
  /** 1 to 65535. */
  readonly port: number
  readonly tls: boolean
  readonly timeoutMs: number
}) => Promise<Line>

export type CallDeps = {
  readonly http: HttpCall
  readonly openTcp: OpenTcp
  readonly clock: Clock
  readonly random: Random
  /** The way out of one call, known by its name: how urgent it is, and how it ended. Absent: all calls are alike. */
  readonly forCall?: (name: CallName) => CallAccount
}

export type CallName = keyof Calls
export type CallAccount = {
  readonly deps: CallDeps
  /** What the connector made of the platform's answer: a refusal, a thrown error, or neither. */
  readonly ended: (end: { readonly refusal?: Refusal; readonly error?: unknown }) => void
}

/** The way out of one connection: within its account's budget, behind its breaker, counted. */
export type CallsFor = (connected: {
  readonly id: string
  readonly connector: Connector
  readonly settings: Settings
}) => CallDeps

/** Calls to the platform. Refusals are returned, outages thrown. */
export type Calls = {
  /** A real, harmless call that proves address and credentials. */
  readonly test: () => Promise<Result<{ readonly words: string }>>
  readonly fetchOrder?: (orderNo: OrderNo) => Promise<Result<FetchedMessage>>
  /** Orders changed in [from, to), in the order in which the platform wants its pages read. */
  readonly listUpdated?: (window: {
    from: Instant
    to: Instant
    cursor: string | null
  }) => Promise<Result<UpdatedPage>>
  readonly reportShipment?: (report: ShipmentReport) => Promise<ReportAnswer>
  /** After an unknown outcome: was the shipment with this number taken? */
  readonly findShipment?: (report: ShipmentReport) => Promise<'found' | 'absent'>
  /** A carrier's or aggregator's query: all it knows of one parcel, as a message that `read` understands. */
  readonly fetchTracking?: (query: TrackingQuery) => Promise<Result<FetchedMessage>>
  /**
   * Makes a waybill. Refused with `carrier.<trouble>`; `carrier.reference_taken` where it is there already (then `findWaybill` has it).
   * A time-out after sending is an unknown outcome: asked with `findWaybill` first, or again with the same reference.
   */
  readonly createWaybill?: (ask: WaybillAsk) => Promise<Result<Waybill>>
  /** The waybill that this reference has at the carrier; null: none. */
  readonly findWaybill?: (name: WaybillName) => Promise<Result<Waybill | null>>
  /** Cancelling what is cancelled already is accepted. Refused: `carrier.too_late`, `carrier.<trouble>`. */
  readonly cancelWaybill?: (name: WaybillName, reason: string) => Promise<ReportAnswer>
  /** Asks that a parcel's events be pushed to us. Asking again for a number that is subscribed is accepted. */
  readonly subscribeTracking?: (subscription: TrackingSubscription) => Promise<ReportAnswer>
  /** Stops a parcel on its way. Accepted means that the carrier will try, not that it is back. */
  readonly interceptParcel?: (ask: InterceptAsk) => Promise<ReportAnswer>
  /** After an unknown outcome, and while it is under way: what became of the asking; null: it never arrived there. */
  readonly findIntercept?: (ask: InterceptAsk) => Promise<Result<InterceptStanding | null>>
  /** Numbers left on the accounts that this connection may use. */
  readonly waybillBalance?: (account: Settings, carrier: string) => Promise<Result<readonly NumberBalance[]>>
  /** Fetches new credentials by the protocol's own way. */
  readonly refreshCredentials?: () => Promise<Result<RefreshedCredentials>>
  /** The callback addresses as the platform has them on record. */
  readonly callbackAddresses?: () => Promise<Result<readonly string[]>>
  /** A queue's depth as its broker tells it; `deadLetters` null where there is no queue for them. */
  readonly queueDepth?: () => Promise<Result<{ readonly ready: number; readonly deadLetters: number | null }>>
  /**
   * Sets how many pieces the channel may sell of these listings, absolute; each is answered by itself, in the order given. Setting
   * the same figure twice is harmless.
   */
  readonly setStock?: (levels: readonly ChannelStock[]) => Promise<readonly ReportAnswer[]>
  /** What the platform calls the listings of a shop SKU when their stock is set; found once, kept with the listing. */
  readonly findListings?: (
    shopSkus: readonly string[],
  ) => Promise<
    Result<readonly { readonly shopSku: string; readonly ids: Readonly<Record<string, string>> }[]>
  >
  /** Tells people. The platform's own answer in the body is judged, not the HTTP status alone. */
  readonly notify?: (notice: Notice) => Promise<ReportAnswer>
}

export type ChannelStock = {
  readonly shopSku: string
  /** As `findListings` answered them, or as a person typed them. */
  readonly ids: Readonly<Record<string, string>>
  /** 0 or more. */
  readonly quantity: number
  /** Stable across retries of one wish. */
  readonly requestId: string
}

export type TrackingQuery = {
  readonly trackingNo: TrackingNo
  /** Canonical carrier code of `domain/carrier.ts`. */
  readonly carrier: string
  /** Last four digits of a phone of the parcel, where they are known: some carriers ask for them. */
  readonly phoneTail: string | null
}

/** Where a connector's own listening client (a WebSocket) hands its messages; resolves once the message is durable. */
export type StreamSink = (message: FetchedMessage) => Promise<void>
export type StreamDeps = CallDeps & {
  /** The only way out for a listening client. */
  readonly openSocket: OpenSocket
  readonly sink: StreamSink
  readonly signal: AbortSignal
  /** Told on every change, for the connections page. */
  readonly onState: (state: 'connecting' | 'open' | 'closed', words: string) => void
}

/** What a pushed message answers to an instruction of ours to stop a parcel. */
export type InterceptReport = InterceptStanding & { readonly requestId: string }

export type Connector = {
  readonly kind: string
  readonly role: 'channel' | 'carrier' | 'warehouse' | 'notifier'
  readonly zh: string
  readonly en: string
  /** IANA zone in which the system writes times without offset. */
  readonly zone: string
  readonly fields: readonly SettingField[]
  /** Every upstream code that is known, with its default reading. */
  readonly codes: readonly CodeEntry[]
  /** Verifies the raw bytes, names topic and deduplication key, and says what to answer. Pure. Absent: nothing is pushed to us. */
  readonly receive?: (request: InboundRequest, settings: Settings, now: Instant) => Receipt
  /**
   * Whether two bodies under one key are the same message, for a platform that counts its redeliveries inside the body. Pure.
   * Absent: only equal bytes are.
   */
  readonly isRedelivery?: (first: Uint8Array, again: Uint8Array) => boolean
  /** The answer that makes the platform send again later. */
  readonly retryReply: Reply
  /** Reads a stored message. Pure. A message that makes no sense is refused with a reason and parked. */
  readonly read: (message: StoredMessage, settings: Settings) => Result<Reading>
  readonly calls?: (settings: Settings, deps: CallDeps) => Calls
  /** Where answers to `interceptParcel` are pushed: the topic of such messages, and what one says; null: nothing. Pure. */
  readonly interceptReports?: {
    readonly topic: string
    readonly read: (message: Pick<StoredMessage, 'body'>) => InterceptReport | null
  }
  /** Runs until the signal aborts; reconnects by itself within bounds. */
  readonly stream?: (settings: Settings, deps: StreamDeps) => Promise<void>
  /** How the stock of a warehouse is captured from its own system; `calls` of such a connector hold its test. */
  readonly stockFeed?: (settings: Settings, deps: CallDeps) => StockFeed
  /** How many listings one `setStock` takes; 1 unless told. */
  readonly setStockMost?: number
  /** A channel that takes no shipment reports, though the hub can call it. */
  readonly reports?: false
  /** Carriers that a carrier's or aggregator's connection speaks for; absent for other roles. */
  readonly carriers?: readonly CarrierCode[]
  /** How waybills are made here; absent: none are. */
  readonly waybill?: WaybillTerms
  /** When its credentials end, read from the settings (a token's expiry, a certificate's last day). Pure. */
  readonly credentialTerms?: (settings: Settings) => readonly CredentialTerm[]
  /** Days after which a subscription ends by itself; absent: not documented. */
  readonly subscriptionDays?: number
  /** Milliseconds within which the platform wants its acknowledgement; absent: not documented. */
  readonly ackDeadlineMs?: number
  /** Calls that the platform allows one account; absent: the hub's own cautious default. An operator can change it. */
  readonly rateLimit?: { readonly perSecond: number; readonly burst: number }
  /** What the platform counts its limit by (an app key); connections with the same account share one budget. Never a secret. */
  readonly accountOf?: (settings: Settings) => string
  /** Least seconds between two `fetchTracking` of one number; the platform locks a number that is asked for more often. */
  readonly trackingEverySeconds?: number
  /** Overlap and safe lag of the increment poll, in seconds; absent: no `listUpdated`. */
  readonly poll?: {
    readonly everySeconds: number
    readonly overlapSeconds: number
    readonly lagSeconds: number
    readonly windowSeconds: number
  }
}
