import { importJobs } from '#features/imports/index.ts'
import { REPLAY_JOB, replayJob } from '#features/inbound/index.ts'
import { RECOMPUTE_JOB, recomputeJob } from '#features/promises/index.ts'
import { reviewJobs } from '#features/review/index.ts'
import type { JobHandler } from '#platform/jobs/runner.ts'
import { backlogJobs } from './backlog.ts'
import { captureJobs } from './capture.ts'
import { type Core, replayMessages } from './hub.ts'
import { importDeps } from './imports.ts'
import { reviewDeps } from './review.ts'
import { stockDeskJobs } from './stock-desk.ts'
import { captureSetupJobs } from './warehouses.ts'

/** Every kind of long work and who does it. */
export function jobHandlers(core: Core): Readonly<Record<string, JobHandler>> {
  const { clock, promises } = core
  const { db } = core.database
  return {
    ...importJobs(importDeps(core)),
    ...reviewJobs(reviewDeps(core)),
    ...backlogJobs(core),
    ...stockDeskJobs(core),
    ...captureSetupJobs(core),
    ...captureJobs(core),
    [REPLAY_JOB]: replayJob({ sql: db, replay: (ids) => replayMessages(core, { ids }) }),
    [RECOMPUTE_JOB]: recomputeJob({ db, clock, directory: promises }),
  }
}
