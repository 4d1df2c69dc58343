import type { CallsFor } from '#domain/connector.ts'
import { acceptFetched, type Connected } from '#features/intake/index.ts'
import type { Clock, Instant } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import type { Intake } from '#platform/inbox/intake.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { Locks } from '#platform/postgres/locks.ts'
import type { PollPlan } from './core/poll-plan.ts'
import { readCursor, writeCursor, writePollRun } from './store.ts'

export type PollDeps = {
  readonly db: Database
  /** So that one process at a time polls or listens for a connection. */
  readonly locks: Locks
  readonly intake: Intake
  readonly callsFor: CallsFor
  readonly clock: Clock
  readonly onAccepted: () => void
  /** Asked between pages: a long catching-up must not hold a hub back that is told to stop. */
  readonly isStopping?: () => boolean
  /** The plan of a connection as it stands now; absent: the connector's own. */
  readonly planOf?: (connected: Connected) => PollPlan | null
  /** Told of messages that no push had brought, once they are durable. Not while a long absence is made up. */
  readonly onFresh?: (
    connection: string,
    finds: readonly { readonly messageId: string; readonly orderNo: string | null }[],
  ) => Promise<void>
}
export type PollEnd = {
  readonly connection: string
  readonly windows: number
  readonly messages: number
  readonly fresh: number
  readonly polledTo: Instant | null
  readonly trouble: string | null
}

/** Windows that one run reads at most, so that a long absence is caught up in bounded steps; pages within a window likewise. */
const WINDOWS_PER_RUN = 48
const PAGES_PER_WINDOW = 200

/**
 * Reads the orders that changed since the last run, window by window: from a little before the cursor (overlap) up to a safe
 * lag behind now. What was pushed already is a duplicate; what a lost push should have told is found here. The cursor moves
 * only over windows that were read to their last page.
 */
export async function pollUpdates(deps: PollDeps, connected: Connected): Promise<PollEnd> {
  const own = connected.connector.poll
  const listUpdated = connected.connector.calls?.(connected.settings, deps.callsFor(connected)).listUpdated
  const idle: PollEnd = {
    connection: connected.id,
    windows: 0,
    messages: 0,
    fresh: 0,
    polledTo: null,
    trouble: null,
  }
  if (own === undefined || listUpdated === undefined) return idle
  const plan = { ...own, ...deps.planOf?.(connected) }
  let end = idle
  const begunAt = deps.clock.now()
  const release = await deps.locks.tryHold(`holdfast.poll.${connected.id}`, () => undefined)
  if (release === null) return idle
  try {
    const now = begunAt
    const limit = now.subtract({ seconds: plan.lagSeconds })
    const known = await readCursor(deps.db, connected.id)
    const wasPolled = known !== null
    const cursor = known ?? limit.subtract({ seconds: plan.windowSeconds })
    let from = cursor.subtract({ seconds: plan.overlapSeconds })
    let totals = idle
    for (let i = 0; i < WINDOWS_PER_RUN && Temporal.Instant.compare(from, limit) < 0; i += 1) {
      const to = earlier(from.add({ seconds: plan.windowSeconds }), limit)
      const isLive = Temporal.Instant.compare(from.add({ minutes: LIVE_MINUTES }), limit) > 0 && wasPolled
      const read = await readWindow(
        { ...deps, ...(isLive ? {} : { onFresh: nobody }) },
        connected,
        listUpdated,
        from,
        to,
      )
      totals = {
        ...totals,
        windows: totals.windows + 1,
        messages: totals.messages + read.messages,
        fresh: totals.fresh + read.fresh,
        trouble: read.trouble,
      }
      if (read.trouble !== null) break
      await writeCursor(deps.db, connected.id, to)
      totals = { ...totals, polledTo: to }
      from = to
    }
    end = totals
    const { windows, messages, fresh, trouble } = totals
    await writePollRun(
      deps.db,
      { connection_id: connected.id, windows, messages, fresh, trouble },
      begunAt,
      deps.clock.now(),
    )
  } finally {
    await release()
  }
  return end
}

/** What is found further back than this was not lost by a push: the hub or the connection was not there. */
const LIVE_MINUTES = 60
const nobody = async (): Promise<void> => undefined

type ListUpdated = NonNullable<ReturnType<NonNullable<Connected['connector']['calls']>>['listUpdated']>

async function readWindow(
  deps: PollDeps,
  connected: Connected,
  listUpdated: ListUpdated,
  from: Instant,
  to: Instant,
): Promise<{ messages: number; fresh: number; trouble: string | null }> {
  let cursor: string | null = null
  let messages = 0
  let fresh = 0
  for (let page = 0; page < PAGES_PER_WINDOW; page += 1) {
    if (deps.isStopping?.() === true) return { messages, fresh, trouble: 'the hub is stopping' }
    const answer = await listUpdated({ from, to, cursor })
    if (!answer.ok) return { messages, fresh, trouble: `${answer.refusal.code}: ${answer.refusal.detail}` }
    const kept = await Promise.all(
      answer.value.messages.map((message) =>
        acceptFetched(
          { intake: deps.intake, clock: deps.clock, onAccepted: deps.onAccepted },
          connected.id,
          'poll',
          message,
        ),
      ),
    )
    messages += kept.length
    const finds = kept.flatMap((row, i) =>
      row.verdict === 'accepted'
        ? [{ messageId: row.id as string, orderNo: answer.value.messages[i]?.orderNo ?? null }]
        : [],
    )
    fresh += finds.length
    if (finds.length > 0) await deps.onFresh?.(connected.id, finds)
    if (answer.value.next === null) return { messages, fresh, trouble: null }
    cursor = answer.value.next
  }
  throw new Outage(
    'pull.too_many_pages',
    `${connected.id}: more than ${PAGES_PER_WINDOW} pages in one window`,
  )
}

function earlier(a: Instant, b: Instant): Instant {
  return Temporal.Instant.compare(a, b) < 0 ? a : b
}
