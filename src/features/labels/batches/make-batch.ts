import { assert } from '#kernel/assert.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import { queueJob } from '#platform/jobs/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { numberOf, type PrintSource } from '../core/source.ts'
import type { LabelSize } from '../core/template.ts'
import type { LabelDeps } from '../deps.ts'
import { readDevice } from '../print/store.ts'
import { findTemplate } from '../templates/choose-template.ts'
import {
  insertBatch,
  linkJob,
  lockBatch,
  lockMaking,
  type NewItem,
  readPrintCounts,
  reopenFailed,
} from './store.ts'

export const LABEL_JOB = 'label_batch'
export const LABELS_MOST = 5_000
const SOURCES_AT_ONCE = 500

export type BatchAsk = {
  readonly waybillIds: readonly bigint[]
  readonly size: LabelSize
  /** Null: each label by the template of its carrier. */
  readonly template: string | null
  /** Why labels that were made before are made again. */
  readonly reason: string | null
  readonly substitutes: Readonly<Record<string, string>>
  /** The printer that gets it as soon as it is ready. */
  readonly deviceId: bigint | null
}

/**
 * Queues the labels of some waybills as one batch. Refuses `labels.waybill_not_found` for those without a number, `labels.too_many`,
 * `labels.template_not_found`, `labels.template_size`, `labels.device_not_found`, `labels.device_takes_not`, and
 * `labels.reprint_reason_required` where labels of them were made before and nobody said why again.
 */
export async function makeBatch(
  deps: LabelDeps,
  ask: BatchAsk,
  actor: Actor,
): Promise<Result<{ readonly id: bigint; readonly jobId: bigint; readonly batchNo: string }>> {
  const ids = [...new Set(ask.waybillIds)]
  const fits = await checkAsk(deps, ask)
  if (!fits.ok) return fits
  const sources = await readSources(deps, deps.db, ids)
  const found = new Set(sources.map((one) => one.waybillId))
  const gone = ids.filter((id) => !found.has(id))
  if (gone.length > 0)
    return refuse(
      'labels.waybill_not_found',
      `${gone.length} of these waybills have no number or are not there`,
      {
        waybills: gone.slice(0, 50).map(String),
      },
    )
  const items = sources.reduce((sum, one) => sum + piecesOf(one), 0)
  if (items > LABELS_MOST)
    return refuse('labels.too_many', `${items} labels; a batch has ${LABELS_MOST} at most`, { labels: items })
  const taken = ask.deviceId === null ? ok(null) : await checkDevice(deps, ask.deviceId, sources)
  if (!taken.ok) return taken
  const made = await deps.db.begin(async (tx) => await insert(deps, tx, { ask, sources, actor }))
  if (made.ok) deps.onJobQueued()
  return made
}

async function checkAsk(deps: LabelDeps, ask: BatchAsk): Promise<Result<null>> {
  if (ask.template !== null) {
    const template = await findTemplate(deps.db, ask.template)
    if (!template.ok) return template
    if (template.value.size !== ask.size)
      return refuse('labels.template_size', `the template is for ${template.value.size} mm, not ${ask.size}`)
  }
  return ok(null)
}

/** A document for a print component that this printer does not have would wait in its queue for ever. */
async function checkDevice(
  deps: LabelDeps,
  id: bigint,
  sources: readonly PrintSource[],
): Promise<Result<null>> {
  const device = await readDevice(deps.db, id)
  if (device?.active !== true) return refuse('labels.device_not_found', 'there is no such printer')
  const kinds = new Set(sources.map(({ document }) => kindOf(document)))
  const lacks = [...kinds].filter((kind) => !device.takes.includes(kind))
  if (lacks.length === 0) return ok(null)
  const words = `the printer ${device.code} does not take ${lacks.join(', ')}`
  return refuse('labels.device_takes_not', words, { kinds: lacks })
}

function kindOf(document: PrintSource['document']): string {
  if (document?.kind === 'sealed') return document.component
  return document?.kind === 'zpl' ? 'zpl' : 'pdf'
}

export async function readSources(deps: LabelDeps, sql: Sql, ids: readonly bigint[]): Promise<PrintSource[]> {
  const sources: PrintSource[] = []
  for (let at = 0; at < ids.length; at += SOURCES_AT_ONCE)
    sources.push(...(await deps.sources(sql, ids.slice(at, at + SOURCES_AT_ONCE))))
  return sources
}

/** A document that was made for us is one item, whatever its pages. */
function piecesOf({ document, childNos }: PrintSource): number {
  return document === null ? childNos.length + 1 : 1
}

async function insert(
  deps: LabelDeps,
  tx: Sql,
  { ask, sources, actor }: { ask: BatchAsk; sources: readonly PrintSource[]; actor: Actor },
): Promise<Result<{ id: bigint; jobId: bigint; batchNo: string }>> {
  await lockMaking(tx)
  const at = deps.clock.now()
  const before = await readPrintCounts(
    tx,
    sources.map((one) => one.waybillId),
  )
  const again = sources.filter((one) => before.has(one.waybillId))
  const reason = ask.reason?.trim() ?? ''
  if (again.length > 0 && reason.length < 3)
    return refuse(
      'labels.reprint_reason_required',
      `${again.length} of these labels were made before; say why again`,
      {
        waybills: again
          .slice(0, 50)
          .map((one) => ({ id: String(one.waybillId), trackingNo: one.trackingNo })),
        count: again.length,
      },
    )
  const items = sources.flatMap((one) =>
    Array.from(
      { length: piecesOf(one) },
      (_, piece): NewItem => ({
        waybillId: one.waybillId,
        piece: piece + 1,
        trackingNo: numberOf(one, piece + 1),
        carrier: one.carrier,
        printNo: (before.get(one.waybillId) ?? 0) + 1,
      }),
    ),
  )
  const batchNo = newBatchNo(deps)
  const id = await insertBatch(
    tx,
    {
      batchNo,
      template: ask.template,
      size: ask.size,
      reason: again.length === 0 ? null : reason,
      substitutes: ask.substitutes,
      deviceId: ask.deviceId,
      reprints: again.length,
      by: actor.name,
      at,
    },
    items,
  )
  const jobId = await queue(tx, { id, key: `${LABEL_JOB}:${id}`, by: actor.name, at })
  await deps.audit(tx, {
    actor,
    action: again.length === 0 ? 'labels.batch_made' : 'labels.reprinted',
    subject: batchNo,
    detail: {
      labels: items.length,
      ...(again.length === 0
        ? {}
        : { reprints: again.length, reason, numbers: again.slice(0, 50).map((one) => one.trackingNo) }),
    },
  })
  return ok({ id, jobId, batchNo })
}

async function queue(
  tx: Sql,
  { id, key, by, at }: { id: bigint; key: string; by: string; at: Temporal.Instant },
): Promise<bigint> {
  const job = await queueJob(tx, { kind: LABEL_JOB, payload: { batch: String(id) }, createdBy: by, key }, at)
  await linkJob(tx, id, job)
  return job
}

/** Without letters that people confuse when they read them aloud. */
const LETTERS = 'ABCDEFGHJKMNPQRSTUVWXYZ23456789'

/** `B260123-K7WQ2M`: the day in the hub's zone and six letters out of 31; the database refuses a second one of the same. */
function newBatchNo({ clock, random, zone }: LabelDeps): string {
  const day = clock.now().toZonedDateTimeISO(zone()).toPlainDate().toString().replaceAll('-', '').slice(2)
  const letters = [...random.bytes(6)].map((byte) => LETTERS[byte % LETTERS.length])
  return `B${day}-${letters.join('')}`
}

/**
 * Tries the failed labels of a batch again, with what stands for characters that the font lacks. Refuses `labels.batch_not_found`,
 * `labels.batch_busy_conflict` while it is being drawn, `labels.nothing_failed`.
 */
export async function retryFailed(
  deps: LabelDeps,
  id: bigint,
  substitutes: Readonly<Record<string, string>>,
  actor: Actor,
): Promise<Result<{ readonly labels: number; readonly jobId: bigint }>> {
  const retried = await deps.db.begin(async (tx): Promise<Result<{ labels: number; jobId: bigint }>> => {
    const batch = await lockBatch(tx, id)
    if (batch === null) return refuse('labels.batch_not_found', 'there is no such batch')
    if (batch.state === 'waiting' || batch.state === 'rendering')
      return refuse('labels.batch_busy_conflict', 'the batch is being drawn; wait until it is ready')
    if (batch.state === 'dropped')
      return refuse('labels.batch_gone', 'the pages of this batch are no longer kept')
    if (batch.state === 'ready' && batch.rendered + batch.passed === batch.items)
      return refuse('labels.nothing_failed', 'no label of this batch failed')
    const at = deps.clock.now()
    const labels = await reopenFailed(tx, id, substitutes, at)
    assert(batch.job_id !== null, 'L3', 'a batch without a job')
    const jobId = await queue(tx, { id, key: `${LABEL_JOB}:${id}:${batch.job_id}`, by: actor.name, at })
    await deps.audit(tx, {
      actor,
      action: 'labels.failed_retried',
      subject: batch.batch_no,
      detail: { labels, substitutes },
    })
    return ok({ labels, jobId })
  })
  if (retried.ok) deps.onJobQueued()
  return retried
}
