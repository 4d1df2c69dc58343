import type { RuleObservation } from '#domain/rulebook.ts'
import type { Instant } from '#kernel/clock.ts'
import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Figures, GuardState, Verdict } from '../core/guards.ts'

export type Observed = { readonly setId: bigint; readonly versionId: bigint } & Omit<
  RuleObservation,
  'sum'
> & {
    readonly sum: number
    readonly squares: number
  }

const SLOTS = 8

/** Adds to what is watched: only of sets with a gray version, and only of that one and the live one. In key order: no deadlock. */
export async function addObserved(sql: Sql, observed: readonly Observed[], now: Instant): Promise<void> {
  const text = (of: (one: Observed) => number) => textArray(observed.map((one) => String(of(one))))
  await sql`
    insert into rule_tally (set_id, watch, version_id, metric, slot, n, bad, total, squares, updated_at)
    select o.set_id, s.gray_watch, o.version_id, o.metric, pg_backend_pid() % ${SLOTS}::int, sum(o.n::bigint), sum(o.bad::bigint),
      sum(o.total::numeric), sum(o.squares::numeric), ${now}
    from unnest(
      ${int8Array(observed.map((one) => one.setId))}::bigint[], ${int8Array(observed.map((one) => one.versionId))}::bigint[],
      ${textArray(observed.map((one) => one.metric))}::text[], ${text((one) => one.n)}::text[], ${text((one) => one.bad)}::text[],
      ${text((one) => one.sum)}::text[], ${text((one) => one.squares)}::text[]
    ) as o (set_id, version_id, metric, n, bad, total, squares)
    join rule_set s on s.id = o.set_id and s.gray_version is not null and o.version_id in (s.gray_version, s.live_version)
    group by o.set_id, s.gray_watch, o.version_id, o.metric order by o.set_id, o.version_id, o.metric
    on conflict (set_id, watch, version_id, metric, slot) do update set n = rule_tally.n + excluded.n,
      bad = rule_tally.bad + excluded.bad, total = rule_tally.total + excluded.total,
      squares = rule_tally.squares + excluded.squares, updated_at = excluded.updated_at`
}

/** Figures by metric of one version in one watch. */
export async function readTally(
  sql: Sql,
  setId: bigint,
  watch: string,
  versionId: bigint | null,
): Promise<ReadonlyMap<string, Figures>> {
  const rows = await sql<{
    metric: string
    n: string
    bad: string
    total: string
    squares: string
  }>`
    select metric, sum(n) as n, sum(bad) as bad, sum(total) as total, sum(squares) as squares from rule_tally
    where set_id = ${setId} and watch = ${watch} and version_id = ${versionId} group by metric`
  return new Map(
    rows.map((row) => [
      row.metric,
      { n: Number(row.n), bad: Number(row.bad), sum: Number(row.total), squares: Number(row.squares) },
    ]),
  )
}

export async function readGuards(
  sql: Sql,
  setId: bigint,
  watch: string,
): Promise<ReadonlyMap<string, GuardState>> {
  const rows = await sql<{
    metric: string
    n: bigint
    bad: bigint
    evidence: number
    verdict: Verdict
  }>`
    select metric, n, bad, evidence, verdict from rule_guard where set_id = ${setId} and watch = ${watch}`
  return new Map(
    rows.map(({ metric, n, bad, evidence, verdict }) => [
      metric,
      { n: Number(n), bad: Number(bad), evidence, verdict },
    ]),
  )
}

export async function saveGuard(
  sql: Sql,
  key: { readonly setId: bigint; readonly watch: string; readonly metric: string },
  state: GuardState,
  now: Instant,
): Promise<void> {
  await sql`
    insert into rule_guard (set_id, watch, metric, n, bad, evidence, verdict, updated_at)
    values (${key.setId}, ${key.watch}, ${key.metric}, ${state.n}, ${state.bad}, ${state.evidence}, ${state.verdict}, ${now})
    on conflict (set_id, watch, metric) do update set n = excluded.n, bad = excluded.bad, evidence = excluded.evidence,
      verdict = excluded.verdict, updated_at = excluded.updated_at`
}

/** What was watched long ago; the events keep how it ended. */
export async function forgetTallies(sql: Sql, before: Instant): Promise<void> {
  await sql`
    delete from rule_tally t where updated_at < ${before}
      and not exists (select 1 from rule_set s where s.id = t.set_id and s.gray_watch = t.watch)`
  await sql`
    delete from rule_guard g where updated_at < ${before}
      and not exists (select 1 from rule_set s where s.id = g.set_id and s.gray_watch = g.watch)`
}
