export type { DrillDeps, DrillTheatre } from './deps.ts'
export { drillRoutes } from './http.ts'
export { type DrillWatch, startDrillWatch } from './watch.ts'
