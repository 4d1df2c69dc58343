import type { RuleOrders } from '#domain/rule-order.ts'
import { levelOf } from '#features/freight/index.ts'
import {
  type ChangeDeps,
  fulfilmentRoutes,
  fulfilmentSweeps,
  openPlanner,
  openRuleOrders,
  type PlanDeps,
} from '#features/fulfilment/index.ts'
import { recordAudit } from '#features/identity/index.ts'
import { type Planner, settleOrders } from '#features/order-stock/index.ts'
import { saveReviewMarks } from '#features/review/index.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { normaliseShipTo } from '#platform/regions/regions.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import type { Core } from './hub.ts'
import { settleDeps } from './order-stock.ts'
import { recordCounted } from './rulebook.ts'

type PlanCore = Pick<Core, 'clock' | 'rulebook' | 'ruleParts' | 'settings' | 'freight' | 'metrics' | 'log'>

/** What plans are made with. */
export function planDepsOf({
  clock,
  rulebook,
  ruleParts,
  settings,
  freight,
  metrics,
  log,
}: PlanCore): PlanDeps {
  return {
    clock,
    rulebook,
    hasRules: rulebook.hasRules,
    parts: ruleParts,
    normalise: normaliseShipTo,
    record: recordCounted(metrics),
    marks: saveReviewMarks,
    levelOf: (order) => levelOf(order, freight.current().tiers),
    zone: () => settings.current().zone,
    onProblem: (error, orderNo) => log.error({ err: error, orderNo }, 'an order could not be planned'),
  }
}

/** Says from where each order is served, by the rules that are live. */
export function plannerOf(core: PlanCore): Planner {
  return openPlanner(planDepsOf(core))
}

/** Orders as the rules see them, for dry runs and trials. */
export function ruleOrdersOf({ database }: Pick<Core, 'database'>): RuleOrders {
  return openRuleOrders(database.db, normaliseShipTo)
}

/** What people do to plans. */
export function changeDeps(core: Core): ChangeDeps {
  const { clock, database } = core
  return {
    db: database.db,
    clock,
    normalise: normaliseShipTo,
    settle: settler(core),
    audit: (tx, event) => recordAudit({ sql: tx, clock }, event),
  }
}

export function registerFulfilmentRoutes(app: HttpApp, core: Core): void {
  fulfilmentRoutes(app, { ...changeDeps(core), zone: () => core.settings.current().zone })
}

export function fulfilmentSweepsOf(core: Core): readonly Sweep[] {
  let revision = 1n
  core.rulebook.onChange(() => {
    revision += 1n
  })
  const settle = settler(core)
  return fulfilmentSweeps({
    db: core.database.db,
    settle: (tx, ids, actor) => settle(tx, ids, actor, false),
    rulesRevision: () => revision,
  })
}

function settler(core: Core) {
  return async (tx: Sql, ids: readonly bigint[], actor: string, isAsked: boolean): Promise<void> => {
    await settleOrders(tx, settleDeps(core), ids, { asked: new Set(isAsked ? ids : []), actor })
  }
}
