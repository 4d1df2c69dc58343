import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type MessageFilterInput, parseMessageFilter } from './core/filter.ts'
import { formatMessageId, parseMessageId } from './core/message-id.ts'
import { readReplayable } from './store.ts'

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
  /** Reads the messages again; `jobId` null where no job is needed. */
  readonly replay: (
    ids: readonly string[],
    actor: Actor,
  ) => Promise<{ readonly jobId: string | null; readonly queued: number }>
}
export type ReplayDeps = { readonly sql: Sql; readonly zone: () => string; readonly replay: ReplayPorts }
export type MessageChoice = { readonly ids: readonly string[] } | { readonly filter: MessageFilterInput }

export const REPLAY_AT_MOST = 5_000

export async function previewReplay(deps: ReplayDeps, choice: MessageChoice): Promise<Result<ReplayOutcome>> {
  const ids = await chooseMessages(deps, choice)
  return ids.ok ? ok(await deps.replay.preview(ids.value)) : ids
}

export async function replayMessages(
  deps: ReplayDeps,
  choice: MessageChoice,
  actor: Actor,
): Promise<Result<{ jobId: string | null; queued: number }>> {
  const ids = await chooseMessages(deps, choice)
  return ids.ok ? ok(await deps.replay.replay(ids.value, actor)) : ids
}

/** Refuses with the filter's refusals, `messages.bad_id`, or `messages.replay_too_large`: one replay takes 5,000 messages. */
async function chooseMessages(deps: ReplayDeps, choice: MessageChoice): Promise<Result<readonly string[]>> {
  if ('ids' in choice) {
    const wrong = choice.ids.find((id) => parseMessageId(id) === null)
    return wrong === undefined
      ? ok(choice.ids)
      : refuse('messages.bad_id', `"${wrong.slice(0, 40)}" is not a message id`)
  }
  const filter = parseMessageFilter(choice.filter, deps.zone())
  if (!filter.ok) return filter
  const rows = await readReplayable(deps.sql, filter.value, REPLAY_AT_MOST + 1)
  if (rows.length > REPLAY_AT_MOST)
    return refuse(
      'messages.replay_too_large',
      `more than ${REPLAY_AT_MOST} messages; narrow the filter and go on after`,
    )
  return ok(rows.map((row) => formatMessageId(row.id, row.received_at)))
}
