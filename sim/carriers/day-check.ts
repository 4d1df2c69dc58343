import type { Database } from '#platform/postgres/database.ts'
import type { CarrierBook, TrueStanding } from './book.ts'

// The hub's facts against the world's book, by the simplest rule there is: a parcel stands where its latest event put it.

export type DayVerdict = {
  /** Tracking numbers that the book knows, old and new ones. */
  readonly numbers: number
  readonly right: number
  /** The first few that are not, in words. */
  readonly wrong: readonly string[]
  readonly wrongCount: number
  /** Orders whose status is what the parcel's life makes of it. */
  readonly ordersRight: number
  readonly ordersWrong: readonly string[]
  readonly parked: readonly string[]
  readonly byStanding: Readonly<Record<string, number>>
  /** What may be asked about: numbers with the desk that issued them. */
  readonly asked: readonly { readonly trackingNo: string; readonly kind: string }[]
}

const SHOWN = 12

/** A wait between two messages of one second is told in whichever order; `delivered` after `out_for_delivery` in the same second. */
export async function judgeDay(db: Database, book: CarrierBook): Promise<DayVerdict> {
  const truth = book.standings()
  const known = await hubStandings(db)
  const wrong: string[] = []
  const byStanding: Record<string, number> = {}
  for (const [number, standing] of truth) {
    byStanding[standing] = (byStanding[standing] ?? 0) + 1
    const hub = known.get(number) ?? 'unknown'
    if (hub !== standing)
      wrong.push(`${kindOf(book, number)} ${number}: the book says ${standing}, the hub ${hub}`)
  }
  const orders = await judgeOrders(db, book)
  const parked = await db<{ words: string }>`
    select park_code || ' ' || park_detail || ' x' || count(*) as words from inbox_task where state = 'parked'
    group by park_code, park_detail order by 1 limit ${SHOWN}`
  return {
    numbers: truth.size,
    right: truth.size - wrong.length,
    wrong: wrong.slice(0, SHOWN),
    wrongCount: wrong.length,
    ...orders,
    parked: parked.map(({ words }) => words),
    byStanding,
    asked: [...truth.keys()].map((number) => ({ trackingNo: number, kind: kindOf(book, number) })),
  }
}

function kindOf(book: CarrierBook, number: string): string {
  const parcel = book.parcelOf(number)
  return parcel?.kind ?? ''
}

/** The latest event of each number among its facts; `issued` where only its waybill is known. */
async function hubStandings(db: Database): Promise<Map<string, TrueStanding>> {
  const rows = await db<{ number: string; kind: TrueStanding }>`
    select distinct on (subject) substr(subject, 8) as number,
      case kind when 'waybill_issued' then 'issued' when 'waybill_cancelled' then 'cancelled' else kind end as kind
    from fact where subject like 'parcel:%'
    order by subject, kind = 'waybill_issued', at desc nulls last`
  return new Map(rows.map(({ number, kind }) => [number, kind]))
}

/** Where an order stands whose one parcel has lived through these events: docs/specs/order-status.md, rules 1 and 2, in the world's own words. */
function statusOf(events: readonly { readonly standing: TrueStanding }[]): string {
  let status = 'shipped'
  let before = 'shipped'
  for (const { standing } of events) {
    if (standing === 'delivered') {
      before = status === 'delivered' ? before : status
      status = 'delivered'
    } else if (standing === 'delivery_revoked') status = before
    else {
      const next = ORDER_STATUS[standing]
      if (next !== undefined && RANK.indexOf(next) > RANK.indexOf(status)) status = next
    }
  }
  return status
}
const ORDER_STATUS: Readonly<Partial<Record<TrueStanding, string>>> = {
  picked_up: 'picked_up',
  in_transit: 'in_transit',
  out_for_delivery: 'out_for_delivery',
  ready_for_pickup: 'out_for_delivery',
  returning: 'returning',
  signed_back: 'returned',
}
const RANK = ['shipped', 'picked_up', 'in_transit', 'out_for_delivery', 'delivered', 'returning', 'returned']

async function judgeOrders(
  db: Database,
  book: CarrierBook,
): Promise<{ ordersRight: number; ordersWrong: readonly string[] }> {
  const rows = await db<{ order_no: string; status: string }>`
    select order_no, status from sales_order where connection_id = 'shop'`
  const known = new Map(rows.map((row) => [row.order_no, row.status]))
  const wrong: string[] = []
  let right = 0
  for (const parcel of book.parcels()) {
    const lived = book.lifeOf(parcel.trackingNo)
    // The order was told one number; whether it learns the one under which its parcel went on depends on the carrier's words.
    const own = statusOf(lived.filter(({ event }) => event.trackingNo === parcel.trackingNo))
    const expected = new Set([own, statusOf(lived.filter(({ event }) => event.kind !== 'number_changed'))])
    const hub = known.get(parcel.reference) ?? 'unknown'
    if (expected.has(hub)) right += 1
    else wrong.push(`${parcel.kind} ${parcel.reference} (${parcel.course}): should be ${own}, is ${hub}`)
  }
  return { ordersRight: right, ordersWrong: wrong.slice(0, SHOWN) }
}
