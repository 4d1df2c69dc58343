import { ok, type Result, refuse } from '#kernel/result.ts'

/** How a connection is polled, in whole seconds. */
export type PollPlan = {
  /** From the beginning of one run to that of the next. */
  readonly everySeconds: number
  /** How far each window reaches back behind the last one's end. */
  readonly overlapSeconds: number
  /** How far behind now a window ends: platforms list a change some moments after they made it. */
  readonly lagSeconds: number
}
export type PollPlanChange = {
  readonly everySeconds?: number | undefined
  readonly overlapSeconds?: number | undefined
  readonly lagSeconds?: number | undefined
}

/** Least and most of each. */
export const PLAN_BOUNDS = {
  everySeconds: [10, 3_600],
  overlapSeconds: [0, 86_400],
  lagSeconds: [0, 3_600],
} as const satisfies Record<keyof PollPlan, readonly [least: number, most: number]>

/** Refuses with `pull.out_of_range` what is outside the bounds. */
export function changePlan(plan: PollPlan, change: PollPlanChange): Result<PollPlan> {
  const next: PollPlan = {
    everySeconds: change.everySeconds ?? plan.everySeconds,
    overlapSeconds: change.overlapSeconds ?? plan.overlapSeconds,
    lagSeconds: change.lagSeconds ?? plan.lagSeconds,
  }
  for (const name of ['everySeconds', 'overlapSeconds', 'lagSeconds'] as const) {
    const [least, most] = PLAN_BOUNDS[name]
    if (!Number.isInteger(next[name]) || next[name] < least || next[name] > most)
      return refuse('pull.out_of_range', `${name} is a whole number from ${least} to ${most}`)
  }
  return ok(next)
}
