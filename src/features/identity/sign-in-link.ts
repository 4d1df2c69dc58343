import { ok, type Result, refuse } from '#kernel/result.ts'
import { recordAudit, SYSTEM } from './audit.ts'
import { checkPassword } from './core/rules.ts'
import type { Caller, IdentityDeps } from './deps.ts'
import { admitAttempt, forgive, type NewSession, openSession } from './sign-in.ts'
import {
  countAccounts,
  deleteSessionsOf,
  insertAccount,
  insertLink,
  listAccounts,
  lockLink,
  markLinkUsed,
  readAccount,
  readAccountByName,
  updateAccount,
} from './store.ts'
import { hashToken, isToken, newToken } from './tokens.ts'

const LINK_HOURS = 24

/** A sign-in link for `name`, good once within 24 hours: the token after `/link#`, which browsers never send along. */
export async function makeSignInLink(
  deps: Pick<IdentityDeps, 'sql' | 'clock' | 'random'>,
  name: string,
): Promise<Result<{ path: string }>> {
  const account = await readAccountByName(deps.sql, name)
  if (account === null) return refuse('identity.user_not_found', `there is no user "${name.slice(0, 64)}"`)
  if (account.disabled) return refuse('identity.user_disabled', `${account.name} is disabled`)
  const token = newToken(deps.random)
  const at = deps.clock.now()
  await deps.sql.begin(async (tx) => {
    const link = {
      hash: hashToken(token),
      accountId: account.id,
      at,
      expiresAt: at.add({ hours: LINK_HOURS }),
    }
    await insertLink(tx, link)
    await recordAudit(
      { sql: tx, clock: deps.clock },
      { actor: SYSTEM, action: 'identity.link_made', subject: account.name },
    )
  })
  return ok({ path: `/link#${token}` })
}

/**
 * The link to print at start: for a new hub it makes the administrator, and as long as that one has never set a password
 * every start prints a fresh link. Null once somebody can sign in.
 */
export async function firstSignInLink(
  deps: Pick<IdentityDeps, 'sql' | 'clock' | 'random'>,
): Promise<{ path: string; name: string } | null> {
  if ((await countAccounts(deps.sql)) === 0)
    await insertAccount(deps.sql, {
      name: 'admin',
      role: 'admin',
      locale: 'zh-CN',
      password: null,
      at: deps.clock.now(),
    })
  const accounts = (await listAccounts(deps.sql)).filter((account) => !account.disabled)
  const first = accounts.find((account) => account.role === 'admin')
  if (first === undefined || accounts.some((account) => account.password !== null)) return null
  const made = await makeSignInLink(deps, first.name)
  return made.ok ? { path: made.value.path, name: first.name } : null
}

/**
 * Signs in by link and sets the password where one is given. A person without a password must set one
 * (`identity.password_needed`), and the link stays good until then. Anything else that is wrong: `identity.link_invalid`.
 * A new password ends the person's other sessions, as in `changeUser`.
 */
export async function signInByLink(
  deps: IdentityDeps,
  given: { token: string; password: string | null },
  caller: Caller,
  oldToken: string | null,
): Promise<Result<NewSession>> {
  const admitted = await admitAttempt(deps, null, caller)
  if (!admitted.ok) return admitted
  if (!isToken(given.token)) return linkInvalid()
  const hashed = given.password === null ? null : await deps.passwords.hash(given.password)
  if (hashed !== null && !hashed.ok) return hashed
  const entered = await deps.sql.begin(async (tx): Promise<Result<NewSession>> => {
    const now = deps.clock.now()
    const hash = hashToken(given.token)
    const link = await lockLink(tx, hash, now)
    const account = link === null ? null : await readAccount(tx, link.accountId)
    if (account === null || account.disabled) return linkInvalid()
    await forgive(deps, tx, null, caller)
    if (given.password === null && account.password === null)
      return refuse('identity.password_needed', 'choose a password to finish signing in', {
        name: account.name,
      })
    if (given.password !== null && hashed !== null) {
      const allowed = checkPassword(given.password, account.name)
      if (!allowed.ok) return allowed
      await updateAccount(tx, account.id, { ...account, password: hashed.value, at: now })
      await deleteSessionsOf(tx, account.id, null)
      await recordAudit(
        { sql: tx, clock: deps.clock },
        {
          actor: { kind: 'user', id: account.id.toString(), name: account.name },
          action: 'identity.user_changed',
          subject: account.name,
          detail: { passwordChanged: true },
          address: caller.address,
        },
      )
    }
    await markLinkUsed(tx, hash, now)
    return ok(await openSession(deps, tx, account, caller, oldToken))
  })
  // Once more after the commit: until then a request could put an ended session back into memory.
  deps.cache.forget()
  return entered
}

function linkInvalid(): Result<never> {
  return refuse(
    'identity.link_invalid',
    'this sign-in link was used, has expired or never existed; ask for another',
  )
}
