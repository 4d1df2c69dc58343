import type { Clock, Instant } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import type { Intake } from '../inbox/intake.ts'
import type { Arrival, Kept } from '../inbox/store.ts'
import { isPartitionMissing } from '../partitions/store.ts'
import { sqlState } from '../postgres/database.ts'
import { answersWithin } from '../postgres/within.ts'
import type { Spool } from './spool.ts'

/** 0: straight into the database. 1: the database cannot commit, messages go to the local disk. */
export type Level = {
  readonly level: 0 | 1
  readonly since: Instant
  /** What the database said, or that it said nothing; null at level 0. */
  readonly reason: string | null
}

export type SpoolingIntake = Intake & {
  readonly level: () => Level
  /** Asks the database now; answers whether level 0 holds afterwards. */
  readonly probeNow: () => Promise<boolean>
  readonly stop: () => void
}

export type SpoolingDeps = {
  readonly inner: Intake
  readonly spool: Spool
  readonly clock: Clock
  /** A read that ends soon; throws where the database does not answer. */
  readonly ping: () => Promise<void>
  /** A small commit; throws where the database takes none. */
  readonly probe: () => Promise<void>
  /** No commit within so long, while messages wait: the database hangs. */
  readonly commitDeadlineMs: number
  readonly probeEveryMs: number
  readonly onLevel: (level: Level) => void
  /** A message came to the disk when the database was well again already: nobody else would fetch it soon. */
  readonly onLate?: () => void
}

type Pending = {
  readonly arrival: Arrival
  readonly startedAtMs: number
  readonly resolve: (kept: Kept) => void
  readonly reject: (error: unknown) => void
}

/** Pings that must fail one after the other before an idle hub calls the database gone. */
const PINGS = 2
/** A database that fails so soon after it was found well again was not well: the next time it must wait longer to be believed. */
const FELL_BACK_MS = 30_000
const FIRST_STAY_MS = 5_000
const LONGEST_STAY_MS = 30_000
/** Of the quota, for refused messages while the database is away: nobody was promised them, and whoever sends them is not one of ours. */
const REFUSED_SHARE = 0.05

/**
 * The intake that survives its database. A batch whose commit fails because the database is away (or takes nothing, or hangs)
 * goes to the spool, its senders are acknowledged, and later messages go there at once until a probe commits. A message whose
 * commit was cut off may end in both; the merge makes it one.
 */
export function openSpoolingIntake(deps: SpoolingDeps): SpoolingIntake {
  const { inner, spool, clock } = deps
  const pending = new Set<Pending>()
  let level: Level = { level: 0, since: clock.now(), reason: null }
  let progressAtMs = performance.now()
  let refusedBytes = 0
  let failedPings = 0
  const stay = openStay()
  let stopped = false

  const toSpool = (arrival: Arrival): Promise<Kept> => {
    if (arrival.verdict === 'rejected') {
      if (refusedBytes > spool.status().quotaBytes * REFUSED_SHARE)
        return Promise.resolve({ id: NOT_KEPT, verdict: 'rejected' })
      refusedBytes += arrival.body.length + arrival.headers.length
    }
    return spool.keep(arrival).then((kept) => {
      if (level.level === 0) deps.onLate?.()
      return kept
    })
  }
  const enter = (reason: string): void => {
    if (level.level === 1 || stopped) return
    stay.entered()
    level = { level: 1, since: clock.now(), reason }
    deps.onLevel(level)
  }
  const leave = (): void => {
    failedPings = 0
    progressAtMs = performance.now()
    if (level.level === 0) return
    refusedBytes = 0
    stay.left()
    level = { level: 0, since: clock.now(), reason: null }
    deps.onLevel(level)
  }
  const move = (entry: Pending): void => {
    if (pending.delete(entry)) toSpool(entry.arrival).then(entry.resolve, entry.reject)
  }
  const throughDatabase = (entry: Pending): void => {
    pending.add(entry)
    inner.keep(entry.arrival).then(
      (kept) => {
        progressAtMs = performance.now()
        if (pending.delete(entry)) entry.resolve(kept)
      },
      (error: unknown) => {
        const reason = awayReason(error)
        if (reason === null || !spool.usable()) {
          if (reason !== null) enter(reason)
          if (pending.delete(entry)) entry.reject(error)
          return
        }
        enter(reason)
        move(entry)
      },
    )
  }
  const watch = (): void => {
    const [oldest] = pending
    const now = performance.now()
    if (oldest === undefined || now - oldest.startedAtMs < deps.commitDeadlineMs) return
    if (level.level === 0 && now - progressAtMs < deps.commitDeadlineMs) return
    enter(`no commit for ${deps.commitDeadlineMs} ms`)
    if (spool.usable()) for (const entry of [...pending]) move(entry)
  }
  const probeNow = async (): Promise<boolean> => {
    try {
      await answersWithin(deps.probe(), deps.commitDeadlineMs)
      if (!stopped) leave()
    } catch (error) {
      if (awayReason(error) === null) throw error
    }
    return level.level === 0
  }
  const ping = async (): Promise<void> => {
    if (performance.now() - progressAtMs < deps.probeEveryMs) return
    try {
      await answersWithin(deps.ping(), deps.commitDeadlineMs)
      failedPings = 0
    } catch (error) {
      const reason = awayReason(error)
      failedPings += 1
      if (reason !== null && failedPings >= PINGS) enter(reason)
    }
  }
  const look = oneAtATime(async () => {
    if (level.level === 0) await ping()
    else if (stay.isOver()) await probeNow().catch(() => false)
  })
  const watching = setInterval(watch, Math.min(250, deps.commitDeadlineMs / 4)).unref()
  const looking = setInterval(look, deps.probeEveryMs).unref()
  return {
    keep: (arrival) =>
      level.level === 1 && spool.usable()
        ? toSpool(arrival)
        : new Promise((resolve, reject) =>
            throughDatabase({ arrival, startedAtMs: performance.now(), resolve, reject }),
          ),
    laneOf: inner.laneOf,
    depth: () => inner.depth() + spool.depth(),
    drained: async () => {
      await Promise.all([inner.drained(), spool.drained()])
    },
    level: () => level,
    probeNow,
    stop: () => {
      stopped = true
      clearInterval(watching)
      clearInterval(looking)
    },
  }
}

/** How long level 1 lasts at least: not at all the first time, then 5 s doubling to 30 s while the database falls back at once. */
export function openStay(now: () => number = () => performance.now()): {
  readonly entered: () => void
  readonly left: () => void
  readonly isOver: () => boolean
} {
  let leftAt = Number.NEGATIVE_INFINITY
  let enteredAt = Number.NEGATIVE_INFINITY
  let stayMs = 0
  return {
    entered: () => {
      enteredAt = now()
      const fellBack = enteredAt - leftAt < FELL_BACK_MS
      stayMs = fellBack ? Math.min(LONGEST_STAY_MS, Math.max(FIRST_STAY_MS, stayMs * 2)) : 0
    },
    left: () => {
      leftAt = now()
    },
    isOver: () => now() - enteredAt >= stayMs,
  }
}

const NOT_KEPT = 'spool-not-kept' as Kept['id']

/**
 * SQLSTATEs that are about the message: cardinality and data exceptions, broken constraints, exceeded limits. With any other a living
 * server says that it takes no commit now: read-only (25), cancelled by a time limit (57014), locked (55P03), a deadlock (40), not for
 * us at the moment (28, 3D, 42501), a table or a column that is not there (42), damaged or failing inside (XX, F0).
 */
const ABOUT_THE_MESSAGE = /^(2[123]|54)/

/** Why the database cannot commit; null where the failure is about the message or about us. */
export function awayReason(error: unknown): string | null {
  if (error instanceof Outage) return error.code.startsWith('database.') ? error.message : null
  const state = sqlState(error)
  if (isPartitionMissing(error))
    return 'the inbox has no partition for the day; the hub tries to make it (23514)'
  if (state === null || ABOUT_THE_MESSAGE.test(state)) return null
  return `${error instanceof Error ? error.message : ''} (${state})`
}

function oneAtATime(work: () => Promise<void>): () => void {
  let running = false
  return () => {
    if (running) return
    running = true
    void work().finally(() => {
      running = false
    })
  }
}
