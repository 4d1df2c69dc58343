/**
 * How far this process believes what Redis says. `starting` and `building`: its levels are being written. `away`: it does not answer, or
 * what it holds is of another epoch. Only at `ready` is it asked; at all others PostgreSQL decides alone.
 */
export type GateState = 'starting' | 'building' | 'ready' | 'away'
export type Health = {
  readonly state: GateState
  readonly epoch: bigint
  /** Milliseconds of the process's steady clock. */
  readonly since: number
  /** Why it is away: a code, `redis.unreachable`. */
  readonly reason: string | null
  /** Troubles in a row; the pause before the next look grows with them. */
  readonly troubles: number
  readonly lookAt: number
}
export type HealthEvent =
  | { readonly kind: 'trouble'; readonly reason: string }
  | { readonly kind: 'building' }
  | { readonly kind: 'ready'; readonly epoch: bigint }

const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2_000

export function startHealth(now: number): Health {
  return { state: 'starting', epoch: 0n, since: now, reason: null, troubles: 0, lookAt: now }
}

/** Trouble counts once per look: a hundred commands that time out together are one. */
export function nextHealth(health: Health, event: HealthEvent, now: number): Health {
  switch (event.kind) {
    case 'trouble': {
      if (health.state === 'away' && now < health.lookAt) return health
      const troubles = health.troubles + 1
      const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(troubles - 1, 10))
      return {
        state: 'away',
        epoch: health.epoch,
        since: health.state === 'away' ? health.since : now,
        reason: event.reason,
        troubles,
        lookAt: now + pause,
      }
    }
    case 'building':
      return {
        ...health,
        state: 'building',
        since: health.state === 'building' ? health.since : now,
        reason: null,
      }
    case 'ready':
      return {
        state: 'ready',
        epoch: event.epoch,
        since: health.state === 'ready' ? health.since : now,
        reason: null,
        troubles: 0,
        lookAt: now,
      }
  }
}

/** What a look found: in PostgreSQL, in the slot groups, and of the servers. */
export type Found = {
  readonly epoch: bigint
  readonly isBuilt: boolean
  readonly builtIn: string | null
  readonly servers: string
  readonly epochs: readonly string[]
}

/** Null where Redis may be believed; else why everything in it has to be written anew. */
export function whyRebuild(found: Found): 'unbuilt' | 'servers' | 'lost' | null {
  if (!found.isBuilt) return 'unbuilt'
  // A server that was restarted or promoted may have come back with an older copy under the right epoch.
  if (found.builtIn !== found.servers) return 'servers'
  return found.epochs.every((epoch) => epoch === found.epoch.toString()) ? null : 'lost'
}
