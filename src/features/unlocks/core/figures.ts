import type { Instant } from '#kernel/clock.ts'

/** An open hold, as far as freeing it by force needs to know. */
export type HoldFace = {
  readonly id: bigint
  readonly key: string
  readonly state: string
  readonly kind: string
  readonly ownerKind: string
  readonly owner: string
  readonly reference: string
  readonly deadlineAt: Instant
  readonly heartbeatAt: Instant
  readonly lines: readonly OpenLine[]
}
export type OpenLine = {
  readonly sku: string
  readonly warehouse: string
  readonly warehouseName: string
  readonly pieces: number
  /** There now, before anything is freed. */
  readonly available: number
}

/** The order that a hold is for. */
export type OrderFace = {
  readonly id: bigint
  readonly orderNo: string
  readonly status: string
  readonly shop: string
  readonly title: string | null
  readonly payable: { readonly currency: string; readonly amount: string } | null
  readonly promiseDueAt: Instant | null
  readonly penalty: { readonly currency: string; readonly amount: string } | null
  readonly parcels: readonly { readonly trackingNo: string; readonly status: string }[]
}

/** An order that lacks goods, the one waiting longest first. */
export type ShortOrder = {
  readonly id: bigint
  readonly orderNo: string
  readonly lacks: readonly { readonly sku: string; readonly wanted: number }[]
}

export const WARNINGS = [
  'order_alive', // the order still wants the goods
  'promise_breached', // its promise is broken already
  'promise_close', // less than two hours are left of it
  'waybill_printed', // a parcel is on its way to being packed
  'renewed', // its holder renewed it; the deadline is still ahead
  'order_unknown', // nothing is known of the order it names
] as const
export type Warning = (typeof WARNINGS)[number]

export type Figures = {
  readonly pieces: number
  readonly lines: readonly OpenLine[]
  /** Orders that lack goods and could be had with these, the longest waiting first. */
  readonly serves: readonly { readonly id: string; readonly orderNo: string }[]
  readonly order: OrderFace | null
  readonly warnings: readonly Warning[]
  /** Seconds until the promise falls due, negative when it is broken; null: no promise. */
  readonly promiseSeconds: number | null
}

const OVER: readonly string[] = ['cancelled', 'refunded', 'returned']
const GONE: readonly string[] = [
  'picked_up',
  'in_transit',
  'out_for_delivery',
  'delivered',
  'completed',
  'returning',
]
const LEFT_STAGES: readonly string[] = [
  'dispatched',
  'picked_up',
  'in_transit',
  'out_for_delivery',
  'delivered',
  'returning',
]
const CLOSE_SECONDS = 7_200

/** Whether a parcel's label exists and was not cancelled. */
export function hasWaybill({ parcels }: Pick<OrderFace, 'parcels'>): boolean {
  return parcels.some(({ status }) => status !== 'announced' && status !== 'void')
}

/** Whether the goods have left: then the hold wants to be committed, and freeing it would sell what is not there. */
export function hasLeft({ status, parcels }: Pick<OrderFace, 'status' | 'parcels'>): boolean {
  if (GONE.includes(status)) return true
  // 已发货 may be no more than a printed label; a part of an order may leave while the rest waits.
  return status === 'shipped' && parcels.some((parcel) => LEFT_STAGES.includes(parcel.status))
}

/** What freeing this hold brings and what it endangers, at this moment. */
export function weigh(
  hold: HoldFace,
  order: OrderFace | null,
  around: {
    readonly shorts: readonly ShortOrder[]
    /** Sellable pieces by SKU, before anything is freed. */
    readonly sellable: ReadonlyMap<string, number>
    readonly now: Instant
  },
): Figures {
  const lines = hold.lines.filter(({ pieces }) => pieces > 0)
  const due = order?.promiseDueAt ?? null
  const left = due === null ? null : Math.floor((due.epochMilliseconds - around.now.epochMilliseconds) / 1000)
  return {
    pieces: lines.reduce((sum, { pieces }) => sum + pieces, 0),
    lines,
    serves: servedBy(lines, around.shorts, around.sellable)
      .filter(({ id }) => id !== order?.id)
      .map(({ id, orderNo }) => ({ id: id.toString(), orderNo })),
    order,
    promiseSeconds: left,
    warnings: warningsOf(hold, order, left, around.now),
  }
}

function warningsOf(hold: HoldFace, order: OrderFace | null, left: number | null, now: Instant): Warning[] {
  const alive = order !== null && !OVER.includes(order.status)
  return WARNINGS.filter((name) => {
    if (name === 'order_alive') return alive
    if (name === 'promise_breached') return alive && left !== null && left <= 0
    if (name === 'promise_close') return alive && left !== null && left > 0 && left < CLOSE_SECONDS
    if (name === 'waybill_printed') return order !== null && hasWaybill(order)
    if (name === 'renewed') return Temporal.Instant.compare(hold.deadlineAt, now) > 0
    return hold.ownerKind === 'order' && order === null
  })
}

/**
 * Which short orders could have all they lack from what is sellable and what is freed, first come first served. Which warehouse may
 * serve which channel is not asked: it says what is possible, not what will be done.
 */
export function servedBy(
  freed: readonly { readonly sku: string; readonly pieces: number }[],
  shorts: readonly ShortOrder[],
  sellable: ReadonlyMap<string, number>,
): ShortOrder[] {
  const pool = new Map(sellable)
  for (const { sku, pieces } of freed) pool.set(sku, (pool.get(sku) ?? 0) + pieces)
  const touched = new Set(freed.map(({ sku }) => sku))
  return shorts.filter(({ lacks }) => {
    if (lacks.length === 0 || !lacks.some(({ sku }) => touched.has(sku))) return false
    const wanted = new Map<string, number>()
    for (const { sku, wanted: more } of lacks) wanted.set(sku, (wanted.get(sku) ?? 0) + more)
    if (![...wanted].every(([sku, pieces]) => (pool.get(sku) ?? 0) >= pieces)) return false
    for (const [sku, pieces] of wanted) pool.set(sku, (pool.get(sku) ?? 0) - pieces)
    return true
  })
}
