export { type PollEnd, pollUpdates } from './poll-updates.ts'
export { type Pulls, startPulls } from './run-pulls.ts'
