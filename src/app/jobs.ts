import { importJobs } from '#features/imports/index.ts'
import { REPLAY_JOB, replayJob } from '#features/inbound/index.ts'
import { rereadJobs } from '#features/mapping/index.ts'
import { RECOMPUTE_JOB, recomputeJob } from '#features/promises/index.ts'
import { reviewJobs } from '#features/review/index.ts'
import type { JobHandler } from '#platform/jobs/runner.ts'
import { backlogJobs } from './backlog.ts'
import { captureJobs } from './capture.ts'
import { type Core, mappingDeps, replayMessages } from './hub.ts'
import { importDeps } from './imports.ts'
import { labelJobsOf } from './labels.ts'
import { lookBackJobsOf } from './look-back.ts'
import { clockDeps } from './promise-rules.ts'
import { reviewDeps } from './review.ts'
import { rulebookJobs } from './rulebook.ts'
import { sourcingJobs } from './sourcing.ts'
import { stockDeskJobs } from './stock-desk.ts'
import { captureSetupJobs } from './warehouses.ts'

/** Every kind of long work and who does it. */
export function jobHandlers(core: Core): Readonly<Record<string, JobHandler>> {
  const { db } = core.database
  return {
    ...importJobs(importDeps(core)),
    ...reviewJobs(reviewDeps(core)),
    ...labelJobsOf(core),
    ...backlogJobs(core),
    ...stockDeskJobs(core),
    ...captureSetupJobs(core),
    ...sourcingJobs(core),
    ...captureJobs(core),
    ...lookBackJobsOf(core),
    ...rulebookJobs(core),
    [REPLAY_JOB]: replayJob({ sql: db, replay: (ids) => replayMessages(core, { ids }) }),
    ...rereadJobs(mappingDeps(core)),
    [RECOMPUTE_JOB]: recomputeJob(clockDeps(core)),
  }
}
