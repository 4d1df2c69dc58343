import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { isRefreshDue } from './core/term.ts'
import type { CredentialConnection, CredentialDeps } from './deps.ts'
import { type CredentialsOf, readCredentials } from './read-credentials.ts'
import { giveRefreshBack, leaseRefresh, type RefreshRow, saveRefreshed, saveRefreshFailure } from './store.ts'

const LEASE_SECONDS = 60

/** Renews what ends soon, or what a system said has expired, where the protocol has a way. */
export async function refreshDue(deps: CredentialDeps): Promise<void> {
  const now = deps.clock.now()
  for (const one of await readCredentials(deps)) {
    if (!one.canRefresh || one.connection.paused) continue
    const known = {
      refreshedAt: null,
      triedAt: null,
      failures: 0,
      ...one.refresh,
      saidExpired: saysExpired(one),
    }
    if (isRefreshDue(one.terms, known, now, deps.aheadMinutes))
      await refreshOne(deps, one.connection, one.refresh)
  }
}

function saysExpired({ refusals, refresh }: CredentialsOf): boolean {
  return refusals.some(
    (one) =>
      one.stands &&
      one.side === 'outward' &&
      one.trouble === 'expired' &&
      (refresh?.refreshedAt == null || Temporal.Instant.compare(one.lastAt, refresh.refreshedAt) > 0),
  )
}

export type Refreshed = { readonly fields: readonly string[]; readonly expiresAt: Temporal.Instant | null }

/**
 * Renews one connection's credentials now. One process at a time does it, and not again what another has just done. What came is kept,
 * sealed, before anything else happens. Refused: `credentials.not_refreshable`, `credentials.refresh_conflict`,
 * `credentials.unreachable`, and whatever the system or the settings refuse with.
 */
export async function refreshOne(
  deps: CredentialDeps,
  connection: CredentialConnection,
  seen: RefreshRow | null,
): Promise<Result<Refreshed>> {
  const { db, clock } = deps
  const calls = connection.connector.calls?.(connection.settings, deps.callsFor(connection))
  if (calls?.refreshCredentials === undefined)
    return refuse('credentials.not_refreshable', 'this system has no way to renew its credentials by itself')
  const turn = { seen: seen?.refreshedAt ?? null, now: clock.now(), seconds: LEASE_SECONDS }
  if (!(await leaseRefresh(db, connection.id, turn)))
    return refuse('credentials.refresh_conflict', 'they are being renewed, or just were; look again')
  try {
    const fresh = await calls.refreshCredentials()
    if (!fresh.ok) return await failed(deps, connection.id, fresh.refusal)
    const saved = await deps.saveSettings(connection.id, fresh.value.settings)
    if (!saved.ok) return await failed(deps, connection.id, saved.refusal)
    await saveRefreshed(db, connection.id, fresh.value.expiresAt, clock.now())
    return ok({ fields: Object.keys(fresh.value.settings), expiresAt: fresh.value.expiresAt })
  } catch (error) {
    if (!(error instanceof Outage)) throw error
    if (error.code.startsWith('outward.')) {
      await giveRefreshBack(db, connection.id)
      return refuse('credentials.unreachable', error.message)
    }
    return await failed(deps, connection.id, { code: error.code, detail: error.message })
  }
}

async function failed(
  { db, clock, withoutSecrets }: CredentialDeps,
  connection: string,
  { code, detail }: { readonly code: string; readonly detail: string },
): Promise<Result<never>> {
  const words = withoutSecrets(connection, detail)
  await saveRefreshFailure(db, connection, { code, detail: words }, clock.now())
  return refuse(code, words)
}
