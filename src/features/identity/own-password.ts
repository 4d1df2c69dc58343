import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import { recordAudit } from './audit.ts'
import type { Caller, IdentityDeps } from './deps.ts'
import { admitAttempt, forgive } from './sign-in.ts'
import { readAccount } from './store.ts'
import { changeUser } from './users.ts'

type GivenPasswords = {
  /** Null: left out, which only who has no password yet may do. */
  readonly current: string | null
  readonly next: string
  readonly keepSession: string | null
}

/**
 * Changes the signed-in person's own password and ends their other sessions. A wrong present one counts as a failed
 * sign-in, or a session left open would be a way to guess it. Refuses with `identity.wrong_password`,
 * `identity.throttled`, `identity.forbidden` (a key has no password) and what a new password may be refused for.
 */
export async function changeOwnPassword(
  deps: IdentityDeps,
  actor: Actor,
  given: GivenPasswords,
  caller: Caller,
): Promise<Result<null>> {
  if (actor.kind !== 'user') return refuse('identity.forbidden', 'an API key has no password')
  const id = BigInt(actor.id)
  const account = await readAccount(deps.sql, id)
  if (account === null) return refuse('identity.user_not_found', 'there is no such user')
  if (account.password !== null) {
    const admitted = await admitAttempt(deps, account.name, caller)
    if (!admitted.ok) return admitted
    const verified = await deps.passwords.verify(given.current ?? '', account.password)
    if (!verified.ok) return verified
    if (!verified.value) {
      await recordAudit(deps, { actor, action: 'identity.password_change_failed', address: caller.address })
      return refuse('identity.wrong_password', 'the present password is wrong')
    }
    await deps.sql.begin(async (tx) => await forgive(deps, tx, account.name, caller))
  }
  const changed = await changeUser(deps, actor, id, { password: given.next }, given.keepSession)
  return changed.ok ? ok(null) : changed
}
