import { createHash } from 'node:crypto'
import type { Instant } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { recordAudit } from './audit.ts'
import {
  ADDRESS_POLICY,
  addressKey,
  decideAdmission,
  forgiveAttempt,
  NAME_POLICY,
  type ThrottlePolicy,
} from './core/throttle.ts'
import type { Caller, IdentityDeps } from './deps.ts'
import {
  type Account,
  deleteSession,
  insertSession,
  lockFailures,
  readAccountByName,
  saveFailures,
  sweepFailures,
} from './store.ts'
import { hashToken, newToken } from './tokens.ts'

export type NewSession = { readonly token: string; readonly account: Account; readonly maxAgeSeconds: number }

/**
 * Signs in by password. Refuses with `identity.wrong_credentials` (unknown name, wrong password, disabled, no password
 * yet: not told apart, and as slow) and `identity.throttled`.
 */
export async function signIn(
  deps: IdentityDeps,
  given: { name: string; password: string },
  caller: Caller,
  oldToken: string | null,
): Promise<Result<NewSession>> {
  const name = given.name.normalize('NFC').trim()
  const admitted = await admitAttempt(deps, name, caller)
  if (!admitted.ok) return admitted
  const account = await readAccountByName(deps.sql, name)
  const verified = await deps.passwords.verify(given.password, account?.password ?? null)
  if (!verified.ok) return verified
  if (account === null || account.disabled || !verified.value) {
    if (account !== null)
      await recordAudit(deps, {
        actor: { kind: 'user', id: account.id.toString(), name: account.name },
        action: 'identity.sign_in_failed',
        address: caller.address,
      })
    return refuse('identity.wrong_credentials', 'name or password is wrong')
  }
  const session = await deps.sql.begin(async (tx) => {
    await forgive(deps, tx, name, caller)
    return await openSession(deps, tx, account, caller, oldToken)
  })
  return ok(session)
}

/** Makes a session with a fresh token; the one the browser came with is ended, so nobody can plant one beforehand. */
export async function openSession(
  deps: IdentityDeps,
  tx: Sql,
  account: Account,
  caller: Caller,
  oldToken: string | null,
): Promise<NewSession> {
  if (oldToken !== null) await deleteSession(tx, hashToken(oldToken))
  const token = newToken(deps.random)
  const at = deps.clock.now()
  const maxAgeSeconds = deps.policy.maxDays * 86_400
  await insertSession(tx, {
    hash: hashToken(token),
    accountId: account.id,
    at,
    expiresAt: at.add({ seconds: maxAgeSeconds }),
    address: caller.address,
    agent: caller.agent.slice(0, 200),
  })
  await recordAudit(
    { sql: tx, clock: deps.clock },
    {
      actor: { kind: 'user', id: account.id.toString(), name: account.name },
      action: 'identity.signed_in',
      address: caller.address,
    },
  )
  deps.cache.forget()
  return { token, account, maxAgeSeconds }
}

/**
 * Counts an attempt against the address and, where the address may still try, the name. `name` null: a one-time link,
 * which is throttled by address alone.
 */
export async function admitAttempt(
  deps: IdentityDeps,
  name: string | null,
  caller: Caller,
): Promise<Result<null>> {
  return await deps.sql.begin(async (tx) => {
    const now = wholeMs(deps)
    const waits: number[] = []
    for (const { key, policy } of throttleKeys(name, caller)) {
      const decision = decideAdmission(await lockFailures(tx, key, now), now, policy)
      if (decision.admitted) await saveFailures(tx, key, decision.next)
      else {
        waits.push(decision.retryAfterSeconds)
        break
      }
    }
    await sweepFailures(tx, now.subtract({ seconds: NAME_POLICY.windowSeconds }), now)
    const [wait] = waits
    return wait === undefined
      ? ok(null)
      : refuse('identity.throttled', `too many failed sign-ins; try again in ${wait} s`, {
          retryAfterSeconds: wait,
        })
  })
}

/** Takes back what a successful sign-in was counted as; the name starts afresh, the address keeps its other failures. */
export async function forgive(
  deps: IdentityDeps,
  tx: Sql,
  name: string | null,
  caller: Caller,
): Promise<void> {
  const now = wholeMs(deps)
  for (const { key, ofName } of throttleKeys(name, caller)) {
    const counted = await lockFailures(tx, key, now)
    await saveFailures(
      tx,
      key,
      ofName ? { failures: 0, firstAt: now, blockedUntil: now } : forgiveAttempt(counted),
    )
  }
}

/** The database rounds to microseconds, possibly up: with finer instants a new row would block its own first attempt. */
function wholeMs({ clock }: Pick<IdentityDeps, 'clock'>): Instant {
  return clock.now().round({ smallestUnit: 'millisecond', roundingMode: 'floor' })
}

/** Always address before name: two sign-ins never wait for each other crosswise. */
function throttleKeys(
  name: string | null,
  caller: Caller,
): { key: string; policy: ThrottlePolicy; ofName: boolean }[] {
  const address = { key: `address:${addressKey(caller.address)}`, policy: ADDRESS_POLICY, ofName: false }
  if (name === null) return [address]
  // Hashed, because people type their password into the name field.
  const digest = createHash('sha256').update(name.toLowerCase()).digest('hex').slice(0, 32)
  return [address, { key: `name:${digest}`, policy: NAME_POLICY, ofName: true }]
}
