import { setTimeout as wait } from 'node:timers/promises'
import type { CallsFor } from '#domain/connector.ts'
import type { FindConnection } from '#features/intake/index.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Random } from '#kernel/random.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { Locks } from '#platform/postgres/locks.ts'
import { openLagTally } from './lag-figures.ts'
import { type RunDeps, runFeed } from './run-feed.ts'
import { type FeedRow, noteStatus, readCodes, readFeed, readFeeds } from './store.ts'

export type FeedsDeps = {
  readonly db: Database
  readonly locks: Locks
  readonly clock: Clock
  readonly random: Random
  readonly callsFor: CallsFor
  readonly find: FindConnection
  readonly onError: (error: unknown, feed: string) => void
  readonly onLag?: (warehouse: string, changes: number, seconds: number | null) => void
  /** Milliseconds; tests look more often. */
  readonly lookEveryMs?: number
  readonly quietMs?: number
}
export type Feeds = {
  /** Looks at once instead of within two seconds: a feed or a connection has changed. */
  readonly look: () => void
  readonly stop: () => Promise<void>
}

const LOOK_EVERY_MS = 2_000
const QUIET_MS = 15_000

type Running = { readonly fingerprint: string; readonly abort: AbortController; readonly done: Promise<void> }

/** Keeps every live feed followed by exactly one process: the one that holds its lock. */
export function startFeeds(deps: FeedsDeps): Feeds {
  const running = new Map<bigint, Running>()
  const open = new Set<Promise<void>>()
  const lag = openLagTally({ ...deps, onError: (error) => deps.onError(error, 'lag figures') })
  const runDeps = runDepsOf(deps, lag)
  let stopping = false
  let looking: Promise<void> = Promise.resolve()

  const begin = async (): Promise<void> => {
    const rows = stopping ? [] : await readFeeds(deps.db, 'live')
    const wanted = new Map<bigint, { readonly row: FeedRow; readonly fingerprint: string }>()
    for (const row of rows) {
      const fingerprint = await fingerprintOf(deps, row)
      if (fingerprint !== null) wanted.set(row.id, { row, fingerprint })
    }
    for (const [id, one] of running) {
      const now = wanted.get(id)
      // A wish for a snapshot ends what follows; the run after it reads the table.
      const isWished = now?.row.wants_snapshot === true && now.row.status === 'following'
      if (now?.fingerprint !== one.fingerprint || isWished) one.abort.abort()
    }
    for (const [id, { row, fingerprint }] of wanted) {
      if (stopping || running.has(id)) continue
      const abort = new AbortController()
      const done = followAlone(deps, runDeps, row, abort).finally(() => {
        running.delete(id)
        open.delete(done)
      })
      running.set(id, { fingerprint, abort, done })
      open.add(done)
    }
  }
  const look = (): void => {
    looking = looking.then(begin).catch((error: unknown) => deps.onError(error, 'feeds'))
  }
  const timer = setInterval(look, deps.lookEveryMs ?? LOOK_EVERY_MS)
  look()
  return {
    look,
    stop: async () => {
      stopping = true
      clearInterval(timer)
      await looking
      for (const one of running.values()) one.abort.abort()
      await Promise.allSettled([...open])
      await lag.stop()
    },
  }
}

function runDepsOf(deps: FeedsDeps, lag: RunDeps['lag']): RunDeps {
  const { db, clock, random, callsFor, onError } = deps
  return {
    db,
    clock,
    random,
    callsFor,
    lag,
    onError,
    quietMs: deps.quietMs ?? QUIET_MS,
    readRow: (id) => readFeed(db, id),
    onStatus: (run, status, words) => noteStatus(db, run, status, words, clock.now()),
    sleep: async (ms, signal) => {
      await wait(ms, undefined, { signal }).catch(() => undefined)
    },
  }
}

/** All that a run stands on; null: nothing to run (no connection, or it is paused). A blocked feed waits for one of these to change. */
async function fingerprintOf(deps: FeedsDeps, row: FeedRow): Promise<string | null> {
  const connected = deps.find(row.connection_id)
  if (connected === null || connected.paused || connected.connector.stockFeed === undefined) return null
  const codes = (await readCodes(deps.db, row.id)).map((one) => [one.source_code, one.warehouse])
  return JSON.stringify([connected.settings, row.mapping_hash, row.on_drift, row.on_unknown_sku, codes])
}

async function followAlone(
  deps: FeedsDeps,
  runDeps: RunDeps,
  row: FeedRow,
  abort: AbortController,
): Promise<void> {
  try {
    const release = await deps.locks.tryHold(`holdfast.feed.${row.id}`, () => abort.abort())
    if (release === null) return
    try {
      const connected = deps.find(row.connection_id)
      if (connected === null || abort.signal.aborted) return
      await runFeed(runDeps, row, connected, abort.signal)
    } finally {
      await release()
    }
  } catch (error) {
    deps.onError(error, row.name)
  }
}
