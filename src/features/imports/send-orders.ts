import { setTimeout as sleep } from 'node:timers/promises'
import type { Reading } from '#domain/claim.ts'
import type { FactKind } from '#domain/fact.ts'
import {
  FILE_ROWS_MOST,
  FILE_TOPIC,
  type FileProblem,
  type FileRow,
  STATUS_CODE,
} from '#domain/file-order.ts'
import { acceptFetched } from '#features/intake/index.ts'
import type { Instant } from '#kernel/clock.ts'
import { connectionId } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import type { Progress } from '#platform/jobs/runner.ts'
import { orderDigester, orderWriter } from './core/order-message.ts'
import {
  addTally,
  flaggedCells,
  NO_TALLY,
  SAMPLES,
  type SampleOrder,
  sampleOf,
  type Tally,
} from './core/tally.ts'
import type { ImportDeps } from './deps.ts'
import { ERRORS_KEPT } from './stage-rows.ts'
import {
  addErrors,
  markCounted,
  pendingMessages,
  type Run,
  readKnown,
  readStaged,
  remember,
  type StagedRow,
} from './store.ts'

const PAGE_ROWS = 2 * FILE_ROWS_MOST
/** Messages of its own lane waiting to be interpreted beyond which the import waits: what it holds back, it need not hold in the inbox. */
const BACKLOG_MOST = 2_000
const BACKLOG_POLL_MS = 100
/** Looks without any movement after which the import goes on. */
const BACKLOG_PATIENCE = 15
const IN_FLIGHT = 500
const KEEP_TRIES = 100
const FULL = ['inbox.full', 'lane.full']

/** An order of the file, ready to be sent or refused. */
type Prepared = {
  readonly orderNo: string
  readonly rows: readonly FileRow[]
  readonly digest: string
  readonly uploadedAt: Instant
  readonly change: SampleOrder['change']
  readonly body: Buffer
  readonly reading: Reading | null
  readonly problems: readonly FileProblem[]
}

/**
 * Brings the staged orders into the inbox in pages. A page is counted and remembered in one transaction before it is
 * sent; after an interruption the page that may not have been sent whole is sent again and not counted again.
 */
export async function sendOrders(
  deps: ImportDeps,
  run: Run,
  uploadedAt: Instant,
  progress: Progress,
): Promise<Tally> {
  const make = { body: orderWriter(run.template), digest: orderDigester(run.template) }
  const rules = rulesOf(deps, run)
  let tally = { ...NO_TALLY, ...run.tally }
  let after = run.sent_to
  let done = tally.valid + tally.errors + tally.withheld
  for (;;) {
    const page = await nextPage(deps, run, after)
    if (page.length === 0) return tally
    const last = page.at(-1)?.orderNo ?? after
    const prepared = await prepare(deps, run, page, uploadedAt, make)
    const fresh = prepared.filter(({ orderNo }) => isAfter(orderNo, run.counted_to))
    if (fresh.length > 0)
      tally = await countPage(deps, run, fresh, { sentTo: after, countedTo: last, tally }, rules)
    if (!run.dry_run) await send(deps, run, prepared, progress, () => done)
    after = last
    done = Math.min(tally.rows, done + page.reduce((sum, order) => sum + order.rows.length, 0))
    await progress(Math.floor((tally.rows + done) / 2), tally.rows)
  }
}

/** By bytes, as the table's own order goes. */
function isAfter(a: string, b: string): boolean {
  return b === '' || Buffer.compare(Buffer.from(a), Buffer.from(b)) > 0
}

type StagedOrder = {
  readonly orderNo: string
  readonly rows: readonly StagedRow[]
  readonly tooMany: boolean
}

/** The next orders with all their rows; an order with more rows than any order has comes alone and is refused. */
async function nextPage({ db }: ImportDeps, run: Run, after: string): Promise<StagedOrder[]> {
  const rows = await readStaged(db, run.id, after, PAGE_ROWS)
  const groups = [...Map.groupBy(rows, (row) => row.orderNo)]
  const whole = rows.length < PAGE_ROWS || groups.length === 1 ? groups : groups.slice(0, -1)
  return whole.map(([orderNo, own]) => ({ orderNo, rows: own, tooMany: own.length > FILE_ROWS_MOST }))
}

async function prepare(
  deps: ImportDeps,
  run: Run,
  page: readonly StagedOrder[],
  uploadedAt: Instant,
  make: { body: ReturnType<typeof orderWriter>; digest: ReturnType<typeof orderDigester> },
): Promise<Prepared[]> {
  const known = await readKnown(
    deps.db,
    run.connection_id ?? '',
    page.map((order) => order.orderNo),
  )
  const byOrder = Map.groupBy(known, (one) => one.order_no)
  return page.map(({ orderNo, rows: staged, tooMany }) => {
    const read = staged.map(({ row, cells }) => ({ row, ...stagedCells(cells) }))
    const rows = read.map(({ row, cells }): FileRow => ({ row, cells }))
    const wrong = read.flatMap((one) => one.wrong ?? [])
    const before = byOrder.get(orderNo) ?? []
    const digest = make.digest(orderNo, rows)
    const same = before.find((one) => one.digest === digest)
    // The same content keeps the time of its first coming: it must not win over what came after it.
    const first = same?.uploaded_at ?? uploadedAt
    const base = {
      orderNo,
      rows,
      digest,
      uploadedAt: first,
      change: same !== undefined ? 'unchanged' : before.length > 0 ? 'changed' : 'created',
    } as const
    if (tooMany)
      return { ...base, body: Buffer.alloc(0), reading: null, problems: [tooManyRows(run, rows, orderNo)] }
    if (wrong.length > 0) return { ...base, body: Buffer.alloc(0), reading: null, problems: wrong }
    const body = make.body(orderNo, rows, first)
    return { ...base, body, ...readBody(deps, run, body, rows, orderNo) }
  })
}

/** A staged row holds its mapped cells, or why it cannot be read and therefore keeps its order out. */
function stagedCells(text: string): { readonly cells: FileRow['cells']; readonly wrong: FileProblem | null } {
  const held = JSON.parse(text) as FileRow['cells'] | { readonly wrong: FileProblem }
  return 'wrong' in held ? { cells: {}, wrong: held.wrong } : { cells: held, wrong: null }
}

function tooManyRows(run: Run, rows: readonly FileRow[], orderNo: string): FileProblem {
  return {
    row: rows[0]?.row ?? 0,
    column: run.template.columns.order_no?.column ?? '',
    value: orderNo,
    code: 'imports.too_many_lines',
    message: `an order has at most ${FILE_ROWS_MOST} rows`,
  }
}

/** Asks the file channel what the message says: the same function that the interpreter will run on it. */
function readBody(
  deps: ImportDeps,
  run: Run,
  body: Buffer,
  rows: readonly FileRow[],
  orderNo: string,
): Pick<Prepared, 'reading' | 'problems'> {
  const connection = connectionId(run.connection_id ?? '')
  const receivedAt = deps.clock.now()
  const read = deps.read({ connection, topic: FILE_TOPIC, headers: {}, body, receivedAt }, {})
  if (read.ok) return { reading: read.value, problems: [] }
  const { code, detail, data } = read.refusal
  const listed = (data as { problems?: readonly FileProblem[] } | undefined)?.problems ?? []
  const whole = { row: rows[0]?.row ?? 0, column: '', value: orderNo, code, message: detail }
  return { reading: null, problems: listed.length > 0 ? listed : [whole] }
}

type Rules = ReadonlyMap<string, FactKind | 'none'>

/** The connection's mapping with the template's words beneath it, as they will be once the import has begun. */
function rulesOf(deps: ImportDeps, run: Run): Rules {
  const rules = new Map<string, FactKind | 'none'>(
    Object.entries(run.template.statusMap).map(([word, fact]) => [`${STATUS_CODE}${word}`, fact]),
  )
  for (const [code, fact] of deps.rulesFor(run.connection_id ?? '')) rules.set(code, fact)
  return rules
}

async function countPage(
  deps: ImportDeps,
  run: Run,
  prepared: readonly Prepared[],
  marks: { sentTo: string; countedTo: string; tally: Tally },
  rules: Rules,
): Promise<Tally> {
  const found = prepared.map((order, index) => findings(order, run, rules, index < SAMPLES))
  const tally = found.reduce((sum, one) => addTally(sum, one.tally), marks.tally)
  const good = run.dry_run
    ? []
    : prepared.filter((order) => order.reading !== null && order.change !== 'unchanged')
  await deps.db.begin(async (tx) => {
    await markCounted(tx, run.id, { ...marks, tally })
    await addErrors(
      tx,
      run.id,
      found.flatMap((one) => one.told),
      ERRORS_KEPT,
    )
    await remember(tx, run.connection_id ?? '', good)
  })
  return tally
}

function findings(
  order: Prepared,
  run: Run,
  rules: Rules,
  shown: boolean,
): { tally: Tally; told: readonly FileProblem[] } {
  const { rows, reading, problems, change } = order
  if (reading === null) {
    const bad = new Set(problems.map((problem) => problem.row))
    const kept = rows.filter(({ row }) => !bad.has(row))
    const told = kept.slice(0, FILE_ROWS_MOST).map(({ row }) => withheld(row, order.orderNo, problems, run))
    return {
      tally: { ...NO_TALLY, orders: 1, errors: problems.length, withheld: kept.length },
      told: [...problems, ...told],
    }
  }
  const flagged = flaggedCells(reading, rows, run.template)
  const unknown = [...new Set(reading.claims.map((claim) => claim.code))].filter((code) => !rules.has(code))
  return {
    tally: {
      ...NO_TALLY,
      orders: 1,
      valid: rows.length,
      [change]: 1,
      flagged: flagged.length,
      statusUnknown: Object.fromEntries(unknown.map((code) => [code, 1])),
      sample: shown ? [sampleOf(order.orderNo, rows, reading, change, (code) => rules.get(code))] : [],
    },
    told: flagged,
  }
}

function withheld(row: number, value: string, problems: readonly FileProblem[], run: Run): FileProblem {
  return {
    row,
    column: run.template.columns.order_no?.column ?? '',
    value,
    code: 'imports.order_withheld',
    message: `not imported, because row ${problems[0]?.row ?? 0} of the same order has an error`,
  }
}

async function send(
  deps: ImportDeps,
  run: Run,
  prepared: readonly Prepared[],
  progress: Progress,
  done: () => number,
): Promise<void> {
  await roomInTheInbox(deps, run.connection_id ?? '', progress, done)
  const good = prepared.filter((order) => order.reading !== null)
  for (let at = 0; at < good.length; at += IN_FLIGHT) {
    const kept = await Promise.allSettled(
      good.slice(at, at + IN_FLIGHT).map((order) => keep(deps, run, order)),
    )
    deps.onAccepted()
    const failed = kept.find((one) => one.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }
}

/** One message into the inbox; a full queue is waited for, since shops' own messages go first. */
async function keep(deps: ImportDeps, run: Run, order: Prepared): Promise<void> {
  const message = {
    topic: FILE_TOPIC,
    dedupKey: `${order.orderNo}\n${order.digest}`,
    orderNo: order.orderNo,
    headers: { file: run.file_id.slice(0, 16), import: String(run.id) },
    body: order.body,
  }
  for (let tries = 1; ; tries += 1) {
    try {
      await acceptFetched(deps, connectionId(run.connection_id ?? ''), 'file', message)
      return
    } catch (error) {
      if (!(error instanceof Outage) || !FULL.includes(error.code) || tries >= KEEP_TRIES) throw error
      await sleep(BACKLOG_POLL_MS)
    }
  }
}

/** Waits until the interpreter has caught up; where the next message stays the same, nobody interprets, and nobody waits. */
async function roomInTheInbox(
  { db, intake }: ImportDeps,
  connection: string,
  progress: Progress,
  done: () => number,
): Promise<void> {
  let next: bigint | null = null
  for (let still = 0, looks = 1; still < BACKLOG_PATIENCE; looks += 1) {
    const waiting = await pendingMessages(db, intake.laneOf(connection), BACKLOG_MOST)
    if (waiting.count < BACKLOG_MOST) return
    still = waiting.next === next ? still + 1 : 0
    next = waiting.next
    await sleep(BACKLOG_POLL_MS)
    if (looks % 50 === 0) await progress(done())
  }
}
