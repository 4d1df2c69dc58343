import { replanOrders } from '#features/fulfilment/index.ts'
import { recordAudit } from '#features/identity/index.ts'
import { RESOURCE_JOB, resourceJob, type SourcingDeps, sourcingRoutes } from '#features/sourcing/index.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import type { JobHandler } from '#platform/jobs/runner.ts'
import { changeDeps } from './fulfilment.ts'
import type { Core } from './hub.ts'

/** What the places of warehouses, trials and sourcing anew stand on. */
export function sourcingDeps(core: Core): SourcingDeps {
  const { clock, database, settings } = core
  return {
    db: database.db,
    clock,
    zone: () => settings.current().zone,
    audit: (tx, entry) => recordAudit({ sql: tx, clock }, entry),
    replan: (ids, options) => replanOrders(changeDeps(core), ids, options),
    onJobQueued: core.wakeJobs,
  }
}

export function registerSourcingRoutes(app: HttpApp, core: Core): void {
  sourcingRoutes(app, sourcingDeps(core))
}

export function sourcingJobs(core: Core): Readonly<Record<string, JobHandler>> {
  return { [RESOURCE_JOB]: resourceJob(sourcingDeps(core)) }
}
