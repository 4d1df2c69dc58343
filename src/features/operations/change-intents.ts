import type { Clock } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import { cancelJob, resumeJob } from '#platform/jobs/store.ts'
import { dropIntents, retryIntents } from '#platform/outbox/store.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import { type IntentFilter, readIntentIds, readJob } from './store.ts'

export type OperationsDeps = {
  readonly sql: Database
  readonly clock: Clock
  /** Writes an audit line within the given transaction. */
  readonly audit: (
    tx: Sql,
    entry: { actor: Actor; action: string; subject: string; detail: Record<string, unknown> },
  ) => Promise<void>
  /** Told once a job is queued again, so that this process's runner takes it at once. */
  readonly onJobQueued?: () => void
}
export type IntentChoice = { readonly ids: readonly bigint[] } | { readonly filter: IntentFilter }

export const INTENTS_AT_MOST = 10_000

/** Makes the chosen intents due again; answers how many could be. Refuses with `outbox.too_large` and `outbox.nothing_asked`. */
export async function retryChosen(
  deps: OperationsDeps,
  choice: IntentChoice,
  actor: Actor,
): Promise<Result<number>> {
  const ids = 'ids' in choice ? ok(choice.ids) : await idsOf(deps.sql, choice.filter)
  if (!ids.ok) return ids
  return await deps.sql.begin(async (tx) => {
    const retried = await retryIntents(tx, ids.value, deps.clock.now())
    if (retried.length > 0)
      await deps.audit(tx, {
        actor,
        action: 'outbox.retried',
        subject: `${retried.length} intents`,
        detail: { ids: named(retried) },
      })
    return ok(retried.length)
  })
}

/** Gives the chosen intents up, with a reason that stays with them; answers how many could be. */
export async function dropChosen(
  deps: OperationsDeps,
  ids: readonly bigint[],
  reason: string,
  actor: Actor,
): Promise<number> {
  return await deps.sql.begin(async (tx) => {
    const dropped = await dropIntents(tx, ids, reason, deps.clock.now())
    if (dropped.length > 0)
      await deps.audit(tx, {
        actor,
        action: 'outbox.dropped',
        subject: `${dropped.length} intents`,
        detail: { ids: named(dropped), reason },
      })
    return dropped.length
  })
}

/** A filter that says nothing would retry the whole history; at least the state has to be named. */
async function idsOf(sql: Sql, filter: IntentFilter): Promise<Result<readonly bigint[]>> {
  if (filter.states.length === 0)
    return refuse('outbox.nothing_asked', 'name at least the state of what is to be retried')
  const ids = await readIntentIds(sql, filter, INTENTS_AT_MOST + 1)
  if (ids.length > INTENTS_AT_MOST)
    return refuse('outbox.too_large', `more than ${INTENTS_AT_MOST} intents; narrow the filter`)
  return ok(ids)
}

/** The audit line names the first of them; the count stands beside. */
function named(ids: readonly bigint[]): string[] {
  return ids.slice(0, 100).map((id) => id.toString())
}

const JOB_CHANGES = {
  cancel: {
    change: cancelJob,
    action: 'jobs.cancelled',
    words: 'only a queued or running job can be cancelled',
  },
  resume: {
    change: resumeJob,
    action: 'jobs.resumed',
    words: 'only a failed or cancelled job can be resumed',
  },
} as const

/** Refuses with `jobs.not_found`, or `jobs.state_conflict` when the job is past it. */
export async function changeJob(
  deps: OperationsDeps,
  id: bigint,
  how: keyof typeof JOB_CHANGES,
  actor: Actor,
): Promise<Result<null>> {
  const { change, action, words } = JOB_CHANGES[how]
  const changed = await deps.sql.begin(async (tx): Promise<Result<null>> => {
    const job = await readJob(tx, id)
    if (job === null) return refuse('jobs.not_found', 'there is no such job')
    if (!(await change(tx, id, deps.clock.now())))
      return refuse('jobs.state_conflict', `the job is ${job.state}; ${words}`)
    await deps.audit(tx, { actor, action, subject: id.toString(), detail: { kind: job.kind } })
    return ok(null)
  })
  if (changed.ok && how === 'resume') deps.onJobQueued?.()
  return changed
}
