import type { Clock } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { JobHandler } from '#platform/jobs/runner.ts'
import { queueJob } from '#platform/jobs/store.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import { countDead, type DeadChoice, type DeadId, readDeadIds } from './store.ts'

export type ReplayDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly messageId: (id: bigint, receivedAt: Temporal.Instant) => string
  /** Makes the messages pending again; answers how many. Effects are keyed by facts, so none is done to the world twice. */
  readonly replay: (ids: readonly string[]) => Promise<number>
  readonly audit: (
    tx: Sql,
    entry: { actor: Actor; action: string; subject: string; detail: Record<string, unknown> },
  ) => Promise<void>
  readonly onJobQueued: () => void
}

/** Up to this many are put back while the caller waits; more become a job. */
export const AT_ONCE = 1_000
const CHUNK = 1_000
export const DEAD_REPLAY_JOB = 'dead_letter_replay'

export type ReplayStarted = { readonly queued: number; readonly jobId: string | null }

/** Puts the groups back. Refused: `backlog.nothing_parked`, where none of them has a message any more. */
export async function replayDead(
  deps: ReplayDeps,
  choices: readonly DeadChoice[],
  actor: Actor,
): Promise<Result<ReplayStarted>> {
  const counts = await Promise.all(choices.map((choice) => countDead(deps.db, choice)))
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0)
    return refuse(
      'backlog.nothing_parked',
      'nothing is parked for this reason any more; it may have been replayed just now',
    )
  const now = deps.clock.now()
  const detail = { groups: choices.map(({ code, lane }) => ({ code, lane })), messages: total }
  const entry = { actor, action: 'messages.dead_letters_replayed', subject: `${total} messages`, detail }
  if (total > AT_ONCE) {
    const jobId = await deps.db.begin(async (tx) => {
      await deps.audit(tx, entry)
      const payload = { groups: detail.groups, total, parkedBy: now.toString() }
      return await queueJob(tx, { kind: DEAD_REPLAY_JOB, payload, createdBy: actor.name }, now)
    })
    deps.onJobQueued()
    return ok({ queued: total, jobId: jobId.toString() })
  }
  const ids = (
    await Promise.all(
      choices.map((choice) => readDeadIds(deps.db, choice, { before: null, parkedBy: now, limit: AT_ONCE })),
    )
  ).flat()
  await deps.db.begin(async (tx) => await deps.audit(tx, entry))
  return ok({ queued: await deps.replay(namesOf(deps, ids)), jobId: null })
}

/** The ids of the newest messages of the groups, for a preview. */
export async function newestDead(
  deps: Pick<ReplayDeps, 'db' | 'clock' | 'messageId'>,
  choices: readonly DeadChoice[],
  limit: number,
): Promise<string[]> {
  const ids: DeadId[] = []
  for (const choice of choices) {
    const left = limit - ids.length
    if (left <= 0) break
    ids.push(
      ...(await readDeadIds(deps.db, choice, { before: null, parkedBy: deps.clock.now(), limit: left })),
    )
  }
  return namesOf(deps, ids)
}

type Payload = { readonly groups: readonly DeadChoice[]; readonly total: number; readonly parkedBy: string }

/**
 * Puts large groups back a thousand at a time. What was put back is no longer parked and what is parked anew was so after the job
 * began, so that a job that starts over goes on where it was.
 */
export function deadReplayJobs(deps: ReplayDeps): Readonly<Record<string, JobHandler>> {
  return {
    [DEAD_REPLAY_JOB]: async (job, progress) => {
      const { groups, total, parkedBy } = job.payload as Payload
      let done = Number(job.progress)
      for (const choice of groups) {
        let before: bigint | null = null
        for (;;) {
          const ids: DeadId[] = await readDeadIds(deps.db, choice, {
            before,
            parkedBy: Temporal.Instant.from(parkedBy),
            limit: CHUNK,
          })
          if (ids.length === 0) break
          done += await deps.replay(namesOf(deps, ids))
          before = ids.at(-1)?.id ?? null
          await progress(done, Math.max(total, done))
        }
      }
      return ok({ queued: done })
    },
  }
}

function namesOf({ messageId }: Pick<ReplayDeps, 'messageId'>, ids: readonly DeadId[]): string[] {
  return ids.map((one) => messageId(one.id, one.received_at))
}
