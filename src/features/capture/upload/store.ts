import type { Instant } from '#kernel/clock.ts'
import { int4Array, int8Array, textArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { ReadFigure } from '../core/read-figures.ts'

export type UploadRow = {
  readonly id: bigint
  readonly name: string
  readonly feed_id: bigint | null
  readonly warehouse: string | null
  readonly rows: number
  readonly faults: number
  readonly mode: 'report' | 'compare' | null
  readonly state: 'looked' | 'queued' | 'done'
  readonly done_row: number
  readonly changed: number
  readonly findings: number
  readonly job_id: bigint | null
  readonly created_by: string
  readonly created_at: Instant
}

export async function insertUpload(
  tx: Sql,
  one: {
    readonly name: string
    readonly feedId: bigint | null
    readonly warehouse: string | null
    readonly by: string
  },
  now: Instant,
): Promise<bigint> {
  const [row] = await tx<{ id: bigint }>`
    insert into capture_upload (name, feed_id, warehouse, state, created_by, created_at)
    values (${one.name}, ${one.feedId}, ${one.warehouse}, 'looked', ${one.by}, ${now}) returning id`
  return row?.id ?? 0n
}

export async function addFigures(tx: Sql, upload: bigint, rows: readonly ReadFigure[]): Promise<void> {
  await tx`
    insert into capture_upload_row (upload_id, row, warehouse, sku, quantity, version, fault_column, fault_code, fault_detail)
    select ${upload}, * from unnest(${int4Array(rows.map((one) => one.row))}::int[],
      ${textArray(rows.map((one) => one.warehouse))}::text[], ${textArray(rows.map((one) => one.sku))}::text[],
      ${int4Array(rows.map((one) => one.quantity))}::int[], ${int8Array(rows.map((one) => one.version))}::bigint[],
      ${textArray(rows.map((one) => one.fault?.column ?? null))}::text[],
      ${textArray(rows.map((one) => one.fault?.code ?? null))}::text[],
      ${textArray(rows.map((one) => one.fault?.detail ?? null))}::text[])`
}

/** Of two rows for one place the second is a fault. Counts what there is. */
export async function closeUpload(tx: Sql, upload: bigint): Promise<void> {
  await tx`
    update capture_upload_row r set fault_column = 'sku', fault_code = 'capture.row_twice',
      fault_detail = 'row ' || f.first || ' says something of the same SKU and warehouse'
    from (select warehouse, sku, min(row) as first from capture_upload_row
      where upload_id = ${upload} and fault_code is null group by 1, 2 having count(*) > 1) f
    where r.upload_id = ${upload} and r.fault_code is null and r.warehouse = f.warehouse and r.sku = f.sku and r.row > f.first`
  await tx`
    update capture_upload u set rows = c.rows, faults = c.faults
    from (select count(*)::int as rows, count(fault_code)::int as faults from capture_upload_row where upload_id = ${upload}) c
    where u.id = ${upload}`
}

export async function dropUpload(sql: Sql, upload: bigint): Promise<void> {
  await sql`delete from capture_upload where id = ${upload}`
}

export async function readUpload(sql: Sql, id: bigint): Promise<UploadRow | null> {
  const [row] = await sql<UploadRow>`select * from capture_upload where id = ${id}`
  return row ?? null
}

export async function holdUpload(tx: Sql, id: bigint): Promise<UploadRow | null> {
  const [row] = await tx<UploadRow>`select * from capture_upload where id = ${id} for update`
  return row ?? null
}

export async function queueUpload(
  tx: Sql,
  id: bigint,
  mode: 'report' | 'compare',
  job: bigint,
): Promise<void> {
  await tx`update capture_upload set state = 'queued', mode = ${mode}, job_id = ${job} where id = ${id}`
}

export type GoodRow = {
  readonly row: number
  readonly warehouse: string
  readonly sku: string
  readonly quantity: number
  readonly version: bigint | null
}

export async function readGoodRows(sql: Sql, id: bigint, after: number, limit: number): Promise<GoodRow[]> {
  return await sql<GoodRow>`
    select row, warehouse, sku, quantity, version from capture_upload_row
    where upload_id = ${id} and row > ${after} and fault_code is null order by row limit ${limit}`
}

export async function noteUploadDone(
  tx: Sql,
  id: bigint,
  one: {
    readonly row: number
    readonly changed: number
    readonly findings: number
    readonly isLast: boolean
  },
): Promise<void> {
  await tx`
    update capture_upload set done_row = ${one.row}, changed = changed + ${one.changed}, findings = findings + ${one.findings},
      state = case when ${one.isLast} then 'done' else state end
    where id = ${id}`
}

export type FaultRow = {
  readonly row: number
  readonly warehouse: string
  readonly sku: string
  readonly fault_column: string
  readonly fault_code: string
  readonly fault_detail: string
}

export async function readFaults(sql: Sql, id: bigint, limit: number): Promise<FaultRow[]> {
  return await sql<FaultRow>`
    select row, warehouse, sku, fault_column, fault_code, fault_detail from capture_upload_row
    where upload_id = ${id} and fault_code is not null order by row limit ${limit}`
}

export type PreviewCounts = {
  readonly fresh: number
  readonly same: number
  readonly higher: number
  readonly lower: number
}

/** The good rows held against the ledger as it is now. */
export async function countPreview(sql: Sql, id: bigint): Promise<PreviewCounts> {
  const [row] = await sql<PreviewCounts>`
    select count(*) filter (where l.sku is null)::int as fresh,
      count(*) filter (where r.quantity between l.physical and l.physical + l.unseen_out)::int as same,
      count(*) filter (where r.quantity > l.physical + l.unseen_out)::int as higher,
      count(*) filter (where r.quantity < l.physical)::int as lower
    from capture_upload_row r left join stock_level l on l.sku = r.sku and l.warehouse = r.warehouse
    where r.upload_id = ${id} and r.fault_code is null`
  return row ?? { fresh: 0, same: 0, higher: 0, lower: 0 }
}

export type PreviewRow = GoodRow & { readonly ledger: number | null }

/** Rows that would change something, the largest differences first. */
export async function readPreview(sql: Sql, id: bigint, limit: number): Promise<PreviewRow[]> {
  return await sql<PreviewRow>`
    select r.row, r.warehouse, r.sku, r.quantity, r.version, l.physical as ledger
    from capture_upload_row r left join stock_level l on l.sku = r.sku and l.warehouse = r.warehouse
    where r.upload_id = ${id} and r.fault_code is null
      and (l.sku is null or r.quantity not between l.physical and l.physical + l.unseen_out)
    order by abs(r.quantity - coalesce(l.physical, 0)) desc, r.row limit ${limit}`
}
