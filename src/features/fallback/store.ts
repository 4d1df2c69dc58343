import type { FactKind } from '#domain/fact.ts'
import type { OrderStatus, ParcelStage, ReportState } from '#domain/order-status.ts'
import type { Instant } from '#kernel/clock.ts'
import { AHEAD } from '#platform/postgres/ahead.ts'
import { boolArray, instantArray, int4Array, int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Watch, WatchedOrder } from './core/decide-watch.ts'

/** Facts that show that a parcel moves, or that somebody looked after it. */
const CARRIER_NEWS: readonly FactKind[] = [
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

type OrderRow = {
  id: bigint
  connection_id: string
  order_no: string
  status: OrderStatus
  report: ReportState
  placed_at: Instant | null
  paid_at: Instant | null
  spoke_at: Instant | null
  created_at: Instant
  parcels: readonly {
    readonly trackingNo: string
    readonly carrier: string | null
    readonly status: ParcelStage | 'void'
    readonly issuedAt?: string | null
    readonly dispatchedAt?: string | null
  }[]
}

/** What the watch of these orders is decided from; those that are not there are left out. */
export async function readOrders(
  sql: Sql,
  ids: readonly bigint[],
  canFetch: (shop: string) => boolean,
): Promise<WatchedOrder[]> {
  if (ids.length === 0) return []
  const rows = await sql<OrderRow>`
    select o.id, o.connection_id, o.order_no, o.status, o.report, o.placed_at, o.paid_at, o.created_at,
      coalesce(o.record -> 'parcels', '[]') as parcels,
      (select max(f.received_at) from fact f
        where f.subject = 'order:' || o.connection_id || ':' || o.order_no and f.source = o.connection_id) as spoke_at
    from sales_order o where o.id = any(${int8Array(ids)}::bigint[])`
  const subjects = rows.flatMap((row) => row.parcels.map((parcel) => `parcel:${parcel.trackingNo}`))
  const moved = await sql<{ subject: string; moved_at: Instant }>`
    select subject, max(received_at) as moved_at from fact
    where subject = any(${textArray(subjects)}::text[]) and kind = any(${textArray(CARRIER_NEWS)}::text[])
    group by subject`
  const movedAt = new Map(moved.map((row) => [row.subject, row.moved_at]))
  return rows.map((row) => ({
    id: row.id,
    shop: row.connection_id,
    orderNo: row.order_no,
    status: row.status,
    report: row.report,
    placedAt: row.placed_at,
    paidAt: row.paid_at,
    shopSpokeAt: row.spoke_at ?? row.created_at,
    canFetch: canFetch(row.connection_id),
    parcels: row.parcels.map((parcel) => ({
      trackingNo: parcel.trackingNo,
      carrier: parcel.carrier,
      stage: parcel.status,
      issuedAt: instantOf(parcel.dispatchedAt) ?? instantOf(parcel.issuedAt),
      movedAt: movedAt.get(`parcel:${parcel.trackingNo}`) ?? null,
    })),
  }))
}

function instantOf(text: string | null | undefined): Instant | null {
  return text === null || text === undefined ? null : Temporal.Instant.from(text)
}

export type AskRow = {
  readonly subject: string
  readonly order_id: bigint
  readonly shop_id: string
  readonly carrier: string | null
  readonly rule: string
  readonly due_at: Instant
  readonly forced: boolean
  readonly held_until: Instant | null
  readonly asked_at: Instant | null
  readonly asks: number
  readonly fruitless: number
  readonly outcome: string | null
  readonly words: string | null
}

export async function readAsks(sql: Sql, orderIds: readonly bigint[]): Promise<AskRow[]> {
  return await sql<AskRow>`
    select subject, order_id, shop_id, carrier, rule, due_at, forced, held_until, asked_at, asks, fruitless, outcome, words
    from fallback_ask where order_id = any(${int8Array(orderIds)}::bigint[]) order by subject`
}

export type WatchRow = Watch & {
  readonly orderId: bigint
  readonly shop: string
  readonly dueAt: Instant
  readonly fruitless: number
}

/**
 * Makes the watches of these orders exactly what is given; what was asked so far stays. A watch that a person forced stays due at
 * once. Subjects in their order, so that two processes never wait for each other crosswise.
 */
export async function replaceWatches(
  tx: Sql,
  orderIds: readonly bigint[],
  watches: readonly WatchRow[],
): Promise<void> {
  const rows = watches.toSorted((a, b) => (a.subject < b.subject ? -1 : 1))
  await tx`
    delete from fallback_ask where order_id = any(${int8Array(orderIds)}::bigint[])
      and not (subject = any(${textArray(rows.map((row) => row.subject))}::text[]))`
  if (rows.length === 0) return
  await tx`
    insert into fallback_ask (subject, order_id, shop_id, carrier, rule, due_at, fruitless)
    select * from unnest(
      ${textArray(rows.map((row) => row.subject))}::text[], ${int8Array(rows.map((row) => row.orderId))}::bigint[],
      ${textArray(rows.map((row) => row.shop))}::text[], ${textArray(rows.map((row) => row.carrier))}::text[],
      ${textArray(rows.map((row) => row.rule))}::text[], ${instantArray(rows.map((row) => row.dueAt))}::timestamptz[],
      ${int4Array(rows.map((row) => row.fruitless))}::int[])
    on conflict (subject) do update set order_id = excluded.order_id, shop_id = excluded.shop_id, carrier = excluded.carrier,
      rule = excluded.rule, fruitless = excluded.fruitless,
      due_at = case when fallback_ask.forced then fallback_ask.due_at else excluded.due_at end`
}

/**
 * Takes due subjects that somebody can be asked about and holds them for `holdSeconds`: no other process takes one meanwhile. What
 * a killed process held comes back when the hold is over.
 */
export async function takeDue(
  sql: Sql,
  given: {
    readonly now: Instant
    readonly holdSeconds: number
    readonly limit: number
    readonly shops: readonly string[]
    readonly carriers: readonly string[]
  },
): Promise<AskRow[]> {
  return await sql<AskRow>`
    with candidate as (
      select c.subject from unnest(${textArray(given.shops)}::text[]) as shop (id), lateral (
        select subject from fallback_ask where carrier is null and shop_id = shop.id and due_at <= ${given.now}
          and (held_until is null or held_until <= ${given.now}) order by due_at, subject limit ${given.limit}) c
      union all
      select c.subject from unnest(${textArray(given.carriers)}::text[]) as asked (carrier), lateral (
        select subject from fallback_ask a where a.carrier = asked.carrier and due_at <= ${given.now}
          and (held_until is null or held_until <= ${given.now}) order by due_at, subject limit ${given.limit}) c
    ), due as (
      select a.subject from fallback_ask a join candidate on candidate.subject = a.subject
      where a.due_at <= ${given.now} and (a.held_until is null or a.held_until <= ${given.now})
      order by a.due_at, a.subject limit ${given.limit} for update of a skip locked
    )
    update fallback_ask a set held_until = ${given.now.add({ seconds: given.holdSeconds })}
    from due where a.subject = due.subject
    returning a.subject, a.order_id, a.shop_id, a.carrier, a.rule, a.due_at, a.forced, a.held_until, a.asked_at, a.asks,
      a.fruitless, a.outcome, a.words`
}

/** Nothing is missing of this subject any more. */
export async function dropWatch(sql: Sql, subject: string): Promise<void> {
  await sql`delete from fallback_ask where subject = ${subject}`
}

/** Lets go of what was held without having asked; due again at `dueAt`. */
export async function releaseAsk(
  sql: Sql,
  subject: string,
  dueAt: Instant,
  words: string | null,
): Promise<void> {
  await sql`
    update fallback_ask set held_until = null, due_at = ${dueAt}, words = coalesce(${words}, words) where subject = ${subject}`
}

export type AskEnd = {
  readonly subject: string
  readonly orderId: bigint
  readonly connection: string
  readonly rule: string
  readonly at: Instant
  readonly outcome: 'kept' | 'unchanged' | 'nothing_yet' | 'refused' | 'outage'
  readonly code: string | null
  readonly words: string
  readonly messageId: string | null
  readonly dueAt: Instant
  readonly fruitless: number
}

/** Writes how a question ended: the subject's next turn and one line of the log, together. */
export async function saveAsk(tx: Sql, end: AskEnd): Promise<void> {
  await tx`
    update fallback_ask set held_until = null, forced = false, asked_at = ${end.at}, asks = asks + 1, fruitless = ${end.fruitless},
      due_at = ${end.dueAt}, outcome = ${end.outcome}, words = ${end.words.slice(0, 500)}
    where subject = ${end.subject}`
  await tx`
    insert into fallback_log (at, connection_id, rule, subject, order_id, outcome, code, words, message_id)
    values (${end.at}, ${end.connection}, ${end.rule}, ${end.subject}, ${end.orderId}, ${end.outcome}, ${end.code},
      ${end.words.slice(0, 500)}, ${end.messageId})`
}

/** Lines for messages that an increment poll brought first. */
export async function logFinds(
  sql: Sql,
  connection: string,
  finds: readonly { readonly messageId: string; readonly orderNo: string | null }[],
  at: Instant,
): Promise<void> {
  if (finds.length === 0) return
  await sql`
    insert into fallback_log (at, connection_id, rule, subject, order_no, outcome, words, message_id)
    select ${at}, ${connection}, 'increment', 'order:' || ${connection} || ':' || coalesce(order_no, ''), order_no, 'kept', '', message_id
    from unnest(${textArray(finds.map((find) => find.messageId))}::text[], ${textArray(finds.map((find) => find.orderNo))}::text[])
      as find (message_id, order_no)`
}

/**
 * Lines whose message is still to be judged, with whether it was read and how many facts it proved first. The same event in other
 * letters is no news: a platform writes its times one way where it pushes and another where it is asked.
 */
export async function readKept(
  sql: Sql,
  limit: number,
): Promise<
  {
    id: bigint
    at: Instant
    connection_id: string
    rule: string
    subject: string
    waiting: boolean
    facts: number
  }[]
> {
  return await sql`
    select l.id, l.at, l.connection_id, l.rule, l.subject,
      exists (select from inbox_task t where t.state = 'pending'
        and t.message_id = case when l.message_id ~ '^\\d+-\\d+$' then split_part(l.message_id, '-', 2)::bigint end) as waiting,
      (select count(*)::int from fact f where f.message_id = l.message_id and f.subject = case
        when l.rule = 'increment' or l.subject like 'parcel:%' then l.subject
        else (select 'order:' || o.connection_id || ':' || o.order_no from sales_order o where o.id = l.order_id) end
        and not exists (select from fact told where told.subject = f.subject and told.source = f.source and told.kind = f.kind
          and (told.received_at, told.message_id) < (f.received_at, f.message_id)
          and (f.at is null or told.at is not distinct from f.at))) as facts
    from fallback_log l where l.outcome = 'kept' order by l.id limit ${limit}`
}

export async function settleKept(
  sql: Sql,
  ends: readonly { readonly id: bigint; readonly facts: number }[],
): Promise<void> {
  if (ends.length === 0) return
  await sql`
    update fallback_log l set facts = e.facts, outcome = case when e.facts > 0 then 'found' else 'nothing_new' end,
      order_id = coalesce(l.order_id, (select id from sales_order where connection_id = l.connection_id and order_no = l.order_no))
    from unnest(${int8Array(ends.map((end) => end.id))}::bigint[], ${int4Array(ends.map((end) => end.facts))}::int[]) as e (id, facts)
    where l.id = e.id`
}

/** What asking brought becomes the subject's outcome, and its wait starts afresh or goes on growing. */
export async function noteWorth(
  sql: Sql,
  ends: readonly { readonly subject: string; readonly found: boolean }[],
): Promise<void> {
  if (ends.length === 0) return
  await sql`
    update fallback_ask a set outcome = case when e.found then 'found' else 'nothing_new' end,
      fruitless = case when e.found then 0 else a.fruitless end
    from unnest(${textArray(ends.map((end) => end.subject))}::text[], ${boolArray(ends.map((end) => end.found))}::boolean[])
      as e (subject, found)
    where a.subject = e.subject and a.outcome = 'kept'`
}

/** When an order or one of its parcels was last asked about, whoever wished it. */
export async function readLastAsk(sql: Sql, orderId: bigint): Promise<Instant | null> {
  const [row] = await sql<{ at: Instant }>`
    select at from fallback_log where order_id = ${orderId} order by id desc limit 1`
  return row?.at ?? null
}

/** Puts the subjects of an order first in line; answers those that are not held at this moment. */
export async function forceAsks(tx: Sql, orderId: bigint, watches: readonly WatchRow[]): Promise<string[]> {
  const rows = watches.toSorted((a, b) => (a.subject < b.subject ? -1 : 1))
  const asked = await tx<{ subject: string }>`
    insert into fallback_ask (subject, order_id, shop_id, carrier, rule, due_at, forced)
    select subject, ${orderId}, shop, carrier, rule, due_at, true from unnest(
      ${textArray(rows.map((row) => row.subject))}::text[], ${textArray(rows.map((row) => row.shop))}::text[],
      ${textArray(rows.map((row) => row.carrier))}::text[], ${textArray(rows.map((row) => row.rule))}::text[],
      ${instantArray(rows.map((row) => row.dueAt))}::timestamptz[]) as watch (subject, shop, carrier, rule, due_at)
    on conflict (subject) do update set due_at = excluded.due_at, forced = true
    returning subject`
  return asked.map((row) => row.subject)
}

/** Subjects that are overdue because of their growing wait come at once; answers how many. */
export async function hurryAsks(
  sql: Sql,
  given: {
    readonly shops: readonly string[]
    readonly carriers: readonly string[]
    readonly now: Instant
    readonly limit: number
  },
): Promise<number> {
  const rows = await sql`
    update fallback_ask set due_at = ${given.now}, fruitless = 0 where subject in (
      select subject from fallback_ask where fruitless > 0 and due_at > ${given.now}
        and case when carrier is null then shop_id = any(${textArray(given.shops)}::text[])
          else carrier = any(${textArray(given.carriers)}::text[]) end
      order by due_at, subject limit ${given.limit} for update skip locked)
    returning subject`
  return rows.length
}

/** Every watch is looked at again: thresholds have changed. No call is made for one that is not due by the new ones. */
export async function reviewAll(sql: Sql, now: Instant): Promise<void> {
  await sql`update fallback_ask set due_at = ${now} where due_at > ${now}`
}

/** Drops lines of the log from before `oldest`. */
export async function pruneLog(sql: Sql, oldest: Instant): Promise<void> {
  await sql`delete from fallback_log where at < ${oldest}`
}

/** The sealed recipient of an order, for the last digits of its phone; null where nobody told one. */
export async function readSealedRecipient(sql: Sql, orderId: bigint): Promise<Uint8Array | null> {
  const [row] = await sql<{ value: Uint8Array }>`
    select value from order_register where order_id = ${orderId} and part = 'recipient'`
  return row?.value ?? null
}

/** Questions that wait, or are held, by the word of a clock that was ahead: they wait as long as was meant. */
export async function mendAskTimes(sql: Sql): Promise<number> {
  const rows = await sql`
    update fallback_ask set due_at = case when asked_at > clock_timestamp() + ${AHEAD}::interval
        then due_at - (asked_at - clock_timestamp()) else due_at end,
      held_until = case when held_until > clock_timestamp() + interval '1 hour' then null else held_until end,
      asked_at = least(asked_at, clock_timestamp())
    where asked_at > clock_timestamp() + ${AHEAD}::interval or held_until > clock_timestamp() + interval '1 hour'
    returning subject`
  return rows.length
}
