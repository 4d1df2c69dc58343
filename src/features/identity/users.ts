import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import { recordAudit, type SYSTEM } from './audit.ts'
import { checkName, checkPassword } from './core/rules.ts'
import type { IdentityDeps } from './deps.ts'
import type { RoleName } from './roles.ts'
import {
  type Account,
  deleteSessionsOf,
  insertAccount,
  lockAdmins,
  readAccount,
  updateAccount,
} from './store.ts'
import { hashToken } from './tokens.ts'

type By = Pick<Actor, 'kind' | 'id' | 'name'> | typeof SYSTEM

/** Adds a person; without a password they enter by a sign-in link. Refuses a name that is taken or not one. */
export async function addUser(
  deps: IdentityDeps,
  by: By,
  given: { name: string; role: RoleName; password: string | null; locale?: string },
): Promise<Result<Account>> {
  const name = checkName(given.name)
  if (!name.ok) return name
  const password = await hashed(deps, given.password, name.value)
  if (!password.ok) return password
  return await deps.sql.begin(async (tx) => {
    const account = await insertAccount(tx, {
      name: name.value,
      role: given.role,
      locale: given.locale ?? 'zh-CN',
      password: password.value,
      at: deps.clock.now(),
    })
    if (account === null) return refuse('identity.user_exists', `there is already a user "${name.value}"`)
    const event = {
      actor: by,
      action: 'identity.user_added',
      subject: account.name,
      detail: { role: account.role },
    }
    await recordAudit({ sql: tx, clock: deps.clock }, event)
    return ok(account)
  })
}

export type UserChange = {
  readonly role?: RoleName | undefined
  readonly disabled?: boolean | undefined
  readonly password?: string | undefined
  readonly locale?: string | undefined
}

/**
 * Changes a person. A new password or role, or disabling, ends their sessions (but not `keepSession`, the one of a
 * person who changes their own). The last enabled administrator can be neither disabled nor demoted.
 */
export async function changeUser(
  deps: IdentityDeps,
  by: By,
  id: bigint,
  change: UserChange,
  keepSession: string | null = null,
): Promise<Result<Account>> {
  const before = await readAccount(deps.sql, id)
  if (before === null) return refuse('identity.user_not_found', 'there is no such user')
  const password = await hashed(deps, change.password ?? null, before.name)
  if (!password.ok) return password
  const changed = await deps.sql.begin(async (tx): Promise<Result<Account>> => {
    const admins = await lockAdmins(tx)
    const account = await readAccount(tx, id)
    if (account === null) return refuse('identity.user_not_found', 'there is no such user')
    const after: Account = {
      ...account,
      role: change.role ?? account.role,
      disabled: change.disabled ?? account.disabled,
      locale: change.locale ?? account.locale,
      password: password.value ?? account.password,
    }
    const remainsAdmin = after.role === 'admin' && !after.disabled
    if (!remainsAdmin && admins.length === 1 && admins[0] === id)
      return refuse('identity.last_admin', 'the last administrator cannot be disabled or given another role')
    await updateAccount(tx, id, { ...after, at: deps.clock.now() })
    if (after.role !== account.role || after.disabled || password.value !== null)
      await deleteSessionsOf(tx, id, keepSession === null ? null : hashToken(keepSession))
    await recordAudit(
      { sql: tx, clock: deps.clock },
      { actor: by, action: 'identity.user_changed', subject: account.name, detail: whatChanged(change) },
    )
    return ok(after)
  })
  deps.cache.forget()
  return changed
}

function whatChanged(change: UserChange): Record<string, unknown> {
  const { password, ...rest } = change
  return { ...rest, ...(password === undefined ? {} : { passwordChanged: true }) }
}

async function hashed(
  deps: IdentityDeps,
  password: string | null,
  name: string,
): Promise<Result<string | null>> {
  if (password === null) return ok(null)
  const allowed = checkPassword(password, name)
  return allowed.ok ? await deps.passwords.hash(password) : allowed
}
