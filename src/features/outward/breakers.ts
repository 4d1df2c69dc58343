import type { Clock, Instant } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import type { Random } from '#kernel/random.ts'
import type { Database } from '#platform/postgres/database.ts'
import { forgetProcess, noteProcess } from './budget/store.ts'
import { type BreakerState, closedSince, decideBreaker, PROBES } from './core/breaker.ts'
import {
  addCounts,
  type BreakerRow,
  claimProbe,
  endProbe,
  hastenProbe,
  OUTWARD_CHANNEL,
  readBreakers,
  returnProbe,
} from './store.ts'
import type { Tally } from './tally.ts'
import { within } from './within.ts'

/** What a call may do: go, go as one of the probes, or not go. */
export type Admission =
  | { readonly go: true; readonly probe: boolean }
  | { readonly go: false; readonly outage: Outage }

/** How the breakers stand, as this process knows: fresh from the database, or from its own counts while that is away. */
export type Breakers = {
  readonly stateOf: (connection: string) => BreakerRow
  /** Counts a person's force while it lasts. */
  readonly isOpen: (connection: string) => boolean
  readonly open: () => readonly string[]
  /** How many stand in each state but `closed`. */
  readonly counts: () => Readonly<Record<'open' | 'half_open', number>>
  /** `byPerson`: the test button, which may look through an open breaker. */
  readonly admit: (connection: string, byPerson: boolean) => Promise<Admission>
  readonly ended: (connection: string, probe: boolean, isOk: boolean, byPerson: boolean) => Promise<void>
  /** A probe that our own budget held back says nothing of the platform. */
  readonly probeUnsent: (connection: string) => Promise<void>
  readonly processes: () => number
  readonly refresh: () => Promise<void>
  /** Writes down what was counted and reads how all of them stand: what a started one does every second. */
  readonly tick: () => Promise<void>
  readonly onChange: (listener: () => void) => () => void
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
}

export type BreakerDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly random: Random
  readonly tally: Tally
  readonly processId: string
  readonly onError: (error: unknown) => void
  /** `by_hand`: nothing happens between two calls of `tick`. */
  readonly ticks?: 'by_hand'
}

const TICK_MS = 1_000
const DATABASE_MS = 2_000
const ALONE_AFTER_MS = 5_000
const HEARTBEAT_EVERY = 5
const HALF_OPEN_RETRY_MS = 5_000
const EPOCH = Temporal.Instant.fromEpochMilliseconds(0)

export function openBreakers(deps: BreakerDeps): Breakers {
  const { db, clock } = deps
  let rows = new Map<string, BreakerRow>()
  let readAt = clock.now()
  let processes = 1
  let ticks = 0
  let digest = ''
  let flushing: Promise<void> | null = null
  const listeners = new Set<() => void>()
  const tell = (): void => {
    const seen = JSON.stringify([...rows.values()].map((row) => [row.connection, row.state, row.forced]))
    if (seen === digest) return
    digest = seen
    for (const listener of listeners) listener()
  }
  const refresh = async (): Promise<void> => {
    rows = new Map((await readBreakers(db)).map((row) => [row.connection, row]))
    readAt = clock.now()
    tell()
  }
  const isAlone = (): boolean => clock.now().since(readAt).total('milliseconds') > ALONE_AFTER_MS
  const tick = async (): Promise<void> => {
    ticks += 1
    try {
      flushing ??= flush(deps).finally(() => {
        flushing = null
      })
      await within(DATABASE_MS, flushing)
      await within(DATABASE_MS, refresh())
      if (ticks % HEARTBEAT_EVERY === 1)
        processes = await within(DATABASE_MS, noteProcess(db, deps.processId))
    } catch (error) {
      if (!(error instanceof Outage)) deps.onError(error)
      if (isAlone()) rows = decideAlone(deps, rows)
      tell()
    }
  }
  const stateOf = (connection: string): BreakerRow => rows.get(connection) ?? calm(connection)
  const isOpen = (connection: string): boolean => effectiveState(stateOf(connection), clock.now()) === 'open'
  const loop = tickEvery(TICK_MS, tick)
  let unlisten: (() => Promise<void>) | null = null
  return {
    stateOf,
    isOpen,
    open: () => [...rows.keys()].filter(isOpen),
    counts: () => {
      const states = [...rows.values()].map((row) => effectiveState(row, clock.now()))
      const count = (state: string): number => states.filter((one) => one === state).length
      return { open: count('open'), half_open: count('half_open') }
    },
    admit: async (connection, byPerson) => {
      const row = stateOf(connection)
      const state = effectiveState(row, clock.now())
      if (state === 'closed') return { go: true, probe: false }
      if (state === 'open') return byPerson ? { go: true, probe: false } : held(row, clock.now())
      const claimed = await claimOne(deps, connection, () =>
        isAlone() ? claimAlone(rows, stateOf(connection)) : false,
      )
      if (claimed || byPerson) return { go: true, probe: claimed }
      return held(row, clock.now())
    },
    ended: async (connection, probe, isOk, byPerson) => {
      const row = stateOf(connection)
      try {
        if (probe) await within(DATABASE_MS, endProbe(db, connection, isOk))
        else if (byPerson && isOk && row.state === 'open')
          await within(DATABASE_MS, hastenProbe(db, connection, clock.now()))
      } catch (error) {
        if (!(error instanceof Outage)) throw error
      }
      if (probe && isAlone()) rows.set(connection, withProbe(stateOf(connection), isOk))
    },
    probeUnsent: async (connection) => {
      const row = stateOf(connection)
      await within(DATABASE_MS, returnProbe(db, connection)).catch((error: unknown) => {
        if (!(error instanceof Outage)) throw error
      })
      if (isAlone()) rows.set(connection, { ...row, probesSent: Math.max(0, row.probesSent - 1) })
    },
    processes: () => processes,
    refresh,
    tick,
    onChange: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    start: async () => {
      unlisten = await db.listen(OUTWARD_CHANNEL, () => void refresh().catch(ignoreOutage(deps)))
      processes = await noteProcess(db, deps.processId)
      await refresh()
      if (deps.ticks === undefined) loop.start()
    },
    stop: async () => {
      await loop.stop()
      await unlisten?.()
      await flush(deps).catch(ignoreOutage(deps))
      await forgetProcess(db, deps.processId).catch(ignoreOutage(deps))
    },
  }
}

/** A person's word while it lasts, else the machine's. */
export function effectiveState(row: BreakerRow, now: Instant): BreakerState['state'] {
  return row.forced !== null && Temporal.Instant.compare(row.forced.until, now) > 0
    ? row.forced.state
    : row.state
}

export function calm(connection: string): BreakerRow {
  return { ...closedSince(EPOCH), connection, cause: '', forced: null }
}

async function flush({ db, tally }: BreakerDeps): Promise<void> {
  const drafts = tally.drain()
  if (drafts.length === 0) return
  try {
    await db.begin((tx) => addCounts(tx, drafts))
  } catch (error) {
    tally.putBack(drafts)
    throw error
  }
}

/** The same rules over this process's own counts. */
function decideAlone(deps: BreakerDeps, rows: ReadonlyMap<string, BreakerRow>): Map<string, BreakerRow> {
  const now = deps.clock.now()
  const next = new Map(rows)
  for (const connection of new Set([...rows.keys(), ...deps.tally.connections()])) {
    const row = rows.get(connection) ?? calm(connection)
    const change = decideBreaker(row, deps.tally.evidenceOf(connection, now), now, deps.random.next())
    if (change !== null) next.set(connection, { ...row, ...change.next, cause: change.cause })
  }
  return next
}

async function claimOne(deps: BreakerDeps, connection: string, alone: () => boolean): Promise<boolean> {
  try {
    return await within(DATABASE_MS, claimProbe(deps.db, connection, PROBES))
  } catch (error) {
    if (!(error instanceof Outage)) throw error
    return alone()
  }
}

function claimAlone(rows: Map<string, BreakerRow>, row: BreakerRow): boolean {
  if (row.state !== 'half_open' || row.probesSent >= PROBES) return false
  rows.set(row.connection, { ...row, probesSent: row.probesSent + 1 })
  return true
}

function withProbe(row: BreakerRow, isOk: boolean): BreakerRow {
  return {
    ...row,
    probesOk: row.probesOk + (isOk ? 1 : 0),
    probesFailed: row.probesFailed + (isOk ? 0 : 1),
  }
}

function held(row: BreakerRow, now: Instant): Admission {
  const until = row.forced !== null && row.forced.state === 'open' ? row.forced.until : row.probeAt
  const waitMs = until === null ? HALF_OPEN_RETRY_MS : until.epochMilliseconds - now.epochMilliseconds
  return {
    go: false,
    outage: new Outage(
      'outward.breaker_open',
      `calls of ${row.connection} wait: ${row.forced?.reason ?? row.cause}`,
      { retryAfterMs: Math.max(1_000, Math.ceil(waitMs)) },
    ),
  }
}

/** One run at a time; the next begins `everyMs` after the last ended. */
function tickEvery(everyMs: number, run: () => Promise<void>) {
  let timer: NodeJS.Timeout | null = null
  let running: Promise<void> = Promise.resolve()
  let stopped = false
  const next = (): void => {
    if (stopped) return
    timer = setTimeout(() => {
      running = run().finally(next)
    }, everyMs)
  }
  return {
    start: next,
    stop: async () => {
      stopped = true
      if (timer !== null) clearTimeout(timer)
      await running
    },
  }
}

function ignoreOutage({ onError }: BreakerDeps): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof Outage)) onError(error)
  }
}
