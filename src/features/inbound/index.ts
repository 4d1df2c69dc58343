export { type InboundRoutesDeps, inboundRoutes } from './http.ts'
export { REPLAY_JOB, replayJob } from './replay-job.ts'
export type { ReplayOutcome, ReplayPorts } from './replay-messages.ts'
