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
type Measure = (look: Look) => string[]

const paidBefore = ({ world, before }: Look): { readonly no: string; readonly reported: boolean }[] =>
  [...world.shops.values()].flatMap(({ channel }) =>
    [...channel.orders.values()]
      .filter((order) => order.cancelledAt === null && isBefore(order.paidAt, before))
      .map((order) => ({ no: order.orderNo, reported: order.shipments.length > 0 })),
  )

const MEASURES: Readonly<Record<MeasureName, Measure>> = {
  paid_unknown: (look) =>
    paidBefore(look).flatMap(({ no }) => (look.known.orders.get(no)?.paid === true ? [] : [no])),
  without_waybill: (look) =>
    paidBefore(look).flatMap(({ no }) => ((look.known.orders.get(no)?.parcels ?? 0) > 0 ? [] : [no])),
  printed_unknown: ({ world, known, before }) =>
    world.printed
      .filter((one) => isBefore(one.at, before))
      .flatMap(({ orderNo }) => ((known.orders.get(orderNo)?.parcels ?? 0) > 0 ? [] : [orderNo])),
  scan_unknown: ({ world, known, before }) =>
    world.book.parcels().flatMap(({ trackingNo }) => {
      const kinds = known.scans.get(trackingNo)
      const missing = world.book
        .lifeOf(trackingNo)
        .some(({ event, standing }) => isBefore(event.at, before) && kinds?.has(standing) !== true)
      return missing ? [trackingNo] : []
    }),
  in_review: ({ known }) => [...known.orders].flatMap(([no, order]) => (order.reviewed ? [no] : [])),
  unreported: (look) =>
    paidBefore(look).flatMap(({ no, reported }) =>
      (look.known.orders.get(no)?.parcels ?? 0) > 0 && !reported ? [no] : [],
    ),
  transfer_unlocked: ({ known, before }) =>
    known.waitingTransfers.filter(({ at }) => isBefore(at, before)).map(({ no }) => no),
  // By parcel: an order whose goods went twice is open again until its second parcel arrives.
  delivery_unknown: ({ world, known }) =>
    [...world.delivered].flatMap(([no, trackingNo]) =>
      known.orders.has(no) && !known.deliveredParcels.has(trackingNo) ? [no] : [],
    ),
  // The world's own count: misread, the hub itself holds the second parcel for justified.
  sent_twice: ({ world }) => [...world.sentAgain],
}

/** The orders (or parcels, or transfers) that are late by this measure. */
export function lateBy(
  name: MeasureName,
  minutes: number,
  look: { readonly world: Look['world']; readonly known: Known; readonly now: Temporal.Instant },
): string[] {
  const before = look.now.subtract({ seconds: Math.round(minutes * 60) })
  return MEASURES[name]({ ...look, before })
}

function isBefore(at: Temporal.Instant | null, than: Temporal.Instant): boolean {
  return at !== null && Temporal.Instant.compare(at, than) < 0
}
