import type { FactKind } from '#domain/fact.ts'
import type { Instant } from '#kernel/clock.ts'
import type { MessageRow } from '#platform/inbox/store.ts'
import { instantArray, int8Array, textArray, uuidArray } from '#platform/postgres/arrays.ts'
import { json, type Sql } from '#platform/postgres/database.ts'
import type { StoredFact } from './core/compare.ts'

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
  const [row] = await runsWhere(sql, { id, before: null }, 1)
  return row ?? null
}

export async function lockRun(tx: Sql, id: bigint): Promise<RunRow | null> {
  await tx`select 1 from look_back where id = ${id} for update`
  return await readRun(tx, id)
}

export async function readRuns(sql: Sql, before: bigint | null, limit: number): Promise<RunRow[]> {
  return await runsWhere(sql, { id: null, before }, limit)
}

/** Runs as they stand; one whose job failed for good is `failed`, whatever it was busy with. Resuming the job brings it back. */
async function runsWhere(
  sql: Sql,
  { id, before }: { readonly id: bigint | null; readonly before: bigint | null },
  limit: number,
): Promise<RunRow[]> {
  return await sql<RunRow>`
    select l.id, case when j.id is null then l.state else 'failed' end as state, l.reason, l.connections, l.from_at, l.to_at, l.before_number,
      l.cursor_place, l.cursor_number, l.messages, l.total, l.changed_messages, l.unreadable, l.unknown_codes, l.orders, l.effects,
      l.applied_messages, l.stale_messages, coalesce(l.error, j.error) as error, l.job_id, l.created_by, l.created_at, l.finished_at,
      l.applied_by, l.applied_at
    from look_back l
    left join job j on j.id = l.job_id and j.state = 'failed' and l.state in ('reading', 'weighing', 'applying')
    where (${id === null} or l.id = ${id ?? 0n}) and (${before === null} or l.id < ${before ?? 0n})
    order by l.id desc limit ${limit}`
}

/**
 * Whether another run is under way: two at once would judge each other's half-applied facts. One whose job failed for good is not, and
 * neither is `except`.
 */
export async function runUnderWay(tx: Sql, except: bigint | null = null): Promise<bigint | null> {
  await tx`select pg_advisory_xact_lock(hashtext('look_back'))`
  const [row] = await tx<{ id: bigint }>`
    select l.id from look_back l
    where l.state in ('reading', 'weighing', 'applying') and l.id is distinct from ${except}
      and not exists (select from job j where j.id = l.job_id and j.state = 'failed')
    order by l.id limit 1`
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

export async function finishWeighing(sql: Sql, run: bigint, now: Instant): Promise<void> {
  await sql`
    update look_back l set state = 'ready', finished_at = ${now}, updated_at = ${now}, orders = s.orders, changed_messages = d.messages,
      effects = jsonb_build_object('reports', s.reports, 'reships', s.reships)
    from (select count(*) filter (where changes) as orders, coalesce(sum(cardinality(reports)), 0) as reports,
        count(*) filter (where cardinality(reships) > 0) as reships
      from look_back_order where run_id = ${run}) s,
      (select count(distinct message_number) as messages from look_back_difference where run_id = ${run}) d
    where l.id = ${run} and l.state = 'weighing'`
}

/** Where the accepted messages lie that speak of these subjects, whenever they came; a receipt names an order by itself. */
export async function placesOfSubjects(
  sql: Sql,
  subjects: readonly string[],
): Promise<{ readonly subject: string; readonly number: bigint; readonly receivedAt: Instant }[]> {
  if (subjects.length === 0) return []
  const rows = await sql<{ subject: string; number: bigint; received_at: Instant }>`
    select subject, message_id as number, received_at from inbox_subject where subject = any(${textArray(subjects)}::text[])
    union
    select 'order:' || m.connection_id || ':' || m.order_no, m.id, m.received_at
    from unnest(${textArray(subjects.filter((subject) => subject.startsWith('order:')))}::text[]) as wanted (subject)
    join inbox_message m on m.order_no = substr(wanted.subject, 8 + position(':' in substr(wanted.subject, 7)))
      and 'order:' || m.connection_id || ':' || m.order_no = wanted.subject`
  return rows.map((row) => ({ subject: row.subject, number: row.number, receivedAt: row.received_at }))
}

export async function readMessagesOf(
  sql: Sql,
  places: readonly { readonly number: bigint; readonly receivedAt: Instant }[],
): Promise<MessageRow[]> {
  return await sql<MessageRow>`
    select m.id, m.received_at, m.connection_id, m.topic, m.dedup_key, m.order_no, m.headers, m.body from unnest(
      ${int8Array(places.map((place) => place.number))}::bigint[], ${instantArray(places.map((place) => place.receivedAt))}::timestamptz[]
    ) as wanted (id, received_at) join inbox_message m on m.id = wanted.id and m.received_at = wanted.received_at
    where m.verdict = 'accepted' order by m.id`
}

/** Of these messages, those that are parked: they can be read now. */
export async function readParked(sql: Sql, numbers: readonly bigint[]): Promise<bigint[]> {
  const rows = await sql<{ message_id: bigint }>`
    select message_id from inbox_task where state = 'parked' and message_id = any(${int8Array(numbers)}::bigint[])`
  return rows.map((row) => row.message_id)
}
