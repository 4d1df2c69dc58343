import type { HubEvent } from '#domain/hub-event.ts'
import type { Words } from '#domain/notice.ts'
import type { WaybillRouting } from '#domain/waybill.ts'
import type { Instant } from '#kernel/clock.ts'
import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import { json, type Sql } from '#platform/postgres/database.ts'
import { isReship } from '../core/reference.ts'
import { OF_THE_ACCOUNT } from './words.ts'

export type WaybillState = 'wanted' | 'asking' | 'review' | 'issued' | 'cancelling' | 'cancelled' | 'void'

export type WaybillRow = {
  readonly id: bigint
  readonly reference: string
  readonly parcel_no: string
  readonly generation: number
  readonly lead_id: bigint
  readonly warehouse: string | null
  readonly account_id: bigint | null
  readonly connection_id: string | null
  readonly carrier: string | null
  readonly service: string | null
  readonly carrier_named: boolean
  readonly pieces: number
  readonly state: WaybillState
  readonly tracking_no: string | null
  readonly child_nos: readonly string[]
  readonly carrier_waybill_id: string | null
  readonly code: string | null
  readonly orders: HubEvent['orders']
  readonly order_ids: readonly bigint[]
  readonly attempts: number
  readonly issued_at: Instant | null
  readonly printed_at: Instant | null
  /** The account that may hold a number under our reference, since its answer was lost. */
  readonly doubtful_account_id: bigint | null
}

export async function readWaybill(sql: Sql, id: bigint): Promise<WaybillRow | null> {
  const [row] = await sql<WaybillRow>`select * from waybill where id = ${id}`
  return row === undefined ? null : rowOf(row)
}

export async function lockWaybill(tx: Sql, id: bigint): Promise<WaybillRow | null> {
  const [row] = await tx<WaybillRow>`select * from waybill where id = ${id} for update`
  return row === undefined ? null : rowOf(row)
}

/** Arrays of 8-byte integers come back as text. */
function rowOf(row: WaybillRow): WaybillRow {
  return { ...row, order_ids: row.order_ids.map(BigInt) }
}

/** Turns a wanted one into one that is being asked for; false where it is no longer wanted with this account. */
export async function beginAsking(sql: Sql, id: bigint, accountId: bigint, now: Instant): Promise<boolean> {
  const rows = await sql`
    update waybill set state = 'asking', asked_at = coalesce(asked_at, ${now}), attempts = attempts + 1, updated_at = ${now},
      code = null, zh = '', en = ''
    where id = ${id} and account_id = ${accountId} and state in ('wanted', 'asking') returning id`
  return rows.length > 0
}

/** Taken back (null) once the carrier has answered or was not reached: nothing can be there. */
export async function saveDoubt(sql: Sql, id: bigint, accountId: bigint | null): Promise<void> {
  await sql`update waybill set doubtful_account_id = ${accountId} where id = ${id} and state in ('wanted', 'asking')`
}

/** Keeps that the carrier is being told, and for whom; false where it is no longer wanted with this account. */
export async function beginTelling(sql: Sql, id: bigint, accountId: bigint): Promise<boolean> {
  const rows = await sql`
    update waybill w set doubtful_account_id = ${accountId},
      told_recipient = (select s.recipient_key from sales_order s where s.id = w.lead_id)
    where w.id = ${id} and w.account_id = ${accountId} and w.state in ('wanted', 'asking') returning id`
  return rows.length > 0
}

/** Whether its parcel still counts and its orders still want goods. */
export async function isStillWanted(
  sql: Sql,
  row: Pick<WaybillRow, 'parcel_no' | 'order_ids'>,
): Promise<boolean> {
  const [found] = await sql<{ counts: boolean }>`
    select (${isReship(row.parcel_no)} or exists (select from plan_parcel where parcel_no = ${row.parcel_no} and state <> 'void'))
      and exists (
        select from sales_order where id = any(${int8Array([...row.order_ids])}::bigint[])
          and status not in ('cancelled', 'refunded', 'closed')) as counts`
  return found?.counts === true
}

/** Nothing is asked for as long as a person, a rule or their channel holds its orders. */
export const PLAN_HELD = 'waybills.plan_held'

/** Whether its orders are held, while they still want goods. A shipment that replaces another follows no plan. */
export async function isHeld(
  sql: Sql,
  row: Pick<WaybillRow, 'parcel_no' | 'order_ids' | 'lead_id' | 'state'>,
): Promise<boolean> {
  if (isReship(row.parcel_no) || (row.state !== 'wanted' && row.state !== 'asking')) return false
  const [found] = await sql<{ held: boolean }>`
    select plan_is_held(${row.lead_id}, ${int8Array([...row.order_ids])}::bigint[]) as held`
  return found?.held === true && (await isStillWanted(sql, row))
}

/** Says with the waybill why nothing happens to it, and until when that was so. */
export async function saveHeld(sql: Sql, id: bigint, words: Words, now: Instant): Promise<void> {
  await sql`
    update waybill set code = ${PLAN_HELD}, zh = ${words.zh}, en = ${words.en}, held_until = ${now}
    where id = ${id} and state in ('wanted', 'asking')`
}

export type Issued = {
  readonly trackingNo: string
  readonly childNos: readonly string[]
  readonly waybillId: string | null
  readonly routing: WaybillRouting
  readonly documentKind: 'pdf' | 'png' | 'zpl' | 'sealed' | null
  readonly document: Uint8Array | null
}

/** The number's other waybill, where the carrier gave out one twice. */
export async function numberHolder(
  tx: Sql,
  carrier: string,
  trackingNo: string,
  id: bigint,
): Promise<string | null> {
  const [row] = await tx<{ reference: string }>`
    select reference from waybill where carrier = ${carrier} and tracking_no = ${trackingNo} and id <> ${id}`
  return row?.reference ?? null
}

export async function saveIssued(tx: Sql, id: bigint, one: Issued, now: Instant): Promise<void> {
  await tx`
    update waybill set state = 'issued', tracking_no = ${one.trackingNo}, child_nos = ${textArray([...one.childNos])}::text[],
      carrier_waybill_id = ${one.waybillId}, routing = ${json(one.routing)}::jsonb, document = ${one.document},
      document_kind = ${one.documentKind}, code = null, detail = null, zh = '', en = '', issued_at = ${now}, updated_at = ${now},
      doubtful_account_id = null
    where id = ${id}`
}

export async function saveState(
  tx: Sql,
  id: bigint,
  one: {
    readonly state: WaybillState
    readonly code: string | null
    readonly detail: string | null
    readonly zh: string
    readonly en: string
  },
  now: Instant,
): Promise<void> {
  await tx`
    update waybill set state = ${one.state}, code = ${one.code}, detail = ${one.detail?.slice(0, 500) ?? null}, zh = ${one.zh},
      en = ${one.en}, updated_at = ${now}, cancelled_at = case when ${one.state} = 'cancelled' then ${now}::timestamptz else cancelled_at end
    where id = ${id}`
}

export async function saveAccountOf(
  tx: Sql,
  id: bigint,
  one: {
    readonly accountId: bigint
    readonly connectionId: string
    readonly carrier: string
    readonly service: string | null
    readonly because: string
  },
  now: Instant,
): Promise<void> {
  await tx`
    update waybill set account_id = ${one.accountId}, connection_id = ${one.connectionId}, carrier = ${one.carrier},
      service = ${one.service}, chosen_because = ${one.because}, state = 'wanted', code = null, detail = null, zh = '', en = '',
      updated_at = ${now}
    where id = ${id}`
}

/** Accounts that this waybill was refused by for good. */
export async function triedAccounts(sql: Sql, id: bigint): Promise<bigint[]> {
  const rows = await sql<{ account: string }>`
    select detail ->> 'accountId' as account from waybill_event where waybill_id = ${id} and what = 'refused'`
  return rows.flatMap((row) => (row.account === null ? [] : [BigInt(row.account)]))
}

/** Something of it moved: the carrier has it. */
export async function hasMoved(
  sql: Sql,
  { tracking_no: trackingNo, child_nos: childNos }: Pick<WaybillRow, 'tracking_no' | 'child_nos'>,
): Promise<boolean> {
  if (trackingNo === null) return false
  const subjects = [trackingNo, ...childNos].map((no) => `parcel:${no}`)
  const rows = await sql`
    select 1 from fact where subject = any(${textArray(subjects)}::text[]) and kind = any(${textArray([...MOVES])}::text[]) limit 1`
  return rows.length > 0
}

/** The recipient changed after the carrier was told. */
export const ADDRESS_CHANGED = 'waybills.address_changed'

export const MOVES = [
  'picked_up',
  'in_transit',
  'out_for_delivery',
  'ready_for_pickup',
  'delivered',
  'returning',
  'signed_back',
] as const

/** How often somebody had it asked for again, and how often it was asked for: grows with each of both. */
export async function countTries(
  sql: Sql,
  { id, attempts }: Pick<WaybillRow, 'id' | 'attempts'>,
): Promise<number> {
  const [row] = await sql<{ count: bigint }>`
    select count(*) as count from waybill_event where waybill_id = ${id} and what = 'retried'`
  return attempts + Number(row?.count ?? 0n)
}

export async function countAttempt(tx: Sql, id: bigint): Promise<void> {
  await tx`update waybill set attempts = attempts + 1 where id = ${id}`
}

/** Marks as printed; those that are locked, by id. */
export async function savePrinted(
  tx: Sql,
  ids: readonly bigint[],
  at: Instant,
  now: Instant,
): Promise<WaybillRow[]> {
  const rows = await tx<WaybillRow>`
    update waybill set printed_at = coalesce(printed_at, ${at}), updated_at = ${now}
    where id = any(${int8Array([...ids])}::bigint[]) and state in ('issued', 'cancelling') returning *`
  return rows.map(rowOf)
}

/** Issued ones that nothing will travel under: their parcel was planned anew, or all their orders are cancelled. */
export async function readNeedless(
  sql: Sql,
  /** Only of plans that changed since then; null: of all. */
  since: Instant | null,
  limit: number,
): Promise<bigint[]> {
  const rows = await sql<{ id: bigint }>`
    select w.id from waybill w
    where w.state = 'issued' and (w.code is null or w.code = ${ADDRESS_CHANGED})
      and (${since}::timestamptz is null or w.lead_id in (
        select o.lead_id from order_plan o where o.state = any(${textArray([...PLAN_STATES])}::text[]) and o.updated_at >= ${since}))
      and (exists (select from plan_parcel p where p.parcel_no = w.parcel_no and p.state = 'void')
      or (w.parcel_no not like 'R%' and not exists (select from plan_parcel p where p.parcel_no = w.parcel_no))
      or not exists (
        select from sales_order s where s.id = any(w.order_ids) and s.status not in ('cancelled', 'refunded', 'closed')))
      and w.issued_at > now() - interval '30 days'
      and not exists (
        select from fact f where f.subject in (
          select 'parcel:' || no from unnest(w.child_nos || w.tracking_no) no) and f.kind = any(${textArray([...MOVES])}::text[]))
    order by w.id limit ${limit}`
  return rows.map((row) => row.id)
}

/** All of them, so that those that changed lately are found by the index on state and time. */
const PLAN_STATES = ['held', 'review', 'unmatched', 'short', 'planned', 'locked', 'left', 'ended'] as const

/** Those in review that nothing will travel under: nobody has to decide about them. */
export async function readStale(sql: Sql, limit: number): Promise<bigint[]> {
  const rows = await sql<{ id: bigint }>`
    select w.id from waybill w
    where w.state = 'review' and (
      exists (select from plan_parcel p where p.parcel_no = w.parcel_no and p.state = 'void')
      or not exists (
        select from sales_order s where s.id = any(w.order_ids) and s.status not in ('cancelled', 'refunded', 'closed')))
    order by w.id limit ${limit}`
  return rows.map((row) => row.id)
}

/** Codes of what waits in review until an account is well again. */
const WAITS_FOR_ACCOUNT = [
  'waybills.accounts_blocked',
  'waybills.in_doubt',
  'waybills.pool_empty',
  ...OF_THE_ACCOUNT,
]

/** Those that may be asked for again by themselves (a sender that was filled in since counts as well), who waits longest first. */
export async function readWaitingForAccount(sql: Sql, limit: number): Promise<bigint[]> {
  const rows = await sql<{ id: bigint }>`
    select w.id from waybill w
    where w.state = 'review' and (w.code = any(${textArray(WAITS_FOR_ACCOUNT)}::text[])
        or (w.code = 'waybills.no_sender' and exists (
          select from ship_from f where f.warehouse = w.warehouse and f.updated_at > w.updated_at)))
      and (w.doubtful_account_id is null or exists (
        select from carrier_account a where a.id = w.doubtful_account_id and a.active and a.blocked_code is null))
    order by w.updated_at, w.id limit ${limit}`
  return rows.map((row) => row.id)
}

/** No account could be chosen: the others come first. */
export async function putBehind(tx: Sql, id: bigint, now: Instant): Promise<void> {
  await tx`update waybill set updated_at = ${now} where id = ${id}`
}

/**
 * Issued ones that go to another address than their lead order has now and have not moved. Prints tell by the key that made them; what
 * only a platform opens says nothing.
 */
export async function readReaddressed(sql: Sql, limit: number): Promise<bigint[]> {
  const rows = await sql<{ id: bigint }>`
    select w.id from waybill w join sales_order s on s.id = w.lead_id
    where w.state = 'issued' and w.code is null and w.issued_at > now() - interval '7 days'
      and w.told_recipient like 'p:%' and s.recipient_key <> w.told_recipient
      and split_part(s.recipient_key, ':', 1) = 'p' and split_part(s.recipient_key, ':', 2) = split_part(w.told_recipient, ':', 2)
      and s.status not in ('cancelled', 'refunded', 'closed')
      and not exists (
        select from fact f where f.subject in (
          select 'parcel:' || no from unnest(w.child_nos || w.tracking_no) no) and f.kind = any(${textArray([...MOVES])}::text[]))
    order by w.id limit ${limit}`
  return rows.map((row) => row.id)
}

export async function countReaddressed(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: bigint }>`
    select count(*) as count from waybill w
    where w.state = 'issued' and w.code = ${ADDRESS_CHANGED} and not exists (
      select from fact f where f.subject in (
        select 'parcel:' || no from unnest(w.child_nos || w.tracking_no) no) and f.kind = any(${textArray([...MOVES])}::text[]))`
  return Number(row?.count ?? 0n)
}

export type StuckRow = { readonly id: bigint; readonly code: string | null; readonly detail: string | null }

/** Those whose intent is over without a word: given up after all its attempts, or withdrawn. */
export async function readGivenUp(sql: Sql, limit: number): Promise<StuckRow[]> {
  return await sql<StuckRow>`
    select w.id, i.last_code as code, i.last_detail as detail from waybill w
    cross join lateral (
      select state, last_code, last_detail from outbox_intent
      where effect = case when w.state = 'cancelling' then 'cancel_waybill' else 'make_waybill' end
        and order_id = w.lead_id and payload ->> 'waybillId' = w.id::text
      order by id desc limit 1
    ) i
    where w.state in ('wanted', 'asking', 'cancelling') and i.state in ('dead', 'moot', 'done', 'refused')
      and w.updated_at < now() - interval '5 seconds'
    order by w.id limit ${limit}`
}

export type StandingRow = {
  readonly state: WaybillState
  readonly count: bigint
  readonly oldest: Instant | null
}
/** Without those that are held; `oldest`: since when one may be asked for. */
export async function countWaybills(sql: Sql): Promise<StandingRow[]> {
  return await sql<StandingRow>`
    select state, count(*) as count, min(greatest(wanted_at, held_until)) as oldest from waybill
    where state in ('wanted', 'asking', 'review', 'cancelling')
      and (code is distinct from ${PLAN_HELD} or not plan_is_held(lead_id, order_ids)) group by 1`
}

/** The parcel may have another waybill while this one is still being cancelled. */
export async function releaseParcel(tx: Sql, id: bigint): Promise<void> {
  await tx`update waybill set replaced = true where id = ${id}`
}

export async function setPieces(tx: Sql, id: bigint, pieces: number): Promise<void> {
  await tx`update waybill set pieces = ${pieces} where id = ${id}`
}

export async function setWarehouse(tx: Sql, id: bigint, warehouse: string | null): Promise<void> {
  await tx`update waybill set warehouse = ${warehouse} where id = ${id}`
}
