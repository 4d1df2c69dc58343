import type { Instant } from '#kernel/clock.ts'
import type { Sql } from '#platform/postgres/database.ts'

export type RolledBackRow = {
  readonly set_id: bigint
  readonly kind: string
  readonly name: string
  readonly number: number
  readonly at: Instant
  readonly zh: string
  readonly en: string
}

/** Taken back by a guard since, and nothing of the set published after it; one line a set. */
export async function readRolledBack(sql: Sql, since: Instant): Promise<RolledBackRow[]> {
  return await sql<RolledBackRow>`
    select distinct on (e.set_id) e.set_id, s.kind, s.name, v.number, e.at, e.zh, e.en
    from rule_event e join rule_set s on s.id = e.set_id join rule_version v on v.id = e.version_id
    where e.what = 'rolled_back' and e.at >= ${since} and e.detail ->> 'guard' is not null and s.active
      and not exists (select 1 from rule_event l where l.set_id = e.set_id and l.id > e.id and l.what in ('gray', 'published', 'promoted'))
    order by e.set_id, e.id desc`
}

export type OverdueRow = { readonly id: bigint; readonly name: string; readonly gray_until: Instant }

/** Watches that should have ended: the sweep that ends them does not run. */
export async function readOverdueWatches(sql: Sql, before: Instant): Promise<OverdueRow[]> {
  return await sql<OverdueRow>`
    select id, name, gray_until from rule_set where active and gray_until < ${before} order by gray_until limit 20`
}

/** Days ahead for which decisions have a partition, today included. */
export async function countDecisionPartitions(sql: Sql): Promise<number> {
  const [row] = await sql<{ days: bigint }>`
    select count(*) as days from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
    where p.relname = 'rule_decision' and right(c.relname, 8) >= to_char(now() at time zone 'UTC', 'YYYYMMDD')`
  return Number(row?.days ?? 0n)
}
