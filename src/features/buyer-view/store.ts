import type { Instant } from '#kernel/clock.ts'
import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'

export type OrderRow = {
  readonly id: bigint
  readonly order_no: string
  readonly status: string
  readonly recipient: Uint8Array | null
  readonly numbers: readonly string[]
}

/** Orders with this number, in whichever shop; 10 at most. */
export async function readOrders(sql: Sql, orderNo: string): Promise<OrderRow[]> {
  return await sql<OrderRow>`
    select o.id, o.order_no, o.status, r.value as recipient,
      array(select p ->> 'trackingNo' from jsonb_array_elements(coalesce(o.record -> 'parcels', '[]')) p
        where coalesce(p ->> 'status', '') <> 'void') as numbers
    from sales_order o left join order_register r on r.order_id = o.id and r.part = 'recipient'
    where o.order_no = ${orderNo} order by o.id limit 10`
}

export type ScanRow = {
  readonly tracking_no: string
  readonly kind: string
  readonly at: Instant | null
  readonly received_at: Instant
  readonly carrier: string | null
  readonly place: string | null
  readonly words: string | null
}
const SHOWN = [
  'waybill_issued',
  'picked_up',
  'in_transit',
  'out_for_delivery',
  'ready_for_pickup',
  'delivery_failed',
  'exception',
  'delivered',
  'delivery_revoked',
  'returning',
  'signed_back',
]

/** What happened to these parcels, oldest first; what nobody can place in time stands where it was heard. 300 each at most. */
export async function readScans(sql: Sql, numbers: readonly string[]): Promise<ScanRow[]> {
  if (numbers.length === 0) return []
  return await sql<ScanRow>`
    select n.no as tracking_no, f.* from unnest(${textArray([...numbers])}::text[]) as n (no)
    cross join lateral (
      select distinct on (coalesce(at, received_at), kind, detail ->> 'place') kind, at, received_at, detail ->> 'carrier' as carrier,
        detail ->> 'place' as place, detail ->> 'words' as words
      from fact where subject = 'parcel:' || n.no and kind = any(${textArray(SHOWN)}::text[])
      order by coalesce(at, received_at), kind, detail ->> 'place' limit 300
    ) f
    order by n.no, coalesce(f.at, f.received_at)`
}

export type StateRow = {
  readonly tracking_no: string
  readonly carrier: string | null
  readonly state: string
}
export async function readStates(sql: Sql, numbers: readonly string[]): Promise<Map<string, StateRow>> {
  if (numbers.length === 0) return new Map()
  const rows = await sql<StateRow>`
    select tracking_no, carrier, state from parcel_standing where tracking_no = any(${textArray([...numbers])}::text[])`
  return new Map(rows.map((row) => [row.tracking_no, row]))
}

/** Wrong guesses at an order since then. */
export async function wrongSince(sql: Sql, orderNo: string, since: Instant): Promise<number> {
  const [row] = await sql<{ wrong: bigint | null }>`
    select sum(wrong) as wrong from buyer_guess where order_no = ${orderNo} and minute >= ${since}`
  return Number(row?.wrong ?? 0n)
}

export async function noteWrong(sql: Sql, orderNo: string, minute: Instant): Promise<void> {
  await sql`
    insert into buyer_guess (order_no, minute, wrong) values (${orderNo}, ${minute}, 1)
    on conflict (order_no, minute) do update set wrong = buyer_guess.wrong + 1`
}

export async function pruneGuesses(sql: Sql, before: Instant): Promise<void> {
  await sql`delete from buyer_guess where minute < ${before}`
}

/** Which of these orders were merged into one with others: their parcels belong to each. */
export async function leadNumbers(sql: Sql, ids: readonly bigint[]): Promise<Map<bigint, string[]>> {
  if (ids.length === 0) return new Map()
  const rows = await sql<{ id: bigint; numbers: string[] }>`
    select o.id, array_agg(distinct w.tracking_no) as numbers
    from unnest(${int8Array([...ids])}::bigint[]) as o (id)
    join waybill w on w.order_ids @> array[o.id] and w.tracking_no is not null and w.state in ('issued', 'cancelling')
    group by o.id`
  return new Map(rows.map((row) => [row.id, row.numbers]))
}
