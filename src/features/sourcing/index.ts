export {
  DEFAULT_WEIGHTS,
  type SourcingOptions,
  STEPS_MOST,
  sourcingOptionsOf,
} from './core/options.ts'
export { sourceParcels } from './core/source-parcels.ts'
export type { Replan, Replanned, SourcingDeps } from './deps.ts'
export { editAbility, importLanes } from './edit-lanes.ts'
export { sourcingRoutes } from './http.ts'
export { SOURCING, sourcingKind } from './kind.ts'
export { type SourcingContext, sourcingInputOf, sourcingPart } from './part.ts'
export { readSourceWarehouses, readSourceWarehousesFor, type WarehousesAsk } from './read-warehouses.ts'
export { RESOURCE_JOB, resourceJob } from './resource-orders.ts'
