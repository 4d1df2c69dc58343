import type { FileProblem, FileTemplate } from '#domain/file-order.ts'
import { instantArray, int4Array, textArray, uuidArray } from '#platform/postgres/arrays.ts'
import { json, type Sql } from '#platform/postgres/database.ts'
import type { Tally } from './core/tally.ts'
import type { SavedFile } from './files/file-store.ts'

export type FileRecord = {
  readonly id: string
  readonly name: string
  readonly bytes: bigint
  readonly format: 'csv' | 'xlsx'
  readonly encoding: string | null
  readonly stored: boolean
  readonly uploaded_at: Temporal.Instant
}

/** Keeps the first upload's time and the last one's name. */
export async function saveFile(
  sql: Sql,
  file: SavedFile & { name: string; by: string },
  now: Temporal.Instant,
): Promise<void> {
  await sql`
    insert into import_file (id, name, bytes, format, encoding, stored, uploaded_by, uploaded_at, last_used_at)
    values (${file.id}, ${file.name}, ${BigInt(file.bytes)}, ${file.format}, ${file.encoding}, true, ${file.by}, ${now}, ${now})
    on conflict (id) do update set name = excluded.name, stored = true, last_used_at = excluded.last_used_at`
}

export async function readFile(sql: Sql, id: string): Promise<FileRecord | null> {
  const [row] = await sql<FileRecord>`
    select id, name, bytes, format, encoding, stored, uploaded_at from import_file where id = ${id}`
  return row ?? null
}

/** Files beyond the newest `keep` or `bytes` that no open run needs, marked as gone; the caller removes their bytes. */
export async function forgetOldFiles(sql: Sql, keep: number, bytes: number): Promise<string[]> {
  const rows = await sql<{ id: string }>`
    with ranked as (
      select id, row_number() over newest as place, sum(bytes) over newest as total from import_file where stored
      window newest as (order by last_used_at desc, id)
    )
    update import_file f set stored = false from ranked
    where ranked.id = f.id and ranked.place > 1 and (ranked.place > ${keep} or ranked.total > ${BigInt(bytes)})
      and not exists (
        select 1 from import_run r join job j on j.id = r.job_id
        where r.file_id = f.id and j.state in ('queued', 'running'))
    returning f.id`
  return rows.map((row) => row.id)
}

export type TemplateRow = {
  readonly id: bigint
  readonly template: FileTemplate
  readonly updated_at: Temporal.Instant
}

export async function readTemplates(sql: Sql): Promise<TemplateRow[]> {
  return await sql<TemplateRow>`select id, template, updated_at from import_template order by name limit 500`
}

/** A template of the same name is replaced. */
export async function saveTemplate(
  sql: Sql,
  template: FileTemplate,
  by: string,
  now: Temporal.Instant,
): Promise<TemplateRow> {
  const [row] = await sql<TemplateRow>`
    insert into import_template (name, template, updated_by, created_at, updated_at)
    values (${template.name}, ${json(template)}::jsonb, ${by}, ${now}, ${now})
    on conflict (name) do update set template = excluded.template, updated_by = excluded.updated_by, updated_at = excluded.updated_at
    returning id, template, updated_at`
  return row ?? { id: 0n, template, updated_at: now }
}

export async function dropTemplate(sql: Sql, id: bigint): Promise<boolean> {
  return (await sql`delete from import_template where id = ${id} returning id`).length > 0
}

export type Run = {
  readonly id: bigint
  readonly dry_run: boolean
  readonly file_id: string
  readonly connection_id: string | null
  readonly template: FileTemplate
  readonly staged_row: number
  readonly staged: boolean
  readonly counted_to: string
  readonly sent_to: string
  readonly tally: Partial<Tally>
  readonly result: unknown
  readonly ended_at: Temporal.Instant | null
}

export async function insertRun(
  sql: Sql,
  run: Pick<Run, 'dry_run' | 'file_id' | 'connection_id' | 'template'> & { by: string },
  now: Temporal.Instant,
): Promise<bigint> {
  const [row] = await sql<{ id: bigint }>`
    insert into import_run (dry_run, file_id, connection_id, template, created_by, created_at)
    values (${run.dry_run}, ${run.file_id}, ${run.connection_id}, ${json(run.template)}::jsonb, ${run.by}, ${now})
    returning id`
  await sql`update import_file set last_used_at = ${now} where id = ${run.file_id}`
  return row?.id ?? 0n
}

export async function linkJob(sql: Sql, run: bigint, job: bigint): Promise<void> {
  await sql`update import_run set job_id = ${job} where id = ${run}`
}

export async function openRuns(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: bigint }>`
    select count(*) as count from import_run r join job j on j.id = r.job_id
    where r.ended_at is null and j.state in ('queued', 'running')`
  return Number(row?.count ?? 0n)
}

/** Runs that are over, and those whose job was given up, beyond the newest `keep`. */
export async function forgetOldRuns(sql: Sql, keep: number): Promise<void> {
  await sql`
    delete from import_run r using job j
    where j.id = r.job_id and j.state in ('done', 'failed', 'cancelled')
      and r.id <= (select coalesce(min(id), 0) from (select id from import_run order by id desc limit ${keep}) as newest) - 1`
}

export async function readRun(sql: Sql, id: bigint): Promise<Run | null> {
  const [row] = await sql<Run>`
    select id, dry_run, file_id, connection_id, template, staged_row, staged, counted_to, sent_to, tally, result, ended_at
    from import_run where id = ${id}`
  return row ?? null
}

export async function runOfJob(sql: Sql, job: bigint): Promise<bigint | null> {
  const [row] = await sql<{ id: bigint }>`select id from import_run where job_id = ${job}`
  return row?.id ?? null
}

export type StagedRow = { readonly row: number; readonly orderNo: string; readonly cells: string }

/** Adds mapped rows and moves the mark of how far the file was read, in the caller's transaction. */
export async function stageRows(
  sql: Sql,
  run: bigint,
  rows: readonly StagedRow[],
  upTo: number,
  tally: Tally,
): Promise<void> {
  await sql`
    insert into import_row (run_id, order_no, row_no, cells)
    select ${run}, * from unnest(${textArray(rows.map((row) => row.orderNo))}::text[],
      ${int4Array(rows.map((row) => row.row))}::int[], ${textArray(rows.map((row) => row.cells))}::text[])
    on conflict do nothing`
  await sql`update import_run set staged_row = ${upTo}, tally = ${json(tally)}::jsonb where id = ${run}`
}

export async function markStaged(sql: Sql, run: bigint): Promise<void> {
  await sql`update import_run set staged = true where id = ${run}`
}

/** The next staged rows after an order, whole orders together. */
export async function readStaged(sql: Sql, run: bigint, after: string, limit: number): Promise<StagedRow[]> {
  return await sql<StagedRow>`
    select order_no as "orderNo", row_no as row, cells from import_row
    where run_id = ${run} and order_no > ${after} order by order_no, row_no limit ${limit}`
}

export async function markCounted(
  sql: Sql,
  run: bigint,
  marks: { sentTo: string; countedTo: string; tally: Tally },
): Promise<void> {
  await sql`
    update import_run set sent_to = ${marks.sentTo}, counted_to = ${marks.countedTo}, tally = ${json(marks.tally)}::jsonb
    where id = ${run}`
}

export async function endRun(sql: Sql, run: bigint, result: unknown, now: Temporal.Instant): Promise<void> {
  await sql`update import_run set result = ${json(result)}::jsonb, ended_at = ${now} where id = ${run}`
  await dropStaged(sql, run)
}

async function dropStaged(sql: Sql, run: bigint): Promise<void> {
  await sql`delete from import_row where run_id = ${run}`
}

/** Back to the beginning, with nothing staged: a cancelled or refused run that is resumed reads its file anew. */
export async function resetRun(sql: Sql, run: bigint): Promise<void> {
  await dropStaged(sql, run)
  await sql`delete from import_error where run_id = ${run}`
  await sql`
    update import_run set staged = false, staged_row = 0, counted_to = '', sent_to = '', tally = '{}' where id = ${run}`
}

/** Adds errors unless the run has `most` of them already; the same cell with the same code is one error. */
export async function addErrors(
  sql: Sql,
  run: bigint,
  errors: readonly FileProblem[],
  most: number,
): Promise<void> {
  if (errors.length === 0) return
  await sql`
    insert into import_error (run_id, row_no, column_name, code, value, message)
    select ${run}, e.* from unnest(${int4Array(errors.map((error) => error.row))}::int[],
      ${textArray(errors.map((error) => error.column))}::text[], ${textArray(errors.map((error) => error.code))}::text[],
      ${textArray(errors.map((error) => error.value))}::text[], ${textArray(errors.map((error) => error.message))}::text[]) as e
    where (select count(*) from import_error where run_id = ${run}) < ${most}
    on conflict do nothing`
}

export type ErrorRow = {
  readonly row_no: number
  readonly column_name: string
  readonly code: string
  readonly value: string
  readonly message: string
}

export async function readErrors(
  sql: Sql,
  run: bigint,
  after: ErrorRow | null,
  limit: number,
): Promise<ErrorRow[]> {
  return await sql<ErrorRow>`
    select row_no, column_name, code, value, message from import_error
    where run_id = ${run} and (row_no, column_name, code) > (${after?.row_no ?? 0}, ${after?.column_name ?? ''}, ${after?.code ?? ''})
    order by row_no, column_name, code limit ${limit}`
}

export type Known = {
  readonly order_no: string
  readonly digest: string
  readonly uploaded_at: Temporal.Instant
}

/** Every content that these orders were imported with before. */
export async function readKnown(sql: Sql, connection: string, orderNos: readonly string[]): Promise<Known[]> {
  return await sql<Known>`
    select order_no, digest, uploaded_at from import_order
    where connection_id = ${connection} and order_no = any(${textArray(orderNos)}::text[])`
}

export async function remember(
  sql: Sql,
  connection: string,
  contents: readonly { orderNo: string; digest: string; uploadedAt: Temporal.Instant }[],
): Promise<void> {
  if (contents.length === 0) return
  await sql`
    insert into import_order (connection_id, order_no, digest, uploaded_at)
    select ${connection}, * from unnest(${textArray(contents.map((one) => one.orderNo))}::text[],
      ${uuidArray(contents.map((one) => one.digest))}::uuid[], ${instantArray(contents.map((one) => one.uploadedAt))}::timestamptz[])
    on conflict do nothing`
}

/** How many messages of a lane wait to be interpreted (counted up to `most`), and which of them comes next. */
export async function pendingMessages(
  sql: Sql,
  lane: string,
  most: number,
): Promise<{ readonly count: number; readonly next: bigint | null }> {
  const [row] = await sql<{ count: bigint; next: bigint | null }>`
    select count(*) as count, min(message_id) as next
    from (select message_id from inbox_task where state = 'pending' and lane = ${lane} order by replay, message_id limit ${most}) as waiting`
  return { count: Number(row?.count ?? 0n), next: row?.next ?? null }
}
