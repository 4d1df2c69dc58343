import {
  type Askers,
  type Asking,
  type FallbackDeps,
  type FallbackRoutesDeps,
  followOrders,
  judgeFinds,
  noteFinds,
  openAskers,
  startAsking,
  watchPolls,
} from '#features/fallback/index.ts'
import { type AuditEvent, recordAudit } from '#features/identity/index.ts'
import { readPollStates, savePollPlan, watchCursors, wishForPoll } from '#features/pull/index.ts'
import type { FollowDeps } from '#platform/journal/follow.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import type { Core } from './hub.ts'
import { routesOf } from './outward.ts'
import type { Parts } from './parts.ts'

const ASKING_IDLE_MS = 1_000
const ROWS_AT_ONCE = 300

/** Who can be asked, for those who only want to know. */
function askersOf({ directory, callsFor, clock }: Parts): Askers {
  return openAskers({ connections: directory.all, callsFor, clock })
}

/** The worker role's part: asks about what is due. */
export function startFallback(parts: Parts, wakeWorkers: (lane?: string) => void): Asking {
  return startAsking(askingDeps(parts, wakeWorkers), ASKING_IDLE_MS)
}

export function askingDeps(parts: Parts, wakeWorkers: (lane?: string) => void): FallbackDeps {
  const { database, intake, clock, directory, callsFor, vault, metrics, log } = parts
  return {
    db: database.db,
    intake,
    clock,
    callsFor,
    connections: directory.all,
    routeFor: routesOf(parts),
    unseal: (sealed) => vault.open(sealed),
    onAccepted: wakeWorkers,
    onAsked: (kind, outcome) => metrics.fallbackAsks.inc({ kind, outcome }),
    onError: (error) => log.error({ err: error }, 'the fallback poll stopped for a moment'),
  }
}

/** What increment polls brought first, for the figures of lost pushes. */
export function fallbackFinds({ database, clock }: Parts) {
  return (connection: string, finds: Parameters<typeof noteFinds>[2]): Promise<void> =>
    noteFinds({ db: database.db, clock }, connection, finds)
}

/** Keeps the watches of every order that changed. */
export function followForFallback(core: Core): FollowDeps {
  const { clock, log } = core
  return {
    db: core.database.db,
    clock,
    name: 'fallback',
    batch: ROWS_AT_ONCE,
    from: 'beginning',
    kinds: ['order.'],
    handler: followOrders({ clock, askers: askersOf(core) }),
    onError: (error) => log.error({ err: error, reader: 'fallback' }, 'the journal could not be followed'),
  }
}

/** Judges what polls found, and says when pushes are broken or the poll falls behind. */
export function fallbackSweeps(core: Core): readonly Sweep[] {
  const { clock, directory, metrics, alarms } = core
  const { db } = core.database
  const judge = {
    db,
    clock,
    kindOf: (id: string) => directory.byId(id)?.kind ?? 'unknown',
    onFound: (kind: string, facts: number) => metrics.fallbackFound.inc({ kind }, facts),
  }
  const nameOf = (id: string): string => directory.byId(id)?.name ?? id
  const watch = { db, clock, alarms, askers: askersOf(core), connections: directory.all }
  return [
    { name: 'fallback-finds', everyMs: 3_000, run: () => judgeFinds(judge) },
    { name: 'fallback-alarms', everyMs: 30_000, run: () => watchPolls(watch) },
    { name: 'poll-cursors', everyMs: 30_000, run: () => watchCursors({ db, alarms, nameOf }) },
  ]
}

/** What the page of polls and the order drawer stand on. */
export function fallbackRoutesDeps(core: Core): FallbackRoutesDeps {
  const { clock, directory, settings } = core
  const { db } = core.database
  return {
    db,
    clock,
    zone: () => settings.current().zone,
    askers: askersOf(core),
    connections: directory.all,
    readIncrements: () => readPollStates(db, directory.all()),
    increment: {
      save: savePollPlan,
      wish: (connection) => wishForPoll(db, clock, connection),
    },
    audit: (tx: Sql, entry: AuditEvent) => recordAudit({ sql: tx, clock }, entry),
    onChanged: core.wakePolls,
  }
}
