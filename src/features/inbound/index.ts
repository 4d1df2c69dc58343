export { type InboundRoutesDeps, inboundRoutes } from './http.ts'
export type { ReplayOutcome, ReplayPorts } from './replay-messages.ts'
