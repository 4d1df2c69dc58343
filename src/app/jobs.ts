import { importJobs } from '#features/imports/index.ts'
import type { JobHandler } from '#platform/jobs/runner.ts'
import type { Core } from './hub.ts'
import { importDeps } from './imports.ts'

/** Every kind of long work and who does it. */
export function jobHandlers(core: Core): Readonly<Record<string, JobHandler>> {
  return { ...importJobs(importDeps(core)) }
}
