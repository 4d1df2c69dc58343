import type { Instant } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { type Actor, holdsScope, type Scope } from '#platform/http/scopes.ts'
import { recordAudit, type SYSTEM } from './audit.ts'
import type { IdentityDeps } from './deps.ts'
import { checkShops } from './shops.ts'
import { insertKey, type KeyRow, revokeKey } from './store.ts'
import { hashToken, newKey } from './tokens.ts'

type KeyDeps = Pick<IdentityDeps, 'sql' | 'clock' | 'random' | 'cache'>

/**
 * Makes an API key; its text is returned once and never stored. Nobody hands out more than they hold
 * (`identity.scope_forbidden`).
 */
export async function makeKey(
  deps: KeyDeps,
  by: Actor | typeof SYSTEM,
  given: {
    name: string
    scopes: readonly Scope[]
    /** Ids of connections; null or left out: all shops. */
    shops?: readonly string[] | null
    expiresAt: Instant | null
  },
): Promise<Result<{ key: KeyRow; text: string }>> {
  const beyond = by.kind === 'system' ? undefined : given.scopes.find((scope) => !holdsScope(by, scope))
  if (beyond !== undefined) return refuse('identity.scope_forbidden', `you do not hold ${beyond} yourself`)
  const shops = await checkShops(deps.sql, by.kind === 'system' ? null : by.shops, given.shops ?? null)
  if (!shops.ok) return shops
  const at = deps.clock.now()
  if (given.expiresAt !== null && Temporal.Instant.compare(given.expiresAt, at) <= 0)
    return refuse('identity.expiry_past', 'the key would have expired already')
  const { id, secret, text } = newKey(deps.random)
  const key = {
    id,
    name: given.name,
    secretHash: hashToken(secret),
    scopes: [...new Set(given.scopes)],
    shops: shops.value,
    createdBy: by.name,
    createdAt: at,
    expiresAt: given.expiresAt,
  }
  await deps.sql.begin(async (tx) => {
    await insertKey(tx, key)
    const detail = { name: key.name, scopes: key.scopes, ...(key.shops === null ? {} : { shops: key.shops }) }
    await recordAudit(
      { sql: tx, clock: deps.clock },
      { actor: by, action: 'identity.key_made', subject: id, detail },
    )
  })
  return ok({ key: { ...key, lastUsedAt: null }, text })
}

export async function dropKey(deps: KeyDeps, by: Actor, id: string): Promise<Result<null>> {
  const dropped = await deps.sql.begin(async (tx) => {
    const found = await revokeKey(tx, id, deps.clock.now())
    if (found)
      await recordAudit(
        { sql: tx, clock: deps.clock },
        { actor: by, action: 'identity.key_revoked', subject: id },
      )
    return found
  })
  deps.cache.forget()
  return dropped ? ok(null) : refuse('identity.key_not_found', 'there is no such key')
}
