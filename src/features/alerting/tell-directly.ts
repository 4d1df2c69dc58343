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
/** One that did not get through is told again after this, so often at most; after that as seldom as any other. */
const RETRY_SECONDS = 30
const RETRIES = 10
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

/** How telling one target of one trouble went. */
type Ledger = { isBusy: boolean; failures: number; nextAt: Instant | null }
type Due = { readonly target: string; readonly ledger: Ledger }

/**
 * Routes, silences and targets in memory, so that people hear of a database that is away. What was told is written down once it is
 * back, and counts as told then.
 */
export function openDirectTelling(deps: AlertingDeps, onProblem: (error: unknown) => void): DirectTelling {
  let routes: readonly RouteRow[] = []
  let silences: readonly Silence[] = []
  const ledgers = new Map<string, Ledger>()
  const running = new Set<Promise<void>>()
  let unwritten: NewDelivery[] = []
  let writing: Promise<unknown> = Promise.resolve()
  let timer: NodeJS.Timeout | null = null
  let unlisten: (() => Promise<void>) | null = null
  const read = async (): Promise<void> => {
    const now = deps.clock.now()
    routes = (await readRoutes(deps.db, deps.zone())).filter(({ active }) => active)
    silences = await readSilences(deps.db, now, false)
  }
  const sendTo = async (route: RouteRow, due: readonly Due[], signal: Signal, at: Instant): Promise<void> => {
    const id = newUuid(deps.clock, deps.random)
    const alarm = { ...signal, id: 0n, state: 'open' as const, openedAt: at, resolvedAt: null }
    const notice = composeNotice(
      { id, kind: 'opened', rule: signal.rule, severity: signal.severity, at, alarms: [alarm] },
      { language: route.language, publicUrl: deps.publicUrl() },
    )
    const row = { noticeId: id, routeId: route.id, alarmIds: [], subjects: [signal.subject], notice }
    for (const { target, ledger } of due) {
      let isThrough = false
      try {
        const { state, words } = await trySend(deps, target, notice)
        isThrough = state === 'delivered'
        if (unwritten.length < KEPT_AT_MOST)
          unwritten.push({ ...row, target, state, words, direct: true, at })
      } finally {
        note(ledger, isThrough, at)
      }
    }
  }
  const tell = (signal: Signal): void => {
    const now = deps.clock.now()
    if (isSilenced(silences, signal, now)) return
    const takers = routes.filter(
      (route) =>
        routeTakes(route, signal) &&
        (signal.severity === 'critical' || quietUntil(route.quiet, now) === null),
    )
    for (const route of takers) {
      const due = route.targets
        .map((target) => ({ target, ledger: ledgerOf(ledgers, route, target, signal) }))
        .filter(({ ledger }) => isDue(ledger, now))
      if (due.length === 0) continue
      for (const { ledger } of due) ledger.isBusy = true
      const work = sendTo(route, due, signal, now)
        .catch(onProblem)
        .finally(() => {
          for (const { ledger } of due) ledger.isBusy = false
        })
      running.add(work)
      void work.finally(() => running.delete(work))
    }
  }
  const writeRows = async (): Promise<number> => {
    const rows = new Set(unwritten)
    if (rows.size === 0) return 0
    await deps.db.begin(async (tx) => {
      for (const row of rows) await insertDelivery(tx, row)
    })
    unwritten = unwritten.filter((row) => !rows.has(row))
    return rows.size
  }
  // One after the other: two at once would both take the same rows off the list, and with them such as were never written.
  const writeDown = (): Promise<number> => {
    const mine = writing.then(writeRows)
    writing = mine.catch(() => undefined)
    return mine
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

function ledgerOf(
  ledgers: Map<string, Ledger>,
  route: RouteRow,
  target: string,
  { rule, subject }: Signal,
): Ledger {
  const key = JSON.stringify([rule, subject, route.id.toString(), target])
  const ledger = ledgers.get(key) ?? { isBusy: false, failures: 0, nextAt: null }
  ledgers.set(key, ledger)
  if (ledgers.size > KEPT_AT_MOST) ledgers.delete(ledgers.keys().next().value ?? '')
  return ledger
}

function isDue({ isBusy, nextAt }: Ledger, now: Instant): boolean {
  return !isBusy && (nextAt === null || Temporal.Instant.compare(nextAt, now) <= 0)
}

function note(ledger: Ledger, isThrough: boolean, at: Instant): void {
  ledger.failures = isThrough ? 0 : ledger.failures + 1
  ledger.nextAt =
    isThrough || ledger.failures > RETRIES
      ? at.add({ minutes: DIRECT_EVERY_MINUTES })
      : at.add({ seconds: RETRY_SECONDS })
}
