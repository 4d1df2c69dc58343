import { canonicalJson } from '#kernel/hash.ts'
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

/** Takes the next job that is queued, or whose runner has not been heard of since `silentSince`. */
export async function claimJob(
  sql: Sql,
  kinds: readonly string[],
  now: Temporal.Instant,
  silentSince: Temporal.Instant,
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
    update job set state = 'running', heartbeat_at = ${now}, updated_at = ${now}, attempts = attempts + 1
    where id = (
      select id from job
      where ((state = 'queued' and not_before <= ${now}) or (state = 'running' and heartbeat_at < ${silentSince}))
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

/** Writes how far a job is and that its runner lives; answers false once somebody cancelled it. */
export async function beat(
  sql: Sql,
  id: bigint,
  progress: bigint,
  total: bigint | null,
  now: Temporal.Instant,
): Promise<boolean> {
  const rows = await sql`
    update job set progress = ${progress}, total = coalesce(${total}, total), heartbeat_at = ${now}, updated_at = ${now}
    where id = ${id} and state = 'running' returning id`
  return rows.length === 1
}

export async function endJob(
  sql: Sql,
  id: bigint,
  end: {
    state: 'done' | 'failed' | 'queued'
    result: unknown
    error: string | null
    notBefore?: Temporal.Instant
  },
  now: Temporal.Instant,
): Promise<void> {
  await sql`
    update job set state = ${end.state}, result = ${json(JSON.parse(canonicalJson(end.result ?? null)))}::jsonb, error = ${end.error?.slice(0, 1000) ?? null},
      not_before = ${end.notBefore ?? now}, heartbeat_at = null, updated_at = ${now}
    where id = ${id} and state = 'running'`
}
