import type { JobHandler } from '#platform/jobs/runner.ts'
import type { Core } from './hub.ts'

/** Every kind of long work and who does it. */
export function jobHandlers(_core: Core): Readonly<Record<string, JobHandler>> {
  return {}
}
