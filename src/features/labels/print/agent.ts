import { assert } from '#kernel/assert.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { readChunk } from '../batches/store.ts'
import type { LabelDeps } from '../deps.ts'
import { markCopies } from '../render/merge-pdf.ts'
import {
  countAgain,
  type DeviceRow,
  endTask,
  handOutNext,
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
    const lease = Buffer.from(deps.random.bytes(12)).toString('base64url')
    const id = await handOutNext(tx, device.value, lease, at.add({ minutes: deps.ackMinutes }), at)
    if (id === null) return ok(null)
    const task = await readTask(tx, id)
    assert(task !== null, 'L6', 'a task that was just handed out is gone')
    await noteEvent(tx, {
      task: id,
      at,
      what: task.deliveries > 1 ? 'handed_out_again' : 'handed_out',
      actor: device.value.code,
      words: task.deliveries > 1 ? `delivery ${task.deliveries}` : '',
    })
    return ok(task)
  })
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
    return ok({ kind: 'pdf', bytes: await markCopies(deps.vault.open(sealed), task.deliveries - 1) })
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
 * A printer's word on what it was given. "Printed" counts even after the time was up, since the paper is there; of a second delivery it is
 * written down and told. Refuses `labels.task_not_found`, `labels.device_forbidden`, `labels.lease_lost_conflict`.
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
    const device = await deviceFor(tx, task.device, actor)
    if (!device.ok) return device
    const at = deps.clock.now()
    await seeDevice(tx, device.value.id, said.words, at)
    if (said.outcome === 'printed') return ok(await notePaper(deps, tx, task, said.lease, at))
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
  task: TaskRow,
  lease: string,
  at: Temporal.Instant,
): Promise<Acknowledged> {
  const before = await leasesPrinted(tx, task.id)
  // The same answer sent twice is one answer.
  if (before.includes(lease)) return { state: task.state, twice: before.length > 1 }
  await noteEvent(tx, { task: task.id, at, what: 'printed', actor: task.device, words: lease })
  if (before.length > 0) {
    await countAgain(tx, task.id, at)
    await noteEvent(tx, { task: task.id, at, what: 'printed_twice', actor: task.device })
    return { state: task.state, twice: true }
  }
  await endTask(tx, task.id, { state: 'printed', words: '', at })
  await deps.notePrinted(tx, {
    waybillIds: task.waybill_ids,
    batchNo: task.batch_no,
    deviceId: task.device,
    at,
    actor: task.device,
  })
  return { state: 'printed', twice: false }
}
