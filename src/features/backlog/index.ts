export { type BacklogRoutesDeps, backlogRoutes } from './http.ts'
export { deadReplayJobs, type ReplayDeps as DeadReplayDeps } from './replay-dead.ts'
export { type ScaleDeps, type Scaling, startScaling } from './scale-workers.ts'
export { backlogSweeps, type WatchDeps } from './watch.ts'
