import type { Instant } from '#kernel/clock.ts'
import { newUuid } from '#kernel/id.ts'
import { composeNotice } from './core/compose-notice.ts'
import { isSilenced, quietUntil, routeTakes } from './core/match.ts'
import type { Signal } from './core/own-signals.ts'
import type { Silence } from './core/types.ts'
import type { AlertingDeps } from './deps.ts'
import { trySend } from './send-notice.ts'
import {
  insertDelivery,
  type NewDelivery,
  ROUTE_CHANNEL,
  type RouteRow,
  readRoutes,
  readSilences,
} from './store.ts'

/** The same trouble is told past the database once in this time. */
export const DIRECT_EVERY_MINUTES = 10
const KEPT_AT_MOST = 500
const RE_READ_MS = 10_000

export type DirectTelling = {
  /** Tells people of what could not be stored. Never throws and never waits. */
  readonly tell: (signal: Signal) => void
  /** Writes down what was told meanwhile; answers how many rows. Throws the database's outage while it is away. */
  readonly writeDown: () => Promise<number>
  /** Resolves once everything that is being told has its answer. */
  readonly settled: () => Promise<void>
  readonly start: () => Promise<void>
  readonly stop: () => Promise<void>
}

/**
 * Routes, silences and targets in memory, so that people hear of a database that is away. What was told is written down once it is
 * back, and counts as told then.
 */
export function openDirectTelling(deps: AlertingDeps, onProblem: (error: unknown) => void): DirectTelling {
  let routes: readonly RouteRow[] = []
  let silences: readonly Silence[] = []
  const lastTold = new Map<string, Instant>()
  const running = new Set<Promise<void>>()
  let unwritten: NewDelivery[] = []
  let timer: NodeJS.Timeout | null = null
  let unlisten: (() => Promise<void>) | null = null
  const read = async (): Promise<void> => {
    const now = deps.clock.now()
    routes = (await readRoutes(deps.db, deps.zone())).filter(({ active }) => active)
    silences = await readSilences(deps.db, now, false)
  }
  const sendTo = async (route: RouteRow, signal: Signal, at: Instant): Promise<void> => {
    const id = newUuid(deps.clock, deps.random)
    const alarm = { ...signal, id: 0n, state: 'open' as const, openedAt: at, resolvedAt: null }
    const notice = composeNotice(
      { id, kind: 'opened', rule: signal.rule, severity: signal.severity, at, alarms: [alarm] },
      { language: route.language, publicUrl: deps.publicUrl() },
    )
    for (const target of route.targets) {
      const { state, words } = await trySend(deps, target, notice)
      const row = {
        noticeId: id,
        routeId: route.id,
        target,
        alarmIds: [],
        subjects: [signal.subject],
        notice,
      }
      if (unwritten.length < KEPT_AT_MOST) unwritten.push({ ...row, state, words, direct: true, at })
    }
  }
  const tell = (signal: Signal): void => {
    const now = deps.clock.now()
    const key = JSON.stringify([signal.rule, signal.subject])
    const last = lastTold.get(key)
    if (last !== undefined && now.since(last).total('minutes') < DIRECT_EVERY_MINUTES) return
    if (isSilenced(silences, signal, now)) return
    const takers = routes.filter(
      (route) =>
        routeTakes(route, signal) &&
        (signal.severity === 'critical' || quietUntil(route.quiet, now) === null),
    )
    if (takers.length === 0) return
    lastTold.set(key, now)
    if (lastTold.size > KEPT_AT_MOST) lastTold.delete(lastTold.keys().next().value ?? '')
    for (const route of takers) {
      const work = sendTo(route, signal, now).catch(onProblem)
      running.add(work)
      void work.finally(() => running.delete(work))
    }
  }
  const writeDown = async (): Promise<number> => {
    const rows = unwritten
    if (rows.length === 0) return 0
    await deps.db.begin(async (tx) => {
      for (const row of rows) await insertDelivery(tx, row)
    })
    unwritten = unwritten.slice(rows.length)
    return rows.length
  }
  const look = (): void => {
    read().then(writeDown).catch(onProblem)
  }
  return {
    tell,
    writeDown,
    settled: async () => {
      while (running.size > 0) await Promise.all(running)
    },
    start: async () => {
      unlisten = await deps.db.listen(ROUTE_CHANNEL, look)
      await read()
      timer = setInterval(look, RE_READ_MS).unref()
    },
    stop: async () => {
      if (timer !== null) clearInterval(timer)
      await Promise.all(running)
      await unlisten?.()
    },
  }
}
