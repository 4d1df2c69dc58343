import type { FactDetail, FactKind } from '#domain/fact.ts'
import type { Instant } from '#kernel/clock.ts'
import {
  boolArray,
  instantArray,
  int4Array,
  int8Array,
  textArray,
  uuidArray,
} from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { DifferenceKind } from '../core/compare.ts'
import type { Settlement } from '../core/settle.ts'

export type DifferenceRow = {
  readonly id: bigint
  readonly message_number: bigint
  readonly received_at: Instant
  readonly connection_id: string
  readonly subject: string
  readonly what: DifferenceKind
  readonly code: string
  readonly before_id: string | null
  readonly after_id: string | null
  readonly before_kind: FactKind | null
  readonly after_kind: FactKind | null
  readonly before_at: Instant | null
  readonly after_at: Instant | null
  readonly before_raw: string | null
  readonly after_raw: string | null
  readonly after_zone: string | null
  readonly after_provenance: string | null
  readonly after_detail:
    | (Omit<FactDetail, 'amount'> & { amount?: { currency: string; minor: string } })
    | null
  readonly cause: string
  /** The message also says what others prove. */
  readonly repeats: boolean
  readonly applied_at: Instant | null
}
export type NewDifference = Omit<DifferenceRow, 'id' | 'applied_at' | 'after_detail'> & {
  readonly after_detail: string | null
}

export async function insertDifferences(tx: Sql, run: bigint, rows: readonly NewDifference[]): Promise<void> {
  if (rows.length === 0) return
  await tx`
    insert into look_back_difference (run_id, message_number, received_at, connection_id, subject, what, code, before_id, after_id,
      before_kind, after_kind, before_at, after_at, before_raw, after_raw, after_zone, after_provenance, after_detail, cause, repeats)
    select ${run}, number, received_at, connection_id, subject, what, code, before_id, after_id, before_kind, after_kind, before_at, after_at,
      before_raw, after_raw, after_zone, after_provenance, after_detail::jsonb, cause, repeats
    from unnest(
      ${int8Array(rows.map((row) => row.message_number))}::bigint[], ${instantArray(rows.map((row) => row.received_at))}::timestamptz[],
      ${textArray(rows.map((row) => row.connection_id))}::text[], ${textArray(rows.map((row) => row.subject))}::text[],
      ${textArray(rows.map((row) => row.what))}::text[], ${textArray(rows.map((row) => row.code))}::text[],
      ${uuidArray(rows.map((row) => row.before_id))}::uuid[], ${uuidArray(rows.map((row) => row.after_id))}::uuid[],
      ${textArray(rows.map((row) => row.before_kind))}::text[], ${textArray(rows.map((row) => row.after_kind))}::text[],
      ${instantArray(rows.map((row) => row.before_at))}::timestamptz[], ${instantArray(rows.map((row) => row.after_at))}::timestamptz[],
      ${textArray(rows.map((row) => row.before_raw))}::text[], ${textArray(rows.map((row) => row.after_raw))}::text[],
      ${textArray(rows.map((row) => row.after_zone))}::text[], ${textArray(rows.map((row) => row.after_provenance))}::text[],
      ${textArray(rows.map((row) => row.after_detail))}::text[], ${textArray(rows.map((row) => row.cause))}::text[],
      ${boolArray(rows.map((row) => row.repeats))}::boolean[]
    ) as found (number, received_at, connection_id, subject, what, code, before_id, after_id, before_kind, after_kind, before_at, after_at,
      before_raw, after_raw, after_zone, after_provenance, after_detail, cause, repeats)`
}

/** Subjects of a run's differences after `after`, by name. */
export async function readSubjects(sql: Sql, run: bigint, after: string, limit: number): Promise<string[]> {
  const rows = await sql<{ subject: string }>`
    select distinct subject from look_back_difference where run_id = ${run} and subject > ${after} order by subject limit ${limit}`
  return rows.map((row) => row.subject)
}

/** The planner knows nothing of a table that was filled a moment ago. */
export async function analyzeFound(sql: Sql): Promise<void> {
  await sql`analyze look_back_difference, look_back_link`
}

/** What other messages turned out to prove already is no difference, or half of one. */
export async function settleDifferences(
  tx: Sql,
  run: bigint,
  { dropped, added, removed }: Settlement,
): Promise<void> {
  if (dropped.length > 0)
    await tx`delete from look_back_difference where run_id = ${run} and id = any(${int8Array(dropped)}::bigint[])`
  if (added.length > 0)
    await tx`
      update look_back_difference set what = 'added', before_id = null, before_kind = null, before_at = null, before_raw = null,
        cause = 'added ' || code
      where run_id = ${run} and id = any(${int8Array(added)}::bigint[])`
  if (removed.length > 0)
    await tx`
      update look_back_difference set what = 'removed', after_id = null, after_kind = null, after_at = null, after_raw = null,
        after_zone = null, after_provenance = null, after_detail = null, cause = 'removed ' || code
      where run_id = ${run} and id = any(${int8Array(removed)}::bigint[])`
}

export async function insertLinks(
  tx: Sql,
  run: bigint,
  links: readonly { readonly subject: string; readonly orderId: bigint }[],
): Promise<void> {
  if (links.length === 0) return
  await tx`
    insert into look_back_link (run_id, subject, order_id)
    select ${run}, subject, order_id from unnest(
      ${textArray(links.map((link) => link.subject))}::text[], ${int8Array(links.map((link) => link.orderId))}::bigint[]
    ) as link (subject, order_id) on conflict do nothing`
}

/** Orders of a run that were not weighed yet. */
export async function readUnweighed(sql: Sql, run: bigint, after: bigint, limit: number): Promise<bigint[]> {
  const rows = await sql<{ order_id: bigint }>`
    select distinct l.order_id from look_back_link l
    where l.run_id = ${run} and l.order_id > ${after} and not exists (select from look_back_order o where o.run_id = ${run} and o.order_id = l.order_id)
    order by l.order_id limit ${limit}`
  return rows.map((row) => row.order_id)
}

export async function readLinks(
  sql: Sql,
  run: bigint,
  orders: readonly bigint[],
): Promise<{ subject: string; order_id: bigint }[]> {
  return await sql`
    select subject, order_id from look_back_link where run_id = ${run} and order_id = any(${int8Array(orders)}::bigint[])`
}

export async function readDifferencesOf(
  sql: Sql,
  run: bigint,
  subjects: readonly string[],
): Promise<DifferenceRow[]> {
  return await sql<DifferenceRow>`
    select * from look_back_difference where run_id = ${run} and subject = any(${textArray(subjects)}::text[]) order by id`
}

export type OrderRow = {
  readonly order_id: bigint
  readonly connection_id: string
  readonly order_no: string
  readonly differences: number
  readonly causes: readonly string[]
  readonly status_before: string
  readonly status_after: string
  readonly times: Readonly<Record<string, readonly [string | null, string | null]>>
  readonly reports: readonly string[]
  readonly proof_before: string | null
  readonly proof_after: string | null
  /** Parcels newly proven not to have arrived; an empty number stands for the whole order. */
  readonly reships: readonly string[]
  readonly changes: boolean
  readonly applied_at: Instant | null
}

export async function insertOrders(
  tx: Sql,
  run: bigint,
  rows: readonly Omit<OrderRow, 'applied_at'>[],
): Promise<void> {
  if (rows.length === 0) return
  await tx`
    insert into look_back_order (run_id, order_id, connection_id, order_no, differences, causes, status_before, status_after, times, reports,
      proof_before, proof_after, reships, changes)
    select ${run}, order_id, connection_id, order_no, differences, array(select jsonb_array_elements_text(causes::jsonb)), status_before,
      status_after, times::jsonb, array(select jsonb_array_elements_text(reports::jsonb)), proof_before, proof_after,
      array(select jsonb_array_elements_text(reships::jsonb)), changes
    from unnest(
      ${int8Array(rows.map((row) => row.order_id))}::bigint[], ${textArray(rows.map((row) => row.connection_id))}::text[],
      ${textArray(rows.map((row) => row.order_no))}::text[], ${int4Array(rows.map((row) => row.differences))}::int[],
      ${textArray(rows.map((row) => JSON.stringify(row.causes)))}::text[], ${textArray(rows.map((row) => row.status_before))}::text[],
      ${textArray(rows.map((row) => row.status_after))}::text[], ${textArray(rows.map((row) => JSON.stringify(row.times)))}::text[],
      ${textArray(rows.map((row) => JSON.stringify(row.reports)))}::text[], ${textArray(rows.map((row) => row.proof_before))}::text[],
      ${textArray(rows.map((row) => row.proof_after))}::text[], ${textArray(rows.map((row) => JSON.stringify(row.reships)))}::text[],
      ${boolArray(rows.map((row) => row.changes))}::boolean[]
    ) as weighed (order_id, connection_id, order_no, differences, causes, status_before, status_after, times, reports, proof_before,
      proof_after, reships, changes) on conflict do nothing`
}

/** Keys of intents that are there already: what was done once is not done anew. */
export async function knownIntents(sql: Sql, keys: readonly string[]): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set()
  const rows = await sql<{
    key: string
  }>`select key from outbox_intent where key = any(${textArray(keys)}::text[])`
  return new Set(rows.map((row) => row.key))
}

export type CauseRow = {
  readonly connection_id: string
  readonly cause: string
  readonly what: DifferenceKind
  readonly differences: bigint
  readonly messages: bigint
  readonly sample: string
}
export async function readCauses(sql: Sql, run: bigint): Promise<CauseRow[]> {
  return await sql<CauseRow>`
    select connection_id, cause, min(what) as what, count(*) as differences, count(distinct message_number) as messages,
      min(subject) as sample
    from look_back_difference where run_id = ${run} group by connection_id, cause order by count(*) desc, cause limit 200`
}

export type OrderFilter = {
  readonly changes: boolean | null
  readonly cause: string | null
  readonly effects: boolean
}
export async function readOrders(
  sql: Sql,
  run: bigint,
  filter: OrderFilter,
  after: bigint | null,
  limit: number,
): Promise<OrderRow[]> {
  return await sql<OrderRow>`
    select * from look_back_order where run_id = ${run} and order_id > ${after ?? 0n}
      and (${filter.changes === null} or changes = ${filter.changes ?? true})
      and (${filter.cause === null} or ${filter.cause ?? ''} = any(causes))
      and (not ${filter.effects} or cardinality(reports) > 0 or proof_before is distinct from proof_after)
    order by order_id limit ${limit}`
}

export async function readDifferences(
  sql: Sql,
  run: bigint,
  filter: { readonly orderId: bigint | null; readonly cause: string | null; readonly after: bigint },
  limit: number,
): Promise<DifferenceRow[]> {
  return await sql<DifferenceRow>`
    select * from look_back_difference d where run_id = ${run} and id > ${filter.after}
      and (${filter.cause === null} or cause = ${filter.cause ?? ''})
      and (${filter.orderId === null} or exists (select from look_back_link l where l.run_id = ${run} and l.subject = d.subject and l.order_id = ${filter.orderId ?? 0n}))
    order by id limit ${limit}`
}

/** What applying these orders (null: everything) would newly do to the world. */
export async function readEffects(
  sql: Sql,
  run: bigint,
  orders: readonly bigint[] | null,
): Promise<{ readonly reports: number; readonly reships: number }> {
  const [row] = await sql<{ reports: bigint; reships: bigint }>`
    select coalesce(sum(cardinality(reports)), 0) as reports,
      count(*) filter (where cardinality(reships) > 0) as reships
    from look_back_order where run_id = ${run} and applied_at is null
      and (${orders === null} or order_id = any(${int8Array(orders ?? [])}::bigint[]))`
  return { reports: Number(row?.reports ?? 0n), reships: Number(row?.reships ?? 0n) }
}

/** Messages with differences that were not applied, ascending; of these orders only, where some were chosen. */
export async function readUnapplied(
  sql: Sql,
  run: bigint,
  orders: readonly bigint[] | null,
  after: bigint,
  limit: number,
): Promise<bigint[]> {
  const rows =
    orders === null
      ? await sql<{ n: bigint }>`
          select distinct message_number as n from look_back_difference
          where run_id = ${run} and message_number > ${after} and applied_at is null order by n limit ${limit}`
      : await sql<{ n: bigint }>`
          select distinct d.message_number as n from look_back_link l
          join look_back_difference d on d.run_id = l.run_id and d.subject = l.subject
          where l.run_id = ${run} and l.order_id = any(${int8Array(orders)}::bigint[]) and d.message_number > ${after}
            and d.applied_at is null order by n limit ${limit}`
  return rows.map((row) => row.n)
}

export async function readDifferencesOfMessages(
  sql: Sql,
  run: bigint,
  numbers: readonly bigint[],
): Promise<DifferenceRow[]> {
  return await sql<DifferenceRow>`
    select * from look_back_difference where run_id = ${run} and message_number = any(${int8Array(numbers)}::bigint[])`
}

export async function markApplied(
  tx: Sql,
  run: bigint,
  done: { readonly numbers: readonly bigint[]; readonly stale: number },
  now: Instant,
): Promise<void> {
  const rows = await tx`
    update look_back_difference set applied_at = ${now}
    where run_id = ${run} and message_number = any(${int8Array(done.numbers)}::bigint[]) and applied_at is null returning 1`
  if (rows.length > 0 || done.stale > 0)
    await tx`
      update look_back set applied_messages = applied_messages + ${done.numbers.length}, stale_messages = stale_messages + ${done.stale},
        updated_at = ${now} where id = ${run}`
}

/** Orders all of whose differences are applied. */
export async function markOrdersApplied(tx: Sql, run: bigint, now: Instant): Promise<void> {
  await tx`
    update look_back_order o set applied_at = ${now} where o.run_id = ${run} and o.applied_at is null and not exists (
      select from look_back_link l join look_back_difference d on d.run_id = l.run_id and d.subject = l.subject
      where l.run_id = ${run} and l.order_id = o.order_id and d.applied_at is null)`
}
