export { PLAN_BOUNDS, type PollPlanChange } from './core/poll-plan.ts'
export {
  openPollPlans,
  type PollState,
  readPollStates,
  savePollPlan,
  wishForPoll,
} from './poll-plans.ts'
export { type PollDeps, type PollEnd, pollUpdates } from './poll-updates.ts'
export { type Pulls, startPulls } from './run-pulls.ts'
export { watchCursors } from './watch-cursors.ts'
