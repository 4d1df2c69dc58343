import type { Instant } from '#kernel/clock.ts'
import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import { json, type Sql } from '#platform/postgres/database.ts'
import type { Grant, Piece, ReshipmentState, Sent } from './core/may-ship.ts'
import type { UpheldDispute } from './core/proof.ts'

export const RESHIP_REASONS = ['missing', 'lost', 'damaged', 'disputed', 'other'] as const
export type ReshipReason = (typeof RESHIP_REASONS)[number]

export type ProofJson = {
  readonly kind: string
  readonly trackingNo: string | null
  readonly code: string
  readonly at: string | null
}
export type ReshipmentRow = {
  readonly id: bigint
  readonly order_id: bigint
  readonly order_no: string
  readonly connection_id: string
  readonly shop: string
  readonly order_status: string
  readonly reason: ReshipReason
  readonly words: string
  readonly pieces: readonly Piece[]
  readonly tracking_nos: readonly string[]
  readonly state: ReshipmentState
  readonly proof: readonly ProofJson[]
  readonly parcel_no: string | null
  readonly asked_by: string
  readonly asked_by_id: string
  readonly asked_at: Instant
  readonly decided_by: string | null
  readonly decided_at: Instant | null
  readonly decision_words: string | null
  readonly sent_at: Instant | null
  readonly send_code: string | null
  readonly send_detail: string | null
}

/** Lines of these orders, by order. */
export async function readOrdered(sql: Sql, ids: readonly bigint[]): Promise<Map<bigint, Piece[]>> {
  const rows = await sql<{ order_id: bigint; line_id: string; quantity: number }>`
    select order_id, line_id, quantity from order_line where order_id = any(${int8Array(ids)}::bigint[]) order by order_id, line_id`
  return new Map(
    [...Map.groupBy(rows, (row) => row.order_id)].map(([id, lines]) => [
      id,
      lines.map((line) => ({ lineId: line.line_id, quantity: line.quantity })),
    ]),
  )
}

/** Re-ships of these orders that were ever granted; one that a person decided stays granted whatever the facts say. */
export async function readGrants(sql: Sql, ids: readonly bigint[]): Promise<Map<bigint, Grant[]>> {
  const rows = await sql<{
    order_id: bigint
    state: ReshipmentState
    by_person: boolean
    tracking_nos: string[]
    pieces: Piece[]
  }>`
    select order_id, state, decided_by is not null as by_person, tracking_nos, pieces from reshipment
    where order_id = any(${int8Array(ids)}::bigint[]) and state in ('proven', 'approved', 'sent') order by id`
  return new Map(
    [...Map.groupBy(rows, (row) => row.order_id)].map(([id, own]) => [
      id,
      own.map((row) => ({
        state: row.state,
        byPerson: row.by_person,
        trackingNos: row.tracking_nos,
        pieces: row.pieces,
      })),
    ]),
  )
}

export async function readUpheld(sql: Sql, ids: readonly bigint[]): Promise<Map<bigint, UpheldDispute[]>> {
  const rows = await sql<{ order_id: bigint; tracking_no: string; decided_at: Instant }>`
    select order_id, tracking_no, decided_at from dispute where state = 'upheld' and order_id = any(${int8Array(ids)}::bigint[])`
  return new Map(
    [...Map.groupBy(rows, (row) => row.order_id)].map(([id, own]) => [
      id,
      own.map((row) => ({ trackingNo: row.tracking_no, at: row.decided_at })),
    ]),
  )
}

type WaybillOrder = {
  readonly connection: string
  readonly orderNo: string
  readonly lines?: readonly Piece[]
}

/** Waybills that were asked for or made for these orders, with their pieces; what nobody asked a carrier for is not among them. */
export async function readWaybills(
  sql: Sql,
  orders: readonly { readonly id: bigint; readonly connection: string; readonly orderNo: string }[],
): Promise<Map<bigint, (Sent & { readonly isOver: boolean })[]>> {
  const rows = await sql<{
    order_ids: bigint[]
    tracking_no: string | null
    state: string
    orders: WaybillOrder[]
  }>`
    select order_ids, tracking_no, state, orders from waybill
    where order_ids && ${int8Array(orders.map((order) => order.id))}::bigint[]
      and (state in ('asking', 'issued', 'cancelling') or tracking_no is not null)`
  return new Map(
    orders.map(({ id, connection, orderNo }) => [
      id,
      rows
        .filter((row) => row.order_ids.includes(id))
        .map((row) => {
          const own = row.orders.find((one) => one.connection === connection && one.orderNo === orderNo)
          const lines = own?.lines ?? []
          return {
            trackingNo: row.tracking_no,
            pieces: lines.length === 0 ? null : lines,
            isOver: row.state === 'cancelled' || row.state === 'void',
          }
        }),
    ]),
  )
}

export type NewReshipment = {
  readonly orderId: bigint
  readonly reason: ReshipReason
  readonly words: string
  readonly pieces: readonly Piece[]
  readonly trackingNos: readonly string[]
  readonly state: 'waiting' | 'proven'
  readonly proof: readonly ProofJson[]
}

export async function insertReshipment(
  tx: Sql,
  one: NewReshipment,
  by: { readonly name: string; readonly id: string },
  now: Instant,
): Promise<bigint> {
  const [row] = await tx<{ id: bigint }>`
    insert into reshipment (order_id, reason, words, pieces, tracking_nos, state, proof, asked_by, asked_by_id, asked_at, updated_at)
    values (${one.orderId}, ${one.reason}, ${one.words}, ${json(one.pieces)}::jsonb, ${textArray(one.trackingNos)}::text[], ${one.state},
      ${json(one.proof)}::jsonb, ${by.name}, ${by.id}, ${now}, ${now}) returning id`
  return row?.id ?? 0n
}

/** Re-ships by id, locked in order of id. */
export async function lockReshipments(tx: Sql, ids: readonly bigint[]): Promise<ReshipmentRow[]> {
  await tx`select id from reshipment where id = any(${int8Array(ids)}::bigint[]) order by id for update`
  return await readReshipments(tx, { ids, states: null, orderId: null, before: null, limit: ids.length })
}

export type ReshipmentFilter = {
  readonly ids: readonly bigint[] | null
  readonly states: readonly string[] | null
  readonly orderId: bigint | null
  readonly before: bigint | null
  readonly limit: number
}

/** Newest first. */
export async function readReshipments(sql: Sql, filter: ReshipmentFilter): Promise<ReshipmentRow[]> {
  const { ids, states, orderId, before, limit } = filter
  return await sql<ReshipmentRow>`
    select r.*, o.order_no, o.connection_id, o.status as order_status, coalesce(c.name, o.connection_id) as shop
    from reshipment r join sales_order o on o.id = r.order_id left join connection c on c.id = o.connection_id
    where (${ids === null} or r.id = any(${int8Array(ids ?? [])}::bigint[]))
      and (${states === null} or r.state = any(${textArray(states ?? [])}::text[]))
      and (${orderId === null} or r.order_id = ${orderId ?? 0n}) and (${before === null} or r.id < ${before ?? 0n})
    order by r.id desc limit ${limit}`
}

export async function setReshipment(
  tx: Sql,
  id: bigint,
  to: { readonly state: ReshipmentState; readonly proof?: readonly ProofJson[]; readonly parcelNo?: string },
  now: Instant,
): Promise<void> {
  await tx`
    update reshipment set state = ${to.state}, proof = case when ${to.proof === undefined} then proof else ${json(to.proof ?? [])}::jsonb end,
      parcel_no = coalesce(${to.parcelNo ?? null}, parcel_no), sent_at = case when ${to.state} = 'sent' then ${now} else sent_at end,
      send_code = null, send_detail = null, updated_at = ${now}
    where id = ${id}`
}

export async function noteDecision(
  tx: Sql,
  id: bigint,
  end: { readonly state: 'approved' | 'rejected' | 'withdrawn'; readonly by: string; readonly words: string },
  now: Instant,
): Promise<void> {
  await tx`
    update reshipment set state = ${end.state}, decided_by = ${end.by}, decided_at = ${now}, decision_words = ${end.words}, updated_at = ${now}
    where id = ${id}`
}

export async function noteSendRefused(
  tx: Sql,
  id: bigint,
  refusal: { readonly code: string; readonly detail: string },
  now: Instant,
): Promise<void> {
  await tx`update reshipment set send_code = ${refusal.code}, send_detail = ${refusal.detail.slice(0, 500)}, updated_at = ${now} where id = ${id}`
}

export type EventRow = {
  readonly at: Instant
  readonly what: string
  readonly actor: string
  readonly words: string
}
export async function writeEvent(
  tx: Sql,
  subject: string,
  event: {
    readonly what: string
    readonly actor: string
    readonly words?: string
    readonly detail?: unknown
  },
  now: Instant,
): Promise<void> {
  await tx`
    insert into reshipment_event (subject, at, what, actor, words, detail)
    values (${subject}, ${now}, ${event.what}, ${event.actor}, ${event.words ?? ''}, ${json(event.detail ?? {})}::jsonb)`
}

export async function readEvents(sql: Sql, subject: string): Promise<EventRow[]> {
  return await sql<EventRow>`
    select at, what, actor, words from reshipment_event where subject = ${subject} order by id desc limit 100`
}

export async function countReshipments(sql: Sql): Promise<Readonly<Record<string, number>>> {
  const rows = await sql<{
    state: string
    count: bigint
  }>`select state, count(*) as count from reshipment group by state`
  return Object.fromEntries(rows.map((row) => [row.state, Number(row.count)]))
}

/** Re-ships that the facts may decide or undecide: waiting ones, and granted ones that have not left. */
export async function readUndecided(sql: Sql, after: bigint, limit: number): Promise<ReshipmentRow[]> {
  const rows = await sql<{ id: bigint }>`
    select id from reshipment where state in ('waiting', 'proven', 'approved') and id > ${after} order by id limit ${limit}`
  const ids = rows.map((row) => row.id)
  return ids.length === 0
    ? []
    : (
        await readReshipments(sql, { ids, states: null, orderId: null, before: null, limit: ids.length })
      ).toReversed()
}

/** Re-ships whose every waybill was given up before a carrier had it: nothing will travel under them. */
export async function readGivenUp(
  sql: Sql,
  limit: number,
): Promise<{ readonly id: bigint; readonly order_id: bigint; readonly parcel_no: string }[]> {
  return await sql<{ id: bigint; order_id: bigint; parcel_no: string }>`
    select r.id, r.order_id, r.parcel_no from reshipment r
    where r.state = 'sent' and r.parcel_no is not null
      and exists (select from waybill w where w.lead_id = r.order_id and w.parcel_no = r.parcel_no)
      and not exists (
        select from waybill w where w.lead_id = r.order_id and w.parcel_no = r.parcel_no and w.state not in ('void', 'cancelled'))
    order by r.id limit ${limit}`
}

/** Takes back a grant that nothing was sent under; false where it is not `sent` any more. */
export async function withdrawSent(tx: Sql, id: bigint, words: string, now: Instant): Promise<boolean> {
  const rows = await tx`
    update reshipment set state = 'withdrawn', decision_words = coalesce(decision_words, ${words}), updated_at = ${now}
    where id = ${id} and state = 'sent' returning id`
  return rows.length > 0
}

export type OrderLineRow = {
  readonly line_id: string
  readonly title: string
  readonly sku: string
  readonly quantity: number
}
export type AskedOrderRow = {
  readonly id: bigint
  readonly order_no: string
  readonly shop: string
  readonly status: string
}
/** Orders of that number, of any shop, newest first; five at most. */
export async function readOrdersByNo(sql: Sql, orderNo: string): Promise<AskedOrderRow[]> {
  return await sql<AskedOrderRow>`
    select o.id, o.order_no, coalesce(c.name, o.connection_id) as shop, o.status from sales_order o
    left join connection c on c.id = o.connection_id where o.order_no = ${orderNo} order by o.id desc limit 5`
}

export async function readLinesOf(sql: Sql, orderId: bigint): Promise<OrderLineRow[]> {
  return await sql<OrderLineRow>`
    select line_id, title, coalesce(stock_sku, shop_sku) as sku, quantity from order_line where order_id = ${orderId} order by line_id`
}
