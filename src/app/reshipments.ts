import { recordAudit } from '#features/identity/index.ts'
import {
  findInterceptHandler,
  followDuplicates,
  INTERCEPT_EFFECT,
  interceptHandler,
  LOOK_EFFECT,
  type ParcelAccount,
  type ProofRules,
  type ReshipmentDeps,
  readWaybillOf,
  reshipmentRoutes,
  watchReshipments,
} from '#features/reshipments/index.ts'
import { accountConnection, wantReship } from '#features/waybills/index.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import type { FollowDeps } from '#platform/journal/follow.ts'
import type { EffectHandler } from '#platform/outbox/dispatcher.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import type { Config } from './config.ts'
import type { Core } from './hub.ts'
import type { Parts } from './parts.ts'

/** Which upstream codes confirm a loss, beside the canonical reasons. Read when first asked: routes are registered before. */
export function proofRules(config: Pick<Config, 'reshipLossCodes'>): ProofRules {
  let codes: ReadonlySet<string> | null = null
  return {
    get lossCodes() {
      const given = (config.reshipLossCodes ?? '').split(',').map((code) => code.trim())
      codes ??= new Set(given.filter((code) => code !== ''))
      return codes
    },
  }
}

export function reshipmentDeps(parts: Parts): ReshipmentDeps {
  const { clock, settings, directory, callsFor, config, vault } = parts
  return {
    db: parts.database.db,
    clock,
    zone: () => settings.current().zone,
    audit: (tx, entry) => recordAudit({ sql: tx, clock }, entry),
    rules: proofRules(config),
    connections: directory.all,
    callsFor,
    send: (tx, parcel) => wantReship(tx, parcel, clock.now()),
    accountOf: (sql, trackingNo) => accountOfNumber(sql, vault, trackingNo),
  }
}

async function accountOfNumber(
  sql: Sql,
  vault: Parts['vault'],
  trackingNo: string,
): Promise<ParcelAccount | null> {
  const row = await readWaybillOf(sql, trackingNo)
  if (row === null) return null
  const account = (await accountConnection(sql, vault)).find((one) => one.accountId === row.account_id)
  return {
    connectionId: row.connection_id,
    carrier: row.carrier,
    account: account?.settings ?? {},
    warehouse: row.warehouse,
  }
}

export function registerReshipmentRoutes(app: HttpApp, core: Core): void {
  reshipmentRoutes(app, reshipmentDeps(core))
}

export function interceptEffects(parts: Parts): Readonly<Record<string, EffectHandler>> {
  const deps = reshipmentDeps(parts)
  return { [INTERCEPT_EFFECT]: interceptHandler(deps), [LOOK_EFFECT]: findInterceptHandler(deps) }
}

export const RESHIPMENT_READER = 'reshipments'
/** Each of several parcels is read with all its facts. */
const ROWS_AT_ONCE = 200

/** Looks for duplicates among the orders that changed. */
export function followForReshipments(core: Core): FollowDeps {
  const { clock, log } = core
  return {
    db: core.database.db,
    clock,
    name: RESHIPMENT_READER,
    batch: ROWS_AT_ONCE,
    from: 'beginning',
    kinds: ['order.'],
    handler: followDuplicates(reshipmentDeps(core)),
    onError: (error) =>
      log.error({ err: error, reader: RESHIPMENT_READER }, 'the journal could not be followed'),
  }
}

/** Follows re-ships and intercepts, and says what waits for a person. */
export function reshipmentSweep(core: Core): Sweep {
  const { alarms, config } = core
  return {
    name: 'reshipments',
    everyMs: 10_000,
    run: () =>
      watchReshipments({ ...reshipmentDeps(core), alarms, waitingMinutes: config.reshipWaitingMinutes }),
  }
}
