import type { Instant } from '#kernel/clock.ts'
import { int4Array, int8Array, textArray } from '#platform/postgres/arrays.ts'
import { json, type Sql } from '#platform/postgres/database.ts'
import type { LabelSize } from '../core/template.ts'

export type BatchRow = {
  readonly id: bigint
  readonly batch_no: string
  readonly state: 'waiting' | 'rendering' | 'ready' | 'failed' | 'dropped'
  readonly template: string | null
  readonly size: LabelSize
  readonly reason: string | null
  readonly substitutes: Readonly<Record<string, string>>
  readonly device_id: bigint | null
  readonly items: number
  readonly rendered: number
  readonly failed: number
  readonly passed: number
  readonly pages: number
  readonly reprints: number
  readonly pdf_bytes: number
  readonly job_id: bigint | null
  readonly created_by: string
  readonly created_at: Instant
}

/** Two people who print the same waybills at once are one after the other: the second hears that they are printed. */
export async function lockMaking(tx: Sql): Promise<void> {
  await tx`select pg_advisory_xact_lock(hashtext('labels.make'))`
}

/** How often labels of these waybills were made before, by waybill; none: not in it. */
export async function readPrintCounts(
  sql: Sql,
  waybillIds: readonly bigint[],
): Promise<ReadonlyMap<bigint, number>> {
  const rows = await sql<{ waybill_id: bigint; most: number }>`
    select waybill_id, max(print_no)::int as most from label_item
    where waybill_id = any(${int8Array(waybillIds)}::bigint[]) and state <> 'failed' group by waybill_id`
  return new Map(rows.map((row) => [row.waybill_id, row.most]))
}

export type NewBatch = {
  readonly batchNo: string
  readonly template: string | null
  readonly size: LabelSize
  readonly reason: string | null
  readonly substitutes: Readonly<Record<string, string>>
  readonly deviceId: bigint | null
  readonly reprints: number
  readonly by: string
  readonly at: Instant
}
export type NewItem = {
  readonly waybillId: bigint
  readonly piece: number
  readonly trackingNo: string
  readonly carrier: string
  readonly printNo: number
}

export async function insertBatch(tx: Sql, batch: NewBatch, items: readonly NewItem[]): Promise<bigint> {
  const [row] = await tx<{ id: bigint }>`
    insert into label_batch (batch_no, state, template, size, reason, substitutes, device_id, items, reprints, created_by, created_at, updated_at)
    values (${batch.batchNo}, 'waiting', ${batch.template}, ${batch.size}, ${batch.reason}, ${json(batch.substitutes)}::jsonb,
      ${batch.deviceId}, ${items.length}, ${batch.reprints}, ${batch.by}, ${batch.at}, ${batch.at})
    returning id`
  const id = row?.id ?? 0n
  await tx`
    insert into label_item (batch_id, position, waybill_id, piece, tracking_no, carrier, print_no)
    select ${id}, * from unnest(${int4Array(items.map((_, at) => at + 1))}::int[],
      ${int8Array(items.map((item) => item.waybillId))}::bigint[], ${int4Array(items.map((item) => item.piece))}::int[],
      ${textArray(items.map((item) => item.trackingNo))}::text[], ${textArray(items.map((item) => item.carrier))}::text[],
      ${int4Array(items.map((item) => item.printNo))}::int[])`
  return id
}

export async function linkJob(tx: Sql, id: bigint, job: bigint): Promise<void> {
  await tx`update label_batch set job_id = ${job} where id = ${id}`
}

export async function readBatch(sql: Sql, id: bigint): Promise<BatchRow | null> {
  const [row] = await sql<BatchRow>`
    select id, batch_no, state, template, size, reason, substitutes, device_id, items, rendered, failed, passed, pages,
      reprints, pdf_bytes, job_id, created_by, created_at
    from label_batch where id = ${id}`
  return row ?? null
}

export async function lockBatch(tx: Sql, id: bigint): Promise<BatchRow | null> {
  const [row] = await tx<BatchRow>`
    select id, batch_no, state, template, size, reason, substitutes, device_id, items, rendered, failed, passed, pages,
      reprints, pdf_bytes, job_id, created_by, created_at
    from label_batch where id = ${id} for update`
  return row ?? null
}

export async function listBatches(
  sql: Sql,
  { before, limit, state }: { before: bigint | null; limit: number; state: string | null },
): Promise<BatchRow[]> {
  return await sql<BatchRow>`
    select id, batch_no, state, template, size, reason, substitutes, device_id, items, rendered, failed, passed, pages,
      reprints, pdf_bytes, job_id, created_by, created_at
    from label_batch
    where (${before}::bigint is null or id < ${before}::bigint) and (${state}::text is null or state = ${state}::text)
    order by id desc limit ${limit}`
}

export type ItemRow = {
  readonly position: number
  readonly waybill_id: bigint
  readonly piece: number
  readonly tracking_no: string
  readonly carrier: string
  readonly state: 'waiting' | 'rendered' | 'failed' | 'passed'
  readonly print_no: number
  readonly template: string | null
  readonly pages: number
  readonly chunk: number | null
  readonly code: string | null
  readonly detail: string | null
  readonly data: unknown
}

export async function listItems(
  sql: Sql,
  id: bigint,
  { after, limit, state }: { after: number; limit: number; state: string | null },
): Promise<ItemRow[]> {
  return await sql<ItemRow>`
    select position, waybill_id, piece, tracking_no, carrier, state, print_no, template, pages, chunk, code, detail, data
    from label_item
    where batch_id = ${id} and position > ${after} and (${state}::text is null or state = ${state}::text)
    order by position limit ${limit}`
}

export type ItemEnd = {
  readonly position: number
  readonly state: 'rendered' | 'failed' | 'passed'
  readonly template: string | null
  readonly pages: number
  readonly code: string | null
  readonly detail: string | null
  readonly data: unknown
}

/** Writes what became of waiting items; the positions that were still waiting. */
export async function endItems(
  tx: Sql,
  id: bigint,
  chunk: number | null,
  ends: readonly ItemEnd[],
): Promise<number> {
  const rows = await tx`
    update label_item i set state = e.state, template = nullif(e.template, ''), pages = e.pages,
      chunk = case when e.state = 'rendered' then ${chunk}::int end,
      code = nullif(e.code, ''), detail = nullif(e.detail, ''), data = nullif(e.data, '')::jsonb
    from unnest(${int4Array(ends.map((one) => one.position))}::int[], ${textArray(ends.map((one) => one.state))}::text[],
      ${textArray(ends.map((one) => one.template ?? ''))}::text[], ${int4Array(ends.map((one) => one.pages))}::int[],
      ${textArray(ends.map((one) => one.code ?? ''))}::text[], ${textArray(ends.map((one) => one.detail ?? ''))}::text[],
      ${textArray(ends.map((one) => (one.data === null ? '' : JSON.stringify(one.data))))}::text[])
      as e (position, state, template, pages, code, detail, data)
    where i.batch_id = ${id} and i.position = e.position and i.state = 'waiting' returning i.position`
  return rows.length
}

export async function insertChunk(
  tx: Sql,
  id: bigint,
  chunk: {
    readonly no: number
    readonly pages: number
    readonly labels: number
    readonly pdf: Uint8Array
    readonly at: Instant
  },
): Promise<void> {
  await tx`
    insert into label_chunk (batch_id, chunk, pages, labels, pdf, made_at)
    values (${id}, ${chunk.no}, ${chunk.pages}, ${chunk.labels}, ${chunk.pdf}, ${chunk.at})`
}

export async function countChunks(sql: Sql, id: bigint): Promise<number> {
  const [row] = await sql<{ most: number }>`
    select coalesce(max(chunk), 0) as most from label_chunk where batch_id = ${id}`
  return row?.most ?? 0
}

export async function readChunk(sql: Sql, id: bigint, chunk: number): Promise<Uint8Array | null> {
  const [row] = await sql<{ pdf: Uint8Array }>`
    select pdf from label_chunk where batch_id = ${id} and chunk = ${chunk}`
  return row?.pdf ?? null
}

export async function readChunks(
  sql: Sql,
  id: bigint,
): Promise<{ readonly chunk: number; readonly pages: number; readonly labels: number }[]> {
  return await sql`select chunk, pages, labels from label_chunk where batch_id = ${id} order by chunk`
}

/** Drawn labels of a part of a batch, or of all its parts, in the order of their pages; of none: those that were passed on. */
export async function itemsOfChunk(
  sql: Sql,
  id: bigint,
  chunk: number | null | 'all',
): Promise<readonly ItemRow[]> {
  const [part, all] = [typeof chunk === 'number' ? chunk : null, chunk === 'all']
  return await sql<ItemRow>`
    select position, waybill_id, piece, tracking_no, carrier, state, print_no, template, pages, chunk, code, detail, data
    from label_item
    where batch_id = ${id} and case when ${all} then chunk is not null else chunk is not distinct from ${part}::int end
      and state in ('rendered', 'passed')
    order by chunk, position`
}

/** Waybills whose labels are in a part of a batch, in their order. */
export async function waybillsOfChunk(sql: Sql, id: bigint, chunk: number): Promise<bigint[]> {
  const rows = await sql<{ waybill_id: bigint }>`
    select waybill_id, min(position) as first from label_item where batch_id = ${id} and chunk = ${chunk}
    group by waybill_id order by first`
  return rows.map((row) => row.waybill_id)
}

/** Counts what became of the items, so that no figure depends on what a killed run had added up. */
export async function countBatch(tx: Sql, id: bigint, at: Instant): Promise<void> {
  await tx`
    update label_batch b set rendered = c.rendered, failed = c.failed, passed = c.passed, pages = c.pages, updated_at = ${at}
    from (
      select count(*) filter (where state = 'rendered') as rendered, count(*) filter (where state = 'failed') as failed,
        count(*) filter (where state = 'passed') as passed, coalesce(sum(pages) filter (where state = 'rendered'), 0) as pages
      from label_item where batch_id = ${id}
    ) c where b.id = ${id}`
}

export async function setBatchState(
  tx: Sql,
  id: bigint,
  state: BatchRow['state'],
  at: Instant,
): Promise<void> {
  await tx`update label_batch set state = ${state}, updated_at = ${at} where id = ${id}`
}

export async function savePdf(
  tx: Sql,
  id: bigint,
  pdf: Uint8Array | null,
  bytes: number,
  at: Instant,
): Promise<void> {
  await tx`update label_batch set pdf = ${pdf}, pdf_bytes = ${bytes}, updated_at = ${at} where id = ${id}`
}

export async function readPdf(sql: Sql, id: bigint): Promise<Uint8Array | null> {
  const [row] = await sql<{ pdf: Uint8Array | null }>`select pdf from label_batch where id = ${id}`
  return row?.pdf ?? null
}

/** Failed labels, and those that a lost job left, wait again, with what may stand for missing characters; how many. */
export async function reopenFailed(
  tx: Sql,
  id: bigint,
  substitutes: Readonly<Record<string, string>>,
  at: Instant,
): Promise<number> {
  const rows = await tx`
    update label_item set state = 'waiting', code = null, detail = null, data = null
    where batch_id = ${id} and state in ('failed', 'waiting') returning position`
  await tx`
    update label_batch set substitutes = substitutes || ${json(substitutes)}::jsonb, state = 'waiting', updated_at = ${at}
    where id = ${id}`
  return rows.length
}

export async function setDevice(tx: Sql, id: bigint, device: bigint, at: Instant): Promise<void> {
  await tx`update label_batch set device_id = ${device}, updated_at = ${at} where id = ${id}`
}

/** A batch whose job was cancelled or given up is not being drawn: it stands as failed, and a person has it go on. */
export async function haltLost(tx: Sql, at: Instant): Promise<void> {
  await tx`
    update label_batch b set state = 'failed', updated_at = ${at} from job j
    where j.id = b.job_id and b.state in ('waiting', 'rendering') and j.state in ('failed', 'cancelled')`
}

/** Lets the pages of old batches go; which label was in which batch stays. */
export async function dropOldPages(tx: Sql, before: Instant, at: Instant): Promise<number> {
  const rows = await tx<{ id: bigint }>`
    update label_batch set state = 'dropped', pdf = null, updated_at = ${at}
    where created_at < ${before} and state in ('ready', 'failed') returning id`
  const ids = int8Array(rows.map((row) => row.id))
  if (rows.length > 0) await tx`delete from label_chunk where batch_id = any(${ids}::bigint[])`
  return rows.length
}

export type PendingRow = {
  readonly id: bigint
  readonly parcel_no: string
  readonly tracking_no: string
  readonly carrier: string
  readonly warehouse: string | null
  readonly pieces: number
  readonly document_kind: string | null
  readonly order_nos: readonly string[]
  readonly issued_at: Instant
  readonly prints: number
}

/** Waybills that have a number and of which nobody has printed a label yet, those that wait longest first. */
export async function listPending(
  sql: Sql,
  ask: {
    readonly after: bigint
    readonly limit: number
    readonly carrier: string | null
    readonly warehouse: string | null
    readonly q: string | null
  },
): Promise<PendingRow[]> {
  return await sql<PendingRow>`
    select w.id, w.parcel_no, w.tracking_no, w.carrier, w.warehouse, w.pieces, w.document_kind, w.issued_at,
      array(select o.value ->> 'orderNo' from jsonb_array_elements(w.orders) as o) as order_nos,
      (select count(distinct i.batch_id) from label_item i where i.waybill_id = w.id and i.state <> 'failed')::int as prints
    from waybill w
    where w.state = 'issued' and w.tracking_no is not null and w.printed_at is null and w.id > ${ask.after}
      and (${ask.carrier}::text is null or w.carrier = ${ask.carrier}::text)
      and (${ask.warehouse}::text is null or w.warehouse = ${ask.warehouse}::text)
      and (${ask.q}::text is null or w.tracking_no = ${ask.q}::text or w.parcel_no = ${ask.q}::text
        or exists (select 1 from jsonb_array_elements(w.orders) as o where o.value ->> 'orderNo' = ${ask.q}::text))
    order by w.id limit ${ask.limit}`
}
