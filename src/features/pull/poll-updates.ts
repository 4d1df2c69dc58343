import type { CallsFor } from '#domain/connector.ts'
import { acceptFetched, type Connected } from '#features/intake/index.ts'
import type { Clock, Instant } from '#kernel/clock.ts'
import type { Intake } from '#platform/inbox/intake.ts'
import { databaseNow } from '#platform/postgres/clock.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { Locks } from '#platform/postgres/locks.ts'
import type { PollPlan } from './core/poll-plan.ts'
import { beginFrom, halfOf, type PollCursor, windowsAllowed } from './core/windows.ts'
import { noteOverflow, readCursor, takeTurn, writeCursor, writePollRun } from './store.ts'

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

export type PollTurn = {
  /** A person waits for it; else it is only done when it is due by what all processes did. */
  readonly isForced: boolean
  /** Told when it really begins. */
  readonly onBegun?: () => void
}
const FORCED: PollTurn = { isForced: true }

/** Windows that one run reads at most, so that a long absence is caught up in bounded steps; pages within a window likewise. */
const WINDOWS_PER_RUN = 48
const PAGES_PER_WINDOW = 200
const PAGES_PER_RUN = WINDOWS_PER_RUN * PAGES_PER_WINDOW
/** A narrowed window is doubled after so many in a row that needed a quarter of their pages or less. */
const ROOMY_WINDOWS = 4

/**
 * Reads the orders that changed since the last run, window by window: from a little before the cursor (overlap) up to a safe
 * lag behind now, by the earlier of this process's clock and the database's. What was pushed already is a duplicate; what a lost
 * push should have told is found here. The cursor moves only over windows that were read to their last page: one that has too
 * many is halved until it fits, and how wide it may be is remembered. Only a single second that does not fit is passed over, and
 * told: were the cursor to stay, all that came after it would be lost too. A cursor ahead of now goes back (`beginFrom`), told as well.
 */
export async function pollUpdates(
  deps: PollDeps,
  connected: Connected,
  turn: PollTurn = FORCED,
): Promise<PollEnd> {
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
  const begunAt = deps.clock.now()
  const release = await deps.locks.tryHold(`holdfast.poll.${connected.id}`, () => undefined)
  if (release === null) return idle
  try {
    const { everySeconds } = plan
    if (!(await takeTurn(deps.db, connected.id, { everySeconds, isForced: turn.isForced }, begunAt)))
      return idle
    turn.onBegun?.()
    const start = await openRun(deps, connected.id, plan)
    const end = await readWindows({ deps, connected, listUpdated, plan, ...start }, idle)
    const { windows, messages, fresh, trouble } = end
    const run = { connection_id: connected.id, windows, messages, fresh, trouble }
    await writePollRun(deps.db, run, begunAt, deps.clock.now())
    return end
  } finally {
    await release()
  }
}

type Plan = PollPlan & { readonly windowSeconds: number }
type Start = {
  readonly limit: Instant
  readonly cursor: PollCursor
  readonly wasPolled: boolean
  readonly trouble: string | null
}

async function openRun({ db, clock }: PollDeps, id: string, plan: Plan): Promise<Start> {
  const now = earlier(clock.now(), await databaseNow(db))
  const limit = now.subtract({ seconds: plan.lagSeconds })
  const known = await readCursor(db, id)
  if (known === null) {
    const polledTo = limit.subtract({ seconds: plan.windowSeconds })
    const cursor = { polledTo, steadyTo: null, catchingUp: false, windowSeconds: null }
    return { limit, cursor, wasPolled: false, trouble: null }
  }
  const { cursor, isAhead } = beginFrom(known, { now, limit, everySeconds: plan.everySeconds })
  if (cursor !== known) await writeCursor(db, id, cursor, isAhead)
  const trouble = isAhead
    ? `pull.clock_jumped: the cursor stood at ${known.polledTo}, ahead of the clock; read again from ${cursor.polledTo}`
    : null
  return { limit, cursor, wasPolled: true, trouble }
}

type Run = Start & {
  readonly deps: PollDeps
  readonly connected: Connected
  readonly listUpdated: ListUpdated
  readonly plan: Plan
}

async function readWindows(run: Run, idle: PollEnd): Promise<PollEnd> {
  const { deps, connected, listUpdated, plan, limit, wasPolled } = run
  let { cursor } = run
  let totals = { ...idle, trouble: run.trouble }
  let from = cursor.polledTo.subtract({ seconds: plan.overlapSeconds })
  let width = Math.min(cursor.windowSeconds ?? plan.windowSeconds, plan.windowSeconds)
  // Of windows that move the cursor: what the overlap costs must never keep it where it is.
  let windows = 0
  let pages = 0
  let roomy = 0
  const narrow = (seconds: number): void => {
    width = Math.min(seconds, plan.windowSeconds)
    roomy = 0
    cursor = { ...cursor, windowSeconds: width < plan.windowSeconds ? width : null }
  }
  while (
    isBefore(from, limit) &&
    windows < windowsAllowed(WINDOWS_PER_RUN, width, plan.windowSeconds) &&
    pages < PAGES_PER_RUN
  ) {
    const to = earlier(from.add({ seconds: width }), limit)
    const isLive = isBefore(limit, from.add({ minutes: LIVE_MINUTES })) && wasPolled
    const read = await readWindow(
      { ...deps, ...(isLive ? {} : { onFresh: nobody }) },
      connected,
      listUpdated,
      from,
      to,
    )
    const isMoving = isBefore(cursor.polledTo, to)
    if (isMoving) pages += read.pages
    totals = { ...totals, messages: totals.messages + read.messages, fresh: totals.fresh + read.fresh }
    if (read.trouble !== null) return { ...totals, windows: totals.windows + 1, trouble: read.trouble }
    const half = read.isWhole ? null : halfOf(from, to)
    if (half !== null) {
      narrow(half)
      await writeCursor(deps.db, connected.id, cursor)
      continue
    }
    totals = { ...totals, windows: totals.windows + 1 }
    roomy = read.pages * 4 <= PAGES_PER_WINDOW ? roomy + 1 : 0
    if (roomy >= ROOMY_WINDOWS && width < plan.windowSeconds) narrow(width * 2)
    if (isMoving) {
      windows += 1
      const catchingUp = cursor.catchingUp && isBefore(to, limit)
      cursor = { ...cursor, polledTo: to, catchingUp }
      await writeCursor(deps.db, connected.id, cursor)
      totals = { ...totals, polledTo: to }
    }
    if (!read.isWhole) {
      await noteOverflow(deps.db, connected.id, from)
      totals = { ...totals, trouble: overflowWords(from) }
    }
    from = to
  }
  return totals
}

function overflowWords(from: Instant): string {
  return `pull.too_many_pages: more than ${PAGES_PER_WINDOW} pages in the second from ${from}; the rest of it was not read`
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
): Promise<{ messages: number; fresh: number; pages: number; isWhole: boolean; trouble: string | null }> {
  let cursor: string | null = null
  let messages = 0
  let fresh = 0
  for (let page = 0; page < PAGES_PER_WINDOW; page += 1) {
    const soFar = { messages, fresh, pages: page, isWhole: false }
    if (deps.isStopping?.() === true) return { ...soFar, trouble: 'the hub is stopping' }
    const answer = await listUpdated({ from, to, cursor })
    if (!answer.ok) return { ...soFar, trouble: `${answer.refusal.code}: ${answer.refusal.detail}` }
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
    if (answer.value.next === null) return { messages, fresh, pages: page + 1, isWhole: true, trouble: null }
    cursor = answer.value.next
  }
  return { messages, fresh, pages: PAGES_PER_WINDOW, isWhole: false, trouble: null }
}

function isBefore(a: Instant, b: Instant): boolean {
  return Temporal.Instant.compare(a, b) < 0
}

function earlier(a: Instant, b: Instant): Instant {
  return Temporal.Instant.compare(a, b) < 0 ? a : b
}
