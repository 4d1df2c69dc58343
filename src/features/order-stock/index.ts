export { followOrderStock } from './follow-orders.ts'
export { type OrderStockRoutesDeps, orderStockRoutes } from './http.ts'
export {
  type LockedPlan,
  PLANS_AT_MOST,
  type PlanAsk,
  type Planned,
  type Planner,
  type PlanSession,
} from './planner.ts'
export { readRouting } from './read-routing.ts'
export { readRecipes } from './recipes.ts'
export { type SettleDeps, type Settled, settleOrders } from './settle-orders.ts'
export { stockShortage } from './shortage-rule.ts'
export { takeTurn } from './store.ts'
export { auditOrders, orderStockSweeps, renewHolds, type SweepDeps } from './sweeps.ts'
