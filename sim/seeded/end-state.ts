import type { FactKind } from '#domain/fact.ts'
import type { OrderStatus } from '#domain/order-status.ts'
import { textArray } from '#platform/postgres/arrays.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { ParcelEvent } from '../carriers/events.ts'
import type { SimChannel, SimOrder } from '../platform.ts'
import {
  type BookEvent,
  type BookLine,
  type BookOrder,
  type BookParcel,
  compareBooks,
  readHubBook,
  type WorldBook,
} from './books.ts'
import type { SimWorld } from './world.ts'

/** `text` is what equal seeds agree in; `lines` is where hub and world do not agree. */
export type EndState = { readonly lines: readonly string[]; readonly text: string }

/** The end of a run: what the world's books say beside what the hub believes. */
export async function endState(db: Database, world: SimWorld): Promise<EndState> {
  const hub = await readHubBook(db)
  const differences = await compareBooks(db, worldBook(world, hub))
  const lines = [
    ...differences.map(({ words }) => words),
    ...(await waybillDifferences(db, world)),
    ...(await neverRight(db, world)),
    ...(await leftOvers(db)),
  ]
  return { lines, text: await stateText(db) }
}

/** The world has no book of the shelves: pieces are held against movements by the ledger's own invariants after every step. */
function worldBook(world: SimWorld, hub: WorldBook): WorldBook {
  return {
    orders: world.shops.flatMap((shop) =>
      [...shop.orders.values()].map((order) => unheardPaid(orderOf(shop, order), order, world, hub)),
    ),
    parcels: parcelsOf(world, hub),
    stock: hub.stock,
    reports: world.shops.flatMap((shop) =>
      [...shop.orders.values()].flatMap((order) =>
        order.shipments.map(({ trackingNo }) => ({
          connection: `demo-${shop.kind}`,
          orderNo: order.orderNo,
          trackingNo,
          times: 1,
        })),
      ),
    ),
  }
}

/** Of a payment whose push never came the shop says nothing any more once it was given back. */
function unheardPaid(book: BookOrder, order: SimOrder, { post }: SimWorld, hub: WorldBook): BookOrder {
  if (order.cancelledAt === null || post.counts().dropped === 0) return book
  const heard = hub.orders.find(
    ({ connection, orderNo }) => connection === book.connection && orderNo === book.orderNo,
  )
  if (heard?.paidAt !== null) return book
  const { paidAt: _, ...rest } = book
  return rest
}

function orderOf(shop: SimChannel, order: SimOrder): BookOrder {
  const status = plainStatus(order)
  return {
    connection: `demo-${shop.kind}`,
    orderNo: order.orderNo,
    placedAt: order.placedAt,
    paidAt: order.paidAt,
    currency: order.currency,
    payableMinor: order.payableMinor,
    lines: order.lines.map((line) => lineOf(shop.kind, line)),
    ...(order.note === undefined ? {} : { buyerNote: order.note }),
    ...(status === null ? {} : { status }),
  }
}

/** 拼多多 lists what costs nothing by itself, as gifts. */
function lineOf(kind: string, { lineId, sku, quantity, priceMinor }: SimOrder['lines'][number]): BookLine {
  const gift = kind === 'pinduoduo' && priceMinor === 0n
  return { lineId: gift ? `gift:${lineId}` : lineId, shopSku: sku, quantity, gift }
}

/** Where the shop alone decides; what parcels on their way make of an order is held against its facts by OS1 to OS14. */
function plainStatus(order: SimOrder): OrderStatus | null {
  if (order.shipments.length > 0) return null
  // Money that was paid is given back by then: its shop says so.
  if (order.cancelledAt !== null) return order.paidAt === null ? 'cancelled' : 'refunded'
  return order.paidAt === null ? 'pending_payment' : null
}

function parcelsOf({ book, shops, post }: SimWorld, hub: WorldBook): BookParcel[] {
  const anyDropped = post.counts().dropped > 0
  const confirmed = confirmedParcels(shops)
  const heard = new Map(hub.parcels.map((parcel) => [parcel.trackingNo, parcel]))
  const unasked = new Set(
    hub.orders.flatMap(({ status, trackingNos = [] }) => (FINISHED.has(status) ? trackingNos : [])),
  )
  return book
    .parcels()
    .flatMap((parcel): BookParcel[] => {
      const lived = book.lifeOf(parcel.trackingNo)
      const numbers = [...new Set([parcel.trackingNo, ...lived.map(({ event }) => event.trackingNo)])]
      return numbers.map((trackingNo) => ({
        trackingNo,
        events: [
          ...OWN_KINDS,
          ...(confirmed.get(trackingNo) ?? []).filter((told) => hasHeardAt(heard.get(trackingNo), told)),
          ...lived
            .filter(({ event }) => event.trackingNo === trackingNo)
            .flatMap(({ event, standing }) =>
              believedAt(book, heard.get(trackingNo), event, standing as FactKind),
            )
            .filter(
              // Of a push that never came nobody knows once a later scan did: who is told of a parcel's end asks no more, nor does
              // who has finished its order.
              (told, nth, all) =>
                !anyDropped ||
                (nth === all.length - 1 && !unasked.has(trackingNo)) ||
                hasHeardAt(heard.get(trackingNo), told),
            ),
        ].filter((event) => event.at !== null || hasHeard(heard.get(trackingNo), event.kind)),
      }))
    })
    .filter(({ trackingNo, events = [] }) => heard.has(trackingNo) || events.length > 0)
}

/** A scan whose push was written by another zone's clock is believed as it was written; an answer to a question has the true time. */
function believedAt(
  book: SimWorld['book'],
  heard: BookParcel | undefined,
  event: ParcelEvent,
  kind: FactKind,
): readonly BookEvent[] {
  const told = book.toldAt(event)
  const times = told === null ? [event.at] : [told, event.at].filter((at) => hasHeardAt(heard, { kind, at }))
  return (times.length === 0 ? [event.at] : times).map((at) => ({ kind, at }))
}

/** Orders about whose parcels the hub asks no more (FB3). */
const FINISHED: ReadonlySet<OrderStatus | undefined> = new Set([
  'delivered',
  'completed',
  'returned',
  'refunded',
  'cancelled',
] as const)

/** What the hub tells itself of a parcel; the carriers' book has no line for it. */
const OWN_KINDS: readonly BookEvent[] = (['waybill_issued', 'waybill_cancelled', 'dispatched'] as const).map(
  (kind) => ({ kind, at: null }),
)

/** A buyer who confirms tells the shop that the parcel is there, and some shops pass it on as the parcel's own. */
function confirmedParcels(shops: readonly SimChannel[]): ReadonlyMap<string, readonly BookEvent[]> {
  return new Map(
    shops.flatMap((shop) =>
      [...shop.orders.values()].flatMap(({ deliveredAt, shipments }) =>
        deliveredAt === null
          ? []
          : shipments.map(
              ({ trackingNo }) => [trackingNo, [{ kind: 'delivered' as const, at: deliveredAt }]] as const,
            ),
      ),
    ),
  )
}

function hasHeardAt(parcel: BookParcel | undefined, { kind, at }: BookEvent): boolean {
  return (
    parcel?.events?.some(
      (event) => event.kind === kind && event.at !== null && at !== null && event.at.equals(at),
    ) === true
  )
}

function hasHeard(parcel: BookParcel | undefined, kind: FactKind): boolean {
  return parcel?.events?.some((event) => event.kind === kind) === true
}

/** A parcel lives under one number, whoever was asked for it. */
function twoNumbers({ book }: SimWorld): string[] {
  const alive = book.parcels().filter(({ cancelledAt }) => cancelledAt === null)
  return [...Map.groupBy(alive, ({ reference }) => reference)].flatMap(([reference, all]) =>
    all.length < 2
      ? []
      : [`${reference} has ${all.map(({ kind, trackingNo }) => `${kind} ${trackingNo}`).join(' and ')}`],
  )
}

/** What the hub calls cancelled is so at its carrier, and none is made for orders of which the hub knew that they had ended. */
async function wronglyHeld(db: Database, { book }: SimWorld): Promise<string[]> {
  const cancelled = await db<{ number: string }>`
    select tracking_no as number from waybill where state = 'cancelled' and tracking_no is not null order by 1`
  const ended = await db<{ reference: string; at: Temporal.Instant }>`
    select w.reference, p.updated_at as at from waybill w join order_plan p on p.order_id = w.lead_id and p.state = 'ended'
    where not exists (select from waybill_event e where e.waybill_id = w.id and e.what = 'unknown' and e.at <= p.updated_at) order by 1`
  const byReference = new Map(book.parcels().map((parcel) => [parcel.reference, parcel]))
  return [
    ...cancelled.flatMap(({ number }) => {
      const parcel = book.parcelOf(number)
      return parcel === null || parcel.cancelledAt !== null || TAKES_NO_CANCELLING.has(parcel.kind)
        ? []
        : [`${parcel.kind} ${number} is cancelled in the hub and alive at the carrier`]
    }),
    ...ended.flatMap(({ reference, at }) => {
      const parcel = byReference.get(reference)
      return parcel === undefined || Temporal.Instant.compare(parcel.issuedAt, at) <= 0
        ? []
        : [`${parcel.kind} made ${parcel.trackingNo} for ${reference}, whose orders had ended at ${at}`]
    }),
  ]
}

/** Whoever has no call for it is not told: a number that was not used comes back to it by itself. */
const TAKES_NO_CANCELLING: ReadonlySet<string> = new Set(['zto'])

/** A number that a carrier issued and nobody knows of costs money; one that no carrier issued ships nothing. */
async function waybillDifferences(db: Database, { book }: SimWorld): Promise<string[]> {
  const rows = await db<{ tracking_no: string; state: string }>`
    select tracking_no, state from waybill where tracking_no is not null order by 1`
  const known = new Map(rows.map((row) => [row.tracking_no, row.state]))
  const issued = new Map(book.parcels().map((parcel) => [parcel.trackingNo, parcel]))
  return [
    ...[...issued.values()].flatMap((parcel) => {
      const state = known.get(parcel.trackingNo)
      if (state === undefined && parcel.cancelledAt === null)
        return [
          `${parcel.kind} issued ${parcel.trackingNo} for ${parcel.reference}, and no waybill of the hub has it`,
        ]
      if (state === 'issued' && parcel.cancelledAt !== null)
        return [`${parcel.kind} ${parcel.trackingNo} is alive in the hub and cancelled at the carrier`]
      return []
    }),
    ...[...known].flatMap(([number, state]) =>
      issued.has(number) ? [] : [`waybill ${number} (${state}) was issued by no carrier`],
    ),
  ]
}

function doubledShipments({ shops }: SimWorld): string[] {
  return shops.flatMap((shop) =>
    [...shop.orders.values()].flatMap(({ orderNo, shipments }) => {
      const numbers = shipments.map(({ trackingNo }) => trackingNo)
      return numbers.length === new Set(numbers).size
        ? []
        : [`${shop.kind} ${orderNo} was told twice: ${numbers.join(', ')}`]
    }),
  )
}

/** What is wrong whenever it is seen, whatever is still under way. */
export async function neverRight(db: Database, world: SimWorld): Promise<readonly string[]> {
  return [
    ...doubledShipments(world),
    ...believedForgeries(world),
    ...blindlyAsked(world),
    ...(await takenForUndone(db, world)),
    ...(await endedByNobody(db, world)),
    ...(await sentUnderReview(db, world)),
    ...twoNumbers(world),
    ...(await wronglyHeld(db, world)),
  ]
}

/** What a shop has taken is done or in doubt; it is not to be tried as if nothing had happened. */
async function takenForUndone(db: Database, { shops }: SimWorld): Promise<string[]> {
  const rows = await db<{ shop: string; orderNo: string; trackingNo: string; code: string | null }>`
    select connection_id as shop, payload ->> 'orderNo' as "orderNo", payload ->> 'trackingNo' as "trackingNo", last_code as code
    from outbox_intent where effect = 'report_shipment' and state in ('pending', 'refused') and attempts > 0 order by key`
  return rows.flatMap(({ shop, orderNo, trackingNo, code }) => {
    const order = shops.find(({ kind }) => `demo-${kind}` === shop)?.orders.get(orderNo)
    return order?.shipments.some((one) => one.trackingNo === trackingNo) === true
      ? [`${shop} has ${trackingNo} of ${orderNo}, and the hub takes it for not told (${code})`]
      : []
  })
}

/** An order ends when its shop says so; money that is given back in part ends nothing. */
async function endedByNobody(db: Database, { shops }: SimWorld): Promise<string[]> {
  const rows = await db<{ shop: string; orderNo: string; status: string }>`
    select connection_id as shop, order_no as "orderNo", status from sales_order where status in ('cancelled', 'refunded') order by 1, 2`
  return rows.flatMap(({ shop, orderNo, status }) => {
    const order = shops.find(({ kind }) => `demo-${kind}` === shop)?.orders.get(orderNo)
    return order?.cancelledAt === null ? [`${shop} ${orderNo} goes on, and the hub says ${status}`] : []
  })
}

/** Nothing leaves while its platform looks into it. */
async function sentUnderReview(db: Database, { shops }: SimWorld): Promise<string[]> {
  const reviewed = shops.flatMap(({ orders }) =>
    [...orders.values()].filter(({ isUnderReview }) => isUnderReview === true).map(({ orderNo }) => orderNo),
  )
  if (reviewed.length === 0) return []
  const rows = await db<{ orderNo: string; reference: string }>`
    select k.order_no as "orderNo", w.reference from waybill w join order_key k on w.order_ids @> array[k.id]
    where k.order_no = any(${textArray(reviewed)}::text[]) order by 1, 2`
  return rows.map(({ orderNo, reference }) => `${orderNo} is under review, and ${reference} was made for it`)
}

/** Nobody but the platform itself is believed. */
function believedForgeries({ post }: SimWorld): string[] {
  const { forgedTaken } = post.counts()
  return forgedTaken === 0 ? [] : [`${forgedTaken} messages with a false signature were taken`]
}

/** Whoever may have made a number is asked whether it did before it is told to make one again, where it can be asked. */
function blindlyAsked({ book }: SimWorld): string[] {
  return book
    .blind()
    .map((reference) => `a number for ${reference} was wanted again without a look whether it is there`)
}

/** After days of peace nothing is on its way any more. */
async function leftOvers(db: Database): Promise<string[]> {
  const rows = await db<{ line: string }>`
    select 'a message waits to be read: ' || message_id as line from inbox_task where state = 'pending'
    union all select concat_ws(' ', 'an intent waits:', key, effect, state, last_code) from outbox_intent
      where state in ('pending', 'sending', 'unknown')
    union all select 'a message waits for a word that was decided: ' || message_id from inbox_task
      where state = 'parked' and park_code = 'mapping.unknown_code'
    union all select 'a job waits: ' || kind from job where state in ('queued', 'running')
    order by 1 limit 20`
  return rows.map(({ line }) => line)
}

async function stateText(db: Database): Promise<string> {
  const rows = await db<{ line: string }>`
    select concat_ws(' ', 'order', connection_id, order_no, status, after_sale, payable_minor, item_count, parcel_count, report, record) as line from sales_order
    union all select concat_ws(' ', 'fact', subject, kind, at, tracking_no) from fact
    union all select concat_ws(' ', 'hold', key, kind, state) from stock_hold
    union all select concat_ws(' ', 'level', sku, warehouse, physical, locked) from stock_level
    union all select concat_ws(' ', 'waybill', reference, tracking_no, state, carrier) from waybill
    union all select concat_ws(' ', 'intent', effect, state, attempts, last_code) from outbox_intent
    order by 1`
  return rows.map(({ line }) => line).join('\n')
}
