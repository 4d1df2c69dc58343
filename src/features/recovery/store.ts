import type { Instant } from '#kernel/clock.ts'
import type { Arrival } from '#platform/inbox/store.ts'
import { byteaArray, instantArray, int8Array, textArray, uuidArray } from '#platform/postgres/arrays.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { type Fragment, fragment, joinFragments, runFragment } from '#platform/postgres/fragment.ts'
import type { Outcome, Tally } from './core/judge.ts'

export type Checkpoint = {
  /** Up to where it was read, in bytes: of a copy, which may be shorter than the file itself. */
  readonly offset: number
  readonly done: boolean
  /** The first place that could not be read; null: none. */
  readonly damagedAt: number | null
}

/** Takes the file for this transaction; false while another merger has it. */
export async function lockFile(tx: Sql, file: string): Promise<boolean> {
  const [row] = await tx<{ alone: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended(${`holdfast.spool.${file}`}, 0)) as alone`
  return row?.alone === true
}

export async function readCheckpoint(sql: Sql, file: string): Promise<Checkpoint> {
  const [row] = await sql<{ offset: bigint; done: boolean; damaged_at: bigint | null }>`
    select "offset", done, damaged_at from spool_checkpoint where file = ${file}`
  if (row === undefined) return { offset: 0, done: false, damagedAt: null }
  const { offset, done, damaged_at } = row
  return { offset: Number(offset), done, damagedAt: damaged_at === null ? null : Number(damaged_at) }
}

export async function saveCheckpoint(
  tx: Sql,
  file: string,
  { offset, done, damagedAt }: Checkpoint,
): Promise<void> {
  await tx`
    insert into spool_checkpoint (file, "offset", done, damaged_at) values (${file}, ${offset}, ${done}, ${damagedAt})
    on conflict (file) do update set "offset" = excluded."offset", done = excluded.done, damaged_at = excluded.damaged_at,
      updated_at = now()`
}

/** Which records of this stretch of a file have their receipts: some lie behind a place that another copy had damaged. */
export async function offsetsMerged(
  tx: Sql,
  file: string,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<ReadonlySet<number>> {
  const rows = await tx<{ offset: bigint }>`
    select "offset" from spool_receipt where file = ${file} and "offset" >= ${from} and "offset" <= ${to}`
  return new Set(rows.map((row) => Number(row.offset)))
}

/** A commit that costs nothing: whether the database takes one. */
export async function probeCommit(sql: Sql, node: string, now: Instant): Promise<void> {
  await sql`
    insert into spool_checkpoint (file, "offset", done, updated_at) values (${`probe:${node}`}, 0, true, ${now})
    on conflict (file) do update set updated_at = excluded.updated_at`
}

/** Whether the database answers at all. */
export async function pingDatabase(sql: Sql): Promise<void> {
  await sql`select 1 as one`
}

export type Original = {
  readonly key: string
  readonly messageNumber: bigint
  readonly day: string
  readonly hash: Buffer | null
}

/** The messages that have these keys, with their bodies' hashes where they are still kept. */
export async function readOriginals(tx: Sql, keys: readonly string[]): Promise<Original[]> {
  if (keys.length === 0) return []
  return await tx<Original>`
    select k.key::text as key, k.message_id as "messageNumber", k.day::text as day, sha256(m.body) as hash
    from inbox_key k left join inbox_message m on m.id = k.message_id
      and m.received_at >= (k.day::timestamp at time zone 'UTC') and m.received_at < ((k.day + 1)::timestamp at time zone 'UTC')
    where k.key = any(${uuidArray(keys)}::uuid[])`
}

export type NewReceipt = {
  readonly file: string
  readonly offset: number
  readonly arrival: Arrival
  readonly outcome: Outcome
  readonly messageId: string | null
  readonly ownMessageId: string | null
  readonly hash: Uint8Array
  readonly detail: string | null
}

export async function addReceipts(
  tx: Sql,
  { run, now }: { run: string; now: Instant },
  rows: readonly NewReceipt[],
): Promise<void> {
  if (rows.length === 0) return
  const every = <T>(pick: (row: NewReceipt) => T): T[] => rows.map(pick)
  await tx`
    insert into spool_receipt (run, file, "offset", connection_id, order_no, topic, received_at, outcome, message_id,
      own_message_id, body_hash, detail, merged_at)
    select ${run}, r.file, r."offset", r.connection_id, r.order_no, r.topic, r.received_at, r.outcome, r.message_id,
      r.own_message_id, r.body_hash, r.detail, ${now}
    from unnest(${textArray(every((row) => row.file))}::text[], ${int8Array(every((row) => BigInt(row.offset)))}::bigint[], ${textArray(every((row) => row.arrival.connection))}::text[],
      ${textArray(every((row) => row.arrival.orderNo))}::text[], ${textArray(every((row) => row.arrival.topic))}::text[],
      ${instantArray(every((row) => row.arrival.receivedAt))}::timestamptz[], ${textArray(every((row) => row.outcome))}::text[],
      ${textArray(every((row) => row.messageId))}::text[], ${textArray(every((row) => row.ownMessageId))}::text[],
      ${byteaArray(every((row) => row.hash))}::bytea[], ${textArray(every((row) => row.detail))}::text[])
      as r (file, "offset", connection_id, order_no, topic, received_at, outcome, message_id, own_message_id, body_hash, detail)
    on conflict (file, "offset") do nothing`
}

export async function startRun(sql: Sql, run: string, source: string, now: Instant): Promise<void> {
  await sql`
    insert into spool_run (id, source, started_at, updated_at) values (${run}, ${source}, ${now}, ${now})
    on conflict (id) do nothing`
}

export async function addToRun(
  tx: Sql,
  run: string,
  more: Tally & { readonly files: number; readonly damaged: number },
  now: Instant,
): Promise<void> {
  await tx`
    update spool_run set updated_at = ${now}, files = files + ${more.files}, accepted = accepted + ${more.accepted},
      duplicate = duplicate + ${more.duplicate}, conflict = conflict + ${more.conflict},
      rejected = rejected + ${more.rejected}, damaged = damaged + ${more.damaged}
    where id = ${run}`
}

export async function finishRun(sql: Sql, run: string, now: Instant): Promise<void> {
  await sql`update spool_run set finished_at = ${now}, updated_at = ${now} where id = ${run}`
}

/** Which of these documents were merged before: each is a file of its own. */
export async function documentsDone(sql: Sql, files: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await sql<{ file: string }>`
    select file from spool_receipt where file = any(${textArray(files)}::text[])`
  return new Set(rows.map((row) => row.file))
}

export type RunRow = {
  readonly id: string
  readonly source: string
  readonly started_at: Instant
  readonly updated_at: Instant
  readonly finished_at: Instant | null
  readonly files: bigint
  readonly accepted: bigint
  readonly duplicate: bigint
  readonly conflict: bigint
  readonly rejected: bigint
  readonly damaged: bigint
}

/** The last merges, newest first. */
export async function readRuns(sql: Sql, limit: number): Promise<RunRow[]> {
  return await sql<RunRow>`select * from spool_run order by started_at desc, id desc limit ${limit}`
}

export type ReceiptRow = {
  readonly id: bigint
  readonly run: string
  readonly file: string
  readonly offset: bigint
  readonly connection_id: string
  readonly connection_name: string | null
  readonly order_no: string | null
  readonly topic: string
  readonly received_at: Instant
  readonly outcome: Outcome
  readonly message_id: string | null
  readonly own_message_id: string | null
  readonly detail: string | null
  readonly merged_at: Instant
  readonly decision: 'ours' | 'theirs' | null
  readonly decided_at: Instant | null
  readonly decided_by: string | null
}

export type ReceiptFilter = {
  readonly outcome?: Outcome
  readonly run?: string
  readonly orderNo?: string
  /** Conflicts that nobody has decided. */
  readonly open?: boolean
  readonly files?: readonly string[]
}

/** Receipts newest first (`after`: of the ids above it, oldest first, for a report). */
export async function readReceipts(
  sql: Sql,
  filter: ReceiptFilter,
  page: { readonly before?: bigint | null; readonly after?: bigint; readonly limit: number },
): Promise<ReceiptRow[]> {
  const conditions: Fragment[] = [fragment`true`]
  if (filter.outcome !== undefined) conditions.push(fragment`r.outcome = ${filter.outcome}`)
  if (filter.run !== undefined) conditions.push(fragment`r.run = ${filter.run}`)
  if (filter.orderNo !== undefined) conditions.push(ofOrder(filter.orderNo))
  if (filter.open === true) conditions.push(fragment`r.outcome = 'conflict' and r.decision is null`)
  if (filter.files !== undefined) conditions.push(fragment`r.file = any(${textArray(filter.files)}::text[])`)
  if (page.before !== undefined && page.before !== null) conditions.push(fragment`r.id < ${page.before}`)
  if (page.after !== undefined) conditions.push(fragment`r.id > ${page.after}`)
  const order = page.after === undefined ? fragment`r.id desc` : fragment`r.id`
  return await runFragment<ReceiptRow>(
    sql,
    fragment`select r.*, c.name as connection_name from spool_receipt r left join connection c on c.id = r.connection_id
      where ${joinFragments(conditions, ' and ')} order by ${order} limit ${page.limit}`,
  )
}

/**
 * Receipts that name the order, and those of messages that were found to speak of it since: by a parcel, or by the platform's own id of
 * the order.
 */
function ofOrder(orderNo: string): Fragment {
  const spoken = fragment`select to_char(s.received_at at time zone 'UTC', 'YYYYMMDD') || '-' || s.message_id
    from sales_order o join order_subject os on os.order_id = o.id join inbox_subject s on s.subject = os.subject
    where o.order_no = ${orderNo}`
  return fragment`(r.order_no = ${orderNo} or r.message_id in (${spoken}) or r.own_message_id in (${spoken}))`
}

export async function readReceipt(sql: Sql, id: bigint): Promise<ReceiptRow | null> {
  const rows = await sql<ReceiptRow>`
    select r.*, c.name as connection_name from spool_receipt r left join connection c on c.id = r.connection_id
    where r.id = ${id}`
  return rows[0] ?? null
}

/** Conflicts that nobody has decided, counted to 1,000. */
export async function countOpenConflicts(sql: Sql): Promise<number> {
  const [row] = await sql<{ count: bigint }>`
    select count(*) as count from (
      select 1 from spool_receipt where outcome = 'conflict' and decision is null limit 1000) as open`
  return Number(row?.count ?? 0n)
}

/** Writes a person's word, unless somebody was faster. */
export async function saveDecision(
  tx: Sql,
  id: bigint,
  { decision, by, now }: { decision: 'ours' | 'theirs'; by: string; now: Instant },
): Promise<boolean> {
  const rows = await tx`
    update spool_receipt set decision = ${decision}, decided_by = ${by}, decided_at = ${now}
    where id = ${id} and outcome = 'conflict' and decision is null returning id`
  return rows.length > 0
}

export type KeptMessage = {
  readonly connection_id: string
  readonly transport: Arrival['transport']
  readonly topic: string
  readonly dedup_key: string
  readonly order_no: string | null
  readonly headers: string
  readonly body: Buffer
  readonly response_status: number
  readonly response_body: string
  readonly received_at: Instant
}

/** A message of the inbox by its number and UTC day. */
export async function readKeptMessage(sql: Sql, number: bigint, day: string): Promise<KeptMessage | null> {
  const start = Temporal.PlainDate.from(day).toZonedDateTime('UTC').toInstant()
  const rows = await sql<KeptMessage>`
    select connection_id, transport, topic, dedup_key, order_no, headers, body, response_status, response_body, received_at
    from inbox_message where id = ${number} and received_at >= ${start} and received_at < ${start.add({ hours: 24 })}`
  return rows[0] ?? null
}

/** Receipts and ended runs from before the instant, conflicts that wait for a person excepted. */
export async function pruneReceipts(sql: Sql, before: Instant): Promise<number> {
  const rows = await sql`
    delete from spool_receipt where merged_at < ${before} and not (outcome = 'conflict' and decision is null) returning id`
  await sql`delete from spool_run where updated_at < ${before}`
  await sql`delete from spool_checkpoint where done and updated_at < ${before}`
  return rows.length
}
