import type { FactKind } from '#domain/fact.ts'
import { type Told, tellOnce } from '#domain/told-once.ts'
import type { Instant } from '#kernel/clock.ts'
import { connectionId } from '#kernel/id.ts'
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

type ToldRow = ScanRow & {
  readonly id: string
  readonly kind: FactKind
  readonly source: string
  readonly code: string
  readonly at_raw: string
}

/**
 * What happened to these parcels, oldest first, each happening once, whoever told it too; what nobody can place in time stands where it
 * was heard. 300 each at most.
 */
export async function readScans(sql: Sql, numbers: readonly string[]): Promise<ScanRow[]> {
  if (numbers.length === 0) return []
  const rows = await sql<ToldRow>`
    select n.no as tracking_no, f.* from unnest(${textArray([...numbers])}::text[]) as n (no)
    cross join lateral (
      select kind, at, received_at, detail ->> 'carrier' as carrier,
        detail ->> 'place' as place, detail ->> 'words' as words, id, source, code, at_raw
      from fact where subject = 'parcel:' || n.no and kind = any(${textArray(SHOWN)}::text[])
      order by coalesce(at, received_at), kind, detail ->> 'place', id limit 300
    ) f
    order by n.no, coalesce(f.at, f.received_at), f.kind, f.place`
  return [...Map.groupBy(rows, (row) => row.tracking_no).values()].flatMap((scans) =>
    tellOnce(scans.map(toldOf)).map(({ told }) => told.row),
  )
}

function toldOf(row: ToldRow): Told & { readonly row: ScanRow } {
  const { id, kind, source, code, at, at_raw: raw, place, words } = row
  return {
    id,
    kind,
    source: connectionId(source),
    code,
    at: { raw, instant: at, zone: null, provenance: at === null ? 'ambiguous' : 'explicit_offset' },
    detail: { place: place ?? '', words: words ?? '' },
    row,
  }
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

/** Guesses at one number wait for each other, over all processes, so that many at once are counted like one after another. */
export async function guessAlone(tx: Sql, orderNo: string): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtextextended(${`buyer_guess ${orderNo}`}, 0))`
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
