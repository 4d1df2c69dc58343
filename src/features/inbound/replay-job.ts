import { setTimeout as sleep } from 'node:timers/promises'
import { assert } from '#kernel/assert.ts'
import { ok } from '#kernel/result.ts'
import type { JobHandler } from '#platform/jobs/runner.ts'
import type { Database } from '#platform/postgres/database.ts'
import { type MessageFilterInput, parseMessageFilter } from './core/filter.ts'
import { formatMessageId } from './core/message-id.ts'
import { countWaitingReplays, readReplayable } from './store.ts'

export const REPLAY_JOB = 'replay'

/** What the job has to read again: the question as it was asked, in the zone in which its days were meant. */
export type ReplayPayload = {
  readonly filter: MessageFilterInput
  /** Only messages with smaller numbers: what came after the person asked is not meant. */
  readonly before: string
  readonly matching: number
  readonly zone: string
}

export type ReplayJobDeps = {
  readonly sql: Database
  readonly replay: (ids: readonly string[]) => Promise<number>
}

const PIECE = 1_000
/** Fresh messages go before replays; more than this waiting would only make the table large. */
const WAITING_AT_MOST = 10_000
const PAUSE_MS = 250

/**
 * Reads a large selection again, newest first, a thousand messages at a time. After a crash it starts over: a message that was read
 * again already changes nothing by being read once more, since facts and intents are keyed by what they say.
 */
export function replayJob(deps: ReplayJobDeps): JobHandler {
  return async (job, progress) => {
    const payload = job.payload as unknown as ReplayPayload
    const filter = parseMessageFilter(payload.filter, payload.zone)
    assert(filter.ok, 'IN4', 'a job was queued with a filter that cannot be read')
    let before = BigInt(payload.before)
    let done = 0
    await progress(0, payload.matching)
    for (;;) {
      const rows = await readReplayable(deps.sql, filter.value, before, PIECE)
      if (!rows.ok) return rows
      const last = rows.value.at(-1)
      if (last === undefined) return ok({ replayed: done })
      done += await deps.replay(rows.value.map((row) => formatMessageId(row.id, row.received_at)))
      before = last.id
      await progress(done, Math.max(done, payload.matching))
      while ((await countWaitingReplays(deps.sql, WAITING_AT_MOST)) >= WAITING_AT_MOST) {
        await progress(done)
        await sleep(PAUSE_MS)
      }
    }
  }
}
