import type { Instant } from '#kernel/clock.ts'
import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'

export type HoldRow = {
  readonly id: bigint
  readonly orderId: bigint
  readonly by: 'rule' | 'person'
  readonly placedBy: string
  readonly reason: string
  readonly at: Instant
  readonly releasedAt: Instant | null
  readonly releasedBy: string | null
  readonly releasedWords: string | null
}
type StoredHold = {
  readonly id: bigint
  readonly order_id: bigint
  readonly placed_by_kind: 'rule' | 'person'
  readonly placed_by: string
  readonly reason: string
  readonly at: Instant
  readonly released_at: Instant | null
  readonly released_by: string | null
  readonly released_words: string | null
}

/** All holds of these orders, the newest first. */
export async function readHolds(sql: Sql, ids: readonly bigint[]): Promise<Map<bigint, HoldRow[]>> {
  if (ids.length === 0) return new Map()
  const rows = await sql<StoredHold>`
    select id, order_id, placed_by_kind, placed_by, reason, at, released_at, released_by, released_words
    from plan_hold where order_id = any(${int8Array([...ids])}::bigint[]) order by order_id, id desc`
  return Map.groupBy(
    rows.map(
      (row): HoldRow => ({
        id: row.id,
        orderId: row.order_id,
        by: row.placed_by_kind,
        placedBy: row.placed_by,
        reason: row.reason,
        at: row.at,
        releasedAt: row.released_at,
        releasedBy: row.released_by,
        releasedWords: row.released_words,
      }),
    ),
    (row) => row.orderId,
  )
}

export type NewRuleHold = {
  readonly orderId: bigint
  readonly reason: string
  readonly kind: string
  readonly setId: bigint
  readonly versionId: bigint
  readonly node: string
}

const NO_LONGER_ASKED = 'the rules no longer ask for it'

/** Holds by rules; one that a person released before is not placed again by the same node, one that the rules dropped is. */
export async function placeRuleHolds(sql: Sql, asked: readonly NewRuleHold[], at: Instant): Promise<void> {
  if (asked.length === 0) return
  const holds = [...new Map(asked.map((one) => [`${one.orderId} ${one.setId} ${one.node}`, one])).values()]
  await sql`
    insert into plan_hold (order_id, placed_by_kind, placed_by, reason, kind, set_id, version_id, node, at)
    select order_id, 'rule', kind, reason, kind, set_id, version_id, node, ${at} from unnest(
      ${int8Array(holds.map((one) => one.orderId))}::bigint[], ${textArray(holds.map((one) => one.reason))}::text[],
      ${textArray(holds.map((one) => one.kind))}::text[], ${int8Array(holds.map((one) => one.setId))}::bigint[],
      ${int8Array(holds.map((one) => one.versionId))}::bigint[], ${textArray(holds.map((one) => one.node))}::text[]
    ) as hold (order_id, reason, kind, set_id, version_id, node)
    on conflict (order_id, set_id, node) where placed_by_kind = 'rule' do update set
      reason = excluded.reason, kind = excluded.kind, version_id = excluded.version_id, at = excluded.at, released_at = null,
      released_by = null, released_words = null
    where plan_hold.released_by = 'hub' and plan_hold.released_words = ${NO_LONGER_ASKED}`
}

/** Holds of rules that no longer ask for them (the order changed) are over. */
export async function dropRuleHolds(
  sql: Sql,
  orderIds: readonly bigint[],
  keep: readonly { readonly orderId: bigint; readonly setId: bigint; readonly node: string }[],
  at: Instant,
): Promise<void> {
  if (orderIds.length === 0) return
  const kept = keep.map((one) => `${one.orderId} ${one.setId} ${one.node}`)
  await sql`
    update plan_hold set released_at = ${at}, released_by = 'hub', released_words = ${NO_LONGER_ASKED}
    where order_id = any(${int8Array([...orderIds])}::bigint[]) and placed_by_kind = 'rule' and released_at is null
      and not (order_id::text || ' ' || set_id::text || ' ' || node = any(${textArray(kept)}::text[]))`
}

export async function placePersonHold(
  sql: Sql,
  hold: { readonly orderId: bigint; readonly reason: string; readonly by: string; readonly at: Instant },
): Promise<void> {
  await sql`insert into plan_hold (order_id, placed_by_kind, placed_by, reason, at)
    values (${hold.orderId}, 'person', ${hold.by}, ${hold.reason}, ${hold.at})`
}

/** Releases all open holds of the order; answers how many. */
export async function releaseHolds(
  sql: Sql,
  release: { readonly orderId: bigint; readonly words: string; readonly by: string; readonly at: Instant },
): Promise<number> {
  const rows =
    await sql`update plan_hold set released_at = ${release.at}, released_by = ${release.by}, released_words = ${release.words}
    where order_id = ${release.orderId} and released_at is null returning id`
  return rows.length
}
