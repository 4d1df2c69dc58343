import type { Shortage } from '#domain/stock.ts'
import type { Instant } from '#kernel/clock.ts'
import { instantArray, int4Array, int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { HourCounts, LockFailure } from './core/count.ts'

/** Adds counts to their hours, in the key's order, so that two processes never wait for each other in a ring. */
export async function addHours(sql: Sql, counts: readonly HourCounts[]): Promise<void> {
  const of = (field: 'locked' | 'refused' | 'timedOut' | 'invalid') =>
    int8Array(counts.map((one) => BigInt(one[field])))
  await sql`
    insert into lock_hour (hour, warehouse, asked, locked, refused, timed_out, invalid, took_ms_sum, took_ms_most)
    select hour, warehouse, locked + refused + timed_out, locked, refused, timed_out, invalid, took_ms_sum::float8, took_ms_most::float8
    from unnest(
      ${instantArray(counts.map((one) => Temporal.Instant.fromEpochMilliseconds(one.hourMs)))}::timestamptz[],
      ${textArray(counts.map((one) => one.warehouse))}::text[],
      ${of('locked')}::int8[], ${of('refused')}::int8[], ${of('timedOut')}::int8[], ${of('invalid')}::int8[],
      ${textArray(counts.map((one) => one.tookMsSum.toFixed(3)))}::text[],
      ${textArray(counts.map((one) => one.tookMsMost.toFixed(3)))}::text[]
    ) as given (hour, warehouse, locked, refused, timed_out, invalid, took_ms_sum, took_ms_most)
    order by hour, warehouse
    on conflict (hour, warehouse) do update
    set asked = lock_hour.asked + excluded.asked, locked = lock_hour.locked + excluded.locked,
      refused = lock_hour.refused + excluded.refused, timed_out = lock_hour.timed_out + excluded.timed_out,
      invalid = lock_hour.invalid + excluded.invalid, took_ms_sum = lock_hour.took_ms_sum + excluded.took_ms_sum,
      took_ms_most = greatest(lock_hour.took_ms_most, excluded.took_ms_most)`
}

export async function addFailures(sql: Sql, rows: readonly LockFailure[]): Promise<void> {
  const text = (pick: (row: LockFailure) => string | null) => textArray(rows.map(pick))
  const whole = (pick: (row: LockFailure) => number) => int4Array(rows.map(pick))
  await sql`
    insert into lock_failure (at, key, owner_kind, owner, reference, channel, code, detail, warehouse, sku, wanted, available,
      elsewhere, took_ms)
    select at, key, owner_kind, owner, reference, channel, code, detail, warehouse, sku, wanted, available, elsewhere::jsonb, took_ms
    from unnest(
      ${instantArray(rows.map((row) => row.at))}::timestamptz[], ${text((row) => row.key)}::text[],
      ${text((row) => row.ownerKind)}::text[], ${text((row) => row.owner)}::text[], ${text((row) => row.reference)}::text[],
      ${text((row) => row.channel)}::text[], ${text((row) => row.code)}::text[], ${text((row) => row.detail)}::text[],
      ${text((row) => row.warehouse)}::text[], ${text((row) => row.sku)}::text[], ${whole((row) => row.wanted)}::int4[],
      ${whole((row) => row.available)}::int4[], ${text((row) => JSON.stringify(row.elsewhere))}::text[],
      ${whole((row) => row.tookMs)}::int4[]
    ) as given (at, key, owner_kind, owner, reference, channel, code, detail, warehouse, sku, wanted, available, elsewhere, took_ms)`
}

export type HourRow = {
  readonly hour: Instant
  readonly warehouse: string
  readonly locked: bigint
  readonly refused: bigint
  readonly timed_out: bigint
  readonly invalid: bigint
  readonly took_ms_sum: number
  readonly took_ms_most: number
}

/** Hours of [from, to), added up in steps of whole hours that begin at `from`. */
export async function readSteps(
  sql: Sql,
  span: { readonly from: Instant; readonly to: Instant; readonly stepHours: number },
): Promise<HourRow[]> {
  return await sql<HourRow>`
    select date_bin(${`${span.stepHours} hours`}::interval, hour, ${span.from}::timestamptz) as hour, warehouse,
      sum(locked)::bigint as locked, sum(refused)::bigint as refused, sum(timed_out)::bigint as timed_out,
      sum(invalid)::bigint as invalid, sum(took_ms_sum) as took_ms_sum, max(took_ms_most) as took_ms_most
    from lock_hour where hour >= ${span.from} and hour < ${span.to}
    group by 1, 2 order by 2, 1`
}

export type WarehouseRow = { readonly code: string; readonly name: string; readonly active: boolean }

export async function readWarehouses(sql: Sql): Promise<WarehouseRow[]> {
  return await sql<WarehouseRow>`select code, name, active from warehouse order by priority, code`
}

export type FailureRow = {
  readonly id: bigint
  readonly at: Instant
  readonly key: string
  readonly owner_kind: string
  readonly owner: string
  readonly reference: string
  readonly channel: string | null
  readonly channel_name: string | null
  readonly code: string
  readonly detail: string
  readonly warehouse: string
  readonly warehouse_name: string | null
  readonly sku: string
  readonly wanted: number
  readonly available: number
  readonly elsewhere: Shortage['elsewhere']
  readonly took_ms: number
  readonly hold_id: bigint | null
  readonly hold_state: string | null
}
export type FailureFilter = {
  readonly from: Instant
  readonly to: Instant
  readonly warehouse: string | null
  readonly code: string | null
}

/** The newest first. `hold_*`: the same key stands by now, because somebody asked again. */
export async function readFailures(
  sql: Sql,
  filter: FailureFilter,
  after: { readonly at: Instant; readonly id: bigint } | null,
  limit: number,
): Promise<FailureRow[]> {
  const { from, to, warehouse, code } = filter
  return await sql<FailureRow>`
    select f.*, c.name as channel_name, w.name as warehouse_name, h.id as hold_id, h.state as hold_state
    from (
      select * from lock_failure
      where at >= ${from} and at < ${to} and (${warehouse === null} or warehouse = ${warehouse ?? ''})
        and (${code === null} or code = ${code ?? ''})
        and (${after === null} or (at, id) < (${after?.at ?? to}, ${after?.id ?? 0n}))
      order by at desc, id desc limit ${limit}
    ) f
    left join connection c on c.id = f.channel
    left join warehouse w on w.code = f.warehouse
    left join stock_hold h on h.key = f.key
    order by f.at desc, f.id desc`
}

/** Failures by code and SKU of a span, the most frequent first; what is kept, not what was counted. */
export async function countFailures(
  sql: Sql,
  filter: FailureFilter,
): Promise<{ code: string; sku: string; count: bigint }[]> {
  return await sql`
    select code, sku, count(*) as count from lock_failure
    where at >= ${filter.from} and at < ${filter.to}
      and (${filter.warehouse === null} or warehouse = ${filter.warehouse ?? ''})
    group by code, sku order by count(*) desc, code, sku limit 20`
}

/** Deletes at most `limit` failures from before that instant; answers how many. */
export async function deleteFailures(sql: Sql, before: Instant, limit: number): Promise<number> {
  const rows = await sql`
    delete from lock_failure where id in (
      select id from lock_failure where at < ${before} order by at limit ${limit}) returning id`
  return rows.length
}

export async function deleteHours(sql: Sql, before: Instant): Promise<void> {
  await sql`delete from lock_hour where hour < ${before}`
}
