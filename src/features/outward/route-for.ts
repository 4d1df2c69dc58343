import type { CallsFor } from '#domain/connector.ts'
import type { Clock } from '#kernel/clock.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { Breakers } from './breakers.ts'
import { type BackupCapability, type Candidate, decideRoute, type Route } from './core/route.ts'
import type { Connected } from './open-outward.ts'
import { addDecision, readBackup } from './route/store.ts'

export type RouteDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly breakers: Breakers
  readonly callsFor: CallsFor
  readonly find: (id: string) => (Connected & { readonly paused: boolean }) | null
}
export type RouteWish = {
  readonly capability: BackupCapability
  readonly wanted: string
  readonly orderId?: bigint | null
  /** What it is about where there is no order: a tracking number, an alarm's rule. */
  readonly subject?: string | null
  /** The usual way held a call back although its breaker is not open. */
  readonly isHeld?: boolean
}

/** Which connection is to make the call. A way that is not the usual one is written down with its reason. */
export type RouteFor = (wish: RouteWish) => Promise<Route>

export function routeFor(deps: RouteDeps): RouteFor {
  return async ({ capability, wanted, orderId = null, subject = null, isHeld = false }) => {
    if (!isHeld && !deps.breakers.isOpen(wanted)) return { taken: wanted, reason: 'usual' }
    const backup = await readBackup(deps.db, wanted, capability)
    const route = decideRoute(
      candidateOf(deps, capability, wanted),
      backup === null ? null : candidateOf(deps, capability, backup),
      isHeld,
    )
    if (route.taken !== wanted)
      await addDecision(deps.db, {
        at: deps.clock.now(),
        capability,
        wanted,
        taken: route.taken,
        order_id: orderId,
        subject,
        reason: route.reason,
      })
    return route
  }
}

function candidateOf(deps: RouteDeps, capability: BackupCapability, id: string): Candidate {
  const found = deps.find(id)
  return {
    id,
    exists: found !== null,
    paused: found?.paused ?? false,
    open: deps.breakers.isOpen(id),
    can: found !== null && canCall(found, capability, deps.callsFor),
  }
}

/** Whether the connection's connector has the call at all. */
export function canCall(connected: Connected, capability: BackupCapability, callsFor: CallsFor): boolean {
  return connected.connector.calls?.(connected.settings, callsFor(connected))[capability] !== undefined
}
