import type { Instant } from '#kernel/clock.ts'
import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import { json, type Sql } from '#platform/postgres/database.ts'
import type { InterceptState } from '../core/intercept.ts'
import type { Piece } from '../core/may-ship.ts'

export type InterceptRow = {
  readonly id: bigint
  readonly request_id: string
  readonly order_id: bigint
  readonly order_no: string
  readonly shop: string
  readonly tracking_no: string
  readonly carrier: string
  readonly connection_id: string
  readonly via: 'carrier' | 'partner'
  readonly reason: string
  readonly state: InterceptState
  readonly code: string | null
  readonly detail: string | null
  readonly asked_by: string
  readonly asked_at: Instant
  readonly answered_at: Instant | null
  readonly ended_at: Instant | null
  readonly looks: number
}

export async function insertIntercept(
  tx: Sql,
  one: Pick<
    InterceptRow,
    'request_id' | 'order_id' | 'tracking_no' | 'carrier' | 'connection_id' | 'via' | 'reason' | 'asked_by'
  >,
  now: Instant,
): Promise<bigint | null> {
  const [row] = await tx<{ id: bigint }>`
    insert into intercept (request_id, order_id, tracking_no, carrier, connection_id, via, reason, state, asked_by, asked_at, updated_at)
    values (${one.request_id} || '-' || (select count(*) + 1 from intercept where order_id = ${one.order_id}), ${one.order_id}, ${one.tracking_no}, ${one.carrier}, ${one.connection_id}, ${one.via}, ${one.reason}, 'wanted',
      ${one.asked_by}, ${now}, ${now}) on conflict do nothing returning id`
  return row?.id ?? null
}

export async function readIntercept(sql: Sql, id: bigint): Promise<InterceptRow | null> {
  return (
    (await readIntercepts(sql, { ids: [id], states: null, orderId: null, before: null, limit: 1 }))[0] ?? null
  )
}

export async function lockIntercept(tx: Sql, id: bigint): Promise<InterceptRow | null> {
  await tx`select id from intercept where id = ${id} for update`
  return await readIntercept(tx, id)
}

export async function readIntercepts(
  sql: Sql,
  filter: {
    readonly ids: readonly bigint[] | null
    readonly states: readonly string[] | null
    readonly orderId: bigint | null
    readonly before: bigint | null
    readonly limit: number
  },
): Promise<InterceptRow[]> {
  const { ids, states, orderId, before, limit } = filter
  return await sql<InterceptRow>`
    select i.*, o.order_no, coalesce(c.name, o.connection_id) as shop
    from intercept i join sales_order o on o.id = i.order_id left join connection c on c.id = o.connection_id
    where (${ids === null} or i.id = any(${int8Array(ids ?? [])}::bigint[]))
      and (${states === null} or i.state = any(${textArray(states ?? [])}::text[])) and (${before === null} or i.id < ${before ?? 0n})
      and (${orderId === null} or i.order_id = ${orderId ?? 0n})
    order by i.id desc limit ${limit}`
}

/** Intercepts that the parcel may still decide: all that did not end, and failed ones of the last days that nobody tried again. */
export async function readUnsettled(sql: Sql, since: Instant, limit: number): Promise<InterceptRow[]> {
  const rows = await sql<{ id: bigint }>`
    select i.id from intercept i where i.state in ('wanted', 'unknown', 'accepted', 'returning')
      or (i.state in ('refused', 'too_late', 'delivered') and i.asked_at > ${since}
        and not exists (select from intercept n where n.order_id = i.order_id and n.tracking_no = i.tracking_no and n.id > i.id))
    order by i.updated_at, i.id limit ${limit}`
  const ids = rows.map((row) => row.id)
  return ids.length === 0
    ? []
    : await readIntercepts(sql, { ids, states: null, orderId: null, before: null, limit })
}

export async function readDueLooks(sql: Sql, now: Instant, limit: number): Promise<InterceptRow[]> {
  const rows = await sql<{ id: bigint }>`
    select id from intercept where state in ('unknown', 'accepted', 'returning') and next_look_at <= ${now} order by next_look_at, id limit ${limit}`
  const ids = rows.map((row) => row.id)
  return ids.length === 0
    ? []
    : await readIntercepts(sql, { ids, states: null, orderId: null, before: null, limit })
}

export async function setIntercept(
  tx: Sql,
  id: bigint,
  to: {
    readonly state: InterceptState
    readonly code?: string | null
    readonly detail?: string | null
    readonly answered?: boolean
    readonly nextLook?: Instant | null
    readonly looked?: boolean
  },
  now: Instant,
): Promise<void> {
  const ended = to.state === 'back' || to.state === 'delivered' || to.state === 'withdrawn'
  await tx`
    update intercept set state = ${to.state}, code = case when ${to.code === undefined} then code else ${to.code ?? null} end,
      detail = case when ${to.detail === undefined} then detail else ${to.detail?.slice(0, 500) ?? null} end,
      answered_at = case when ${to.answered === true} then coalesce(answered_at, ${now}) else answered_at end,
      ended_at = case when ${ended} then coalesce(ended_at, ${now}) else null end,
      next_look_at = case when ${to.nextLook === undefined} then next_look_at else ${to.nextLook ?? null}::timestamptz end,
      looks = looks + ${to.looked === true ? 1 : 0}, updated_at = ${now}
    where id = ${id}`
}

export type DuplicateRow = {
  readonly id: bigint
  readonly order_id: bigint
  readonly order_no: string
  readonly shop: string
  readonly state: 'open' | 'kept' | 'gone'
  readonly tracking_nos: readonly string[]
  readonly stop_no: string | null
  readonly pieces: readonly Piece[]
  readonly found_at: Instant
  readonly decided_by: string | null
  readonly decided_at: Instant | null
  readonly words: string | null
}

/** Those of these orders that have several parcels, in the order of their ids. */
export async function ordersOfSeveral(sql: Sql, ids: readonly bigint[]): Promise<bigint[]> {
  const rows = await sql<{ id: bigint }>`
    select id from sales_order where id = any(${int8Array(ids)}::bigint[]) and parcel_count > 1 order by id`
  return rows.map((row) => row.id)
}

export async function openDuplicateOrders(sql: Sql, limit: number): Promise<bigint[]> {
  const rows = await sql<{
    order_id: bigint
  }>`select order_id from duplicate_shipment where state = 'open' order by id limit ${limit}`
  return rows.map((row) => row.order_id)
}

export async function readDuplicates(
  sql: Sql,
  filter: {
    readonly id: bigint | null
    readonly state: string | null
    readonly before: bigint | null
    readonly limit: number
  },
): Promise<DuplicateRow[]> {
  const { id, state, before, limit } = filter
  return await sql<DuplicateRow>`
    select d.*, o.order_no, coalesce(c.name, o.connection_id) as shop
    from duplicate_shipment d join sales_order o on o.id = d.order_id left join connection c on c.id = o.connection_id
    where (${id === null} or d.id = ${id ?? 0n}) and (${state === null} or d.state = ${state ?? ''}) and (${before === null} or d.id < ${before ?? 0n})
    order by d.id desc limit ${limit}`
}

/** The parcels of a duplicate that a person let go: the same ones are not asked about again. */
export async function readKept(sql: Sql, orderIds: readonly bigint[]): Promise<Map<bigint, string[]>> {
  const rows = await sql<{ order_id: bigint; tracking_nos: string[] }>`
    select order_id, tracking_nos from duplicate_shipment where state = 'kept' and order_id = any(${int8Array(orderIds)}::bigint[])`
  return new Map(
    [...Map.groupBy(rows, (row) => row.order_id)].map(([id, own]) => [
      id,
      own.map((row) => [...row.tracking_nos].sort().join(' ')),
    ]),
  )
}

export async function saveDuplicate(
  tx: Sql,
  orderId: bigint,
  found: {
    readonly trackingNos: readonly string[]
    readonly stop: string | null
    readonly pieces: readonly Piece[]
  },
  now: Instant,
): Promise<boolean> {
  const rows = await tx<{ fresh: boolean }>`
    insert into duplicate_shipment (order_id, state, tracking_nos, stop_no, pieces, found_at)
    values (${orderId}, 'open', ${textArray(found.trackingNos)}::text[], ${found.stop}, ${json(found.pieces)}::jsonb, ${now})
    on conflict (order_id) where state = 'open' do update
    set tracking_nos = excluded.tracking_nos, stop_no = excluded.stop_no, pieces = excluded.pieces
    returning (xmax = 0) as fresh`
  return rows[0]?.fresh ?? false
}

export async function endDuplicate(
  tx: Sql,
  one: { readonly id: bigint } | { readonly orderId: bigint },
  end: { readonly state: 'kept' | 'gone'; readonly by: string; readonly words: string },
  now: Instant,
): Promise<boolean> {
  const rows = await tx`
    update duplicate_shipment set state = ${end.state}, decided_by = ${end.by}, decided_at = ${now}, words = ${end.words}
    where state = 'open' and id = ${'id' in one ? one.id : null}::bigint or (state = 'open' and order_id = ${'orderId' in one ? one.orderId : null}::bigint)
    returning id`
  return rows.length > 0
}

export type DisputeRow = {
  readonly id: bigint
  readonly order_id: bigint
  readonly order_no: string
  readonly shop: string
  readonly tracking_no: string
  readonly words: string
  readonly state: 'open' | 'upheld' | 'dismissed' | 'withdrawn'
  readonly opened_by: string
  readonly opened_by_id: string
  readonly opened_at: Instant
  readonly decided_by: string | null
  readonly decided_at: Instant | null
  readonly decision_words: string | null
}

export async function insertDispute(
  tx: Sql,
  one: Pick<DisputeRow, 'order_id' | 'tracking_no' | 'words' | 'opened_by' | 'opened_by_id'>,
  now: Instant,
): Promise<bigint | null> {
  const [row] = await tx<{ id: bigint }>`
    insert into dispute (order_id, tracking_no, words, state, opened_by, opened_by_id, opened_at)
    values (${one.order_id}, ${one.tracking_no}, ${one.words}, 'open', ${one.opened_by}, ${one.opened_by_id}, ${now})
    on conflict do nothing returning id`
  return row?.id ?? null
}

export async function readDisputes(
  sql: Sql,
  filter: {
    readonly id: bigint | null
    readonly state: string | null
    readonly before: bigint | null
    readonly limit: number
  },
): Promise<DisputeRow[]> {
  const { id, state, before, limit } = filter
  return await sql<DisputeRow>`
    select d.*, o.order_no, coalesce(c.name, o.connection_id) as shop
    from dispute d join sales_order o on o.id = d.order_id left join connection c on c.id = o.connection_id
    where (${id === null} or d.id = ${id ?? 0n}) and (${state === null} or d.state = ${state ?? ''}) and (${before === null} or d.id < ${before ?? 0n})
    order by d.id desc limit ${limit}`
}

export async function lockDispute(tx: Sql, id: bigint): Promise<DisputeRow | null> {
  await tx`select id from dispute where id = ${id} for update`
  return (await readDisputes(tx, { id, state: null, before: null, limit: 1 }))[0] ?? null
}

export async function endDispute(
  tx: Sql,
  id: bigint,
  end: { readonly state: 'upheld' | 'dismissed' | 'withdrawn'; readonly by: string; readonly words: string },
  now: Instant,
): Promise<void> {
  await tx`
    update dispute set state = ${end.state}, decided_by = ${end.by}, decided_at = ${now}, decision_words = ${end.words} where id = ${id}`
}

export type DeskFigures = {
  readonly duplicates: bigint
  readonly waiting: bigint
  readonly waiting_oldest: Instant | null
  readonly failed: bigint
  readonly disputes: bigint
}
/** What waits for a person; failed: intercepts that did not work, of the last two weeks, whose duplicate nobody decided. */
export async function readFigures(sql: Sql, now: Instant): Promise<DeskFigures> {
  const [row] = await sql<DeskFigures>`
    select (select count(*) from duplicate_shipment where state = 'open') as duplicates,
      (select count(*) from reshipment where state = 'waiting') as waiting,
      (select min(asked_at) from reshipment where state = 'waiting') as waiting_oldest,
      (select count(*) from intercept i where i.state in ('refused', 'too_late', 'unknown', 'delivered') and i.asked_at > ${now.subtract({ hours: 336 })}
        and exists (select from duplicate_shipment d where d.order_id = i.order_id and d.state = 'open')) as failed,
      (select count(*) from dispute where state = 'open') as disputes`
  return row ?? { duplicates: 0n, waiting: 0n, waiting_oldest: null, failed: 0n, disputes: 0n }
}

/** The account and place of the last waybill with this number; null: the hub did not make it. */
export async function readWaybillOf(
  sql: Sql,
  trackingNo: string,
): Promise<{
  readonly account_id: bigint | null
  readonly connection_id: string
  readonly carrier: string
  readonly warehouse: string | null
} | null> {
  const [row] = await sql<{
    account_id: bigint | null
    connection_id: string
    carrier: string
    warehouse: string | null
  }>`
    select account_id, connection_id, carrier, warehouse from waybill
    where tracking_no = ${trackingNo} and connection_id is not null order by id desc limit 1`
  return row ?? null
}
