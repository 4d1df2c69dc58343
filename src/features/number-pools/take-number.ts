import type { Instant } from '#kernel/clock.ts'
import { type TrackingNo, trackingNo } from '#kernel/id.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { numberAt } from './core/segment.ts'
import { insertTaken, lockPool, lockReference, readTaken, takeSerial } from './store.ts'

/**
 * A number out of the account's own segments, for this reference for ever: asked again, by whichever process, it answers the same one.
 * It is taken in the caller's transaction and given back if that rolls back. The pool stays locked until then: keep it short, and take
 * for several accounts in order of their ids. Refused: `pools.empty`.
 */
export async function takeNumber(
  tx: Sql,
  {
    accountId,
    reference,
    now,
  }: { readonly accountId: bigint; readonly reference: string; readonly now: Instant },
): Promise<Result<TrackingNo>> {
  await lockReference(tx, reference)
  const known = await readTaken(tx, reference, accountId)
  if (known !== null) return ok(trackingNo(known))
  const pool = await lockPool(tx, accountId)
  const taken = pool === null ? null : await takeSerial(tx, accountId)
  if (taken === null) return refuse('pools.empty', 'this account has no number left; add a segment')
  const number = numberAt(taken.shape, taken.serial)
  await insertTaken(tx, { ...taken, reference, accountId, trackingNo: number, at: now })
  return ok(number)
}
