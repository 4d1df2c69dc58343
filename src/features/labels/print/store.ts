import type { Instant } from '#kernel/clock.ts'
import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'

export const TASK_KINDS = ['pdf', 'zpl', 'cainiao', 'pinduoduo', 'douyin'] as const
export type TaskKind = (typeof TASK_KINDS)[number]

export type DeviceRow = {
  readonly id: bigint
  readonly code: string
  readonly name: string
  readonly warehouse: string | null
  readonly takes: readonly string[]
  readonly key_id: string | null
  readonly active: boolean
  readonly last_seen_at: Instant | null
  readonly last_words: string
}

export async function readDevices(sql: Sql): Promise<(DeviceRow & { open: number; stuck: number })[]> {
  return await sql<DeviceRow & { open: number; stuck: number }>`
    select d.id, d.code, d.name, d.warehouse, d.takes, d.key_id, d.active, d.last_seen_at, d.last_words,
      (select count(*) from print_task t where t.device_id = d.id and t.state in ('queued', 'handed_out'))::int as open,
      (select count(*) from print_task t where t.device_id = d.id and t.state in ('stuck', 'failed'))::int as stuck
    from print_device d where d.active order by d.code`
}

export async function readDevice(sql: Sql, id: bigint): Promise<DeviceRow | null> {
  const [row] = await sql<DeviceRow>`
    select id, code, name, warehouse, takes, key_id, active, last_seen_at, last_words from print_device where id = ${id}`
  return row ?? null
}

export async function readDeviceByCode(sql: Sql, code: string): Promise<DeviceRow | null> {
  const [row] = await sql<DeviceRow>`
    select id, code, name, warehouse, takes, key_id, active, last_seen_at, last_words from print_device where code = ${code}`
  return row ?? null
}

export type SaveDevice = {
  readonly code: string
  readonly name: string
  readonly warehouse: string | null
  readonly takes: readonly string[]
  readonly by: string
  readonly at: Instant
}

/** Null: a printer of this code is there, or was; facts name it, so a code is never used twice. */
export async function insertDevice(tx: Sql, one: SaveDevice): Promise<bigint | null> {
  const [row] = await tx<{ id: bigint }>`
    insert into print_device (code, name, warehouse, takes, created_by, created_at, updated_at)
    values (${one.code}, ${one.name}, ${one.warehouse}, ${textArray(one.takes)}, ${one.by}, ${one.at}, ${one.at})
    on conflict do nothing returning id`
  return row?.id ?? null
}

export async function changeDevice(tx: Sql, id: bigint, one: Omit<SaveDevice, 'code'>): Promise<boolean> {
  const rows = await tx`
    update print_device set name = ${one.name}, warehouse = ${one.warehouse}, takes = ${textArray(one.takes)}, updated_at = ${one.at}
    where id = ${id} and active returning id`
  return rows.length > 0
}

export async function setDeviceKey(tx: Sql, id: bigint, key: string | null, at: Instant): Promise<void> {
  await tx`
    update print_device set past_keys = array_remove(past_keys || key_id, null), key_id = ${key}, updated_at = ${at} where id = ${id}`
}

export async function retireDevice(tx: Sql, id: bigint, at: Instant): Promise<boolean> {
  const rows = await tx`
    update print_device set active = false, past_keys = array_remove(past_keys || key_id, null), key_id = null, updated_at = ${at}
    where id = ${id} and active returning id`
  return rows.length > 0
}

export async function seeDevice(tx: Sql, id: bigint, words: string, at: Instant): Promise<void> {
  await tx`update print_device set last_seen_at = ${at}, last_words = ${words} where id = ${id}`
}

export type TaskRow = {
  readonly id: bigint
  readonly batch_id: bigint
  readonly batch_no: string
  readonly device_id: bigint
  readonly device: string
  readonly kind: TaskKind
  readonly chunk: number | null
  readonly waybill_id: bigint | null
  readonly waybill_ids: readonly bigint[]
  readonly labels: number
  readonly state: 'queued' | 'handed_out' | 'printed' | 'failed' | 'stuck' | 'dropped'
  readonly lease: string | null
  readonly lease_until: Instant | null
  readonly deliveries: number
  readonly printed_times: number
  readonly words: string
  readonly queued_at: Instant
  readonly handed_at: Instant | null
  readonly ended_at: Instant | null
}

/** Parts and documents of a batch that have no task yet become tasks of a printer; how many. */
export async function insertTasks(tx: Sql, batch: bigint, device: bigint, at: Instant): Promise<number> {
  const parts = await tx`
    insert into print_task (batch_id, device_id, kind, chunk, waybill_ids, labels, queued_at, updated_at)
    select c.batch_id, ${device}, 'pdf', c.chunk,
      (select array_agg(distinct i.waybill_id) from label_item i where i.batch_id = c.batch_id and i.chunk = c.chunk),
      c.labels, ${at}, ${at}
    from label_chunk c
    where c.batch_id = ${batch}
      and not exists (select 1 from print_task t where t.batch_id = c.batch_id and t.chunk = c.chunk and t.state <> 'dropped')
    order by c.chunk returning id`
  const documents = await tx`
    insert into print_task (batch_id, device_id, kind, waybill_id, waybill_ids, labels, queued_at, updated_at)
    select i.batch_id, ${device}, i.template, i.waybill_id, array[i.waybill_id], 1, ${at}, ${at}
    from label_item i
    where i.batch_id = ${batch} and i.state = 'passed'
      and not exists (select 1 from print_task t where t.batch_id = i.batch_id and t.waybill_id = i.waybill_id and t.state <> 'dropped')
    order by i.position returning id`
  return parts.length + documents.length
}

/** Kinds of the passed documents of a batch. */
export async function passedKinds(sql: Sql, batch: bigint): Promise<readonly string[]> {
  const rows = await sql<{ kind: string }>`
    select distinct template as kind from label_item where batch_id = ${batch} and state = 'passed'`
  return rows.map((row) => row.kind)
}

/** By the database's clock, which all processes share: takes back what printers were given and did not answer for; `most` deliveries and it waits for a person. */
export async function takeBackLapsed(
  tx: Sql,
  most: number,
  at: Instant,
): Promise<{ readonly id: bigint; readonly state: string }[]> {
  return await tx`
    update print_task set state = case when deliveries >= ${most} then 'stuck' else 'queued' end,
      lease_until = null, updated_at = ${at}
    where id in (select id from print_task where state = 'handed_out' and lease_until < now() order by id for update skip locked)
    returning id, state`
}

export async function handOutNext(
  tx: Sql,
  device: Pick<DeviceRow, 'id' | 'takes'>,
  lease: string,
  minutes: number,
  at: Instant,
): Promise<bigint | null> {
  const [row] = await tx<{ id: bigint }>`
    update print_task set state = 'handed_out', lease = ${lease}, lease_until = now() + make_interval(mins => ${minutes}), deliveries = deliveries + 1,
      handed_at = ${at}, updated_at = ${at}
    where id = (
      select id from print_task
      where device_id = ${device.id} and state = 'queued' and kind = any(${textArray(device.takes)}::text[])
      order by id limit 1 for update skip locked
    ) returning id`
  return row?.id ?? null
}

export async function readTask(sql: Sql, id: bigint): Promise<TaskRow | null> {
  const [row] = await sql<TaskRow>`
    select t.id, t.batch_id, b.batch_no, t.device_id, d.code as device, t.kind, t.chunk, t.waybill_id, t.waybill_ids, t.labels,
      t.state, t.lease, t.lease_until, t.deliveries, t.printed_times, t.words, t.queued_at, t.handed_at, t.ended_at
    from print_task t join label_batch b on b.id = t.batch_id join print_device d on d.id = t.device_id
    where t.id = ${id}`
  return row === undefined ? null : withIds(row)
}

/** The driver answers arrays of bigint as text. */
function withIds(row: TaskRow): TaskRow {
  return { ...row, waybill_ids: row.waybill_ids.map((id) => BigInt(id)) }
}

export async function lockTask(tx: Sql, id: bigint): Promise<TaskRow | null> {
  await tx`select id from print_task where id = ${id} for update`
  return await readTask(tx, id)
}

export async function listTasks(
  sql: Sql,
  ask: {
    readonly before: bigint | null
    readonly limit: number
    readonly state: string | null
    readonly device: bigint | null
    readonly batch: bigint | null
  },
): Promise<TaskRow[]> {
  const rows = await sql<TaskRow>`
    select t.id, t.batch_id, b.batch_no, t.device_id, d.code as device, t.kind, t.chunk, t.waybill_id, t.waybill_ids, t.labels,
      t.state, t.lease, t.lease_until, t.deliveries, t.printed_times, t.words, t.queued_at, t.handed_at, t.ended_at
    from print_task t join label_batch b on b.id = t.batch_id join print_device d on d.id = t.device_id
    where (${ask.before}::bigint is null or t.id < ${ask.before}::bigint)
      and (${ask.state}::text is null or t.state = ${ask.state}::text)
      and (${ask.device}::bigint is null or t.device_id = ${ask.device}::bigint)
      and (${ask.batch}::bigint is null or t.batch_id = ${ask.batch}::bigint)
    order by t.id desc limit ${ask.limit}`
  return rows.map(withIds)
}

export async function endTask(
  tx: Sql,
  id: bigint,
  end: { readonly state: 'printed' | 'failed' | 'dropped'; readonly words: string; readonly at: Instant },
): Promise<void> {
  await tx`
    update print_task set state = ${end.state}, words = ${end.words}, lease_until = null, ended_at = ${end.at}, updated_at = ${end.at},
      printed_times = printed_times + case when ${end.state} = 'printed' then 1 else 0 end
    where id = ${id}`
}

export async function countAgain(tx: Sql, id: bigint, at: Instant): Promise<void> {
  await tx`update print_task set printed_times = printed_times + 1, updated_at = ${at} where id = ${id}`
}

export async function requeue(tx: Sql, id: bigint, device: bigint, at: Instant): Promise<void> {
  await tx`
    update print_task set state = 'queued', device_id = ${device}, lease_until = null, queued_at = ${at}, ended_at = null,
      words = '', updated_at = ${at}
    where id = ${id}`
}

export async function noteEvent(
  tx: Sql,
  event: {
    readonly task: bigint
    readonly at: Instant
    readonly what: string
    readonly actor: string
    readonly words?: string
    readonly lease?: string
  },
): Promise<void> {
  await tx`
    insert into print_event (task_id, at, what, actor, words, lease)
    values (${event.task}, ${event.at}, ${event.what}, ${event.actor}, ${event.words ?? ''}, ${event.lease ?? null})`
}

/** How many deliveries ended with "printed", by the leases that said so. */
export async function leasesPrinted(sql: Sql, id: bigint): Promise<readonly string[]> {
  const rows = await sql<{ lease: string }>`
    select lease from print_event where task_id = ${id} and what = 'printed' and lease is not null`
  return rows.map((row) => row.lease)
}

/** The printer that a delivery of this task went to; null: nobody was ever given this lease. */
export async function deviceOfLease(sql: Sql, id: bigint, lease: string): Promise<string | null> {
  const [row] = await sql<{ actor: string }>`
    select actor from print_event
    where task_id = ${id} and lease = ${lease} and what in ('handed_out', 'handed_out_again') limit 1`
  return row?.actor ?? null
}

/** What is left of a task after waybills were cancelled; none: nothing is to be printed any more. */
export async function keepWaybills(
  tx: Sql,
  id: bigint,
  left: { readonly waybillIds: readonly bigint[]; readonly labels: number },
  at: Instant,
): Promise<void> {
  await tx`
    update print_task set waybill_ids = ${int8Array(left.waybillIds)}::bigint[], labels = ${left.labels}, updated_at = ${at}
    where id = ${id}`
}

/** Tasks with pages of a batch that no printer has at the moment end with it: a person printed them. */
export async function dropWaiting(tx: Sql, batch: bigint, words: string, at: Instant): Promise<bigint[]> {
  const rows = await tx<{ id: bigint }>`
    update print_task set state = 'dropped', words = ${words}, ended_at = ${at}, updated_at = ${at}
    where batch_id = ${batch} and chunk is not null and state in ('queued', 'failed', 'stuck') returning id`
  return rows.map((row) => row.id)
}

export type LateDevice = {
  readonly code: string
  readonly name: string
  readonly tasks: number
  readonly labels: number
  readonly stuck: number
  readonly failed: number
  readonly oldest: Instant
  readonly last_seen_at: Instant | null
}

/** Printers with labels that nobody acknowledged since `before`: not fetched, given out without an answer, given up, or failed. */
export async function readLate(sql: Sql, before: Instant): Promise<LateDevice[]> {
  return await sql<LateDevice>`
    select d.code, d.name, d.last_seen_at, count(*)::int as tasks, sum(t.labels)::int as labels,
      count(*) filter (where t.state = 'stuck')::int as stuck, count(*) filter (where t.state = 'failed')::int as failed,
      min(t.queued_at) as oldest
    from print_task t join print_device d on d.id = t.device_id
    where t.state in ('stuck', 'failed') or (t.state in ('queued', 'handed_out') and t.queued_at < ${before})
    group by d.id order by d.code`
}

export async function eventsOf(
  sql: Sql,
  id: bigint,
): Promise<
  { readonly at: Instant; readonly what: string; readonly actor: string; readonly words: string }[]
> {
  return await sql`select at, what, actor, words from print_event where task_id = ${id} order by id`
}

/** Which of these printers' tasks are open: they cannot be taken away with them. */
export async function openTasksOf(sql: Sql, devices: readonly bigint[]): Promise<number> {
  const [row] = await sql<{ n: number }>`
    select count(*)::int as n from print_task
    where device_id = any(${int8Array(devices)}::bigint[]) and state in ('queued', 'handed_out', 'stuck', 'failed')`
  return row?.n ?? 0
}

export async function isDeviceKey(sql: Sql, key: string): Promise<boolean> {
  return (await sql`select 1 from print_device where key_id = ${key} or ${key} = any(past_keys)`).length > 0
}
