import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Actor } from '#platform/http/scopes.ts'
import type { LabelDeps } from '../deps.ts'
import {
  changeDevice,
  endTask,
  insertDevice,
  lockTask,
  noteEvent,
  openTasksOf,
  readDevice,
  requeue,
  retireDevice,
  setDeviceKey,
} from './store.ts'

// What people do with printers and their queues.

export type DeviceAsk = {
  readonly name: string
  readonly warehouse: string | null
  readonly takes: readonly string[]
}

/** Registers a printer and makes the key that its program gets in with; its text is told once. Refuses `labels.device_exists`. */
export async function addDevice(
  deps: LabelDeps,
  code: string,
  ask: DeviceAsk,
  actor: Actor,
): Promise<Result<{ readonly id: bigint; readonly key: string }>> {
  const at = deps.clock.now()
  const id = await deps.db.begin(async (tx) => {
    const made = await insertDevice(tx, { ...ask, code, by: actor.name, at })
    if (made !== null)
      await deps.audit(tx, {
        actor,
        action: 'labels.device_added',
        subject: code,
        detail: { takes: ask.takes },
      })
    return made
  })
  if (id === null) return refuse('labels.device_exists', `there is or was a printer "${code}"; facts name it`)
  return await newKey(deps, id, code, actor)
}

async function newKey(
  deps: LabelDeps,
  id: bigint,
  code: string,
  actor: Actor,
): Promise<Result<{ id: bigint; key: string }>> {
  const key = await deps.makeDeviceKey(actor, `printer ${code}`)
  if (!key.ok) return key
  await deps.db.begin((tx) => setDeviceKey(tx, id, key.value.id, deps.clock.now()))
  return ok({ id, key: key.value.text })
}

/** A new key in the place of a lost one, which no longer gets in. */
export async function renewKey(
  deps: LabelDeps,
  id: bigint,
  actor: Actor,
): Promise<Result<{ readonly id: bigint; readonly key: string }>> {
  const device = await readDevice(deps.db, id)
  if (device?.active !== true) return refuse('labels.device_not_found', 'there is no such printer')
  const made = await newKey(deps, id, device.code, actor)
  if (made.ok && device.key_id !== null) await deps.dropDeviceKey(actor, device.key_id)
  return made
}

export async function saveDevice(
  deps: LabelDeps,
  id: bigint,
  ask: DeviceAsk,
  actor: Actor,
): Promise<Result<null>> {
  return await deps.db.begin(async (tx) => {
    const saved = await changeDevice(tx, id, { ...ask, by: actor.name, at: deps.clock.now() })
    if (!saved) return refuse('labels.device_not_found', 'there is no such printer')
    await deps.audit(tx, { actor, action: 'labels.device_changed', subject: String(id), detail: { ...ask } })
    return ok(null)
  })
}

/** Takes a printer out of service. Refuses `labels.device_busy_conflict` while labels wait for it. */
export async function removeDevice(deps: LabelDeps, id: bigint, actor: Actor): Promise<Result<null>> {
  const device = await readDevice(deps.db, id)
  if (device?.active !== true) return refuse('labels.device_not_found', 'there is no such printer')
  const removed = await deps.db.begin(async (tx): Promise<Result<null>> => {
    const open = await openTasksOf(tx, [id])
    if (open > 0)
      return refuse(
        'labels.device_busy_conflict',
        `${open} tasks wait for this printer; move or drop them first`,
      )
    await retireDevice(tx, id, deps.clock.now())
    await deps.audit(tx, { actor, action: 'labels.device_removed', subject: device.code })
    return ok(null)
  })
  if (removed.ok && device.key_id !== null) await deps.dropDeviceKey(actor, device.key_id)
  return removed
}

/**
 * Queues a task again, or for another printer; what may have come out before is marked. Refuses `labels.task_not_found`,
 * `labels.task_done_conflict` for one that is printed, `labels.device_not_found`, `labels.device_takes_not`.
 */
export async function requeueTask(
  deps: LabelDeps,
  id: bigint,
  ask: { readonly deviceId: bigint | null; readonly reason: string },
  actor: Actor,
): Promise<Result<null>> {
  return await deps.db.begin(async (tx) => {
    const task = await lockTask(tx, id)
    if (task === null) return refuse('labels.task_not_found', 'there is no such print task')
    if (task.state === 'printed' || task.state === 'dropped')
      return refuse(
        'labels.task_done_conflict',
        `this task is ${task.state}; to print again, make a batch with a reason`,
      )
    const device = await readDevice(tx, ask.deviceId ?? task.device_id)
    if (device?.active !== true) return refuse('labels.device_not_found', 'there is no such printer')
    if (!device.takes.includes(task.kind))
      return refuse('labels.device_takes_not', `the printer ${device.code} does not take ${task.kind}`)
    const at = deps.clock.now()
    await requeue(tx, id, device.id, at)
    await noteEvent(tx, { task: id, at, what: 'queued_again', actor: actor.name, words: ask.reason })
    const detail = { device: device.code, reason: ask.reason, batch: task.batch_no }
    await deps.audit(tx, { actor, action: 'labels.task_requeued', subject: String(id), detail })
    return ok(null)
  })
}

export async function dropTask(
  deps: LabelDeps,
  id: bigint,
  reason: string,
  actor: Actor,
): Promise<Result<null>> {
  return await deps.db.begin(async (tx) => {
    const task = await lockTask(tx, id)
    if (task === null) return refuse('labels.task_not_found', 'there is no such print task')
    if (task.state === 'printed' || task.state === 'dropped')
      return refuse('labels.task_done_conflict', `this task is ${task.state}`)
    const at = deps.clock.now()
    await endTask(tx, id, { state: 'dropped', words: reason, at })
    await noteEvent(tx, { task: id, at, what: 'dropped', actor: actor.name, words: reason })
    const detail = { reason, batch: task.batch_no, labels: task.labels }
    await deps.audit(tx, { actor, action: 'labels.task_dropped', subject: String(id), detail })
    return ok(null)
  })
}
