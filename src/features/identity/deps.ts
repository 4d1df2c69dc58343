import type { Clock } from '#kernel/clock.ts'
import type { Random } from '#kernel/random.ts'
import type { Database } from '#platform/postgres/database.ts'
import type { ActorCache } from './actor-cache.ts'
import type { Passwords } from './passwords.ts'

export type SessionPolicy = {
  readonly idleHours: number
  readonly maxDays: number
  /**
   * Name of the cookie; `holdfast_session` unless given. Browsers keep cookies by host, whatever the port: two hubs on one machine
   * under one name sign each other out.
   */
  readonly cookie?: string
}

export type IdentityDeps = {
  readonly sql: Database
  readonly clock: Clock
  readonly random: Random
  readonly policy: SessionPolicy
  readonly passwords: Passwords
  readonly cache: ActorCache
}

/** Where a sign-in comes from. `agent` is cut to 200 characters. */
export type Caller = { readonly address: string; readonly agent: string }
