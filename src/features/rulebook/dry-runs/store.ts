import type { Words } from '#domain/notice.ts'
import type { Instant } from '#kernel/clock.ts'
import { int8Array, textArray } from '#platform/postgres/arrays.ts'
import { json, type Sql } from '#platform/postgres/database.ts'
import { fragment, runFragment } from '#platform/postgres/fragment.ts'
import type { Figures, Group, Side, Tally } from './core/tally.ts'

export type DryRunState = 'queued' | 'running' | 'done' | 'failed' | 'stopped'

export type RunRow = {
  readonly id: bigint
  readonly set_id: bigint
  readonly kind: string
  readonly connector_kind: string
  readonly connection_id: string | null
  readonly set_name: string
  readonly version_id: bigint
  readonly number: number
  readonly hash: string
  readonly against_version: bigint | null
  readonly against_number: number | null
  readonly from_at: Instant
  readonly to_at: Instant
  readonly job_id: bigint
  readonly job_state: string | null
  readonly job_error: string | null
  readonly place: bigint
  readonly total: bigint | null
  readonly done: bigint
  readonly changed: bigint
  readonly same: bigint
  readonly reviews_before: bigint
  readonly reviews_after: bigint
  readonly newly_review: bigint
  readonly rows_kept: number
  readonly figures: FiguresJson
  readonly groups: readonly {
    readonly group: string
    readonly count: number
    readonly figures: FiguresJson
  }[]
  readonly passed: boolean | null
  readonly pass_zh: string
  readonly pass_en: string
  readonly pass_by: string | null
  readonly error: string | null
  readonly created_by: string
  readonly created_at: Instant
  readonly ended_at: Instant | null
}
type FiguresJson = Readonly<Record<string, readonly [string, string, string, string]>>

const RUN = fragment`select d.id, d.set_id, s.kind, s.connector_kind, s.connection_id, s.name as set_name, d.version_id, v.number, d.hash,
    d.against_version, d.against_number, d.from_at, d.to_at, d.job_id, j.state as job_state, j.error as job_error, d.place, d.total, d.done,
    d.changed, d.same, d.reviews_before, d.reviews_after, d.newly_review, d.rows_kept, d.figures, d.groups, d.passed, d.pass_zh,
    d.pass_en, d.pass_by, d.error, d.created_by, d.created_at, d.ended_at
  from rule_dry_run d join rule_set s on s.id = d.set_id join rule_version v on v.id = d.version_id
  left join job j on j.id = d.job_id`

export async function readRun(sql: Sql, id: bigint): Promise<RunRow | null> {
  const [row] = await runFragment<RunRow>(sql, fragment`${RUN} where d.id = ${id}`)
  return row ?? null
}

/** Newest first. */
export async function readRunsOfSet(sql: Sql, setId: bigint, limit: number): Promise<RunRow[]> {
  return await runFragment<RunRow>(
    sql,
    fragment`${RUN} where d.set_id = ${setId} order by d.id desc limit ${limit}`,
  )
}

export async function lockRun(tx: Sql, id: bigint): Promise<RunRow | null> {
  await tx`select 1 from rule_dry_run where id = ${id} for update`
  return await readRun(tx, id)
}

/** A run that is over is so for ever; else its job says how it is. */
export function stateOf(row: Pick<RunRow, 'ended_at' | 'error' | 'job_state'>): DryRunState {
  if (row.ended_at !== null) return row.error === null ? 'done' : 'failed'
  if (row.job_state === 'queued' || row.job_state === 'running') return row.job_state
  return row.job_state === 'cancelled' ? 'stopped' : 'failed'
}

export type NewRun = {
  readonly setId: bigint
  readonly versionId: bigint
  readonly hash: string
  readonly against: { readonly id: bigint; readonly number: number } | null
  readonly from: Instant
  readonly to: Instant
  readonly jobId: bigint
  readonly by: string
}

export async function insertRun(tx: Sql, run: NewRun): Promise<bigint> {
  const [row] = await tx<{ id: bigint }>`
    insert into rule_dry_run (set_id, version_id, hash, against_version, against_number, from_at, to_at, job_id, created_by, created_at)
    values (${run.setId}, ${run.versionId}, ${run.hash}, ${run.against?.id ?? null}, ${run.against?.number ?? null}, ${run.from},
      ${run.to}, ${run.jobId}, ${run.by}, ${run.to})
    returning id`
  if (row === undefined) throw new Error('insert returned nothing')
  return row.id
}

export async function setJob(tx: Sql, id: bigint, jobId: bigint): Promise<void> {
  await tx`update rule_dry_run set job_id = ${jobId} where id = ${id}`
}

/** Orders of those days that are for such a set; what is read by key and place alone. */
export async function countOrders(
  sql: Sql,
  { from_at, to_at, connector_kind, connection_id }: RunRow,
): Promise<bigint> {
  const [row] = await sql<{ n: bigint }>`
    select count(*) as n from sales_order o left join connection c on c.id = o.connection_id
    where o.sort_at >= ${from_at} and o.sort_at < ${to_at}
      and (${connection_id}::text is null or o.connection_id = ${connection_id})
      and (${connector_kind} = '*' or c.kind = ${connector_kind})`
  return row?.n ?? 0n
}

export async function saveTotal(sql: Sql, id: bigint, total: bigint): Promise<void> {
  await sql`update rule_dry_run set total = ${total} where id = ${id}`
}

/**
 * What was counted so far, and where the next batch begins. False where another runner was here first: then nothing is written, and
 * this one must not go on.
 */
export async function saveProgress(
  tx: Sql,
  run: Pick<RunRow, 'id' | 'place'>,
  to: { readonly place: bigint; readonly tally: Tally; readonly rowsKept: number },
): Promise<boolean> {
  const { tally } = to
  const rows = await tx`
    update rule_dry_run set place = ${to.place}, done = ${tally.done}, changed = ${tally.changed}, same = ${tally.same},
      reviews_before = ${tally.reviewsBefore}, reviews_after = ${tally.reviewsAfter}, newly_review = ${tally.newlyReview},
      rows_kept = ${to.rowsKept}, figures = ${json(figuresToJson(tally.figures))}::jsonb, groups = ${json(groupsToJson(tally.groups))}::jsonb
    where id = ${run.id} and place = ${run.place} and ended_at is null returning id`
  return rows.length === 1
}

export function tallyOf(row: RunRow): Tally {
  return {
    done: Number(row.done),
    changed: Number(row.changed),
    same: Number(row.same),
    reviewsBefore: Number(row.reviews_before),
    reviewsAfter: Number(row.reviews_after),
    newlyReview: Number(row.newly_review),
    figures: figuresFromJson(row.figures),
    groups: row.groups.map((one) => ({ ...one, figures: figuresFromJson(one.figures) })),
  }
}

export type ChangedRow = {
  readonly orderId: bigint
  readonly orderNo: string
  readonly connection: string
  readonly group: string
  readonly before: Side
  readonly after: Side
  /** Takes the order's remarks out of what its rules say. */
  readonly hide?: (json: string) => string
}

export async function insertRows(tx: Sql, runId: bigint, rows: readonly ChangedRow[]): Promise<void> {
  if (rows.length === 0) return
  await tx`
    insert into rule_dry_run_row (run_id, order_id, order_no, connection_id, change_group, before, after)
    select ${runId}, order_id, order_no, connection_id, change_group, before::jsonb, after::jsonb
    from unnest(${int8Array(rows.map((one) => one.orderId))}::bigint[], ${textArray(rows.map((one) => one.orderNo))}::text[],
      ${textArray(rows.map((one) => one.connection))}::text[], ${textArray(rows.map((one) => one.group))}::text[],
      ${textArray(rows.map((one) => sideToText(one.before, one.hide)))}::text[], ${textArray(rows.map((one) => sideToText(one.after, one.hide)))}::text[]
    ) as t (order_id, order_no, connection_id, change_group, before, after)
    on conflict (run_id, order_id) do nothing`
}

export type SideJson = {
  readonly outcome: 'decided' | 'review'
  readonly words: Words
  readonly figures: Readonly<Record<string, string>>
} | null
export type ShownRow = {
  readonly order_id: bigint
  readonly order_no: string
  readonly connection_id: string
  readonly change_group: string
  readonly before: SideJson
  readonly after: SideJson
}

/** In order of the orders' ids, after `after`. */
export async function readRows(
  sql: Sql,
  runId: bigint,
  { group, after, limit }: { group: string | null; after: bigint; limit: number },
): Promise<ShownRow[]> {
  return await sql<ShownRow>`
    select order_id, order_no, connection_id, change_group, before, after from rule_dry_run_row
    where run_id = ${runId} and order_id > ${after} and (${group}::text is null or change_group = ${group})
    order by order_id limit ${limit}`
}

export async function endRun(
  tx: Sql,
  id: bigint,
  end: { readonly passed: boolean; readonly words: Words; readonly at: Instant },
): Promise<void> {
  await tx`
    update rule_dry_run set ended_at = ${end.at}, passed = ${end.passed}, pass_zh = ${end.words.zh}, pass_en = ${end.words.en}
    where id = ${id} and ended_at is null`
}

export async function failRun(tx: Sql, id: bigint, error: string, at: Instant): Promise<void> {
  await tx`update rule_dry_run set ended_at = ${at}, error = ${error.slice(0, 500)} where id = ${id} and ended_at is null`
}

export async function acceptRun(tx: Sql, id: bigint, by: string, because: string): Promise<void> {
  await tx`
    update rule_dry_run set passed = true, pass_by = ${by}, pass_zh = ${because}, pass_en = ${because}
    where id = ${id}`
}

/** The pass belongs to this very content: a version that was changed meanwhile does not get it. */
export async function giveVersionItsRun(
  tx: Sql,
  run: Pick<RunRow, 'id' | 'version_id' | 'hash'>,
): Promise<boolean> {
  const rows = await tx`
    update rule_version set dry_run_id = ${run.id}
    where id = ${run.version_id} and hash = ${run.hash} and state in ('draft', 'checked') returning id`
  return rows.length === 1
}

/** Rows of runs that nobody looks at any more; the runs themselves, with their figures, stay. */
export async function dropOldRows(sql: Sql, before: Instant): Promise<void> {
  await sql`delete from rule_dry_run_row r using rule_dry_run d where d.id = r.run_id and d.created_at < ${before}`
}

function sideToText(side: Side, hide = (json: string) => json): string | null {
  if (side === null) return null
  const figures = Object.fromEntries(
    Object.entries(side.figures).map(([name, one]) => [name, one.toString()]),
  )
  return hide(JSON.stringify({ outcome: side.outcome, words: side.words, figures }))
}

function figuresToJson(figures: Figures): FiguresJson {
  return Object.fromEntries(
    Object.entries(figures).map(([name, { before, after, nBefore, nAfter }]) => [
      name,
      [before.toString(), after.toString(), nBefore.toString(), nAfter.toString()],
    ]),
  )
}

function figuresFromJson(json: FiguresJson): Figures {
  return Object.fromEntries(
    Object.entries(json).map(([name, [before, after, nBefore, nAfter]]) => [
      name,
      { before: BigInt(before), after: BigInt(after), nBefore: BigInt(nBefore), nAfter: BigInt(nAfter) },
    ]),
  )
}

function groupsToJson(groups: readonly Group[]) {
  return groups.map(({ group, count, figures }) => ({ group, count, figures: figuresToJson(figures) }))
}
