import { assert } from '#kernel/assert.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type ItemRow, itemsOfChunk, readChunk } from '../batches/store.ts'
import { isStillGood } from '../core/source.ts'
import type { LabelDeps } from '../deps.ts'
import { keepPages, markCopies } from '../render/merge-pdf.ts'
import {
  countAgain,
  type DeviceRow,
  deviceOfLease,
  endTask,
  handOutNext,
  keepWaybills,
  leasesPrinted,
  lockTask,
  noteEvent,
  readDeviceByCode,
  readTask,
  seeDevice,
  type TaskRow,
  takeBackLapsed,
} from './store.ts'

// What a printer's program says to the hub, and hears.

/** Times that labels are given to a printer before a person has to look. */
export const DELIVERIES_MOST = 3

/** A program gets in for its own printer only; a person who prints may stand in for any. */
async function deviceFor(sql: Sql, code: string, actor: Actor): Promise<Result<DeviceRow>> {
  const device = await readDeviceByCode(sql, code)
  if (device?.active !== true) return refuse('labels.device_not_found', 'there is no such printer')
  if (actor.kind === 'key' && device.key_id !== actor.id)
    return refuse('labels.device_forbidden', `this key is not the one of the printer ${device.code}`)
  return ok(device)
}

/** The next labels of a printer, its own until it acknowledges or the time is up; null: nothing to print. */
export async function claimTask(
  deps: LabelDeps,
  code: string,
  words: string,
  actor: Actor,
): Promise<Result<TaskRow | null>> {
  return await deps.db.begin(async (tx) => {
    const device = await deviceFor(tx, code, actor)
    if (!device.ok) return device
    const at = deps.clock.now()
    await seeDevice(tx, device.value.id, words, at)
    await takeBack(tx, at)
    for (let looks = 0; looks < LOOKS_MOST; looks += 1) {
      const lease = Buffer.from(deps.random.bytes(12)).toString('base64url')
      const id = await handOutNext(tx, device.value, lease, deps.ackMinutes, at)
      if (id === null) return ok(null)
      const task = await leaveOutCancelled(deps, tx, id, at)
      if (task === null) continue
      await noteEvent(tx, {
        task: id,
        at,
        what: task.deliveries > 1 ? 'handed_out_again' : 'handed_out',
        actor: device.value.code,
        words: task.deliveries > 1 ? `delivery ${task.deliveries}` : '',
        lease,
      })
      return ok(task)
    }
    return ok(null)
  })
}

/** Tasks in a row that may turn out to be empty before a printer has to ask again. */
const LOOKS_MOST = 20

/** Labels of waybills that were cancelled, or have another number, since they were drawn are not printed; null: none is left. */
async function leaveOutCancelled(
  deps: LabelDeps,
  tx: Sql,
  id: bigint,
  at: Temporal.Instant,
): Promise<TaskRow | null> {
  const task = await readTask(tx, id)
  assert(task !== null, 'L6', 'a task that was just handed out is gone')
  const drawn = await itemsOfTask(tx, task)
  const issued = await deps.issued(tx, task.waybill_ids)
  const cancelled = new Set(drawn.filter((one) => !isStillGood(one, issued)).map((one) => one.waybill_id))
  if (cancelled.size === 0) return task
  const waybillIds = task.waybill_ids.filter((one) => !cancelled.has(one))
  const labels = drawn.filter((one) => !cancelled.has(one.waybill_id)).length
  await keepWaybills(tx, id, { waybillIds, labels }, at)
  const numbers = drawn.filter((one) => one.piece === 1 && cancelled.has(one.waybill_id))
  const words = `cancelled meanwhile: ${numbers.map((one) => one.tracking_no).join(', ')}`.slice(0, 500)
  await noteEvent(tx, { task: id, at, what: 'left_out', actor: 'hub', words })
  if (waybillIds.length > 0) return { ...task, waybill_ids: waybillIds, labels }
  await endTask(tx, id, { state: 'dropped', words, at })
  return null
}

/** Labels that a task has, in the order of their pages. */
async function itemsOfTask(tx: Sql, task: TaskRow): Promise<readonly ItemRow[]> {
  const items = await itemsOfChunk(tx, task.batch_id, task.chunk)
  return items.filter((one) => task.waybill_ids.includes(one.waybill_id))
}

export async function takeBack(tx: Sql, at: Temporal.Instant): Promise<void> {
  for (const { id, state } of await takeBackLapsed(tx, DELIVERIES_MOST, at))
    await noteEvent(tx, { task: id, at, what: state === 'stuck' ? 'stuck' : 'taken_back', actor: 'hub' })
}

export type TaskDocument =
  | { readonly kind: 'pdf' | 'zpl'; readonly bytes: Uint8Array }
  | { readonly kind: 'sealed'; readonly document: unknown }

/**
 * What is to be printed: pages that carry a square in the corner for each earlier delivery, a printer's own language, or a platform's
 * sealed document as it came. Refuses `labels.task_not_found`, `labels.device_forbidden`, `labels.lease_lost_conflict`, `labels.batch_gone`.
 */
export async function readTaskDocument(
  deps: LabelDeps,
  id: bigint,
  lease: string,
  actor: Actor,
): Promise<Result<TaskDocument>> {
  const task = await readTask(deps.db, id)
  if (task === null) return refuse('labels.task_not_found', 'there is no such print task')
  const device = await deviceFor(deps.db, task.device, actor)
  if (!device.ok) return device
  if (task.lease !== lease || task.state !== 'handed_out')
    return refuse('labels.lease_lost_conflict', 'this task was taken back; ask for the next one')
  if (task.chunk !== null) {
    const sealed = await readChunk(deps.db, task.batch_id, task.chunk)
    if (sealed === null) return refuse('labels.batch_gone', 'the pages of this batch are no longer kept')
    const items = await itemsOfChunk(deps.db, task.batch_id, task.chunk)
    const pages = await keepPages(deps.vault.open(sealed), items, (one) =>
      task.waybill_ids.includes(one.waybill_id),
    )
    return ok({ kind: 'pdf', bytes: await markCopies(pages, task.deliveries - 1) })
  }
  const [source] = await deps.sources(deps.db, task.waybill_id === null ? [] : [task.waybill_id])
  const document = source?.document
  if (document?.kind === 'sealed') return ok({ kind: 'sealed', document: document.document })
  if (document?.kind === 'zpl') return ok({ kind: 'zpl', bytes: document.bytes })
  return refuse('labels.batch_gone', 'the document of this waybill is no longer there')
}

export type Acknowledged = {
  readonly state: TaskRow['state']
  /** Another delivery of these labels was acknowledged as printed too: there are two of each. */
  readonly twice: boolean
}

/**
 * A printer's word on what it was given. "Printed" counts even after the time was up or the task went to another printer, since the paper
 * is there; of a second delivery it is written down and told. Refuses `labels.task_not_found`, `labels.device_forbidden`, and
 * `labels.lease_lost_conflict`, also for a lease that nobody was ever given.
 */
export async function acknowledge(
  deps: LabelDeps,
  id: bigint,
  said: { readonly lease: string; readonly outcome: 'printed' | 'failed'; readonly words: string },
  actor: Actor,
): Promise<Result<Acknowledged>> {
  return await deps.db.begin(async (tx) => {
    const task = await lockTask(tx, id)
    if (task === null) return refuse('labels.task_not_found', 'there is no such print task')
    const given = await deviceOfLease(tx, id, said.lease)
    const device = await deviceFor(tx, given ?? task.device, actor)
    if (!device.ok) return device
    if (given === null) return refuse('labels.lease_lost_conflict', 'no printer was given this task so')
    const at = deps.clock.now()
    await seeDevice(tx, device.value.id, said.words, at)
    if (said.outcome === 'printed')
      return ok(await notePaper(deps, tx, { task, device: given }, said.lease, at))
    if (task.lease !== said.lease)
      return refuse('labels.lease_lost_conflict', 'this task was given out again meanwhile')
    if (task.state === 'failed') return ok({ state: 'failed', twice: false })
    if (task.state === 'printed') return refuse('labels.lease_lost_conflict', 'this task was printed already')
    await endTask(tx, id, { state: 'failed', words: said.words, at })
    await noteEvent(tx, { task: id, at, what: 'failed', actor: task.device, words: said.words })
    return ok({ state: 'failed', twice: false })
  })
}

async function notePaper(
  deps: LabelDeps,
  tx: Sql,
  { task, device }: { readonly task: TaskRow; readonly device: string },
  lease: string,
  at: Temporal.Instant,
): Promise<Acknowledged> {
  const before = await leasesPrinted(tx, task.id)
  // The same answer sent twice is one answer.
  if (before.includes(lease)) return { state: task.state, twice: before.length > 1 }
  await noteEvent(tx, { task: task.id, at, what: 'printed', actor: device, lease })
  if (before.length > 0) {
    await countAgain(tx, task.id, at)
    await noteEvent(tx, { task: task.id, at, what: 'printed_twice', actor: device })
    return { state: task.state, twice: true }
  }
  await endTask(tx, task.id, { state: 'printed', words: '', at })
  await deps.notePrinted(tx, {
    waybillIds: task.waybill_ids,
    batchNo: task.batch_no,
    deviceId: device,
    at,
    actor: device,
  })
  return { state: 'printed', twice: false }
}
