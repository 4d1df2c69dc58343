import { recordAudit, SYSTEM } from '#features/identity/index.ts'
import { ok, type Result } from '#kernel/result.ts'
import { decideRedundant } from '../core/hand-over.ts'
import type { TransferDeps } from '../deps.ts'
import { allOrNothing, applyAll } from '../roll-back.ts'
import { holdsUnderLock } from './hand-over.ts'
import { findRedundant, readDemands } from './store.ts'

const ORDERS_AT_ONCE = 200

/**
 * Frees what orders hold twice: a lock taken at one warehouse makes the older one at another redundant. Answers how many pieces were
 * freed. Each order is a transaction of its own, so that one that cannot be freed holds up no other.
 */
export async function freeRedundant(deps: TransferDeps): Promise<number> {
  let freed = 0
  for (const orderId of await findRedundant(deps.db, ORDERS_AT_ONCE)) {
    const done = await freeOrder(deps, orderId)
    if (done.ok) freed += done.value
  }
  return freed
}

/** The same for one order. Refuses as the ledger does; a refusal means that somebody was faster. */
export async function freeOrder({ db, clock }: TransferDeps, orderId: bigint): Promise<Result<number>> {
  return await allOrNothing(db, async (tx) => {
    const holds = await holdsUnderLock(tx, orderId, [])
    const demand = (await readDemands(tx, [orderId])).get(orderId)
    if (demand === undefined) return ok(0)
    const release = decideRedundant(demand, holds)
    if (release.length === 0) return ok(0)
    const done = await applyAll(
      tx,
      release.map(({ key, lines }) => ({
        do: 'release',
        key,
        lines,
        reason: 'held twice: the newer lock at another warehouse stays',
        actor: SYSTEM.name,
      })),
      clock.now(),
    )
    if (!done.ok) return done
    const pieces = release.flatMap((one) => one.lines).reduce((sum, line) => sum + line.quantity, 0)
    await recordAudit(
      { sql: tx, clock },
      {
        actor: SYSTEM,
        action: 'stock.redundant_freed',
        subject: orderId.toString(),
        detail: { release, pieces },
      },
    )
    return ok(pieces)
  })
}
