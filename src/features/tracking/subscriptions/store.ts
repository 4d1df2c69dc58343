import type { Instant } from '#kernel/clock.ts'
import { instantArray, int4Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { TrackingRoute } from '../core/route.ts'

export type RouteRow = TrackingRoute & {
  readonly id: bigint
  readonly position: number
  readonly note: string
  readonly updated_by: string
  readonly updated_at: Instant
}

export async function readRoutes(sql: Sql): Promise<RouteRow[]> {
  return await sql<RouteRow>`
    select id, position, pattern, carrier, connection_id as connection, note, updated_by, updated_at
    from tracking_route order by position, id`
}

/** Makes the list of routes exactly what is given, in that order. */
export async function replaceRoutes(
  tx: Sql,
  routes: readonly (TrackingRoute & { readonly note: string })[],
  by: string,
  at: Instant,
): Promise<void> {
  await tx`delete from tracking_route`
  await tx`
    insert into tracking_route (position, pattern, carrier, connection_id, note, updated_by, updated_at)
    select row_number() over (), pattern, carrier, connection, note, ${by}, ${at} from unnest(
      ${textArray(routes.map((one) => one.pattern))}::text[], ${textArray(routes.map((one) => one.carrier))}::text[],
      ${textArray(routes.map((one) => one.connection))}::text[], ${textArray(routes.map((one) => one.note))}::text[])
      as r (pattern, carrier, connection, note)`
}

export async function readAggregators(sql: Sql): Promise<readonly string[]> {
  const [row] = await sql<{ aggregators: string[] }>`select aggregators from tracking_setting`
  return row?.aggregators ?? []
}

export async function saveAggregators(
  tx: Sql,
  ids: readonly string[],
  by: string,
  at: Instant,
): Promise<void> {
  await tx`
    insert into tracking_setting (aggregators, updated_by, updated_at) values (${textArray(ids)}::text[], ${by}, ${at})
    on conflict (one) do update set aggregators = excluded.aggregators, updated_by = excluded.updated_by, updated_at = excluded.updated_at`
}

export const SUBSCRIPTION_STATES = ['wanted', 'subscribed', 'account', 'refused', 'none', 'ended'] as const
export type SubscriptionState = (typeof SUBSCRIPTION_STATES)[number]

export type SubscriptionRow = {
  readonly tracking_no: string
  readonly carrier: string
  readonly connection_id: string | null
  readonly state: SubscriptionState
  readonly because: string
  readonly generation: number
  readonly renewed: number
  readonly tried: readonly string[]
  readonly asked_at: Instant
  readonly subscribed_at: Instant | null
  readonly expires_at: Instant | null
  readonly code: string | null
  readonly words: string
}

/** Locked in their order. */
export async function lockSubscriptions(tx: Sql, numbers: readonly string[]): Promise<SubscriptionRow[]> {
  if (numbers.length === 0) return []
  return await tx<SubscriptionRow>`
    select tracking_no, carrier, connection_id, state, because, generation, renewed, tried, asked_at, subscribed_at, expires_at, code, words
    from tracking_subscription where tracking_no = any(${textArray(numbers)}::text[]) order by tracking_no for update`
}

export async function readSubscription(sql: Sql, number: string): Promise<SubscriptionRow | null> {
  const [row] = await sql<SubscriptionRow>`
    select tracking_no, carrier, connection_id, state, because, generation, renewed, tried, asked_at, subscribed_at, expires_at, code, words
    from tracking_subscription where tracking_no = ${number}`
  return row ?? null
}

export type Wish = {
  readonly number: string
  readonly carrier: string
  readonly connection: string | null
  readonly state: 'wanted' | 'account' | 'none'
  readonly because: string
  readonly generation: number
  readonly renewed: number
  readonly tried: readonly string[]
}

/** Writes what is wished for; a number that has a row gets this one instead. */
export async function saveWishes(tx: Sql, wishes: readonly Wish[], now: Instant): Promise<void> {
  if (wishes.length === 0) return
  const rows = wishes.toSorted((a, b) => (a.number < b.number ? -1 : 1))
  await tx`
    insert into tracking_subscription (tracking_no, carrier, connection_id, state, because, generation, renewed, tried, asked_at, updated_at)
    select number, carrier, connection, state, because, generation, renewed, coalesce(string_to_array(nullif(tried, ''), ' '), '{}'), ${now}, ${now}
    from (select number, carrier, connection, state, because, generation, renewed, tried from unnest(
      ${textArray(rows.map((row) => row.number))}::text[], ${textArray(rows.map((row) => row.carrier))}::text[],
      ${textArray(rows.map((row) => row.connection))}::text[], ${textArray(rows.map((row) => row.state))}::text[],
      ${textArray(rows.map((row) => row.because))}::text[], ${int4Array(rows.map((row) => row.generation))}::int[],
      ${int4Array(rows.map((row) => row.renewed))}::int[], ${textArray(rows.map((row) => row.tried.join(' ')))}::text[])
      as w (number, carrier, connection, state, because, generation, renewed, tried)) as wish
    on conflict (tracking_no) do update set carrier = excluded.carrier, connection_id = excluded.connection_id, state = excluded.state,
      because = excluded.because, generation = excluded.generation, renewed = excluded.renewed, tried = excluded.tried,
      asked_at = excluded.asked_at, code = null, words = '', updated_at = excluded.updated_at`
}

/** How asking ended, unless it was asked for anew meanwhile. */
export async function endAsking(
  tx: Sql,
  end: {
    readonly number: string
    readonly generation: number
    readonly state: 'subscribed' | 'refused' | 'ended'
    readonly expiresAt: Instant | null
    readonly code: string | null
    readonly words: string
    readonly at: Instant
  },
): Promise<boolean> {
  const rows = await tx`
    update tracking_subscription set state = ${end.state}, code = ${end.code}, words = ${end.words.slice(0, 500)}, updated_at = ${end.at},
      subscribed_at = case when ${end.state} = 'subscribed' then ${end.at}::timestamptz else subscribed_at end,
      expires_at = case when ${end.state} = 'subscribed' then ${end.expiresAt}::timestamptz else expires_at end
    where tracking_no = ${end.number} and generation = ${end.generation} returning 1`
  return rows.length > 0
}

/** Nothing more is to come of these parcels. */
export async function endClosed(sql: Sql, now: Instant, limit: number): Promise<void> {
  await sql`
    with closed as (
      select s.tracking_no from tracking_subscription s join parcel_standing p on p.tracking_no = s.tracking_no
      where s.state in ('subscribed', 'none', 'account', 'refused') and not p.open and p.updated_at > ${now}::timestamptz - interval '1 day'
      order by s.tracking_no limit ${limit} for update of s skip locked)
    update tracking_subscription s set state = 'ended', updated_at = ${now} from closed where s.tracking_no = closed.tracking_no`
}

/** Open parcels whose subscription is about to end by itself. */
export async function readExpiring(sql: Sql, until: Instant, limit: number): Promise<string[]> {
  const rows = await sql<{ tracking_no: string }>`
    select s.tracking_no from tracking_subscription s join parcel_standing p on p.tracking_no = s.tracking_no
    where s.state = 'subscribed' and s.expires_at is not null and s.expires_at <= ${until} and p.open
    order by s.expires_at, s.tracking_no limit ${limit}`
  return rows.map((row) => row.tracking_no)
}

/** Open parcels that nobody takes a subscription for, or whose asking was refused, and that were not looked at since. */
export async function readUnheard(sql: Sql, before: Instant, limit: number): Promise<string[]> {
  const rows = await sql<{ tracking_no: string }>`
    select s.tracking_no from tracking_subscription s join parcel_standing p on p.tracking_no = s.tracking_no
    where s.state in ('none', 'refused') and s.updated_at <= ${before} and p.open and (s.state = 'none' or s.generation < 12)
    order by s.updated_at, s.tracking_no limit ${limit}`
  return rows.map((row) => row.tracking_no)
}

/** Silent parcels that may be asked for anew: not more often than the bound, and not sooner than that. */
export async function readSilent(
  sql: Sql,
  given: { readonly askedBefore: Instant; readonly renewedMost: number; readonly limit: number },
): Promise<string[]> {
  const rows = await sql<{ tracking_no: string }>`
    select p.tracking_no from parcel_standing p join tracking_subscription s on s.tracking_no = p.tracking_no
    where p.finding in ('no_first_scan', 'stalled') and p.open and s.state in ('subscribed', 'account', 'refused')
      and s.asked_at <= ${given.askedBefore} and s.renewed < ${given.renewedMost}
    order by p.finding_since, p.tracking_no limit ${given.limit}`
  return rows.map((row) => row.tracking_no)
}

export type Place = {
  readonly number: string
  readonly carrier: string | null
  readonly madeBy: string | null
}

/** What the choice of a pusher needs to know of these parcels. */
export async function readPlaces(sql: Sql, numbers: readonly string[]): Promise<Place[]> {
  if (numbers.length === 0) return []
  const rows = await sql<{
    tracking_no: string
    carrier: string | null
    connection_id: string | null
    ours: boolean
  }>`
    select tracking_no, carrier, connection_id, ours from parcel_standing
    where tracking_no = any(${textArray(numbers)}::text[]) and open order by tracking_no`
  return rows.map((row) => ({
    number: row.tracking_no,
    carrier: row.carrier,
    madeBy: row.ours ? row.connection_id : null,
  }))
}

/** The sealed recipient of the parcel's first order, for the tail of its phone. */
export async function readRecipientOf(sql: Sql, number: string): Promise<Buffer | null> {
  const [row] = await sql<{ value: Buffer }>`
    select r.value from parcel_standing p join order_register r on r.order_id = p.order_ids[1] and r.part = 'recipient'
    where p.tracking_no = ${number}`
  return row?.value ?? null
}

export async function isOpen(sql: Sql, number: string): Promise<boolean> {
  const [row] = await sql<{ open: boolean }>`select open from parcel_standing where tracking_no = ${number}`
  return row?.open ?? false
}

export async function touchUnheard(sql: Sql, numbers: readonly string[], at: Instant): Promise<void> {
  await sql`update tracking_subscription t set updated_at = a.at from unnest(${textArray(numbers)}::text[],
    ${instantArray(numbers.map(() => at))}::timestamptz[]) as a (number, at) where t.tracking_no = a.number`
}
