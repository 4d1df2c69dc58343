import type { Instant } from '#kernel/clock.ts'
import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'

/** Channel of the notification that makes every process read again what decides: `<set id> <revision>`. */
export const RULEBOOK_CHANNEL = 'rulebook'

export type InForceRow = {
  readonly id: bigint
  readonly kind: string
  readonly connector_kind: string
  readonly connection_id: string | null
  readonly revision: bigint
  readonly live_version: bigint | null
  readonly live_number: number | null
  readonly gray_version: bigint | null
  readonly gray_bps: number
  readonly gray_salt: string | null
}

/** One statement, hence one moment: what decides in every set. */
export async function readInForce(sql: Sql): Promise<InForceRow[]> {
  return await sql<InForceRow>`
    select s.id, s.kind, s.connector_kind, s.connection_id, s.revision, s.live_version, v.number as live_number,
      s.gray_version, s.gray_bps, s.gray_salt
    from rule_set s left join rule_version v on v.id = s.live_version
    where s.active and (s.live_version is not null or s.gray_version is not null) order by s.id`
}

export type ModelRow = {
  readonly id: bigint
  readonly set_id: bigint
  readonly kind: string
  readonly number: number
  readonly model: unknown
}

export async function readModels(sql: Sql, ids: readonly bigint[]): Promise<ModelRow[]> {
  if (ids.length === 0) return []
  return await sql<ModelRow>`
    select v.id, v.set_id, s.kind, v.number, v.model from rule_version v join rule_set s on s.id = v.set_id
    where v.id = any(${int8Array(ids)}::bigint[]) order by v.id`
}

export async function notifyRulebook(sql: Sql, setId: bigint, revision: bigint): Promise<void> {
  await sql`select pg_notify(${RULEBOOK_CHANNEL}, ${`${setId} ${revision}`})`
}

export type NotLoaded = { readonly setId: bigint; readonly versionId: bigint; readonly words: string }

/** What this process cannot decide with; replaces what it told before. */
export async function saveNotLoaded(
  sql: Sql,
  process: string,
  problems: readonly NotLoaded[],
  now: Instant,
): Promise<void> {
  const ids = int8Array(problems.map((one) => one.versionId))
  await sql`delete from rule_not_loaded where process = ${process} and version_id <> all(${ids}::bigint[])`
  if (problems.length === 0) return
  await sql`
    insert into rule_not_loaded (process, set_id, version_id, words, seen_at)
    select ${process}, set_id, version_id, words, ${now} from unnest(
      ${int8Array(problems.map((one) => one.setId))}::bigint[], ${ids}::bigint[],
      ${textArray(problems.map((one) => one.words.slice(0, 500)))}::text[]) as one (set_id, version_id, words)
    on conflict (process, version_id) do update set words = excluded.words, seen_at = excluded.seen_at`
}

export type NotLoadedRow = {
  readonly set_id: bigint
  readonly set_name: string
  readonly version_id: bigint
  readonly number: number
  readonly words: string
  readonly processes: bigint
}

/** Told within the last moments by some process, of versions that still decide. */
export async function readNotLoaded(sql: Sql, since: Instant): Promise<NotLoadedRow[]> {
  return await sql<NotLoadedRow>`
    select n.set_id, s.name as set_name, n.version_id, v.number, min(n.words) as words, count(*) as processes
    from rule_not_loaded n join rule_set s on s.id = n.set_id join rule_version v on v.id = n.version_id
    where n.seen_at >= ${since} and v.state in ('gray', 'live')
    group by n.set_id, s.name, n.version_id, v.number order by n.set_id, n.version_id`
}

export async function forgetNotLoaded(sql: Sql, before: Instant): Promise<void> {
  await sql`delete from rule_not_loaded where seen_at < ${before}`
}
