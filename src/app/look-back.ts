import { recordAudit } from '#features/identity/index.ts'
import { type LookBackDeps, lookBackJobs, lookBackRoutes } from '#features/look-back/index.ts'
import { nonDeliveryProofs, readUpheld } from '#features/reshipments/index.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import type { JobHandler } from '#platform/jobs/runner.ts'
import type { Core } from './hub.ts'
import { proofRules } from './reshipments.ts'

function lookBackDeps(core: Core): LookBackDeps {
  const { clock, settings, config } = core
  const rules = proofRules(config)
  return {
    db: core.database.db,
    clock,
    zone: () => settings.current().zone,
    audit: (tx, entry) => recordAudit({ sql: tx, clock }, entry),
    get interpret() {
      return core.interpret()
    },
    reshipProofs: async (sql, orders) => {
      const upheld = await readUpheld(sql, orders)
      return (order, facts) => nonDeliveryProofs(facts, upheld.get(order) ?? [], rules)
    },
    onJobQueued: core.wakeJobs,
  }
}

export function registerLookBackRoutes(app: HttpApp, core: Core): void {
  lookBackRoutes(app, lookBackDeps(core))
}

export function lookBackJobsOf(core: Core): Readonly<Record<string, JobHandler>> {
  return lookBackJobs(lookBackDeps(core))
}
