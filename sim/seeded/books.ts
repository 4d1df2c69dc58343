import type { FactKind } from '#domain/fact.ts'
import type { AfterSale, OrderStatus, ParcelStage } from '#domain/order-status.ts'
import type { Instant } from '#kernel/clock.ts'
import type { Database } from '#platform/postgres/database.ts'

// The end of a run: what truly happened, as the simulated world wrote it down, against what the hub believes. The world's book knows no
// table and the hub's no simulator; both are this plain data.

export type BookLine = {
  readonly lineId: string
  readonly shopSku: string
  readonly quantity: number
  readonly gift: boolean
}

/** A field that is left out was not written down by the world and is not compared; `null` means that there is none. */
export type BookOrder = {
  /** The shop, as the hub's connection is called. */
  readonly connection: string
  readonly orderNo: string
  readonly status?: OrderStatus
  readonly afterSale?: AfterSale
  readonly placedAt?: Instant | null
  readonly paidAt?: Instant | null
  readonly currency?: string | null
  readonly payableMinor?: bigint | null
  /** '' where the buyer wrote nothing. */
  readonly buyerNote?: string
  readonly lines?: readonly BookLine[]
  /** Numbers of the live parcels, in any order. */
  readonly trackingNos?: readonly string[]
}

/** `at` is null where nobody can know it (a source that lies about its clock): then only that it happened is compared. */
export type BookEvent = { readonly kind: FactKind; readonly at: Instant | null }

export type BookParcel = {
  readonly trackingNo: string
  /** Canonical carrier code of `domain/carrier.ts`. */
  readonly carrier?: string | null
  readonly stage?: ParcelStage | 'void'
  /** Every scan of the carrier. Repeats of one scan are one. */
  readonly events?: readonly BookEvent[]
}

export type BookStock = { readonly sku: string; readonly warehouse: string; readonly physical: number }

/** What a shop was told by the hub and took: a shipment of one order by one number, and how many times. */
export type BookReport = {
  readonly connection: string
  readonly orderNo: string
  readonly trackingNo: string
  readonly times: number
}

export type WorldBook = {
  readonly orders: readonly BookOrder[]
  readonly parcels: readonly BookParcel[]
  readonly stock: readonly BookStock[]
  readonly reports: readonly BookReport[]
}

export type BookDifference = {
  readonly book: 'order' | 'parcel' | 'stock' | 'report'
  /** Whose: shop and order number, tracking number, SKU and warehouse. */
  readonly subject: string
  readonly field: string
  /** For a person: what the world says and what the hub says. */
  readonly words: string
}

/** Compares the hub's books, as they are committed now, with the world's. Empty where they agree in every field that the world wrote down. */
export async function compareBooks(db: Database, world: WorldBook): Promise<readonly BookDifference[]> {
  return differencesOf(world, await readHubBook(db))
}

/** Orders by shop and number, then parcels, stock and reports; what only one book knows is a difference. Pure. */
export function differencesOf(world: WorldBook, hub: WorldBook): readonly BookDifference[] {
  return [
    ...compareEach('order', world.orders, hub.orders, orderOf, orderFields),
    ...compareEach('parcel', world.parcels, hub.parcels, (one) => one.trackingNo, parcelFields),
    ...compareEach('stock', world.stock, hub.stock, placeOf, (one) => ({ physical: `${one.physical}` }), {
      // A place that one book has empty and the other does not have is no difference.
      isNothing: (one) => one.physical === 0,
    }),
    ...compareEach('report', world.reports, hub.reports, reportOf, (one) => ({ times: `${one.times}` })),
  ]
}

const orderOf = (one: BookOrder): string => `${one.connection} ${one.orderNo}`
const placeOf = (one: BookStock): string => `${one.sku} @ ${one.warehouse}`
const reportOf = (one: BookReport): string => `${one.connection} ${one.orderNo} ${one.trackingNo}`

type Fields = Readonly<Record<string, string | undefined>>

function orderFields(order: BookOrder): Fields {
  return {
    status: order.status,
    afterSale: order.afterSale,
    placedAt: textOf(order.placedAt, timeText),
    paidAt: textOf(order.paidAt, timeText),
    currency: textOf(order.currency, String),
    payable: textOf(order.payableMinor, String),
    buyerNote: order.buyerNote === undefined ? undefined : `"${order.buyerNote}"`,
    lines: order.lines
      ?.map((line) => `${line.lineId} ${line.shopSku}x${line.quantity}${line.gift ? ' gift' : ''}`)
      .sort()
      .join(', '),
    trackingNos: order.trackingNos?.toSorted().join(', '),
  }
}

function parcelFields(parcel: BookParcel): Fields {
  return { carrier: textOf(parcel.carrier, String), stage: parcel.stage }
}

function textOf<T>(value: T | null | undefined, write: (value: T) => string): string | undefined {
  return value === undefined ? undefined : value === null ? 'none' : write(value)
}

/** Sources speak in milliseconds at best. */
function timeText(instant: Instant): string {
  return instant.round({ smallestUnit: 'millisecond', roundingMode: 'floor' }).toString()
}

function compareEach<T>(
  book: BookDifference['book'],
  world: readonly T[],
  hub: readonly T[],
  subjectOf: (one: T) => string,
  fieldsOf: (one: T) => Fields,
  { isNothing = () => false }: { readonly isNothing?: (one: T) => boolean } = {},
): BookDifference[] {
  const believed = new Map(hub.map((one) => [subjectOf(one), one]))
  const real = new Set(world.map(subjectOf))
  const told = world.flatMap((one): BookDifference[] => {
    const subject = subjectOf(one)
    const other = believed.get(subject)
    if (other === undefined)
      return isNothing(one)
        ? []
        : [{ book, subject, field: 'there', words: `${book} ${subject} is real, and the hub has none` }]
    const is = fieldsOf(other)
    const fields = Object.entries(fieldsOf(one)).flatMap(([field, text]): BookDifference[] =>
      text === undefined || text === is[field]
        ? []
        : [
            {
              book,
              subject,
              field,
              words: `${book} ${subject}: ${field} is ${text}, the hub says ${is[field] ?? 'nothing'}`,
            },
          ],
    )
    return [...fields, ...eventDifferences(subject, one, other)]
  })
  const strangers = hub
    .filter((one) => !real.has(subjectOf(one)) && !isNothing(one))
    .map((one): BookDifference => {
      const subject = subjectOf(one)
      return { book, subject, field: 'there', words: `${book} ${subject} is not real, and the hub has it` }
    })
  return [...told, ...strangers]
}

function eventDifferences(subject: string, world: unknown, hub: unknown): BookDifference[] {
  const real = (world as Partial<BookParcel>).events
  if (real === undefined) return []
  const heard = (hub as Partial<BookParcel>).events ?? []
  const is = new Set(heard.flatMap((event) => [eventText(event), event.kind]))
  const timed = new Set(real.map(eventText))
  const untimed = new Set(real.filter((event) => event.at === null).map((event) => event.kind))
  const unheard = real
    .filter((event) => !is.has(event.at === null ? event.kind : eventText(event)))
    .map((event) => `${eventText(event)} happened, and the hub never heard of it`)
  const invented = heard
    .filter((event) => !timed.has(eventText(event)) && !untimed.has(event.kind))
    .map((event) => `the hub believes ${eventText(event)}, which never happened`)
  return [...new Set([...unheard, ...invented])].map((words) => ({
    book: 'parcel',
    subject,
    field: 'events',
    words: `parcel ${subject}: ${words}`,
  }))
}

function eventText({ kind, at }: BookEvent): string {
  return `${kind} ${at === null ? 'at an unknown time' : timeText(at)}`
}

/** The hub's books from its own tables. Facts of a parcel are those that were told of its number; the hub's own reports are none. */
export async function readHubBook(db: Database): Promise<WorldBook> {
  const [orders, parcels, events, stock, reports] = await Promise.all([
    readOrders(db),
    db<{ trackingNo: string; carrier: string | null; stage: ParcelStage | 'void' }>`
      select distinct on (1) p ->> 'trackingNo' as "trackingNo", p ->> 'carrier' as carrier, p ->> 'status' as stage
      from sales_order o cross join jsonb_array_elements(o.record -> 'parcels') p order by 1, o.id`,
    db<{ no: string; kind: FactKind; at: Instant | null }>`
      select distinct substr(subject, 8) as no, kind, at from fact where subject like 'parcel:%' order by 1, 3, 2`,
    db<BookStock>`select sku, warehouse, physical from stock_level order by 1, 2`,
    db<BookReport>`
      select k.connection_id as connection, k.order_no as "orderNo", f.tracking_no as "trackingNo", count(distinct f.id)::int as times
      from fact f join order_key k on f.subject = 'order:' || k.connection_id || ':' || k.order_no
      where f.kind = 'shipment_reported' and f.detail ->> 'outcome' = 'accepted' and f.tracking_no is not null
      group by 1, 2, 3 order by 1, 2, 3`,
  ])
  const byNumber = Map.groupBy(events, (event) => event.no)
  return {
    orders,
    parcels: parcels.map((parcel) => ({
      ...parcel,
      events: (byNumber.get(parcel.trackingNo) ?? []).map(({ kind, at }) => ({ kind, at })),
    })),
    stock,
    reports,
  }
}

async function readOrders(db: Database): Promise<BookOrder[]> {
  return await db<BookOrder>`
    select o.connection_id as connection, o.order_no as "orderNo", o.status, o.after_sale as "afterSale", o.placed_at as "placedAt",
      o.paid_at as "paidAt", o.currency, o.payable_minor as "payableMinor", coalesce(o.buyer_note, '') as "buyerNote",
      array(select jsonb_array_elements_text(o.record -> 'trackingNos')) as "trackingNos",
      coalesce((select jsonb_agg(jsonb_build_object('lineId', l ->> 'lineId', 'shopSku', l ->> 'shopSku',
        'quantity', (l ->> 'quantity')::int, 'gift', (l ->> 'gift')::boolean))
        from jsonb_array_elements(o.record -> 'lines') l), '[]') as lines
    from sales_order o order by o.connection_id, o.order_no`
}
