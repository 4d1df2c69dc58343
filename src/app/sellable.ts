import { type AuditEvent, recordAudit } from '#features/identity/index.ts'
import {
  followStock,
  readRetellTime,
  SET_STOCK,
  type SellableRoutesDeps,
  sellableSweeps,
  setStockHandler,
} from '#features/sellable/index.ts'
import type { FollowMovementsDeps } from '#features/stock/index.ts'
import type { EffectHandler } from '#platform/outbox/dispatcher.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import type { Core } from './hub.ts'
import type { Parts } from './parts.ts'

/** Tells channels their stock. */
export function sellableEffects(parts: Parts): Readonly<Record<string, EffectHandler>> {
  const { database, clock, directory, callsFor, metrics } = parts
  return {
    [SET_STOCK]: setStockHandler({
      db: database.db,
      clock,
      find: directory.byId,
      callsFor,
      onTold: (kind, outcome, count) => {
        if (count > 0) metrics.stockTold.inc({ kind, outcome }, count)
      },
    }),
  }
}

/** Follows the ledger: what moved is reckoned anew for every channel. */
export function followForSellable(core: Core): FollowMovementsDeps {
  const { clock, log, database } = core
  return {
    db: database.db,
    name: 'sellable',
    handler: followStock(clock),
    onError: (error) => log.error({ err: error, reader: 'sellable' }, 'the stock could not be followed'),
  }
}

export function sellableSweepsOf(core: Core): readonly Sweep[] {
  const { clock, alarms, directory, settings, config } = core
  const retellAt = readRetellTime(config.stockRetellAt)
  return sellableSweeps({
    db: core.database.db,
    clock,
    alarms,
    zone: () => settings.current().zone,
    nameOf: (id) => directory.byId(id)?.name ?? id,
    isPaused: (id) => directory.all().some((entry) => entry.id === id && entry.paused),
    behindMinutes: config.stockBehindMinutes,
    retellAt: retellAt.ok ? retellAt.value : null,
  })
}

/** What the page of channel stock stands on. */
export function sellableDeps(core: Core): SellableRoutesDeps {
  const { clock, directory, settings } = core
  return {
    db: core.database.db,
    clock,
    zone: () => settings.current().zone,
    nameOf: (id) => directory.byId(id)?.name ?? id,
    canTell: (id) => {
      const found = directory.byId(id)
      return found === null || found.connector.role !== 'channel'
        ? null
        : found.connector.calls?.(found.settings, core.callsFor(found)).setStock !== undefined
    },
    audit: (tx: Sql, entry: AuditEvent) => recordAudit({ sql: tx, clock }, entry),
  }
}
