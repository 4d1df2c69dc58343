import type { JobHandler } from '#platform/jobs/runner.ts'
import { APPLY_JOB, applyJob } from './apply-job.ts'
import type { LookBackDeps } from './deps.ts'
import { LOOK_BACK_JOB, lookBackJob } from './look-back-job.ts'

export type { LookBackDeps, ReshipProof } from './deps.ts'
export { lookBackRoutes } from './http.ts'
export { applyLookBack, startLookBack } from './start-run.ts'

/** The reading and the applying, both going on after a crash. */
export function lookBackJobs(deps: LookBackDeps): Readonly<Record<string, JobHandler>> {
  return { [LOOK_BACK_JOB]: lookBackJob(deps), [APPLY_JOB]: applyJob(deps) }
}
