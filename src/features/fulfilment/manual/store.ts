import type { Instant } from '#kernel/clock.ts'
import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { ManualParcel } from '../core/manual.ts'

export async function setManual(
  tx: Sql,
  orderId: bigint,
  manual: readonly ManualParcel[] | null,
): Promise<void> {
  await tx`update order_plan set manual = ${manual === null ? null : JSON.stringify(manual)}::jsonb where order_id = ${orderId}`
}

export async function addExcluded(
  tx: Sql,
  ids: readonly bigint[],
  warehouses: readonly string[],
): Promise<void> {
  await tx`update order_plan set excluded = array(select distinct unnest(excluded || ${textArray([...warehouses])}::text[]) order by 1)
    where order_id = any(${int8Array([...ids])}::bigint[])`
}

export async function clearExcluded(tx: Sql, ids: readonly bigint[]): Promise<void> {
  await tx`update order_plan set excluded = '{}' where order_id = any(${int8Array([...ids])}::bigint[])`
}

export async function openGroup(
  tx: Sql,
  group: {
    readonly orderIds: readonly bigint[]
    readonly reason: string
    readonly by: string
    readonly at: Instant
  },
): Promise<bigint> {
  const [row] = await tx<{ id: bigint }>`
    insert into order_group (state, reason, created_by, created_at)
    values ('open', ${group.reason}, ${group.by}, ${group.at}) returning id`
  const id = row?.id ?? 0n
  await tx`insert into order_group_member (group_id, order_id)
    select ${id}, unnest(${int8Array([...group.orderIds])}::bigint[])`
  return id
}

/** Takes orders out of their group; a group of one is none. Answers all that were members. */
export async function partGroup(
  tx: Sql,
  part: {
    readonly groupId: bigint
    readonly orderIds: readonly bigint[] | null
    readonly words: string
    readonly by: string
    readonly at: Instant
  },
): Promise<bigint[]> {
  const members = await tx<{ order_id: bigint }>`
    select order_id from order_group_member where group_id = ${part.groupId} and left_at is null order by order_id`
  const all = members.map((row) => row.order_id)
  const leaving = part.orderIds === null ? all : all.filter((id) => part.orderIds?.includes(id))
  const ends = all.length - leaving.length < 2
  await tx`update order_group_member set left_at = ${part.at}
    where group_id = ${part.groupId} and left_at is null and order_id = any(${int8Array(ends ? all : leaving)}::bigint[])`
  if (ends)
    await tx`update order_group set state = 'ended', ended_by = ${part.by}, ended_at = ${part.at}, ended_words = ${part.words}
      where id = ${part.groupId}`
  return all
}

/** Orders that are cancelled no longer travel with others; a group of one is none. */
export async function leaveGroups(sql: Sql, orderIds: readonly bigint[], at: Instant): Promise<void> {
  await sql`update order_group_member set left_at = ${at} where order_id = any(${int8Array([...orderIds])}::bigint[]) and left_at is null`
  const ended = await sql<{ id: bigint }>`
    update order_group set state = 'ended', ended_at = ${at}, ended_by = 'hub', ended_words = 'nobody is left to travel with'
    where state = 'open' and id in (select group_id from order_group_member where order_id = any(${int8Array([...orderIds])}::bigint[]))
      and (select count(*) from order_group_member m where m.group_id = order_group.id and m.left_at is null) < 2
    returning id`
  if (ended.length > 0)
    await sql`update order_group_member set left_at = ${at}
      where group_id = any(${int8Array(ended.map((row) => row.id))}::bigint[]) and left_at is null`
}

export type MergeRow = {
  readonly id: bigint
  readonly order_no: string
  readonly connection_id: string
  readonly connection_name: string | null
  readonly status: string
  readonly currency: string | null
  readonly payable_minor: bigint | null
  readonly recipient_key: string | null
  readonly recipient_masked: string | null
  readonly region: string | null
  readonly item_count: number
  readonly first_title: string | null
  readonly parcel_count: number
  readonly grouped: boolean
}

export async function readForMerge(sql: Sql, ids: readonly bigint[]): Promise<MergeRow[]> {
  return await sql<MergeRow>`
    select o.id, o.order_no, o.connection_id, c.name as connection_name, o.status, o.currency, o.payable_minor, o.recipient_key,
      o.recipient_masked, o.region, o.item_count, o.first_title, o.parcel_count,
      exists (select from order_group_member m where m.order_id = o.id and m.left_at is null) as grouped
    from sales_order o left join connection c on c.id = o.connection_id
    where o.id = any(${int8Array([...ids])}::bigint[]) order by o.id`
}

/**
 * Orders of one recipient that wait and do not travel together yet, recipients with the most orders first. One whose goods nobody has
 * matched yet would keep the others here.
 */
export async function readCandidates(
  sql: Sql,
  limit: number,
): Promise<(MergeRow & { readonly size: bigint })[]> {
  return await sql<MergeRow & { readonly size: bigint }>`
    with waiting as (
      select o.* from sales_order o
      where o.recipient_key is not null and o.status in ('on_hold', 'awaiting_shipment') and o.parcel_count = 0
        and not exists (select from order_group_member m where m.order_id = o.id and m.left_at is null)
        and not exists (select from order_plan p where p.order_id = o.id and p.state = 'unmatched')
    ), keys as (
      select recipient_key, currency, count(*) as size from waiting group by 1, 2 having count(*) > 1
      order by count(*) desc, recipient_key limit ${limit}
    )
    select o.id, o.order_no, o.connection_id, c.name as connection_name, o.status, o.currency, o.payable_minor, o.recipient_key,
      o.recipient_masked, o.region, o.item_count, o.first_title, o.parcel_count, false as grouped, k.size
    from keys k join waiting o on o.recipient_key = k.recipient_key and o.currency is not distinct from k.currency
    left join connection c on c.id = o.connection_id
    order by k.size desc, k.recipient_key, o.id`
}
