import type { Instant } from '#kernel/clock.ts'
import { int4Array, int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Keep } from '../core/clocks.ts'

export type RulingRow = {
  readonly order_id: bigint
  readonly order_no: string
  readonly set_id: bigint | null
  readonly version_id: bigint | null
  readonly keeps: Keep | null
  readonly ship_minutes: number | null
  readonly warn_minutes: number | null
  readonly platform_first: boolean | null
  readonly code: string | null
}

/** Each order's number, and what was decided of it last. */
export async function readRulings(tx: Sql, ids: readonly bigint[]): Promise<RulingRow[]> {
  return await tx<RulingRow>`
    select o.id as order_id, o.order_no, r.set_id, r.version_id, r.keeps, r.ship_minutes, r.warn_minutes, r.platform_first, r.code
    from sales_order o left join promise_ruling r on r.order_id = o.id
    where o.id = any(${int8Array(ids)}::bigint[])`
}

export type NewRuling = {
  readonly orderId: bigint
  readonly setId: bigint
  readonly versionId: bigint
  readonly keeps: Keep | null
  readonly shipMinutes: number | null
  readonly warnMinutes: number | null
  readonly platformFirst: boolean
  readonly code: string | null
}

export async function saveRulings(tx: Sql, rows: readonly NewRuling[], now: Instant): Promise<void> {
  if (rows.length === 0) return
  await tx`
    insert into promise_ruling (order_id, set_id, version_id, keeps, ship_minutes, warn_minutes, platform_first, code, updated_at)
    select order_id, set_id, version_id, keeps, ship_minutes, warn_minutes, platform_first::bool, code, ${now} from unnest(
      ${int8Array(rows.map((row) => row.orderId))}::bigint[], ${int8Array(rows.map((row) => row.setId))}::bigint[],
      ${int8Array(rows.map((row) => row.versionId))}::bigint[], ${textArray(rows.map((row) => row.keeps))}::text[],
      ${int4Array(rows.map((row) => row.shipMinutes))}::int[], ${int4Array(rows.map((row) => row.warnMinutes))}::int[],
      ${textArray(rows.map((row) => String(row.platformFirst)))}::text[], ${textArray(rows.map((row) => row.code))}::text[]
    ) as t (order_id, set_id, version_id, keeps, ship_minutes, warn_minutes, platform_first, code)
    on conflict (order_id) do update set set_id = excluded.set_id, version_id = excluded.version_id, keeps = excluded.keeps,
      ship_minutes = excluded.ship_minutes, warn_minutes = excluded.warn_minutes, platform_first = excluded.platform_first,
      code = excluded.code, updated_at = excluded.updated_at`
}

export async function dropRulings(tx: Sql, ids: readonly bigint[]): Promise<void> {
  if (ids.length > 0) await tx`delete from promise_ruling where order_id = any(${int8Array(ids)}::bigint[])`
}
