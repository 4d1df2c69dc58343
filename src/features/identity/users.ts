import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import { recordAudit, type SYSTEM } from './audit.ts'
import { checkName, checkPassword } from './core/rules.ts'
import type { IdentityDeps } from './deps.ts'
import type { RoleName } from './roles.ts'
import { checkShops } from './shops.ts'
import {
  type Account,
  deleteSessionsOf,
  insertAccount,
  lockAdmins,
  readAccount,
  updateAccount,
} from './store.ts'
import { hashToken } from './tokens.ts'

type By =
  | (Pick<Actor, 'kind' | 'id' | 'name'> & Partial<Pick<Actor, 'shops'>>)
  | (typeof SYSTEM & { shops?: null })

/** Adds a person; without a password they enter by a sign-in link. Refuses a name that is taken or not one. */
export async function addUser(
  deps: IdentityDeps,
  by: By,
  given: {
    name: string
    role: RoleName
    password: string | null
    locale?: string
    /** Ids of connections; null or left out: all shops. */
    shops?: readonly string[] | null
  },
): Promise<Result<Account>> {
  const name = checkName(given.name)
  if (!name.ok) return name
  const shops = await shopsFor(deps, by, given.role, given.shops ?? null)
  if (!shops.ok) return shops
  const password = await hashed(deps, given.password, name.value)
  if (!password.ok) return password
  return await deps.sql.begin(async (tx) => {
    const account = await insertAccount(tx, {
      name: name.value,
      role: given.role,
      locale: given.locale ?? 'zh-CN',
      password: password.value,
      shops: shops.value,
      at: deps.clock.now(),
    })
    if (account === null) return refuse('identity.user_exists', `there is already a user "${name.value}"`)
    const event = {
      actor: by,
      action: 'identity.user_added',
      subject: account.name,
      detail: { role: account.role, ...(account.shops === null ? {} : { shops: account.shops }) },
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
  /** Null: all shops. */
  readonly shops?: readonly string[] | null | undefined
}

/**
 * Changes a person. A new password, role or list of shops, or disabling, ends their sessions (but not `keepSession`, the one of a
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
  const wanted = change.shops === undefined ? before.shops : change.shops
  const shops = await shopsFor(deps, by, change.role ?? before.role, wanted)
  if (!shops.ok) return shops
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
      shops: shops.value,
    }
    const remainsAdmin = after.role === 'admin' && !after.disabled
    if (!remainsAdmin && admins.length === 1 && admins[0] === id)
      return refuse('identity.last_admin', 'the last administrator cannot be disabled or given another role')
    await updateAccount(tx, id, { ...after, at: deps.clock.now() })
    const isNarrowed = String(after.shops) !== String(account.shops)
    if (after.role !== account.role || isNarrowed || after.disabled || password.value !== null)
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

/** Besides what `checkShops` refuses: an administrator is never confined (`identity.admin_confined`). */
async function shopsFor(
  deps: IdentityDeps,
  by: By,
  role: RoleName,
  asked: readonly string[] | null,
): Promise<Result<readonly string[] | null>> {
  if (asked !== null && role === 'admin')
    return refuse('identity.admin_confined', 'an administrator sees all shops; choose another role first')
  return await checkShops(deps.sql, by.shops ?? null, asked)
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
