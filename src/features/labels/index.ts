import type { HttpApp } from '#platform/http/scopes.ts'
import { batchRoutes } from './batches/http.ts'
import type { LabelDeps } from './deps.ts'
import { fontRoutes } from './fonts/http.ts'
import { printRoutes } from './print/http.ts'
import { templateRoutes } from './templates/http.ts'

export { labelJobs } from './batches/run-batch.ts'
export type { PrintSource } from './core/source.ts'
export type { LabelDeps, Printed } from './deps.ts'
export { openCheckApart } from './fonts/check-apart.ts'
export { watchPrinting } from './print/watch.ts'

/** Routes of the label page, of printers' programs, and of the template check. */
export function labelRoutes(app: HttpApp, deps: LabelDeps): void {
  batchRoutes(app, deps)
  templateRoutes(app, deps)
  printRoutes(app, deps)
  fontRoutes(app, deps)
}
