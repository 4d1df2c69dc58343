import type { CallsFor } from '#domain/connector.ts'
import type { Clock } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import { wakeHeldForBudget } from '#platform/outbox/store.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import { readBudgets, readLimits, rescaleBudget, saveLimit } from './budget/store.ts'
import type { Limit } from './core/budget.ts'
import type { BackupCapability } from './core/route.ts'
import { accountOf, type Connected } from './open-outward.ts'
import { dropBackup, saveBackup } from './route/store.ts'
import { canCall } from './route-for.ts'
import { addEvent, readBreakers, saveForce } from './store.ts'

export type ChangeDeps = {
  readonly db: Database
  readonly clock: Clock
  readonly callsFor: CallsFor
  readonly connections: () => readonly (Connected & { readonly name: string; readonly paused: boolean })[]
  /** Writes the audit line in the same transaction. */
  readonly audit: (
    tx: Sql,
    entry: { actor: Actor; action: string; subject: string; detail: Record<string, unknown> },
  ) => Promise<void>
  /** The connector's own figures. */
  readonly limitOf: (connected: Connected) => Limit
  /** Reads the breakers again, so that the answer shows what was done. */
  readonly refresh: () => Promise<void>
}

export type Force = { readonly state: 'open' | 'closed'; readonly minutes: number; readonly reason: string }

/** A person holds the breaker open or closed for a while. Refused: `outward.not_found`, `outward.reason_missing`. */
export async function forceBreaker(
  deps: ChangeDeps,
  actor: Actor,
  id: string,
  { state, minutes, reason }: Force,
): Promise<Result<null>> {
  const found = callable(deps, id)
  if (!found.ok) return found
  if (reason.trim().length < 3)
    return refuse('outward.reason_missing', 'say why, in three letters or more: others will ask')
  const now = deps.clock.now()
  const until = now.add({ minutes })
  await deps.db.begin(async (tx) => {
    const from = await shownState(tx, id)
    await saveForce(tx, id, { state, until, by: actor.name, reason: reason.trim() }, now)
    const evidence = { minutes, reason: reason.trim() }
    await addEvent(
      tx,
      { connection: id, from, to: `forced_${state}`, cause: 'forced', actor: actor.name, evidence },
      now,
    )
    await deps.audit(tx, { actor, action: 'outward.forced', subject: id, detail: { state, minutes, reason } })
  })
  await deps.refresh()
  return ok(null)
}

/** Gives the breaker back to the rules. Refused: `outward.not_found`, `outward.not_forced`. */
export async function releaseBreaker(deps: ChangeDeps, actor: Actor, id: string): Promise<Result<null>> {
  const found = callable(deps, id)
  if (!found.ok) return found
  const now = deps.clock.now()
  const released = await deps.db.begin(async (tx) => {
    const row = (await readBreakers(tx)).find(({ connection }) => connection === id)
    if (row?.forced === null || row === undefined) return false
    await saveForce(tx, id, null, now)
    await addEvent(
      tx,
      {
        connection: id,
        from: `forced_${row.forced.state}`,
        to: row.state,
        cause: 'released',
        actor: actor.name,
        evidence: {},
      },
      now,
    )
    await deps.audit(tx, { actor, action: 'outward.released', subject: id, detail: {} })
    return true
  })
  if (!released) return refuse('outward.not_forced', 'nobody holds this breaker')
  await deps.refresh()
  return ok(null)
}

/**
 * Sets an account's limit, or with null gives the connector's own back; what waits for the account's budget is asked again at once.
 * Refused: `outward.account_not_found`.
 */
export async function setLimit(
  deps: ChangeDeps,
  actor: Actor,
  account: string,
  limit: Limit | null,
): Promise<Result<null>> {
  const members = deps.connections().filter((one) => accountOf(one) === account)
  if (members.length === 0 && !(await readBudgets(deps.db)).has(account))
    return refuse('outward.account_not_found', `no connection uses the account ${account}`)
  await deps.db.begin(async (tx) => {
    const now = deps.clock.now()
    const [first] = members
    const own = first === undefined ? null : deps.limitOf(first)
    const from = (await readLimits(tx)).get(account) ?? own
    const to = limit ?? own
    await saveLimit(tx, account, limit, actor.name, now)
    if (to !== null) await rescaleBudget(tx, account, from, to)
    await wakeHeldForBudget(
      tx,
      members.map(({ id }) => id),
      now,
    )
    await deps.audit(tx, { actor, action: 'outward.limit_set', subject: account, detail: { ...limit } })
  })
  return ok(null)
}

/**
 * Names the connection that takes over a call while this one's breaker is open; null: none. Refused: `outward.not_found`,
 * `outward.backup_itself`, `outward.backup_unfit`.
 */
export async function chooseBackup(
  deps: ChangeDeps,
  actor: Actor,
  id: string,
  capability: BackupCapability,
  backup: string | null,
): Promise<Result<null>> {
  const found = callable(deps, id)
  if (!found.ok) return found
  if (!canCall(found.value, capability, deps.callsFor))
    return refuse('outward.backup_unfit', `${found.value.name} has no call ${capability}`)
  if (backup !== null) {
    if (backup === id) return refuse('outward.backup_itself', 'a connection cannot stand in for itself')
    const other = callable(deps, backup)
    if (!other.ok) return other
    if (!canCall(other.value, capability, deps.callsFor))
      return refuse('outward.backup_unfit', `${other.value.name} has no call ${capability}`)
  }
  await deps.db.begin(async (tx) => {
    if (backup === null) await dropBackup(tx, id, capability)
    else
      await saveBackup(
        tx,
        { connection_id: id, capability, backup_id: backup, by: actor.name },
        deps.clock.now(),
      )
    await deps.audit(tx, {
      actor,
      action: 'outward.backup_chosen',
      subject: id,
      detail: { capability, backup },
    })
  })
  return ok(null)
}

async function shownState(tx: Sql, id: string): Promise<string> {
  const row = (await readBreakers(tx)).find(({ connection }) => connection === id)
  return row === undefined ? 'closed' : row.forced === null ? row.state : `forced_${row.forced.state}`
}

function callable(deps: ChangeDeps, id: string) {
  const found = deps.connections().find((one) => one.id === id)
  if (found === undefined) return refuse('outward.not_found', `no connection ${id}`)
  if (found.connector.calls === undefined)
    return refuse('outward.never_called', `${found.name} only sends to the hub; it is never called`)
  return ok(found)
}
