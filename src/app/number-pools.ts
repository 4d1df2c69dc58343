import { type AuditEvent, recordAudit } from '#features/identity/index.ts'
import {
  APPLY_NUMBERS,
  applyNumbersHandler,
  askBalances,
  numberPoolRoutes,
  type PoolDeps,
  watchPools,
} from '#features/number-pools/index.ts'
import { blockAccount } from '#features/waybills/index.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import { openHttp } from '#platform/http-client/http-call.ts'
import type { EffectHandler } from '#platform/outbox/dispatcher.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import type { Core } from './hub.ts'
import type { Parts } from './parts.ts'
import { targetRules } from './way-out.ts'

/** What stocks of waybill numbers stand on. */
export function poolDeps(parts: Parts): PoolDeps {
  const { database, clock, random, vault, directory, callsFor, settings, config } = parts
  return {
    db: database.db,
    clock,
    random,
    vault,
    callsFor,
    zone: () => settings.current().zone,
    find: directory.byId,
    audit: (tx: Sql, entry: AuditEvent) => recordAudit({ sql: tx, clock }, entry),
    allowPrivate: config.allowLoopbackTargets || config.privateTargets !== null,
    limits: {
      lowNumbers: config.poolLowNumbers,
      lowHours: config.poolLowHours,
      balanceMinutes: config.poolBalanceMinutes,
    },
    unblock: async (tx, accountId) => {
      await blockAccount(tx, accountId, null, clock.now())
    },
  }
}

export function registerNumberPoolRoutes(app: HttpApp, core: Core): void {
  numberPoolRoutes(app, poolDeps(core))
}

/** The look at every pool, and the questions for balances whose turn has come. */
export function numberPoolSweeps(core: Core): readonly Sweep[] {
  const deps = poolDeps(core)
  return [
    { name: 'number-pools', everyMs: 10_000, run: () => watchPools({ ...deps, alarms: core.alarms }) },
    { name: 'number-balances', everyMs: 15_000, run: () => askBalances(deps) },
  ]
}

/** Asks a branch at its own address for numbers. */
export function numberPoolEffects(parts: Parts): Readonly<Record<string, EffectHandler>> {
  const http = openHttp(targetRules(parts.config))
  return { [APPLY_NUMBERS]: applyNumbersHandler({ ...poolDeps(parts), http }) }
}
