export { openPromiseDirectory, type PromiseDirectory } from './directory.ts'
export { type PromiseRoutesDeps, promiseRoutes } from './http.ts'
export { type ClockDeps, followOrders, RECOMPUTE_JOB, recomputeJob } from './set-clocks.ts'
export { watchPromises } from './watch-promises.ts'
