import { timingSafeEqual } from 'node:crypto'
import type { Clock } from '#kernel/clock.ts'
import { Outage } from '#kernel/outage.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { answersWithin } from '#platform/postgres/within.ts'
import type { SessionPolicy } from './deps.ts'
import { SCOPES_OF_ROLE } from './roles.ts'
import { readKey, readSession, touchKey, touchSession } from './store.ts'
import { hashToken, isToken, parseKey } from './tokens.ts'

const TTL_MS = 5_000
/**
 * Whom the database cannot be asked about is who he was when it last said so, for so long: an outage at night must not lock out the
 * gateway's callers. Nobody can revoke anything meanwhile either; a key's own end is kept.
 */
const STALE_MS = 24 * 3_600_000
/** A database that hangs is not waited for where an earlier answer is known. */
const ASK_WITHIN_MS = 2_000
const ENTRIES_MAX = 10_000
/** `seen_at` and `last_used_at` are written at most this often; idle limits are hours. */
const TOUCH_MS = 60_000

/** Who a token belongs to. Answers from memory for 5 s; what this process revokes is gone at once. */
export type ActorCache = {
  readonly bySession: (token: string) => Promise<Actor | null>
  readonly byKey: (text: string) => Promise<Actor | null>
  /** After any change to an account, a session or a key. */
  readonly forget: () => void
}

export function openActorCache(deps: { sql: Sql; clock: Clock; policy: SessionPolicy }): ActorCache {
  const entries = new Map<string, { readonly until: number; readonly actor: Promise<Known | null> }>()
  const lastKnown = new Map<string, { readonly at: number; readonly known: Known }>()
  const ask = async (key: string, load: () => Promise<Known | null>, now: number): Promise<Known | null> => {
    const last = lastKnown.get(key)
    const usable = last !== undefined && now - last.at < STALE_MS ? last.known : null
    try {
      const known = await (usable === null ? load() : answersWithin(load(), ASK_WITHIN_MS))
      if (known === null) lastKnown.delete(key)
      else {
        if (lastKnown.size >= ENTRIES_MAX) lastKnown.clear()
        lastKnown.set(key, { at: now, known })
      }
      return known
    } catch (error) {
      if (usable === null || !(error instanceof Outage)) throw error
      return usable.endsAt === null || now < usable.endsAt ? usable : null
    }
  }
  const remember = async (key: string, load: () => Promise<Known | null>): Promise<Actor | null> => {
    const now = deps.clock.now().epochMilliseconds
    const known = entries.get(key)
    if (known !== undefined && known.until > now) return (await known.actor)?.actor ?? null
    if (entries.size >= ENTRIES_MAX) entries.clear()
    const actor = ask(key, load, now)
    entries.set(key, { until: now + TTL_MS, actor })
    actor.catch(() => entries.delete(key))
    return (await actor)?.actor ?? null
  }
  return {
    bySession: (token) =>
      isToken(token)
        ? remember(`s${hashToken(token).toString('hex')}`, () => loadSession(deps, token))
        : Promise.resolve(null),
    byKey: (text) => {
      const parts = parseKey(text)
      return parts === null
        ? Promise.resolve(null)
        : remember(`k${hashToken(text).toString('hex')}`, () => loadKey(deps, parts.id, parts.secret))
    },
    forget: () => {
      entries.clear()
      lastKnown.clear()
    },
  }
}

/** An actor and the millisecond at which he ends in any case. */
type Known = { readonly actor: Actor; readonly endsAt: number | null }

async function loadSession(
  deps: { sql: Sql; clock: Clock; policy: SessionPolicy },
  token: string,
): Promise<Known | null> {
  const hash = hashToken(token)
  const row = await readSession(deps.sql, hash)
  if (row === null) return null
  const now = deps.clock.now()
  const idle = now.epochMilliseconds - row.seenAt.epochMilliseconds
  if (Temporal.Instant.compare(now, row.expiresAt) >= 0 || idle >= deps.policy.idleHours * 3_600_000)
    return null
  if (idle >= TOUCH_MS) await touchSession(deps.sql, hash, now)
  const actor: Actor = {
    kind: 'user',
    id: row.accountId.toString(),
    name: row.name,
    role: row.role,
    locale: row.locale,
    scopes: SCOPES_OF_ROLE[row.role],
    shops: row.shops,
  }
  return { actor, endsAt: row.expiresAt.epochMilliseconds }
}

async function loadKey(deps: { sql: Sql; clock: Clock }, id: string, secret: string): Promise<Known | null> {
  const row = await readKey(deps.sql, id)
  if (row === null || !timingSafeEqual(hashToken(secret), row.secretHash)) return null
  const now = deps.clock.now()
  if (row.expiresAt !== null && Temporal.Instant.compare(now, row.expiresAt) >= 0) return null
  const used = row.lastUsedAt?.epochMilliseconds ?? 0
  if (now.epochMilliseconds - used >= TOUCH_MS) await touchKey(deps.sql, id, now)
  const actor: Actor = {
    kind: 'key',
    id,
    name: row.name,
    role: 'key',
    locale: null,
    scopes: row.scopes,
    shops: row.shops,
  }
  return { actor, endsAt: row.expiresAt?.epochMilliseconds ?? null }
}
