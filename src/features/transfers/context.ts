import type { Sql } from '#platform/postgres/database.ts'
import type { OpenHold } from './core/hand-over.ts'
import type { StepContext } from './core/steps.ts'
import type { Transfer } from './core/transfer.ts'
import { holdsUnderLock } from './hand-over/hand-over.ts'
import { lockPlaces } from './hand-over/store.ts'
import { readQuotas, readWarehouses } from './store.ts'

/**
 * Everything that a step stands on, read while the levels of both ends (and of the order's locks) are locked in the ledger's order:
 * taken all at once, because taking more of them later could wait for somebody who waits for us.
 */
export async function readContext(
  tx: Sql,
  transfer: Transfer,
  step: { readonly number: number; readonly actor: string },
): Promise<StepContext & { readonly holds: readonly OpenHold[] }> {
  const { id, lines, from, to, orderId } = transfer
  const places = lines.flatMap(({ sku }) => [
    { sku, warehouse: from },
    { sku, warehouse: to },
  ])
  let holds: readonly OpenHold[] = []
  if (orderId === null) await lockPlaces(tx, places)
  else holds = await holdsUnderLock(tx, orderId, places)
  const channels = lines.flatMap(({ sku, fromChannel, toChannel }) => [
    ...(fromChannel === null ? [] : [{ sku, warehouse: from, channel: fromChannel }]),
    ...(toChannel === null ? [] : [{ sku, warehouse: to, channel: toChannel }]),
  ])
  return {
    once: `transfer:${id}:${step.number}`,
    actor: step.actor,
    figures: (await readWarehouses(tx, [to])).get(to)?.figures ?? 'own',
    quotas: channels.length === 0 ? new Map() : await readQuotas(tx, channels),
    holds,
  }
}
