import type { HttpApp } from '#platform/http/scopes.ts'
import { decisionRoutes } from './decisions-http.ts'
import { publishRoutes } from './publish-http.ts'
import { type RulebookHttpDeps, setRoutes } from './sets-http.ts'
import { tryRoutes } from './try-http.ts'
import { versionRoutes } from './versions-http.ts'

export type { RulebookHttpDeps } from './sets-http.ts'

/** Rule sets and their versions, what decides, and what was decided. */
export function rulebookRoutes(app: HttpApp, deps: RulebookHttpDeps): void {
  setRoutes(app, deps)
  versionRoutes(app, deps)
  tryRoutes(app, deps)
  publishRoutes(app, deps)
  decisionRoutes(app, deps)
}
