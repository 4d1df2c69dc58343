import { ok, type Result, refuse } from '#kernel/result.ts'
import { checkPolicy, EVERY_SKU, type Policy } from '../core/policy.ts'
import { wishFor, wishForChannel } from '../make-wishes.ts'
import type { By, EditDeps } from '../sets/edit-sets.ts'
import { deletePolicy, lockPolicy, missingWarehouses, writePolicy } from '../store.ts'

export type PolicyDeps = EditDeps & {
  /** Whether stock figures can be set at this connection; null where there is none. */
  readonly canTell: (connection: string) => boolean | null
}

/**
 * Keeps a rule (id null: a new one) and wishes anew what it changes, in one transaction. Refused: `sellable.unknown_connection`,
 * `sellable.not_supported` (the rule sends, but that channel takes no figures), `sellable.unknown_warehouse`, `sellable.cap_below_floor`, `sellable.zero_above_cap`,
 * `sellable.policy_not_found`, `sellable.policy_exists`.
 */
export async function savePolicy(
  deps: PolicyDeps,
  id: bigint | null,
  policy: Policy,
  actor: By,
): Promise<Result<{ readonly id: bigint }>> {
  const checked = await checkDraft(deps, policy)
  if (!checked.ok) return checked
  return await deps.db.begin(async (tx): Promise<Result<{ readonly id: bigint }>> => {
    const before = id === null ? null : await lockPolicy(tx, id)
    if (id !== null && before === null) return notFound(id)
    const saved = await writePolicy(tx, id, policy, actor.name)
    if (saved === null)
      return refuse('sellable.policy_exists', `this channel already has a rule for ${policy.sku}`)
    const action = id === null ? 'sellable.policy_added' : 'sellable.policy_changed'
    const subject = `${policy.connection} ${policy.sku}`
    await deps.audit(tx, { actor, action, subject, detail: { ...policy } })
    const now = deps.clock.now()
    for (const place of [before, policy]) {
      if (place === null) continue
      if (place.sku === EVERY_SKU) await wishForChannel(tx, place.connection, now)
      else await wishFor(tx, [place.sku], now)
    }
    return ok({ id: saved })
  })
}

/** Removes a rule; the closest of the others holds then. Refuses with `sellable.policy_not_found`. */
export async function dropPolicy(deps: EditDeps, id: bigint, actor: By): Promise<Result<null>> {
  return await deps.db.begin(async (tx): Promise<Result<null>> => {
    const before = await lockPolicy(tx, id)
    if (before === null) return notFound(id)
    await deletePolicy(tx, id)
    const subject = `${before.connection} ${before.sku}`
    await deps.audit(tx, { actor, action: 'sellable.policy_removed', subject, detail: {} })
    const now = deps.clock.now()
    if (before.sku === EVERY_SKU) await wishForChannel(tx, before.connection, now)
    else await wishFor(tx, [before.sku], now)
    return ok(null)
  })
}

/** What can be said of a rule before it is kept; also of one that is only tried. */
export async function checkDraft(
  { db, canTell }: Pick<PolicyDeps, 'db' | 'canTell'>,
  policy: Policy,
): Promise<Result<null>> {
  const tells = canTell(policy.connection)
  if (tells === null)
    return refuse('sellable.unknown_connection', `there is no channel "${policy.connection}"`)
  if (!tells && policy.push)
    return refuse(
      'sellable.not_supported',
      'this channel takes no stock figures; keep the rule without sending',
    )
  const missing = await missingWarehouses(db, policy.warehouses)
  if (missing.length > 0)
    return refuse('sellable.unknown_warehouse', `there is no warehouse ${missing.join(', ')}`)
  return checkPolicy(policy)
}

function notFound(id: bigint) {
  return refuse('sellable.policy_not_found', `there is no rule ${id}`)
}
