import { canonicalJson } from '#kernel/hash.ts'
import { AHEAD } from '../postgres/ahead.ts'
import { textArray } from '../postgres/arrays.ts'
import { json, type Sql } from '../postgres/database.ts'

export type Job = {
  readonly id: bigint
  readonly kind: string
  readonly payload: Readonly<Record<string, unknown>>
  readonly progress: bigint
  readonly total: bigint | null
  readonly attempts: number
  readonly createdBy: string
}

/** Queues long work; a key that is known already answers the job that has it. */
export async function queueJob(
  sql: Sql,
  job: { kind: string; payload: unknown; createdBy: string; key?: string },
  now: Temporal.Instant,
): Promise<bigint> {
  const [row] = await sql<{ id: bigint }>`
    insert into job (kind, key, payload, created_by, not_before, created_at, updated_at)
    values (${job.kind}, ${job.key ?? null}, ${json(JSON.parse(canonicalJson(job.payload)))}::jsonb, ${job.createdBy}, ${now}, ${now}, ${now})
    on conflict (key) do update set updated_at = job.updated_at
    returning id`
  return row?.id ?? 0n
}

/**
 * Takes the next job that is queued, or whose runner has not been heard of since `silentSince`. One that silenced its runner
 * `maxAttempts` times has failed: it may be what kills the process.
 */
export async function claimJob(
  sql: Sql,
  kinds: readonly string[],
  now: Temporal.Instant,
  {
    silentSince,
    maxAttempts,
    owner = null,
  }: { silentSince: Temporal.Instant; maxAttempts: number; owner?: string | null },
): Promise<Job | null> {
  const [row] = await sql<{
    id: bigint
    kind: string
    payload: Record<string, unknown>
    progress: bigint
    total: bigint | null
    attempts: number
    created_by: string
  }>`
    with lost as (
      update job set state = 'failed', error = 'its process ended in the middle of it, several times', heartbeat_at = null, updated_at = ${now}
      where state = 'running' and heartbeat_at < ${silentSince} and attempts >= ${maxAttempts}
    )
    update job set state = 'running', heartbeat_at = ${now}, updated_at = ${now}, attempts = attempts + 1, owner = ${owner}
    where id = (
      select id from job
      where ((state = 'queued' and not_before <= ${now}) or (state = 'running' and heartbeat_at < ${silentSince} and attempts < ${maxAttempts}))
        and kind = any(string_to_array(${kinds.join(',')}, ','))
      order by id limit 1 for update skip locked
    )
    returning id, kind, payload, progress, total, attempts, created_by`
  return row === undefined
    ? null
    : {
        id: row.id,
        kind: row.kind,
        payload: row.payload,
        progress: row.progress,
        total: row.total,
        attempts: row.attempts,
        createdBy: row.created_by,
      }
}

/** Lets go of jobs whose owner is not among the living: as if its silence had been long enough. Answers how many. */
export async function freeJobs(
  sql: Sql,
  { living, ended }: { readonly living: readonly string[]; readonly ended: readonly string[] },
  now: Temporal.Instant,
): Promise<number> {
  const rows = await sql`
    update job set heartbeat_at = 'epoch', updated_at = ${now}
    where state = 'running' and heartbeat_at > 'epoch' and owner is not null and not owner = any(${textArray(living)}::text[])
      and (owner = any(${textArray(ended)}::text[]) or heartbeat_at < ${now.subtract(BEGUN_BEFORE)})
    returning id`
  return rows.length
}

/** A process that has just started may have a job before others have seen that it lives. */
const BEGUN_BEFORE = Temporal.Duration.from({ seconds: 5 })

/** One run of a job: a runner that was silent for too long has lost it to the next one. */
export type JobRun = Pick<Job, 'id' | 'attempts'>

/**
 * Writes that a job's runner lives, and how far it is (null: as far as before); answers false once somebody cancelled it or took
 * it over.
 */
export async function beat(
  sql: Sql,
  run: JobRun,
  at: { progress: bigint; total: bigint | null } | null,
  now: Temporal.Instant,
): Promise<boolean> {
  const rows = await sql`
    update job set progress = coalesce(${at?.progress ?? null}, progress), total = coalesce(${at?.total ?? null}, total),
      heartbeat_at = ${now}, updated_at = ${now}
    where id = ${run.id} and state = 'running' and attempts = ${run.attempts} returning id`
  return rows.length === 1
}

export async function endJob(
  sql: Sql,
  run: JobRun,
  end: {
    state: 'done' | 'failed' | 'queued'
    result: unknown
    error: string | null
    notBefore?: Temporal.Instant
    /** As they count from now on; those of the run where not given. */
    attempts?: number
  },
  now: Temporal.Instant,
): Promise<void> {
  await sql`
    update job set state = ${end.state}, result = ${json(JSON.parse(canonicalJson(end.result ?? null)))}::jsonb, error = ${end.error?.slice(0, 1000) ?? null},
      not_before = ${end.notBefore ?? now}, attempts = ${end.attempts ?? run.attempts}, heartbeat_at = null, updated_at = ${now}
    where id = ${run.id} and state = 'running' and attempts = ${run.attempts}`
}

/** True when the job was still to be done; its runner notices at its next heartbeat. */
export async function cancelJob(tx: Sql, id: bigint, now: Temporal.Instant): Promise<boolean> {
  const rows = await tx`
    update job set state = 'cancelled', heartbeat_at = null, updated_at = ${now} where id = ${id} and state in ('queued', 'running') returning id`
  return rows.length > 0
}

/** True when the job had failed or been cancelled; it goes on from where it was. */
export async function resumeJob(tx: Sql, id: bigint, now: Temporal.Instant): Promise<boolean> {
  const rows = await tx`
    update job set state = 'queued', error = null, attempts = 0, not_before = ${now}, updated_at = ${now}
    where id = ${id} and state in ('failed', 'cancelled') returning id`
  return rows.length > 0
}

/** How many jobs stand in each state that still matters; the rest is history. */
export async function countJobs(sql: Sql): Promise<Readonly<Record<string, number>>> {
  const rows = await sql<{ state: string; count: bigint }>`
    select state, count(*) as count from job where state in ('queued', 'running', 'failed') group by state`
  return {
    queued: 0,
    running: 0,
    failed: 0,
    ...Object.fromEntries(rows.map((row) => [row.state, Number(row.count)])),
  }
}

/** Queued jobs that wait by the word of a clock that was ahead wait as long as was meant. */
export async function mendJobTimes(sql: Sql): Promise<number> {
  const rows = await sql`
    update job set not_before = not_before - (updated_at - clock_timestamp()), updated_at = clock_timestamp()
    where state = 'queued' and not_before > clock_timestamp()
      and updated_at > clock_timestamp() + ${AHEAD}::interval returning id`
  return rows.length
}
