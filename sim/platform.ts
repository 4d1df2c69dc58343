import type { Settings } from '#domain/connector.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Random } from '#kernel/random.ts'
import type { Outgoing } from './platforms/carrier-pusher.ts'
import type { StockBook } from './platforms/channel-goods.ts'

/** What a simulated platform may do to the messages it sends; each a probability per message in [0, 1]. */
export type SimFaults = {
  readonly duplicate: number
  readonly delay: number
  /** Upper bound of a delay, in milliseconds. */
  readonly delayMs: number
  /** Sent before the message that went into the queue ahead of it. */
  readonly reorder: number
  readonly drop: number
  readonly unknownCode: number
  /** A carrier's scan whose time is written by another zone's clock than the one that its document names. */
  readonly wrongZone?: number
  /** Signed with a wrong key. */
  readonly forge: number
}

export const NO_FAULTS: SimFaults = {
  duplicate: 0,
  delay: 0,
  delayMs: 0,
  reorder: 0,
  drop: 0,
  unknownCode: 0,
  forge: 0,
}

export type SimLine = {
  readonly lineId: string
  readonly sku: string
  readonly title: string
  readonly quantity: number
  readonly priceMinor: bigint
}
/** What a buyer is known to come for; what is left out is drawn. */
export type SimWish = {
  /** A price of nothing is a gift where the platform lists gifts by themselves. */
  readonly lines?: readonly Omit<SimLine, 'lineId'>[]
  readonly province?: string
  /** The recipient is written plainly, where the platform seals it otherwise: any carrier may be told. */
  readonly isPlain?: boolean
}
export type SimShipment = { readonly trackingNo: string; readonly carrier: string }
export type SimOrder = {
  readonly orderNo: string
  readonly lines: readonly SimLine[]
  readonly currency: string
  /** What the buyer pays; the seller may change it before that. */
  payableMinor: bigint
  readonly placedAt: Temporal.Instant
  paidAt: Temporal.Instant | null
  cancelledAt: Temporal.Instant | null
  deliveredAt: Temporal.Instant | null
  /** The platform looks into it: nothing of it may leave. */
  isUnderReview?: boolean
  /** What the buyer wrote last; '' where nothing. Left out where the platform's book does not say. */
  readonly note?: string
  /** Shipments the platform knows of, because somebody reported them to its API. */
  readonly shipments: SimShipment[]
}

/** A message as it stood in the queue when a platform's process ended; `id` names it in the ledger. */
export type SimWaiting = {
  readonly id: string
  readonly fresh: () => {
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
    readonly acknowledges: (status: number, body: string) => boolean
  }
}
/** One platform's durable memory: with it a simulated platform goes on after its process was killed. Each call returns once it is on disk. */
export type SimLedger = {
  /** Where serial numbers begin: none of an earlier process comes again. */
  readonly firstSerial: number
  readonly orders: readonly SimOrder[]
  readonly waiting: readonly SimWaiting[]
  readonly keep: (order: SimOrder) => void
  /** A message went into the queue; answers its id. */
  readonly queued: (message: {
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
  }) => string
  /** An attempt is over: `status` is null where nobody answered. A message that was acknowledged is not waiting any more. */
  readonly answered: (
    id: string,
    attempt: {
      readonly body: string
      readonly forged: boolean
      readonly status: number | null
      readonly acknowledged: boolean
    },
  ) => void
}

export type SimDeps = {
  readonly clock: Clock
  readonly random: Random
  readonly faults: SimFaults
  /** Absent: the platform lives in memory only. */
  readonly ledger?: SimLedger
  /** Takes every push in the place of a socket: for a world whose clock is not the machine's. */
  readonly post?: (to: () => string | null, message: () => Outgoing) => void
  /** Messages that a platform has under way at a time; 1 unless given. */
  readonly pushesAtOnce?: number
}

/** A platform of the outside world: a real server on loopback with its own order book, clock and signatures. */
export type SimPlatform = {
  readonly kind: string
  /** Settings with which the hub's connection reaches and verifies this platform (API base, keys ...). */
  readonly settings: Settings
  /** Where it pushes to, once the hub has told it its callback URL; platforms without HTTP push ignore it. */
  readonly pushTo: (callbackUrl: string) => void
  /** Resolves when everything queued was delivered (acknowledged, or given up after its retries). */
  readonly settled: () => Promise<void>
  /** How many deliveries were acknowledged exactly as the platform demands, and how many were refused. */
  readonly counts: () => { readonly acknowledged: number; readonly refused: number; readonly sent: number }
  readonly close: () => Promise<void>
}

export type SimChannel = SimPlatform & {
  readonly orders: ReadonlyMap<string, SimOrder>
  readonly place: (wish?: SimWish) => Promise<SimOrder>
  readonly pay: (orderNo: string) => Promise<void>
  readonly cancel: (orderNo: string) => Promise<void>
  /** The buyer writes another address, and before paying the seller takes something off; where the platform tells whole orders. */
  readonly edit?: (orderNo: string) => Promise<void>
  /** The seller brings it to the door: it is delivered, and no parcel has a number. */
  readonly handOver?: (orderNo: string) => Promise<void>
  /** The platform begins to look into an order, or ends it. */
  readonly review?: (orderNo: string, isOn: boolean) => Promise<void>
  /** A little of the money is given back; the order goes on. */
  readonly refundPart?: (orderNo: string) => Promise<void>
  /** From now on it refuses to list its orders, or lists them again. */
  readonly refuseLists?: (isRefusing: boolean) => void
  /** Its own stock as it would sell it, by the merchant's code; set through its API alone. */
  readonly goods: StockBook
  /** The buyer confirmed receipt. */
  readonly complete: (orderNo: string) => Promise<void>
}

export type SimScan = 'picked_up' | 'in_transit' | 'out_for_delivery' | 'delivered'
export type SimCarrier = SimPlatform & {
  /** Mints a number for an order and, where the platform has such an event, sends the waybill event. */
  readonly issue: (orderNo: string) => Promise<SimShipment>
  readonly scan: (trackingNo: string, scan: SimScan) => Promise<void>
}
