import type { HttpApp } from '#platform/http/scopes.ts'
import type { ReshipmentDeps } from './deps.ts'
import { disputeRoutes, duplicateRoutes } from './disputes-http.ts'
import { interceptRoutes } from './intercepts-http.ts'
import { reshipCaseRoutes, reshipReadRoutes, reshipWriteRoutes } from './reships-http.ts'

/** Routes of re-ships 补发, duplicates, intercepts 拦截 and disputes 签收争议. */
export function reshipmentRoutes(app: HttpApp, deps: ReshipmentDeps): void {
  reshipCaseRoutes(app, deps)
  reshipReadRoutes(app, deps)
  reshipWriteRoutes(app, deps)
  interceptRoutes(app, deps)
  duplicateRoutes(app, deps)
  disputeRoutes(app, deps)
}
