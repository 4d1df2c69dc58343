import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import { listItems, lockBatch } from '../batches/store.ts'
import type { LabelDeps } from '../deps.ts'

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
    const items = await listItems(tx, id, { after: 0, limit: batch.items, state: 'rendered' })
    const waybillIds = [...new Set(items.map((item) => item.waybill_id))]
    await deps.notePrinted(tx, {
      waybillIds,
      batchNo: batch.batch_no,
      deviceId: device,
      at: deps.clock.now(),
      actor: actor.name,
    })
    const detail = { device, waybills: waybillIds.length }
    await deps.audit(tx, { actor, action: 'labels.printed_by_hand', subject: batch.batch_no, detail })
    return ok({ waybills: waybillIds.length })
  })
}
