import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type BatchRow, lockBatch, setDevice } from '../batches/store.ts'
import type { LabelDeps } from '../deps.ts'
import { insertTasks, passedKinds, readDevice } from './store.ts'

/** Hands a batch to a printer's queue: each part once, each document that is handed on as it is once. */
export async function queueTasks(
  tx: Sql,
  batch: Pick<BatchRow, 'id'>,
  device: bigint,
  at: Temporal.Instant,
): Promise<number> {
  return await insertTasks(tx, batch.id, device, at)
}

/**
 * Sends a ready batch to a printer. Refuses `labels.batch_not_found`, `labels.batch_not_ready_conflict`, `labels.device_not_found`,
 * `labels.device_takes_not` where it has labels that the printer's program cannot print, and `labels.already_queued_conflict`.
 */
export async function sendBatch(
  deps: LabelDeps,
  id: bigint,
  deviceId: bigint,
  actor: Actor,
): Promise<Result<{ readonly tasks: number }>> {
  return await deps.db.begin(async (tx) => {
    const batch = await lockBatch(tx, id)
    if (batch === null) return refuse('labels.batch_not_found', 'there is no such batch')
    if (batch.state !== 'ready')
      return refuse(
        'labels.batch_not_ready_conflict',
        `the batch is ${batch.state}; only a ready one is printed`,
      )
    const device = await readDevice(tx, deviceId)
    if (device?.active !== true) return refuse('labels.device_not_found', 'there is no such printer')
    const needs = [...(batch.rendered > 0 ? ['pdf'] : []), ...(await passedKinds(tx, id))]
    const lacks = needs.filter((kind) => !device.takes.includes(kind))
    if (lacks.length > 0)
      return refuse(
        'labels.device_takes_not',
        `the printer ${device.code} does not take ${lacks.join(', ')}`,
        {
          kinds: lacks,
        },
      )
    const at = deps.clock.now()
    const tasks = await queueTasks(tx, batch, device.id, at)
    if (tasks === 0)
      return refuse(
        'labels.already_queued_conflict',
        'all of this batch is queued or printed already; to print it again, make a batch with a reason',
      )
    await setDevice(tx, id, device.id, at)
    await deps.audit(tx, {
      actor,
      action: 'labels.sent_to_printer',
      subject: batch.batch_no,
      detail: { device: device.code, tasks },
    })
    return ok({ tasks })
  })
}
