import { setTimeout as sleep } from 'node:timers/promises'
import type { CallsFor } from '#domain/connector.ts'
import type { Clock, Instant } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import type { Database } from '#platform/postgres/database.ts'
import { type Breakers, effectiveState } from './breakers.ts'
import { failingRun, PROBES, QUIET_WINDOW_MS } from './core/breaker.ts'
import type { Connected } from './open-outward.ts'
import { readBreakers, readEvidence } from './store.ts'

export type ProbeDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly breakers: Breakers
  readonly callsFor: CallsFor
  readonly connections: () => readonly (Connected & { readonly paused: boolean })[]
}

/** Real calls are the better probes: they get this long before test calls take what they left. */
const REAL_CALLS_FIRST_MS = 2_000
const PROBE_DEADLINE_MS = 10_000
const QUIET_PROBE_EVERY_MS = 15_000
/** A failure older than this is no suspicion any more. */
const SUSPECT_MS = 10 * 60_000

/**
 * Makes test calls where the breaker needs evidence and no traffic gives it: half open, or quiet and failing lately. So what
 * waits behind an open breaker goes by itself once the platform is back, and a quiet platform's outage is known in about a
 * minute. A notifier is left to its own notices: its test call tells people.
 */
export function connectionProber(deps: ProbeDeps): () => Promise<void> {
  const probedAt = new Map<string, Instant>()
  return async () => {
    const now = deps.clock.now()
    const rows = new Map((await readBreakers(deps.db)).map((row) => [row.connection, row]))
    const from = now.subtract({ milliseconds: QUIET_WINDOW_MS })
    const evidence = await readEvidence(deps.db, from, now)
    const work: Promise<void>[] = []
    for (const connected of deps.connections()) {
      const { id, paused, connector } = connected
      if (paused || connector.calls === undefined || connector.role === 'notifier') continue
      const row = rows.get(id)
      const state = row === undefined ? 'closed' : effectiveState(row, now)
      if (state === 'half_open' && row !== undefined) {
        if (now.since(row.since).total('milliseconds') < REAL_CALLS_FIRST_MS) continue
        work.push(probe(deps, connected, PROBES - row.probesSent))
      } else if (state === 'closed') {
        const minutes = evidence.get(id)?.minutes ?? []
        const run = failingRun(minutes, row?.since ?? from, now)
        const last = probedAt.get(id)
        const rested = last === undefined || now.since(last).total('milliseconds') >= QUIET_PROBE_EVERY_MS
        if (run.failures === 0 || run.forMs > SUSPECT_MS || !rested) continue
        probedAt.set(id, now)
        work.push(probe(deps, connected, 1))
      }
    }
    await Promise.all(work)
  }
}

/** One after another, until one fails or none is wanted any more. */
async function probe(deps: ProbeDeps, connected: Connected, most: number): Promise<void> {
  for (let i = 0; i < most; i += 1) {
    const timer = new AbortController()
    try {
      const calls = connected.connector.calls?.(connected.settings, deps.callsFor(connected))
      const late = sleep(PROBE_DEADLINE_MS, 'late' as const, { signal: timer.signal }).catch(
        () => 'late' as const,
      )
      if ((await Promise.race([calls?.test(), late])) === 'late') return
    } catch (error) {
      if (error instanceof Outage) return
      throw error
    } finally {
      timer.abort()
    }
  }
}
