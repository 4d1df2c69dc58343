import type { MeasureName } from '#app/drill-scenario.ts'
import type { Sandbox } from './sandbox.ts'
import type { DrillWorld } from './world.ts'

// What the world knows, held against what the hub knows: which orders are later than so many minutes. The hub's side is read in one
// look, which is kept while the database is away: what was not told is not known.

export type HubOrder = {
  readonly paid: boolean
  readonly parcels: number
  readonly reviewed: boolean
}
export type Known = {
  readonly orders: ReadonlyMap<string, HubOrder>
  /** Of each parcel the kinds of facts. */
  readonly scans: ReadonlyMap<string, ReadonlySet<string>>
  /** Numbers of parcels that stand as delivered. */
  readonly deliveredParcels: ReadonlySet<string>
  readonly waitingTransfers: readonly { readonly no: string; readonly at: Temporal.Instant }[]
}
export const NOTHING_KNOWN: Known = {
  orders: new Map(),
  scans: new Map(),
  deliveredParcels: new Set(),
  waitingTransfers: [],
}

export async function readKnown({ sql }: Pick<Sandbox, 'sql'>): Promise<Known> {
  const orders = await sql<{
    order_no: string
    paid: boolean
    parcels: number
    reviewed: boolean
  }>`
    select o.order_no, o.paid_at is not null as paid, o.parcel_count as parcels,
      coalesce(p.state in ('review', 'held'), false) as reviewed
    from sales_order o left join order_plan p on p.order_id = o.id`
  const scans = await sql<{ tracking_no: string; kinds: string[] }>`
    select substr(subject, 8) as tracking_no, array_agg(distinct kind) as kinds
    from fact where subject like 'parcel:%' group by 1`
  const delivered = await sql<{ tracking_no: string }>`
    select tracking_no from parcel_standing where state = 'delivered'`
  const transfers = await sql<{ transfer_no: string; instructed_at: Temporal.Instant }>`
    select transfer_no, instructed_at from transfer where state in ('instructed', 'failed')`
  return {
    orders: new Map(orders.map(({ order_no: no, ...order }) => [no, order])),
    scans: new Map(scans.map((row) => [row.tracking_no, new Set(row.kinds)])),
    deliveredParcels: new Set(delivered.map((row) => row.tracking_no)),
    waitingTransfers: transfers.map((row) => ({ no: row.transfer_no, at: row.instructed_at })),
  }
}

type Look = {
  readonly world: Pick<DrillWorld, 'shops' | 'book' | 'printed' | 'delivered' | 'sentAgain'>
  readonly known: Known
  /** What happened after it is not late yet. */
  readonly before: Temporal.Instant
}
/** `at`: from when it counts as late; null for what has no such moment. */
type Late = { readonly no: string; readonly at: Temporal.Instant | null }
type Measure = (look: Look) => Late[]

const paidBefore = ({ world, before }: Look): readonly (Late & { readonly reported: boolean })[] =>
  [...world.shops.values()].flatMap(({ channel }) =>
    [...channel.orders.values()]
      .filter((order) => order.cancelledAt === null && isBefore(order.paidAt, before))
      .map((order) => ({ no: order.orderNo, at: order.paidAt, reported: order.shipments.length > 0 })),
  )
const hasParcel = ({ known }: Look, no: string): boolean => (known.orders.get(no)?.parcels ?? 0) > 0
const timeless = (nos: readonly string[]): Late[] => nos.map((no) => ({ no, at: null }))

const MEASURES: Readonly<Record<MeasureName, Measure>> = {
  paid_unknown: (look) => paidBefore(look).filter(({ no }) => look.known.orders.get(no)?.paid !== true),
  without_waybill: (look) => paidBefore(look).filter(({ no }) => !hasParcel(look, no)),
  printed_unknown: (look) =>
    look.world.printed
      .filter(({ at, orderNo }) => isBefore(at, look.before) && !hasParcel(look, orderNo))
      .map(({ orderNo, at }) => ({ no: orderNo, at })),
  scan_unknown: ({ world, known, before }) =>
    world.book.parcels().flatMap(({ trackingNo }) => {
      const kinds = known.scans.get(trackingNo)
      const first = world.book
        .lifeOf(trackingNo)
        .find(({ event, standing }) => isBefore(event.at, before) && kinds?.has(standing) !== true)
      return first === undefined ? [] : [{ no: trackingNo, at: first.event.at }]
    }),
  in_review: ({ known }) =>
    timeless([...known.orders].flatMap(([no, order]) => (order.reviewed ? [no] : []))),
  unreported: (look) => paidBefore(look).filter(({ no, reported }) => hasParcel(look, no) && !reported),
  transfer_unlocked: ({ known, before }) => known.waitingTransfers.filter(({ at }) => isBefore(at, before)),
  // By parcel: an order whose goods went twice is open again until its second parcel arrives.
  delivery_unknown: ({ world, known }) =>
    timeless(
      [...world.delivered].flatMap(([no, trackingNo]) =>
        known.orders.has(no) && !known.deliveredParcels.has(trackingNo) ? [no] : [],
      ),
    ),
  // The world's own count: misread, the hub itself holds the second parcel for justified.
  sent_twice: ({ world }) => timeless([...world.sentAgain]),
}

type NowLook = { readonly world: Look['world']; readonly known: Known; readonly now: Temporal.Instant }

/** The orders (or parcels, or transfers) that are late by this measure. */
export function lateBy(name: MeasureName, minutes: number, look: NowLook): string[] {
  const before = look.now.subtract({ seconds: Math.round(minutes * 60) })
  return MEASURES[name]({ ...look, before }).map(({ no }) => no)
}

/** For how many minutes the one waits that has waited longest, among those that became due after `since`; 0 where none does. */
export function longestLate(name: MeasureName, since: Temporal.Instant, look: NowLook): number {
  const waits = MEASURES[name]({ ...look, before: look.now }).flatMap(({ at }) =>
    at === null || isBefore(at, since) ? [] : [look.now.since(at).total('minutes')],
  )
  return waits.reduce((longest, one) => Math.max(longest, one), 0)
}

function isBefore(at: Temporal.Instant | null, than: Temporal.Instant): boolean {
  return at !== null && Temporal.Instant.compare(at, than) < 0
}
