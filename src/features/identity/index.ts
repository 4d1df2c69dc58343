import type { Clock } from '#kernel/clock.ts'
import type { Random } from '#kernel/random.ts'
import type { Database } from '#platform/postgres/database.ts'
import { openActorCache } from './actor-cache.ts'
import type { IdentityDeps, SessionPolicy } from './deps.ts'
import { createPasswords, type ScryptCost } from './passwords.ts'

export { type AuditEvent, recordAudit, SYSTEM } from './audit.ts'
export type { IdentityDeps, SessionPolicy } from './deps.ts'
export { type HubFacts, identityRoutes } from './http.ts'
export { dropKey, makeKey } from './keys.ts'
export { isRoleName, ROLE_NAMES, type RoleName, SCOPES_OF_ROLE } from './roles.ts'
export { firstSignInLink, makeSignInLink } from './sign-in-link.ts'
export { listAccounts, readAccountByName } from './store.ts'
export { csrfOf, SESSION_COOKIE, sameText } from './tokens.ts'
export { addUser, changeUser } from './users.ts'

/** Everything that identity needs, with its memory of who is who. One per process. */
export function createIdentity(options: {
  readonly sql: Database
  readonly clock: Clock
  readonly random: Random
  readonly policy: SessionPolicy
  /** Tests hash cheaply; everything else leaves this out. */
  readonly cost?: ScryptCost
}): IdentityDeps {
  const { sql, clock, random, policy } = options
  return {
    sql,
    clock,
    random,
    policy,
    passwords: createPasswords(random, options.cost),
    cache: openActorCache({ sql, clock, policy }),
  }
}
