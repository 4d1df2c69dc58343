import type { PostalContact } from '#domain/waybill.ts'
import { levelOf } from '#features/freight/index.ts'
import { openRuleOrders } from '#features/fulfilment/index.ts'
import { type AuditEvent, recordAudit } from '#features/identity/index.ts'
import { poolsByAccount, takeNumber } from '#features/number-pools/index.ts'
import { mayShip } from '#features/reshipments/index.ts'
import {
  type AccountInput,
  CANCEL_WAYBILL,
  cancelWaybillHandler,
  editAccount,
  editSender,
  followPlans,
  MAKE_WAYBILL,
  makeWaybillHandler,
  WAYBILL_READER,
  type WaybillDeps,
  wantAfterCancel,
  waybillRoutes,
  waybillSweeps,
} from '#features/waybills/index.ts'
import type { Result } from '#kernel/result.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import type { FollowDeps } from '#platform/journal/follow.ts'
import type { EffectHandler } from '#platform/outbox/dispatcher.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { normaliseShipTo } from '#platform/regions/regions.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import type { Core } from './hub.ts'
import type { Parts } from './parts.ts'
import { proofRules } from './reshipments.ts'
import { recordCounted } from './rulebook.ts'

const ROWS_AT_ONCE = 200

type WaybillParts = Pick<
  Parts,
  'database' | 'clock' | 'vault' | 'directory' | 'callsFor' | 'rulebook' | 'freight' | 'metrics' | 'config'
>

/** What waybills are made with. */
export function waybillDeps(parts: WaybillParts): WaybillDeps {
  const { database, clock, vault, directory, callsFor, rulebook, freight, metrics } = parts
  const rules = proofRules(parts.config)
  return {
    db: database.db,
    clock,
    vault,
    find: directory.byId,
    callsFor,
    rulebook,
    readOrders: (sql, ids) => openRuleOrders(sql, normaliseShipTo).byIds(ids),
    levelOf: (order) => levelOf(order, freight.current().tiers),
    record: recordCounted(metrics),
    mayShip: (tx, orderIds, wanted) => mayShip(tx, orderIds, wanted, rules),
    pools: poolsByAccount,
    takeNumber,
  }
}

export function waybillEffects(parts: WaybillParts): Readonly<Record<string, EffectHandler>> {
  const deps = waybillDeps(parts)
  return {
    [MAKE_WAYBILL]: makeWaybillHandler(deps),
    [CANCEL_WAYBILL]: cancelWaybillHandler(deps, wantAfterCancel),
  }
}

/** Follows plans: what stands wants its waybills. */
export function followForWaybills(core: Core): FollowDeps {
  const { clock, log, database } = core
  const follow = followPlans(waybillDeps(core))
  return {
    db: database.db,
    clock,
    name: WAYBILL_READER,
    batch: ROWS_AT_ONCE,
    from: 'end',
    kinds: ['plan.changed'],
    handler: follow,
    onError: (error) => log.error({ err: error, reader: WAYBILL_READER }, 'plans could not be followed'),
  }
}

export function waybillSweepsOf(core: Core): readonly Sweep[] {
  const { alarms, config, settings } = core
  return waybillSweeps({
    ...waybillDeps(core),
    alarms,
    reviewMost: config.waybillReviewMost,
    zone: () => settings.current().zone,
  })
}

export function registerWaybillRoutes(app: HttpApp, core: Core): void {
  const { clock, directory, settings } = core
  waybillRoutes(app, {
    ...waybillDeps(core),
    zone: () => settings.current().zone,
    audit: (tx: Sql, entry: AuditEvent) => recordAudit({ sql: tx, clock }, entry),
    connections: () => directory.all().map(({ id, name }) => ({ id, name })),
    onQueued: core.wakeOutbox,
  })
}

const SET_UP_BY = 'hub'

/** Adds an account that makes waybills, as the console would; refusals as in `editAccount`. */
export async function recordCarrierAccount(
  parts: WaybillParts,
  input: AccountInput,
): Promise<Result<bigint>> {
  const { database, clock } = parts
  const by = { actor: SET_UP_BY, now: clock.now() }
  return await database.db.begin((tx) => editAccount(tx, waybillDeps(parts), null, input, by))
}

/** Sets who sends from a warehouse; refusals as in `editSender`. */
export async function recordShipFrom(
  { database, clock }: Pick<Parts, 'database' | 'clock'>,
  warehouse: string,
  sender: PostalContact,
): Promise<Result<null>> {
  const by = { actor: SET_UP_BY, now: clock.now() }
  return await database.db.begin((tx) => editSender(tx, warehouse, sender, by))
}
