import { type AuditEvent, recordAudit } from '#features/identity/index.ts'
import {
  connectionProber,
  evaluateBreakers,
  forgetOldCounts,
  type OutwardRoutesDeps,
  type RouteFor,
  routeFor,
  watchOutward,
} from '#features/outward/index.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import type { Core } from './hub.ts'
import type { Parts } from './parts.ts'

/** What the pages of the way out stand on. */
export function outwardDeps({
  database,
  clock,
  outward,
  callsFor,
  directory,
  settings,
}: Parts): OutwardRoutesDeps {
  return {
    db: database.db,
    clock,
    breakers: outward.breakers,
    budgets: outward.budgets,
    limitOf: outward.limitOf,
    callsFor,
    connections: directory.all,
    refresh: outward.breakers.refresh,
    audit: (tx: Sql, entry: AuditEvent) => recordAudit({ sql: tx, clock }, entry),
    zone: () => settings.current().zone,
  }
}

/** Which connection makes a call that another could make as well. */
export function routesOf({ database, clock, outward, callsFor, directory }: Parts): RouteFor {
  return routeFor({ db: database.db, clock, breakers: outward.breakers, callsFor, find: directory.byId })
}

/** The one evaluator of all breakers, the probes and the alarms; the gauges of this process with them. */
export function outwardSweeps(core: Core): readonly Sweep[] {
  const { clock, random, outward, callsFor, directory, alarms } = core
  const { db } = core.database
  const evaluate = { db, clock, random }
  const probe = connectionProber({
    db,
    clock,
    breakers: outward.breakers,
    callsFor,
    connections: directory.all,
  })
  return [
    { name: 'outward-breakers', everyMs: 1_000, run: () => evaluateBreakers(evaluate) },
    { name: 'outward-probes', everyMs: 2_000, run: probe },
    {
      name: 'outward-alarms',
      everyMs: 10_000,
      run: async () => {
        await watchOutward({ ...outwardDeps(core), alarms })
      },
    },
    { name: 'outward-forget', everyMs: 60_000, run: () => forgetOldCounts(evaluate) },
  ]
}
