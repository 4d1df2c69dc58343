import type { Instant } from '#kernel/clock.ts'
import { formatMoney } from '#kernel/money.ts'
import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import { json, type Sql } from '#platform/postgres/database.ts'
import type { RequestState } from './core/decide.ts'
import type { HoldFace, OpenLine, OrderFace, ShortOrder } from './core/figures.ts'

/** Holds with their open lines, in order of id. */
export async function readHoldFaces(sql: Sql, ids: readonly bigint[]): Promise<HoldFace[]> {
  type Row = {
    readonly id: bigint
    readonly key: string
    readonly state: string
    readonly kind: string
    readonly owner_kind: string
    readonly owner: string
    readonly reference: string
    readonly deadline_at: Instant
    readonly heartbeat_at: Instant
    readonly lines: readonly OpenLine[] | null
  }
  const rows = await sql<Row>`
    select h.id, h.key, h.state, h.kind, h.owner_kind, h.owner, h.reference, h.deadline_at, h.heartbeat_at, (
      select jsonb_agg(jsonb_build_object('sku', t.sku, 'warehouse', t.warehouse, 'warehouseName', coalesce(w.name, t.warehouse),
        'pieces', t.open, 'available', coalesce(l.available, 0)) order by t.sku, t.warehouse)
      from stock_hold_line t left join warehouse w on w.code = t.warehouse
      left join stock_level l on l.sku = t.sku and l.warehouse = t.warehouse
      where t.hold_id = h.id and t.open > 0) as lines
    from stock_hold h where h.id = any(${int8Array(ids)}::bigint[]) order by h.id`
  return rows.map((row) => ({
    id: row.id,
    key: row.key,
    state: row.state,
    kind: row.kind,
    ownerKind: row.owner_kind,
    owner: row.owner,
    reference: row.reference,
    deadlineAt: row.deadline_at,
    heartbeatAt: row.heartbeat_at,
    lines: row.lines ?? [],
  }))
}

/** Orders by the text of their id, with the promise that falls due first. */
export async function readOrderFaces(sql: Sql, owners: readonly string[]): Promise<Map<string, OrderFace>> {
  type Row = {
    readonly id: bigint
    readonly order_no: string
    readonly status: string
    readonly shop: string
    readonly title: string | null
    readonly currency: string | null
    readonly payable_minor: bigint | null
    readonly parcels: readonly { readonly trackingNo: string; readonly status: string }[]
    readonly due_at: Instant | null
    readonly penalty_minor: bigint | null
    readonly penalty_currency: string | null
  }
  const ids = owners.filter((owner) => /^\d{1,18}$/.test(owner))
  const rows = await sql<Row>`
    select o.id, o.order_no, o.status, coalesce(c.name, o.connection_id) as shop, o.first_title as title, o.currency, o.payable_minor,
      coalesce(o.record -> 'parcels', '[]'::jsonb) as parcels, p.due_at, p.penalty_minor, p.currency as penalty_currency
    from sales_order o left join connection c on c.id = o.connection_id
    left join lateral (
      select due_at, penalty_minor, currency from order_promise p
      where p.order_id = o.id and p.state in ('running', 'breached') order by due_at limit 1
    ) p on true
    where o.id = any(${textArray(ids)}::text[]::bigint[])`
  return new Map(
    rows.map((row) => [
      row.id.toString(),
      {
        id: row.id,
        orderNo: row.order_no,
        status: row.status,
        shop: row.shop,
        title: row.title,
        payable: moneyOf(row.payable_minor, row.currency),
        promiseDueAt: row.due_at,
        penalty: moneyOf(row.penalty_minor, row.penalty_currency),
        parcels: row.parcels.map(({ trackingNo, status }) => ({ trackingNo, status })),
      },
    ]),
  )
}

function moneyOf(minor: bigint | null, currency: string | null): OrderFace['payable'] {
  return minor === null || currency === null ? null : { currency, amount: formatMoney({ currency, minor }) }
}

/** Orders that lack one of these SKUs, the longest waiting first. */
export async function readShortOrders(
  sql: Sql,
  skus: readonly string[],
  limit: number,
): Promise<ShortOrder[]> {
  type Row = {
    readonly order_id: bigint
    readonly order_no: string
    readonly shortage: readonly { readonly sku?: unknown; readonly wanted?: unknown }[]
  }
  const rows = await sql<Row>`
    select s.order_id, o.order_no, s.shortage from order_stock s join sales_order o on o.id = s.order_id
    where s.state = 'short' and jsonb_typeof(s.shortage) = 'array'
      and exists (select from jsonb_array_elements(s.shortage) lacking where lacking ->> 'sku' = any(${textArray(skus)}::text[]))
    order by s.since, s.order_id limit ${limit}`
  return rows.map((row) => ({
    id: row.order_id,
    orderNo: row.order_no,
    lacks: row.shortage.map(({ sku, wanted }) => ({ sku: String(sku), wanted: Number(wanted) })),
  }))
}

/** Pieces that may be sold to anyone, by SKU. */
export async function readSellable(sql: Sql, skus: readonly string[]): Promise<Map<string, number>> {
  const rows = await sql<{ sku: string; sellable: bigint }>`
    select l.sku, sum(greatest(0, l.available - l.safety))::bigint as sellable
    from stock_level l join warehouse w on w.code = l.warehouse and w.active
    where l.sku = any(${textArray(skus)}::text[]) group by l.sku`
  return new Map(rows.map((row) => [row.sku, Number(row.sellable)]))
}

/** Of these holds, those that somebody has asked to free. */
export async function readAsked(sql: Sql, holds: readonly bigint[]): Promise<Set<bigint>> {
  const rows = await sql<{ hold_id: bigint }>`
    select hold_id from unlock_request where state = 'waiting' and hold_id = any(${int8Array(holds)}::bigint[])`
  return new Set(rows.map((row) => row.hold_id))
}

export type NewRequest = {
  readonly holdId: bigint
  readonly holdKey: string
  readonly frees: unknown
  readonly endangers: unknown
}

/** Writes one request; null where somebody was faster. */
export async function insertRequest(
  tx: Sql,
  request: NewRequest,
  asked: { readonly by: string; readonly byId: string; readonly reason: string; readonly at: Instant },
): Promise<bigint | null> {
  const [row] = await tx<{ id: bigint }>`
    insert into unlock_request (hold_id, hold_key, state, reason, frees, endangers, asked_by, asked_by_id, asked_at)
    values (${request.holdId}, ${request.holdKey}, 'waiting', ${asked.reason}, ${json(request.frees)}::jsonb,
      ${json(request.endangers)}::jsonb, ${asked.by}, ${asked.byId}, ${asked.at})
    on conflict (hold_id) where state = 'waiting' do nothing returning id`
  return row?.id ?? null
}

export type RequestRow = {
  readonly id: bigint
  readonly hold_id: bigint
  readonly hold_key: string
  readonly state: RequestState
  readonly reason: string
  readonly frees: unknown
  readonly endangers: unknown
  readonly asked_by: string
  readonly asked_by_id: string
  readonly asked_at: Instant
  readonly decided_by: string | null
  readonly decided_at: Instant | null
  readonly decision_words: string | null
}

/** Requests for a decision, locked in order of id. */
export async function lockRequests(tx: Sql, ids: readonly bigint[]): Promise<RequestRow[]> {
  return await tx<RequestRow>`
    select * from unlock_request where id = any(${int8Array(ids)}::bigint[]) order by id for update`
}

export async function readRequest(sql: Sql, id: bigint): Promise<RequestRow | null> {
  const [row] = await sql<RequestRow>`select * from unlock_request where id = ${id}`
  return row ?? null
}

export async function endRequest(
  tx: Sql,
  id: bigint,
  end: {
    readonly state: Exclude<RequestState, 'waiting'>
    readonly by: string
    readonly words: string
    readonly at: Instant
    readonly figures: unknown
  },
): Promise<void> {
  await tx`
    update unlock_request set state = ${end.state}, decided_by = ${end.by}, decided_at = ${end.at}, decision_words = ${end.words},
      decided_figures = ${json(end.figures)}::jsonb
    where id = ${id}`
}

/** Requests whose hold has ended by itself have nothing to decide; answers how many. */
export async function endMoot(sql: Sql, now: Instant): Promise<number> {
  const rows = await sql`
    update unlock_request u set state = 'moot', decided_by = 'hub', decided_at = ${now}, decision_words = ''
    where state = 'waiting' and not exists (select from stock_hold h where h.id = u.hold_id and h.state = 'held') returning id`
  return rows.length
}

/** Newest first; the waiting ones by themselves the oldest first. */
export async function readRequests(
  sql: Sql,
  state: RequestState | null,
  after: { readonly at: Instant; readonly id: bigint } | null,
  limit: number,
): Promise<RequestRow[]> {
  const at = after?.at ?? null
  const id = after?.id ?? 0n
  if (state === 'waiting')
    return await sql<RequestRow>`
      select * from unlock_request where state = 'waiting' and (${at === null} or (asked_at, id) > (${at}::timestamptz, ${id}::bigint))
      order by asked_at, id limit ${limit}`
  return await sql<RequestRow>`
    select * from unlock_request where (${state === null} or state = ${state ?? ''})
      and (${at === null} or (asked_at, id) < (${at}::timestamptz, ${id}::bigint))
    order by asked_at desc, id desc limit ${limit}`
}

export type OverdueFigures = {
  readonly holds: bigint
  readonly pieces: bigint
  readonly oldest: Instant | null
  readonly alive: bigint
}

/** Holds past their deadline that wait for a person. */
export async function readOverdue(sql: Sql, now: Instant): Promise<OverdueFigures> {
  const [row] = await sql<OverdueFigures>`
    select count(*) as holds, min(deadline_at) as oldest, count(*) filter (where owner_kind = 'order') as alive,
      coalesce(sum((select sum(open) from stock_hold_line t where t.hold_id = h.id)), 0)::bigint as pieces
    from stock_hold h where state = 'held' and deadline_at <= ${now} and on_deadline = 'ask'`
  return row ?? { holds: 0n, pieces: 0n, oldest: null, alive: 0n }
}

export async function readWaiting(
  sql: Sql,
  before: Instant,
): Promise<{ readonly requests: bigint; readonly oldest: Instant | null }> {
  const [row] = await sql<{ requests: bigint; oldest: Instant | null }>`
    select count(*) as requests, min(asked_at) as oldest from unlock_request where state = 'waiting' and asked_at <= ${before}`
  return row ?? { requests: 0n, oldest: null }
}

/** Requests that wait for a decision. */
export async function countWaiting(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: bigint }>`select count(*) from unlock_request where state = 'waiting'`
  return Number(row?.count ?? 0)
}
