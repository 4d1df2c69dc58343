import type { FactDetail, FactKind } from '#domain/fact.ts'
import type { Instant } from '#kernel/clock.ts'
import type { MessageRow } from '#platform/inbox/store.ts'
import {
  boolArray,
  instantArray,
  int4Array,
  int8Array,
  textArray,
  uuidArray,
} from '#platform/postgres/arrays.ts'
import { json, type Sql } from '#platform/postgres/database.ts'
import type { DifferenceKind, StoredFact } from './core/compare.ts'

export const RUN_STATES = [
  'reading',
  'weighing',
  'ready',
  'applying',
  'applied',
  'cancelled',
  'failed',
] as const
export type RunState = (typeof RUN_STATES)[number]

export type RunRow = {
  readonly id: bigint
  readonly state: RunState
  readonly reason: string
  readonly connections: readonly string[]
  readonly from_at: Instant
  readonly to_at: Instant
  readonly before_number: bigint
  readonly cursor_place: number
  readonly cursor_number: bigint
  readonly messages: bigint
  readonly total: bigint
  readonly changed_messages: bigint
  readonly unreadable: Readonly<Record<string, number>>
  readonly unknown_codes: readonly string[]
  readonly orders: bigint
  readonly effects: { readonly reports?: number; readonly reships?: number }
  readonly applied_messages: bigint
  readonly stale_messages: bigint
  readonly error: string | null
  readonly job_id: bigint | null
  readonly created_by: string
  readonly created_at: Instant
  readonly finished_at: Instant | null
  readonly applied_by: string | null
  readonly applied_at: Instant | null
}

export async function insertRun(
  tx: Sql,
  run: {
    readonly reason: string
    readonly connections: readonly string[]
    readonly from: Instant
    readonly to: Instant
    readonly by: string
  },
  now: Instant,
): Promise<bigint> {
  const [row] = await tx<{ id: bigint }>`
    insert into look_back (state, reason, connections, from_at, to_at, before_number, created_by, created_at, updated_at)
    values ('reading', ${run.reason}, ${textArray(run.connections)}::text[], ${run.from}, ${run.to},
      (select coalesce(max(id), 0) + 1 from inbox_message where received_at >= ${run.from}), ${run.by}, ${now}, ${now})
    returning id`
  return row?.id ?? 0n
}

export async function readRun(sql: Sql, id: bigint): Promise<RunRow | null> {
  const [row] = await sql<RunRow>`select * from look_back where id = ${id}`
  return row ?? null
}

export async function lockRun(tx: Sql, id: bigint): Promise<RunRow | null> {
  const [row] = await tx<RunRow>`select * from look_back where id = ${id} for update`
  return row ?? null
}

export async function readRuns(sql: Sql, before: bigint | null, limit: number): Promise<RunRow[]> {
  return await sql<RunRow>`
    select * from look_back where ${before === null} or id < ${before ?? 0n} order by id desc limit ${limit}`
}

/** Whether another run is under way: two at once would judge each other's half-applied facts. */
export async function runUnderWay(tx: Sql): Promise<bigint | null> {
  await tx`select pg_advisory_xact_lock(hashtext('look_back'))`
  const [row] = await tx<{ id: bigint }>`
    select id from look_back where state in ('reading', 'weighing', 'applying') order by id limit 1`
  return row?.id ?? null
}

export async function setRun(
  tx: Sql,
  id: bigint,
  to: {
    readonly state: RunState
    readonly jobId?: bigint
    readonly error?: string
    readonly appliedBy?: string
  },
  now: Instant,
): Promise<void> {
  await tx`
    update look_back set state = ${to.state}, job_id = coalesce(${to.jobId ?? null}, job_id), error = ${to.error ?? null},
      finished_at = case when ${to.state} = 'ready' and finished_at is null then ${now} else finished_at end,
      applied_by = coalesce(${to.appliedBy ?? null}, applied_by),
      applied_at = case when ${to.state} = 'applied' then ${now} else applied_at end, updated_at = ${now}
    where id = ${id}`
}

/** Accepted messages of the span, counted once so that progress means something. */
export async function countMessages(sql: Sql, run: RunRow): Promise<number> {
  const [row] = await sql<{ count: bigint }>`
    select count(*) as count from inbox_message
    where connection_id = any(${textArray(run.connections)}::text[]) and verdict = 'accepted' and id < ${run.before_number}
      and received_at >= ${run.from_at} and received_at < ${run.to_at}`
  return Number(row?.count ?? 0n)
}

/** The next accepted messages of one connection, in the order in which they came. */
export async function readPiece(
  sql: Sql,
  run: RunRow,
  place: { readonly connection: string; readonly after: bigint },
  limit: number,
): Promise<MessageRow[]> {
  return await sql<MessageRow>`
    select id, received_at, connection_id, topic, dedup_key, order_no, headers, body from inbox_message
    where connection_id = ${place.connection} and verdict = 'accepted' and id > ${place.after} and id < ${run.before_number}
      and received_at >= ${run.from_at} and received_at < ${run.to_at}
    order by id limit ${limit}`
}

type StoredRow = {
  readonly subject: string
  readonly id: string
  readonly kind: string
  readonly at: Instant | null
  readonly at_raw: string
  readonly at_provenance: string
  readonly code: string
  readonly message_id: string
}

/**
 * Facts of a connection that were proven by messages received in [from, to], by message. That the hub reported a shipment is no reading
 * of a message and stays out.
 */
export async function readStored(
  sql: Sql,
  connection: string,
  from: Instant,
  to: Instant,
): Promise<Map<string, StoredFact[]>> {
  const rows = await sql<StoredRow>`
    select subject, id, kind, at, at_raw, at_provenance, code, message_id from fact
    where received_at >= ${from} and received_at <= ${to} and source = ${connection} and kind <> 'shipment_reported'`
  return new Map(
    [...Map.groupBy(rows, (row) => row.message_id)].map(([id, own]) => [
      id,
      own.map((row) => ({
        subject: row.subject,
        id: row.id,
        kind: row.kind as FactKind,
        at: row.at,
        raw: row.at_raw,
        provenance: row.at_provenance,
        code: row.code,
      })),
    ]),
  )
}

/** Which of these facts are there, whoever proved them. */
export async function readKinds(
  sql: Sql,
  facts: readonly { readonly subject: string; readonly id: string }[],
): Promise<Map<string, FactKind>> {
  if (facts.length === 0) return new Map()
  const rows = await sql<{ subject: string; id: string; kind: string }>`
    select f.subject, f.id, f.kind from unnest(
      ${textArray(facts.map((fact) => fact.subject))}::text[], ${uuidArray(facts.map((fact) => fact.id))}::uuid[]
    ) as wanted (subject, id) join fact f on f.subject = wanted.subject and f.id = wanted.id`
  return new Map(rows.map((row) => [`${row.subject}\n${row.id}`, row.kind as FactKind]))
}

/** Which of these facts the run would add already. */
export async function readPlanned(
  sql: Sql,
  run: bigint,
  facts: readonly { readonly subject: string; readonly id: string }[],
): Promise<Map<string, FactKind>> {
  if (facts.length === 0) return new Map()
  const rows = await sql<{ subject: string; id: string; kind: string }>`
    select d.subject, d.after_id as id, d.after_kind as kind from unnest(
      ${textArray(facts.map((fact) => fact.subject))}::text[], ${uuidArray(facts.map((fact) => fact.id))}::uuid[]
    ) as wanted (subject, id) join look_back_difference d
      on d.run_id = ${run} and d.subject = wanted.subject and d.after_id = wanted.id`
  return new Map(rows.map((row) => [`${row.subject}\n${row.id}`, row.kind as FactKind]))
}

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
  readonly applied_at: Instant | null
}
export type NewDifference = Omit<DifferenceRow, 'id' | 'applied_at' | 'after_detail'> & {
  readonly after_detail: string | null
}

export async function insertDifferences(tx: Sql, run: bigint, rows: readonly NewDifference[]): Promise<void> {
  if (rows.length === 0) return
  await tx`
    insert into look_back_difference (run_id, message_number, received_at, connection_id, subject, what, code, before_id, after_id,
      before_kind, after_kind, before_at, after_at, before_raw, after_raw, after_zone, after_provenance, after_detail, cause)
    select ${run}, number, received_at, connection_id, subject, what, code, before_id, after_id, before_kind, after_kind, before_at, after_at,
      before_raw, after_raw, after_zone, after_provenance, after_detail::jsonb, cause
    from unnest(
      ${int8Array(rows.map((row) => row.message_number))}::bigint[], ${instantArray(rows.map((row) => row.received_at))}::timestamptz[],
      ${textArray(rows.map((row) => row.connection_id))}::text[], ${textArray(rows.map((row) => row.subject))}::text[],
      ${textArray(rows.map((row) => row.what))}::text[], ${textArray(rows.map((row) => row.code))}::text[],
      ${uuidArray(rows.map((row) => row.before_id))}::uuid[], ${uuidArray(rows.map((row) => row.after_id))}::uuid[],
      ${textArray(rows.map((row) => row.before_kind))}::text[], ${textArray(rows.map((row) => row.after_kind))}::text[],
      ${instantArray(rows.map((row) => row.before_at))}::timestamptz[], ${instantArray(rows.map((row) => row.after_at))}::timestamptz[],
      ${textArray(rows.map((row) => row.before_raw))}::text[], ${textArray(rows.map((row) => row.after_raw))}::text[],
      ${textArray(rows.map((row) => row.after_zone))}::text[], ${textArray(rows.map((row) => row.after_provenance))}::text[],
      ${textArray(rows.map((row) => row.after_detail))}::text[], ${textArray(rows.map((row) => row.cause))}::text[]
    ) as found (number, received_at, connection_id, subject, what, code, before_id, after_id, before_kind, after_kind, before_at, after_at,
      before_raw, after_raw, after_zone, after_provenance, after_detail, cause)`
}

/** A fact that another message still proves is not taken back for the sake of the first. */
export async function keepWitnessed(
  tx: Sql,
  run: bigint,
  facts: readonly { readonly subject: string; readonly id: string }[],
): Promise<void> {
  if (facts.length === 0) return
  const subjects = textArray(facts.map((fact) => fact.subject))
  const ids = uuidArray(facts.map((fact) => fact.id))
  await tx`
    delete from look_back_difference d using unnest(${subjects}::text[], ${ids}::uuid[]) as kept (subject, id)
    where d.run_id = ${run} and d.subject = kept.subject and d.before_id = kept.id and d.what = 'removed'`
  await tx`
    update look_back_difference d set what = 'added', before_id = null, before_kind = null, before_at = null, before_raw = null,
      cause = 'added ' || d.code
    from unnest(${subjects}::text[], ${ids}::uuid[]) as kept (subject, id)
    where d.run_id = ${run} and d.subject = kept.subject and d.before_id = kept.id and d.what in ('moved', 'reworded')`
}

export async function saveProgress(
  tx: Sql,
  run: bigint,
  at: {
    readonly place: number
    readonly number: bigint
    readonly messages: number
    readonly changed: number
    readonly unreadable: Readonly<Record<string, number>>
    readonly unknown: readonly string[]
  },
  now: Instant,
): Promise<void> {
  await tx`
    update look_back set cursor_place = ${at.place}, cursor_number = ${at.number}, messages = messages + ${at.messages},
      changed_messages = changed_messages + ${at.changed}, updated_at = ${now}, unreadable = ${json(at.unreadable)}::jsonb,
      unknown_codes = (select coalesce(array_agg(distinct code order by code), '{}') from unnest(unknown_codes || ${textArray(at.unknown)}::text[]) as code)
    where id = ${run}`
}

export async function setTotal(sql: Sql, run: bigint, total: number): Promise<void> {
  await sql`update look_back set total = ${total} where id = ${run}`
}

/** Subjects of a run's differences after `after`, by name. */
export async function readSubjects(sql: Sql, run: bigint, after: string, limit: number): Promise<string[]> {
  const rows = await sql<{ subject: string }>`
    select distinct subject from look_back_difference where run_id = ${run} and subject > ${after} order by subject limit ${limit}`
  return rows.map((row) => row.subject)
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
      proof_before, proof_after, changes)
    select ${run}, order_id, connection_id, order_no, differences, array(select jsonb_array_elements_text(causes::jsonb)), status_before,
      status_after, times::jsonb, array(select jsonb_array_elements_text(reports::jsonb)), proof_before, proof_after, changes
    from unnest(
      ${int8Array(rows.map((row) => row.order_id))}::bigint[], ${textArray(rows.map((row) => row.connection_id))}::text[],
      ${textArray(rows.map((row) => row.order_no))}::text[], ${int4Array(rows.map((row) => row.differences))}::int[],
      ${textArray(rows.map((row) => JSON.stringify(row.causes)))}::text[], ${textArray(rows.map((row) => row.status_before))}::text[],
      ${textArray(rows.map((row) => row.status_after))}::text[], ${textArray(rows.map((row) => JSON.stringify(row.times)))}::text[],
      ${textArray(rows.map((row) => JSON.stringify(row.reports)))}::text[], ${textArray(rows.map((row) => row.proof_before))}::text[],
      ${textArray(rows.map((row) => row.proof_after))}::text[], ${boolArray(rows.map((row) => row.changes))}::boolean[]
    ) as weighed (order_id, connection_id, order_no, differences, causes, status_before, status_after, times, reports, proof_before,
      proof_after, changes) on conflict do nothing`
}

/** Keys of intents that are there already: what was done once is not done anew. */
export async function knownIntents(sql: Sql, keys: readonly string[]): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set()
  const rows = await sql<{
    key: string
  }>`select key from outbox_intent where key = any(${textArray(keys)}::text[])`
  return new Set(rows.map((row) => row.key))
}

export async function finishWeighing(sql: Sql, run: bigint, now: Instant): Promise<void> {
  await sql`
    update look_back l set state = 'ready', finished_at = ${now}, updated_at = ${now}, orders = s.orders,
      effects = jsonb_build_object('reports', s.reports, 'reships', s.reships)
    from (select count(*) filter (where changes) as orders, coalesce(sum(cardinality(reports)), 0) as reports,
        count(*) filter (where proof_before is null and proof_after is not null) as reships
      from look_back_order where run_id = ${run}) s
    where l.id = ${run} and l.state = 'weighing'`
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
      count(*) filter (where proof_before is null and proof_after is not null) as reships
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

export async function readMessagesOf(
  sql: Sql,
  places: readonly { readonly number: bigint; readonly receivedAt: Instant }[],
): Promise<MessageRow[]> {
  return await sql<MessageRow>`
    select m.id, m.received_at, m.connection_id, m.topic, m.dedup_key, m.order_no, m.headers, m.body from unnest(
      ${int8Array(places.map((place) => place.number))}::bigint[], ${instantArray(places.map((place) => place.receivedAt))}::timestamptz[]
    ) as wanted (id, received_at) join inbox_message m on m.id = wanted.id and m.received_at = wanted.received_at order by m.id`
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

/** Of these messages, those that are parked: they can be read now. */
export async function readParked(sql: Sql, numbers: readonly bigint[]): Promise<bigint[]> {
  const rows = await sql<{ message_id: bigint }>`
    select message_id from inbox_task where state = 'parked' and message_id = any(${int8Array(numbers)}::bigint[])`
  return rows.map((row) => row.message_id)
}
