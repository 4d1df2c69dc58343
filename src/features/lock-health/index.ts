export { type LockHealthRoutesDeps, lockHealthRoutes } from './http.ts'
export { type LockTally, openLockTally } from './tally.ts'
export { lockHealthSweeps } from './watch.ts'
