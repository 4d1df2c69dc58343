import type { Clock } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import { queueJob } from '#platform/jobs/store.ts'
import type { Database } from '#platform/postgres/database.ts'
import { type MessageFilterInput, parseMessageFilter } from './core/filter.ts'
import { formatMessageId, parseMessageId } from './core/message-id.ts'
import { REPLAY_JOB, type ReplayPayload } from './replay-job.ts'
import { countReplayable, endOfLog, readReplayable } from './store.ts'

/** What reading messages again would change; made by the pipeline. */
export type ReplayOutcome = {
  readonly messages: number
  readonly factsAdded: number
  readonly factsRemoved: number
  readonly orders: readonly { readonly orderNo: string; readonly from: string | null; readonly to: string }[]
  readonly stillParked: readonly { readonly code: string; readonly count: number }[]
}
export type ReplayPorts = {
  readonly preview: (ids: readonly string[]) => Promise<ReplayOutcome>
  /** Makes the messages pending again; answers how many there were. */
  readonly replay: (ids: readonly string[]) => Promise<number>
}
export type ReplayDeps = {
  readonly sql: Database
  readonly clock: Clock
  readonly zone: () => string
  readonly replay: ReplayPorts
  readonly onJobQueued?: () => void
}
export type MessageChoice = { readonly ids: readonly string[] } | { readonly filter: MessageFilterInput }

/** More than this goes on as a job; a preview reads this many, the newest. */
export const REPLAY_AT_ONCE = 5_000
/** A selection is counted up to here; the answer says so when it is larger. */
export const COUNTED_AT_MOST = 100_000

export type Preview = ReplayOutcome & {
  /** How many messages the selection has, counted up to 100,000. */
  readonly matching: number
  readonly matchingCapped: boolean
}

/** Refuses as `chooseMessages` does. */
export async function previewReplay(deps: ReplayDeps, choice: MessageChoice): Promise<Result<Preview>> {
  const chosen = await chooseMessages(deps, choice)
  if (!chosen.ok) return chosen
  const outcome = await deps.replay.preview(chosen.value.ids)
  const { matching } = chosen.value
  return ok({ ...outcome, matching, matchingCapped: matching >= COUNTED_AT_MOST })
}

/** Refuses as `chooseMessages` does. Up to 5,000 messages are queued at once, more by a job. */
export async function replayMessages(
  deps: ReplayDeps,
  choice: MessageChoice,
  actor: Actor,
): Promise<Result<{ jobId: string | null; queued: number }>> {
  const chosen = await chooseMessages(deps, choice)
  if (!chosen.ok) return chosen
  const { ids, matching, before } = chosen.value
  if ('ids' in choice || matching <= REPLAY_AT_ONCE)
    return ok({ jobId: null, queued: ids.length === 0 ? 0 : await deps.replay.replay(ids) })
  const payload: ReplayPayload = {
    filter: choice.filter,
    before: before.toString(),
    matching,
    zone: deps.zone(),
  }
  const job = { kind: REPLAY_JOB, payload, createdBy: actor.name }
  const id = await queueJob(deps.sql, job, deps.clock.now())
  deps.onJobQueued?.()
  return ok({ jobId: id.toString(), queued: matching })
}

type Chosen = { readonly ids: readonly string[]; readonly matching: number; readonly before: bigint }

/** Refuses with the filter's refusals, `messages.search_too_wide` or `messages.bad_id`. */
async function chooseMessages(deps: ReplayDeps, choice: MessageChoice): Promise<Result<Chosen>> {
  if ('ids' in choice) {
    const wrong = choice.ids.find((id) => parseMessageId(id) === null)
    return wrong === undefined
      ? ok({ ids: choice.ids, matching: choice.ids.length, before: 0n })
      : refuse('messages.bad_id', `"${wrong.slice(0, 40)}" is not a message id`)
  }
  const filter = parseMessageFilter(choice.filter, deps.zone())
  if (!filter.ok) return filter
  const before = await endOfLog(deps.sql)
  const rows = await readReplayable(deps.sql, filter.value, before, REPLAY_AT_ONCE)
  if (!rows.ok) return rows
  const ids = rows.value.map((row) => formatMessageId(row.id, row.received_at))
  if (ids.length < REPLAY_AT_ONCE) return ok({ ids, matching: ids.length, before })
  const matching = await countReplayable(deps.sql, filter.value, before, COUNTED_AT_MOST)
  return matching.ok ? ok({ ids, matching: matching.value, before }) : matching
}
