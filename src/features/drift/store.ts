import type { Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Fragment, fragment, joinFragments, runFragment } from '#platform/postgres/fragment.ts'

export type DriftClaim = { readonly source: string; readonly says: string; readonly at: string | null }
export type DriftRow = {
  readonly order_id: bigint
  readonly order_no: string
  readonly connection_id: string
  readonly connection_name: string | null
  readonly field: string
  readonly cause: string
  readonly since: Instant | null
  readonly until: Instant | null
  /** Microseconds; an open one lasts until `now`. */
  readonly lasted: bigint
  readonly claims: readonly DriftClaim[]
}
export type DriftFilter = {
  readonly open: boolean
  readonly field: string | null
  readonly cause: string | null
  /** Disagreements that were open at some time of [from, to). */
  readonly from: Instant | null
  readonly to: Instant | null
}
export type DriftPlace = { readonly key: bigint; readonly orderId: bigint; readonly field: string }
export type DriftSort = 'duration' | 'since'

/** Longest or newest first; `now` must stay the same over the pages of one list, since open ones grow. */
export async function readDrifts(
  sql: Sql,
  filter: DriftFilter,
  page: { sort: DriftSort; now: Instant; after: DriftPlace | null; limit: number },
): Promise<(DriftRow & { key: bigint })[]> {
  const { sort, now, after, limit } = page
  const key = sort === 'duration' ? fragment`lasted` : fragment`begun`
  const keyset =
    after === null
      ? fragment`true`
      : fragment`(${key}, order_id, field) < (${after.key}, ${after.orderId}, ${after.field})`
  const conditions = joinFragments([fragment`true`, ...conditionsOf(filter)], ' and ')
  // The end of a disagreement is cut off at both ends of the period, so that an old one does not win every month.
  const start =
    filter.from === null
      ? fragment`coalesce(d.since, ${now})`
      : fragment`greatest(coalesce(d.since, ${now}), ${filter.from})`
  const end =
    filter.to === null
      ? fragment`coalesce(d.until, ${now})`
      : fragment`least(coalesce(d.until, ${now}), ${filter.to})`
  return await runFragment(
    sql,
    fragment`select p.*, o.order_no, o.connection_id, c.name as connection_name, p.${key} as key
    from (
      select * from (
        select d.order_id, d.field, d.cause, d.since, d.until, d.claims,
          greatest(0, (extract(epoch from ${end} - ${start}) * 1000000))::bigint as lasted,
          (extract(epoch from coalesce(d.since, 'epoch')) * 1000000)::bigint as begun
        from drift d where ${conditions}
      ) d where ${keyset}
      order by ${key} desc, order_id desc, field desc limit ${limit}
    ) p
    join sales_order o on o.id = p.order_id
    left join connection c on c.id = o.connection_id
    order by key desc, p.order_id desc, p.field desc`,
  )
}

function conditionsOf({ open, field, cause, from, to }: DriftFilter): readonly Fragment[] {
  return [
    ...(open ? [fragment`d.until is null`] : []),
    ...(field === null ? [] : [fragment`d.field = ${field}`]),
    ...(cause === null ? [] : [fragment`d.cause = ${cause}`]),
    ...(from === null ? [] : [fragment`(d.until is null or d.until >= ${from})`]),
    ...(to === null ? [] : [fragment`(d.since is null or d.since < ${to})`]),
  ]
}

export type DriftGroup = {
  readonly field: string
  readonly cause: string
  readonly open: bigint
  readonly closed: bigint
  readonly longest: bigint
}

/** How many of each field and cause are open or settled, and how many microseconds the longest lasted. */
export async function readSummary(sql: Sql, now: Instant): Promise<DriftGroup[]> {
  return await sql<DriftGroup>`
    select field, cause, count(*) filter (where until is null) as open, count(*) filter (where until is not null) as closed,
      greatest(0, max(extract(epoch from coalesce(until, ${now}) - coalesce(since, ${now})) * 1000000))::bigint as longest
    from drift group by field, cause order by open desc, closed desc, field, cause`
}

export async function readConnectionNames(sql: Sql): Promise<Map<string, string>> {
  const rows = await sql<{ id: string; name: string }>`select id, name from connection`
  return new Map(rows.map((row) => [row.id, row.name]))
}
