import type { Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { WaybillState } from '../make/store.ts'

export type ListRow = {
  readonly id: bigint
  readonly reference: string
  readonly parcel_no: string
  readonly lead_id: bigint
  readonly order_nos: readonly string[]
  readonly warehouse: string | null
  readonly account_id: bigint | null
  readonly account_name: string | null
  readonly connection_id: string | null
  readonly carrier: string | null
  readonly service: string | null
  readonly pieces: number
  readonly state: WaybillState
  readonly tracking_no: string | null
  readonly child_nos: readonly string[]
  readonly document_kind: string | null
  readonly code: string | null
  readonly detail: string | null
  readonly zh: string
  readonly en: string
  readonly attempts: number
  readonly chosen_because: string
  readonly wanted_at: Instant
  readonly issued_at: Instant | null
  readonly printed_at: Instant | null
  readonly cancelled_at: Instant | null
  readonly updated_at: Instant
}
export type ListFilter = {
  readonly state: string | null
  readonly carrier: string | null
  readonly warehouse: string | null
  readonly account: bigint | null
  readonly code: string | null
  /** true: printed ones; false: issued and not printed. */
  readonly printed: boolean | null
  /** Reference, parcel, tracking or order number. */
  readonly q: string | null
  readonly orderId: bigint | null
}

/** Waybills, the newest first. */
export async function readList(
  sql: Sql,
  filter: ListFilter,
  before: bigint | null,
  limit: number,
): Promise<ListRow[]> {
  const { state, carrier, warehouse, account, code, printed, q, orderId } = filter
  return await sql<ListRow>`
    select w.id, w.reference, w.parcel_no, w.lead_id, w.warehouse, w.account_id, a.name as account_name, w.connection_id, w.carrier,
      w.service, w.pieces, w.state, w.tracking_no, w.child_nos, w.document_kind, w.code, w.detail, w.zh, w.en, w.attempts,
      w.chosen_because, w.wanted_at, w.issued_at, w.printed_at, w.cancelled_at, w.updated_at,
      array(select o ->> 'orderNo' from jsonb_array_elements(w.orders) o) as order_nos
    from waybill w left join carrier_account a on a.id = w.account_id
    where (${before}::bigint is null or w.id < ${before})
      and (${state}::text is null or w.state = ${state})
      and (${carrier}::text is null or w.carrier = ${carrier})
      and (${warehouse}::text is null or w.warehouse = ${warehouse})
      and (${account}::bigint is null or w.account_id = ${account})
      and (${code}::text is null or w.code = ${code})
      and (${printed}::boolean is null or (w.state = 'issued' and (w.printed_at is not null) = ${printed}))
      and (${orderId}::bigint is null or w.order_ids @> array[${orderId}::bigint])
      and (${q}::text is null or w.reference = ${q} or w.parcel_no = ${q} or w.tracking_no = upper(${q})
        or w.order_ids && array(select id from sales_order where order_no = ${q} limit 50))
    order by w.id desc limit ${limit}`
}

export async function readOne(sql: Sql, id: bigint): Promise<ListRow | null> {
  const [row] = await sql<ListRow>`
    select w.*, a.name as account_name, array(select o ->> 'orderNo' from jsonb_array_elements(w.orders) o) as order_nos
    from waybill w left join carrier_account a on a.id = w.account_id where w.id = ${id}`
  return row ?? null
}

export type CountRow = { readonly state: WaybillState; readonly count: bigint }
/** How many stand where; of ended ones those of the last day. */
export async function readCounts(sql: Sql, since: Instant): Promise<CountRow[]> {
  return await sql<CountRow>`
    select state, count(*) as count from waybill
    where state in ('wanted', 'asking', 'review', 'cancelling') or (state = 'issued' and issued_at >= ${since})
      or (state in ('cancelled', 'void') and updated_at >= ${since})
    group by 1`
}

export async function countUnprinted(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: bigint }>`
    select count(*) as count from waybill
    where state = 'issued' and printed_at is null and issued_at > now() - interval '7 days'`
  return Number(row?.count ?? 0n)
}

export type ReasonRow = { readonly code: string; readonly carrier: string | null; readonly count: bigint }
/** What the ones in review were refused for. */
export async function readReasons(sql: Sql): Promise<ReasonRow[]> {
  return await sql<ReasonRow>`
    select coalesce(code, '') as code, carrier, count(*) as count from waybill where state = 'review' group by 1, 2
    order by 3 desc limit 50`
}

export type EventRow = {
  readonly id: bigint
  readonly at: Instant
  readonly what: string
  readonly actor: string
  readonly words: string
  readonly detail: unknown
}
export async function readEvents(sql: Sql, id: bigint, limit: number): Promise<EventRow[]> {
  return await sql<EventRow>`
    select id, at, what, actor, words, detail from waybill_event where waybill_id = ${id} order by id desc limit ${limit}`
}

export type AccountUse = { readonly account_id: bigint; readonly issued: bigint; readonly refused: bigint }
/** What accounts made and were refused since. */
export async function readAccountUse(sql: Sql, since: Instant): Promise<Map<bigint, AccountUse>> {
  const rows = await sql<AccountUse>`
    select account_id, count(*) filter (where state in ('issued', 'cancelling', 'cancelled')) as issued,
      count(*) filter (where state = 'review') as refused
    from waybill where account_id is not null and wanted_at >= ${since} group by 1`
  return new Map(rows.map((row) => [row.account_id, row]))
}
