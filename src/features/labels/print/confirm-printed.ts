import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import { itemsOfChunk, lockBatch } from '../batches/store.ts'
import type { LabelDeps } from '../deps.ts'
import { dropWaiting, noteEvent } from './store.ts'

const BY_HAND = 'printed by hand'

/**
 * A person printed a batch's PDF on a printer that no program serves: its labels are printed, on their word. Refuses
 * `labels.batch_not_found`, `labels.batch_not_ready_conflict`.
 */
export async function confirmPrinted(
  deps: LabelDeps,
  id: bigint,
  device: string,
  actor: Actor,
): Promise<Result<{ readonly waybills: number }>> {
  return await deps.db.begin(async (tx) => {
    const batch = await lockBatch(tx, id)
    if (batch === null) return refuse('labels.batch_not_found', 'there is no such batch')
    if (batch.state !== 'ready')
      return refuse('labels.batch_not_ready_conflict', `the batch is ${batch.state} and has no PDF`)
    const items = await itemsOfChunk(tx, id, 'all')
    const at = deps.clock.now()
    const waybillIds = [...new Set(items.map((item) => item.waybill_id))]
    await deps.notePrinted(tx, {
      waybillIds,
      batchNo: batch.batch_no,
      deviceId: device,
      at,
      actor: actor.name,
    })
    // What still waits for a printer would be a second copy of each.
    for (const task of await dropWaiting(tx, id, BY_HAND, at))
      await noteEvent(tx, { task, at, what: 'dropped', actor: actor.name, words: BY_HAND })
    const detail = { device, waybills: waybillIds.length }
    await deps.audit(tx, { actor, action: 'labels.printed_by_hand', subject: batch.batch_no, detail })
    return ok({ waybills: waybillIds.length })
  })
}
