import type { Instant } from '#kernel/clock.ts'
import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Fragment, fragment, joinFragments, runFragment } from '#platform/postgres/fragment.ts'

export type LogFigures = {
  readonly connection_id: string
  /** Questions about single subjects. */
  readonly asked: number
  readonly found: number
  readonly fruitless: number
  readonly failed: number
  /** Finds of increment polls. */
  readonly lost: number
  /** Messages that told something first, by either kind of poll. */
  readonly finds: number
}

/** What polls of the time since then came to, per connection. */
export async function readFigures(sql: Sql, since: Instant): Promise<LogFigures[]> {
  return await sql<LogFigures>`
    select connection_id, count(*) filter (where rule <> 'increment')::int as asked,
      count(*) filter (where rule <> 'increment' and outcome = 'found')::int as found,
      count(*) filter (where rule <> 'increment' and outcome in ('nothing_new', 'unchanged', 'nothing_yet'))::int as fruitless,
      count(*) filter (where rule <> 'increment' and outcome in ('refused', 'outage'))::int as failed,
      count(*) filter (where rule = 'increment' and outcome = 'found')::int as lost,
      count(*) filter (where outcome = 'found')::int as finds
    from fallback_log where at >= ${since} group by connection_id`
}

/** Counting further tells nothing more. */
const PUSHES_COUNTED = 10_000

/** Pushed messages that were accepted since then, per connection, counted up to 10,000. */
export async function readPushes(
  sql: Sql,
  connections: readonly string[],
  since: Instant,
): Promise<ReadonlyMap<string, number>> {
  const rows = await sql<{ id: string; pushes: number }>`
    select c.id, p.pushes from unnest(${textArray(connections)}::text[]) as c (id),
      lateral (select count(*)::int as pushes from (
        select from inbox_message m where m.connection_id = c.id and m.received_at >= ${since} and m.verdict = 'accepted'
          and m.transport in ('http', 'stream') limit ${PUSHES_COUNTED}) as counted) p`
  return new Map(rows.map((row) => [row.id, row.pushes]))
}

export type Waiting = {
  /** The shop of order subjects, null for parcels. */
  readonly shop_id: string | null
  readonly carrier: string | null
  readonly waiting: number
  readonly due: number
  readonly oldest_due: Instant | null
}

/** Watched subjects and those whose turn has come, per shop and per carrier. */
export async function readWaiting(sql: Sql, now: Instant): Promise<Waiting[]> {
  return await sql<Waiting>`
    select case when carrier is null then shop_id end as shop_id, carrier, count(*)::int as waiting,
      count(*) filter (where due_at <= ${now})::int as due, min(due_at) filter (where due_at <= ${now}) as oldest_due
    from fallback_ask group by 1, 2`
}

export type AskLine = {
  readonly id: bigint
  readonly at: Instant
  readonly connection_id: string
  readonly rule: string
  readonly subject: string
  readonly order_id: bigint | null
  readonly order_no: string | null
  readonly outcome: string
  readonly code: string | null
  readonly words: string
  readonly message_id: string | null
  readonly facts: number
}
export type AskFilter = {
  readonly connection: string | null
  readonly outcome: string | null
  readonly order: bigint | null
  readonly orderNo: string | null
}

/** Lines of the log, newest first, ids below `before`. An order number finds the orders of all shops that have it. */
export async function readLines(
  sql: Sql,
  filter: AskFilter,
  before: bigint | null,
  limit: number,
): Promise<AskLine[]> {
  const ids =
    filter.orderNo === null
      ? null
      : (
          await sql<{ id: bigint }>`select id from sales_order where order_no = ${filter.orderNo} limit 50`
        ).map((row) => row.id)
  const conditions: Fragment[] = [
    fragment`true`,
    ...(before === null ? [] : [fragment`l.id < ${before}`]),
    ...(filter.connection === null ? [] : [fragment`l.connection_id = ${filter.connection}`]),
    ...(filter.outcome === null ? [] : [fragment`l.outcome = ${filter.outcome}`]),
    ...(filter.order === null ? [] : [fragment`l.order_id = ${filter.order}`]),
    ...(ids === null ? [] : [fragment`l.order_id = any(${int8Array(ids)}::bigint[])`]),
  ]
  return await runFragment<AskLine>(
    sql,
    fragment`select l.id, l.at, l.connection_id, l.rule, l.subject, l.order_id, coalesce(o.order_no, l.order_no) as order_no,
      l.outcome, l.code, l.words, l.message_id, l.facts
    from fallback_log l left join sales_order o on o.id = l.order_id
    where ${joinFragments(conditions, ' and ')} order by l.id desc limit ${limit}`,
  )
}
