import type { SimOrder } from '../platform.ts'
import type { Accounts } from './accounts.ts'
import type { Crew } from './crew.ts'
import { openingOf, SKUS, WAREHOUSES } from './goods.ts'
import type { Life } from './ledger.ts'
import type { PressBook } from './press.ts'
import type { QueueBook } from './queue.ts'
import type { RuleBook } from './rule-desk.ts'
import type { Stage } from './stage.ts'

// Everything between a paid order and the parcel at the buyer's door, as the world's books and the hub's database have it.

export type HubWaybill = {
  readonly orderNos: readonly string[]
  readonly parcelNo: string
  readonly reference: string
  readonly state: string
  readonly trackingNo: string | null
  readonly connector: string | null
  readonly code: string | null
}
export type HubPlan = {
  readonly orderNo: string
  readonly state: string
  readonly code: string | null
  readonly parcels: readonly {
    readonly parcelNo: string
    readonly state: string
    readonly pieces: readonly {
      readonly orderNo: string
      readonly lineId: string
      readonly quantity: number
    }[]
  }[]
  readonly splitVersion: string | null
}
/** A parcel in the book of the carrier that numbered it. */
export type CarrierParcel = {
  readonly trackingNo: string
  readonly reference: string
  readonly isCancelled: boolean
  /** Whether its carrier tells what happens to it; where nobody does, the hub knows its number and no more. */
  readonly isTold: boolean
  /** What happened to it, earliest first. */
  readonly standings: readonly string[]
}
export type Place = {
  readonly sku: string
  readonly warehouse: string
  /** The opening count and every receipt that was answered. */
  readonly cameIn: number
  readonly physical: number
  readonly locked: number
  /** Movements: opening and receipts, what left by a hold, what came back, and all of them. */
  readonly counted: number
  readonly left: number
  readonly back: number
  readonly moved: number
  /** Committed and open pieces of its holds. */
  readonly committed: number
  readonly open: number
}
export type OrderGoods = {
  readonly orderNo: string
  readonly state: string
  readonly open: number
  readonly committed: number
}
export type RuleDecision = {
  readonly orderNo: string
  readonly version: string
  readonly atMs: number
  readonly id: bigint
}
export type Delivery = {
  readonly orders: readonly {
    readonly life: Life
    readonly book: SimOrder
    readonly status: string | null
    readonly trackingNos: readonly string[]
  }[]
  readonly plans: readonly HubPlan[]
  readonly waybills: readonly HubWaybill[]
  readonly carrierParcels: readonly CarrierParcel[]
  readonly goods: readonly OrderGoods[]
  readonly places: readonly Place[]
  readonly decisions: readonly RuleDecision[]
  readonly quotes: readonly {
    readonly orderNo: string
    readonly version: string
    readonly minor: number
    readonly parcels: number
  }[]
  readonly rules: RuleBook
  readonly press: PressBook
  /** Waybills whose label stands in more than one batch that nobody gave a reason for. */
  readonly drawnTwice: readonly string[]
  readonly queue:
    | (QueueBook & { readonly orders: readonly { readonly orderNo: string; readonly messages: number }[] })
    | null
  readonly parts: Stage['outfit']['parts']
}

export async function readDelivery(stage: Stage, crew: Crew, accounts: Accounts): Promise<Delivery> {
  const { sql } = stage.database
  const { outfit } = stage
  const { yard, queue, parts } = outfit
  const orders = accounts.orders
    .filter(({ life }) => life.course.byHub === true)
    .map(({ life, book, hub }) => ({
      life,
      book,
      status: hub?.status ?? null,
      trackingNos: hub?.trackingNos ?? [],
    }))
  const waybills = await sql<HubWaybill>`
    select (select array_agg(o.order_no) from sales_order o where o.id = any(w.order_ids)) as "orderNos", w.parcel_no as "parcelNo",
      w.reference, w.state, w.tracking_no as "trackingNo", c.kind as connector, w.code
    from waybill w left join connection c on c.id = w.connection_id where not (w.replaced and w.state in ('void', 'cancelled')) order by w.id`
  const decisions = await sql<RuleDecision>`
    select order_no as "orderNo", version_id::text as version, (extract(epoch from recorded_at) * 1000)::float8 as "atMs", id
    from rule_decision order by id`
  const quotes = await sql<Delivery['quotes'][number]>`
    select order_no as "orderNo", version_id::text as version, amount_minor::int as minor, parcels from freight_quote where is_current`
  const goods = await sql<OrderGoods>`
    select o.order_no as "orderNo", s.state, coalesce(sum(l.open), 0)::int as open, coalesce(sum(l.committed), 0)::int as committed
    from order_stock s join sales_order o on o.id = s.order_id
      left join stock_hold h on h.key like 'hub:order:' || s.order_id || ':%' left join stock_hold_line l on l.hold_id = h.id
    group by o.order_no, s.state`
  const twice = await sql<{ words: string }>`
    select w.reference || ' in ' || string_agg(b.id::text, ', ') as words from label_item i join label_batch b on b.id = i.batch_id
      join waybill w on w.id = i.waybill_id
    where i.state = 'rendered' and i.print_no = 1 group by w.reference, i.piece having count(*) > 1`
  return {
    orders,
    plans: await readPlans(stage),
    waybills,
    carrierParcels: (yard?.book.parcels() ?? []).map(({ trackingNo, reference, cancelledAt, kind }) => ({
      trackingNo,
      reference,
      isTold: kind === 'sf',
      isCancelled: cancelledAt !== null,
      standings: (yard?.book.lifeOf(trackingNo) ?? []).map(({ standing }) => standing),
    })),
    goods,
    places: parts.has('stock') ? await readPlaces(stage, crew) : [],
    decisions,
    quotes,
    rules: crew.rules,
    press: crew.press,
    drawnTwice: twice.map((one) => one.words),
    queue: queue === null ? null : { ...queue.book, orders: await readQueueOrders(stage) },
    parts,
  }
}

async function readPlans({ database }: Stage): Promise<readonly HubPlan[]> {
  return await database.sql<HubPlan>`
    select p.order_no as "orderNo", p.state, p.code, p.split_version::text as "splitVersion",
      (select coalesce(json_agg(json_build_object('parcelNo', c.parcel_no, 'state', c.state, 'pieces',
          (select coalesce(json_agg(json_build_object('orderNo', o.order_no, 'lineId', i.line_id, 'quantity', i.quantity)), '[]')
           from plan_piece i join sales_order o on o.id = i.order_id where i.parcel_id = c.id)) order by c.seq), '[]')
       from plan_parcel c where c.lead_id = p.lead_id and c.state <> 'void') as parcels
    from order_plan p order by p.order_id`
}

async function readPlaces({ database }: Stage, crew: Crew): Promise<readonly Place[]> {
  const rows = await database.sql<Omit<Place, 'cameIn'>>`
    with moved as (
      select sku, warehouse, sum(physical)::int as moved,
        coalesce(sum(physical) filter (where hold_id is not null and physical < 0), 0)::int as left,
        coalesce(sum(physical) filter (where evidence->>'reason' = 'opening' or evidence->>'reason' like 'receipt %'), 0)::int as counted,
        coalesce(sum(physical) filter (where physical > 0 and coalesce(evidence->>'reason', '') <> 'opening'
          and coalesce(evidence->>'reason', '') not like 'receipt %'), 0)::int as back
      from stock_movement group by 1, 2
    ), held as (select sku, warehouse, sum(committed)::int as committed, sum(open)::int as open from stock_hold_line group by 1, 2)
    select sku, warehouse, l.physical, l.locked, coalesce(m.moved, 0) as moved, coalesce(m.left, 0) as left, coalesce(m.counted, 0) as counted,
      coalesce(m.back, 0) as back, coalesce(h.committed, 0) as committed, coalesce(h.open, 0) as open
    from stock_level l left join moved m using (sku, warehouse) left join held h using (sku, warehouse)`
  const cameIn = new Map<string, number>()
  for (const sku of SKUS) for (const code of WAREHOUSES) cameIn.set(`${sku}@${code}`, openingOf(code))
  for (const { sku, warehouse, pieces } of crew.door.receipts.values()) {
    const place = `${sku}@${warehouse}`
    cameIn.set(place, (cameIn.get(place) ?? 0) + pieces)
  }
  return rows.map((row) => ({ ...row, cameIn: cameIn.get(`${row.sku}@${row.warehouse}`) ?? 0 }))
}

/** Messages with the same order are one order; how many of them were accepted is told beside it. */
async function readQueueOrders({ database, connections }: Stage) {
  return await database.sql<{ orderNo: string; messages: number }>`
    select o.order_no as "orderNo", (select count(*)::int from inbox_message m
        where m.connection_id = o.connection_id and m.verdict = 'accepted' and m.order_no = o.order_no) as messages
    from sales_order o where o.connection_id = ${connections.rabbitmq ?? ''}`
}
