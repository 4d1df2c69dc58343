import type { Settings } from '#domain/connector.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { accountGone } from './add-segments.ts'
import { askAgainAfter, balanceOf } from './core/standing.ts'
import type { PoolDeps } from './deps.ts'
import { isGone, type PoolNow, poolNow } from './read-pools.ts'
import { readAccount, readPools, saveAskFailure, saveBalance } from './store.ts'

/** Asked in one turn; the rest waits for the next. */
const AT_MOST = 50

/** Asks carriers for the balances whose turn has come: as often as the setting says, five times as often where numbers run low. */
export async function askBalances(deps: PoolDeps): Promise<void> {
  const now = deps.clock.now()
  const due = (await readPools(deps.db)).map(poolNow).filter((pool) => isDue(deps, pool, now))
  for (const { row } of due.slice(0, AT_MOST)) await askBalance(deps, row.account_id)
}

function isDue({ limits, find }: PoolDeps, { row, isLow }: PoolNow, now: Temporal.Instant): boolean {
  const connection = find(row.connection_id)
  if (row.kind !== 'balance' || !row.active || connection === null || connection.paused) return false
  const seconds = askAgainAfter(limits.balanceMinutes, isLow || isGone(row))
  return row.asked_at === null || now.since(row.asked_at).total('seconds') >= seconds
}

/**
 * Asks the carrier for one account's balance now and keeps what it says. Held back by breaker or budget it is no failure: it is asked
 * again at its next turn. Refused: `pools.account_not_found`, `pools.no_balance`, `pools.balance_unclear`, `pools.unreachable`, and
 * whatever the carrier refuses with.
 */
export async function askBalance(
  deps: PoolDeps,
  accountId: bigint,
): Promise<Result<{ readonly left: number | null }>> {
  const { db, vault, callsFor } = deps
  const account = await readAccount(db, accountId)
  if (account === null) return accountGone(accountId)
  const connection = deps.find(account.connection_id)
  const calls = connection?.connector.calls?.(connection.settings, callsFor(connection))
  if (calls?.waybillBalance === undefined) return refuse('pools.no_balance', 'this carrier tells no balance')
  const settings = JSON.parse(Buffer.from(vault.open(account.sealed)).toString()) as Settings
  try {
    const told = await calls.waybillBalance(settings, account.carrier)
    const found = told.ok ? balanceOf(told.value, account.carrier, Object.values(settings)) : told
    if (!found.ok) return await failed(deps, accountId, found.refusal.code, found.refusal.detail)
    return ok(await keep(deps, accountId, found.value.left))
  } catch (error) {
    if (!(error instanceof Outage)) throw error
    if (error.code.startsWith('outward.')) return refuse('pools.unreachable', error.message)
    return await failed(deps, accountId, error.code, error.message)
  }
}

async function keep(
  { db, clock }: PoolDeps,
  accountId: bigint,
  left: number | null,
): Promise<{ left: number | null }> {
  const told = left === null ? null : Math.max(0, Math.trunc(left))
  await db.begin(async (tx) => {
    const [before] = await readPools(tx, accountId)
    const reckoned = before === undefined ? null : poolNow(before).left
    await saveBalance(tx, accountId, { left: told, reckoned }, clock.now())
  })
  return { left: told }
}

async function failed(
  { db, clock }: PoolDeps,
  accountId: bigint,
  code: string,
  detail: string,
): Promise<Result<never>> {
  await saveAskFailure(db, accountId, code, detail, clock.now())
  return refuse(code, detail)
}
