import type { OpenSocket } from '#domain/connector.ts'
import { acceptFetched, type Connected } from '#features/intake/index.ts'
import { Outage } from '#kernel/outage.ts'
import type { PollPlans } from './poll-plans.ts'
import { type PollDeps, type PollEnd, pollUpdates } from './poll-updates.ts'
import { writePollRun } from './store.ts'

export type PullDeps = PollDeps & {
  /** Live settings and wishes; absent: the connectors' own rhythm. */
  readonly plans?: PollPlans
  readonly openSocket: OpenSocket
  readonly connections: () => readonly Connected[]
  readonly saveState: (connection: string, state: string, words: string) => Promise<void>
  readonly onPolled?: (end: PollEnd) => void
  readonly onError: (error: unknown, connection: string) => void
}
export type Pulls = {
  /** Looks at once instead of within two seconds: connections have changed. */
  readonly look: () => void
  readonly stop: () => Promise<void>
  readonly pollNow: (id: string) => Promise<PollEnd | null>
}

type RunningStream = {
  readonly fingerprint: string
  readonly abort: AbortController
  readonly done: Promise<void>
}

const LOOK_EVERY_MS = 2_000

/**
 * Keeps every connection's own listening going: streams run while their connection is active and start anew when its settings
 * change; increment polls run on their rhythm, one at a time per connection, over all processes.
 */
export function startPulls(deps: PullDeps): Pulls {
  const streams = new Map<string, RunningStream>()
  /** Every stream that has not ended yet, those told to stop included. */
  const open = new Set<Promise<void>>()
  /** Of this process; what others did stands in the plans. */
  const lastPoll = new Map<string, Temporal.Instant>()
  const polling = new Map<string, Promise<PollEnd | null>>()
  let stopping = false

  const look = (): void => {
    if (deps.plans === undefined) {
      begin()
      return
    }
    void deps.plans
      .refresh()
      .catch((error: unknown) => deps.onError(error, 'poll settings'))
      .then(begin)
  }
  const begin = (): void => {
    const active = stopping ? [] : deps.connections().filter((connected) => !connected.paused)
    for (const begun of keepStreams(deps, streams, active)) {
      open.add(begun)
      void begun.finally(() => open.delete(begun))
    }
    for (const connected of active) {
      const every = (deps.plans?.planOf(connected) ?? connected.connector.poll)?.everySeconds
      if (every === undefined || polling.has(connected.id)) continue
      if (isDue(connected.id, every)) poll(connected, false)
    }
  }
  const isDue = (id: string, every: number): boolean => {
    const own = lastPoll.get(id) ?? null
    const last = deps.plans?.lastOf(id) ?? null
    // A time that lies ahead was taken from a wrong clock: it holds nothing up.
    const isRecent = (at: Temporal.Instant): boolean =>
      Math.abs(deps.clock.now().since(at).total('seconds')) < every
    if (deps.plans?.isWanted(id, last?.begunAt ?? own) === true) return true
    if (own !== null && isRecent(own)) return false
    // One that is open is another's that is at it, whose lock says so, or that is gone.
    return last === null || last.isOpen || !isRecent(last.begunAt)
  }
  const poll = (connected: Connected, isForced: boolean): Promise<PollEnd | null> => {
    const begunAt = deps.clock.now()
    const planOf = deps.plans?.planOf
    const onBegun = (): void => void lastPoll.set(connected.id, begunAt)
    const run = pollUpdates(
      { ...deps, ...(planOf ? { planOf } : {}), isStopping: () => stopping },
      connected,
      { isForced, onBegun },
    )
      .then((end) => {
        deps.onPolled?.(end)
        return end
      })
      .catch(async (error: unknown) => {
        onBegun()
        deps.onError(error, connected.id)
        await noteOutage(deps, connected.id, error, begunAt).catch(() => undefined)
        return null
      })
      .finally(() => polling.delete(connected.id))
    polling.set(connected.id, run)
    return run
  }
  const timer = setInterval(look, LOOK_EVERY_MS)
  look()
  return {
    look,
    pollNow: async (id) => {
      const connected = deps.connections().find((entry) => entry.id === id)
      return connected === undefined ? null : await (polling.get(id) ?? poll(connected, true))
    },
    stop: async () => {
      stopping = true
      clearInterval(timer)
      begin()
      await Promise.allSettled([...open, ...polling.values()])
    },
  }
}

/** What threw is on record too: a person looks at the page, not at the log. Best effort, the database may be what failed. */
async function noteOutage(deps: PullDeps, connection: string, error: unknown, begunAt: Temporal.Instant) {
  const [code, words] =
    error instanceof Outage ? [error.code, error.message] : ['pull.failed', 'see the log of the hub']
  const trouble = `${code}: ${words}`
  const run = { connection_id: connection, windows: 0, messages: 0, fresh: 0, trouble }
  await writePollRun(deps.db, run, begunAt, deps.clock.now())
}

/** Ends the streams that nobody wants any more and begins the missing ones; answers the ends of those begun. */
function keepStreams(
  deps: PullDeps,
  streams: Map<string, RunningStream>,
  active: readonly Connected[],
): Promise<void>[] {
  const wanted = new Map(
    active
      .filter((connected) => connected.connector.stream !== undefined)
      .map((connected) => [connected.id as string, connected]),
  )
  const ending = new Map<string, Promise<void>>()
  for (const [id, stream] of streams) {
    const connected = wanted.get(id)
    if (connected !== undefined && fingerprintOf(connected) === stream.fingerprint) continue
    stream.abort.abort()
    streams.delete(id)
    ending.set(id, stream.done)
  }
  const missing = [...wanted.values()].filter((connected) => !streams.has(connected.id))
  return missing.map((connected) => {
    const stream = openStream(deps, streams, connected, ending.get(connected.id))
    streams.set(connected.id, stream)
    return stream.done
  })
}

function fingerprintOf(connected: Connected): string {
  return JSON.stringify(connected.settings)
}

/**
 * Listens while this process holds the connection's lock: platforms hand each message to one client, and two of them would
 * write over each other's state. A process that does not get it asks again at its next look.
 */
function openStream(
  deps: PullDeps,
  streams: Map<string, RunningStream>,
  connected: Connected,
  before: Promise<void> | undefined,
): RunningStream {
  const abort = new AbortController()
  const noteState = (state: string, words: string): Promise<void> =>
    deps.saveState(connected.id, state, words).catch((error: unknown) => deps.onError(error, connected.id))
  const listenAlone = async (): Promise<void> => {
    const release = await deps.locks.tryHold(`holdfast.stream.${connected.id}`, () => abort.abort())
    if (release === null) return
    try {
      await listenTo(deps, connected, abort.signal, noteState)
      await noteState('closed', abort.signal.aborted ? 'stopped' : 'ended; will start again')
    } finally {
      await release()
    }
  }
  const done = Promise.resolve(before)
    .then(async () => {
      if (!abort.signal.aborted) await listenAlone()
    })
    .catch((error: unknown) => deps.onError(error, connected.id))
    .then(() => {
      if (streams.get(connected.id)?.abort === abort) streams.delete(connected.id)
    })
  return { fingerprint: fingerprintOf(connected), abort, done }
}

async function listenTo(
  deps: PullDeps,
  connected: Connected,
  signal: AbortSignal,
  noteState: (state: string, words: string) => Promise<void>,
): Promise<void> {
  const intake = { intake: deps.intake, clock: deps.clock, onAccepted: deps.onAccepted }
  // One after another: two writes under way at once could leave "connecting" behind on an open line.
  let noted: Promise<void> = Promise.resolve()
  try {
    await connected.connector.stream?.(connected.settings, {
      ...deps.callsFor(connected),
      openSocket: deps.openSocket,
      signal,
      onState: (state, words) => {
        noted = noted.then(() => noteState(state, words))
      },
      sink: async (message) => {
        await acceptFetched(intake, connected.id, 'stream', message)
      },
    })
  } catch (error) {
    deps.onError(error, connected.id)
  }
  await noted
}
