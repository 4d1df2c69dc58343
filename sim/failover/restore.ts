import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { assert } from '#kernel/assert.ts'
import type { Database } from '#platform/postgres/database.ts'
import { readAccounts } from '../chaos/accounts.ts'
import { readBook } from '../chaos/book.ts'
import type { Contradiction } from '../chaos/check.ts'
import { readPast } from '../chaos/ledger.ts'
import { startProcess } from '../chaos/processes.ts'
import { openDiary, untilInterrupted } from '../chaos/run.ts'
import { openStage, type Stage } from '../chaos/stage.ts'
import { NO_FAULTS } from '../platform.ts'
import type { ProofRecord } from '../proof/record.ts'
import { type Archived, openArchived } from './archive.ts'
import { ask } from './server.ts'

export type RestoreOptions = {
  readonly seed: number
  /** Orders per minute. */
  readonly rate: number
  /** Milliseconds of trade before the moment, after it, and after the restore. */
  readonly tradeMs: number
  readonly keep: boolean
  readonly log: (line: string) => void
  readonly signal: AbortSignal
}
export type RestoreResult = {
  readonly seed: number
  readonly seconds: number
  readonly version: string
  readonly ordersAtMoment: number
  readonly ordersAtAccident: number
  readonly ordersRestored: number
  readonly restoreMs: number
  /** Intents that the restored database held for unsent, and of those how many the shops had by then. */
  readonly doubtful: number
  readonly sentMeanwhile: number
  readonly toldTwice: number
  /** Orders placed between the moment and the accident, and how many of them polls brought back by the end. */
  readonly gapOrders: number
  readonly gapFound: number
  readonly ordersAfter: number
  readonly contradictions: readonly Contradiction[]
  readonly folder: string
}

const CLI = fileURLToPath(new URL('../../src/app/cli.ts', import.meta.url))
const COMMIT_STAMPS_APART_MS = 1_200
const QUIET_TRIES = 200
const QUIET_LOOKS = 5
const SETTLE_WITHIN_MS = 60_000

/** A hub under load, an accident, and its database set back to the moment before on a second server. */
export async function runRestore(options: RestoreOptions): Promise<RestoreResult> {
  const begun = performance.now()
  const contradictions: Contradiction[] = []
  const { diary, badLines } = openDiary(contradictions)
  const opened: Archived[] = []
  const stage = await openStage({
    ...options,
    diary,
    with: new Set(),
    openDatabase: async (dir, say) => {
      const archived = await openArchived(dir, say)
      opened.push(archived)
      return archived.database
    },
  })
  try {
    const [archived] = opened
    assert(archived !== undefined, 'FO5')
    options.log(`stage ready in ${stage.dir}`)
    const result = await untilInterrupted(live(options, stage, archived), options.signal)
    return {
      ...result,
      seconds: Math.round(performance.now() - begun) / 1_000,
      contradictions: [...result.contradictions, ...contradictions, ...badLines()],
    }
  } finally {
    await stage.close()
  }
}

async function live(options: RestoreOptions, stage: Stage, archived: Archived): Promise<RestoreResult> {
  const { tradeMs, log, seed } = options
  const { sql } = stage.database
  const wrong: Contradiction[] = []
  const { moment, picture, waiting } = await tradeToMoment(options, stage, archived)
  const { before, sentMeanwhile, accident } = await tradeToAccident(options, stage, archived, waiting)
  await archived.archiveAll()
  await archived.first.stop()
  const restoreMs = await archived.restoreTo(moment)
  archived.line.leadTo(archived.second.port)
  await stage.database.answers()
  const restored = await pictureOf(sql)
  for (const name of Object.keys(picture) as (keyof Picture)[])
    if (restored[name] !== picture[name])
      wrong.push({
        check: 'lost',
        words: `${name} is ${restored[name]} in the restored database, at the moment it was ${picture[name]}`,
      })
  log(`restored in ${restoreMs} ms: ${restored.orders} orders`)
  const said = await callRestored(stage, archived)
  log(`holdfast restored: ${JSON.stringify(said)}`)

  await Promise.all([stage.startAgain('hub'), stage.startAgain('worker')])
  await sleep(tradeMs / 2)
  await stage.world.tell({ trading: false })
  const left = await settle(sql)
  if (left !== null) wrong.push({ check: 'stuck', words: left })
  const entries = readBook(stage.bookPath)
  const { orders } = await readAccounts(stage, () => entries)
  const told = toldTwice(entries)
  for (const words of told) wrong.push({ check: 'effect', words })
  const isGap = (at: Temporal.Instant): boolean => isBetween(at, Temporal.Instant.from(moment), accident)
  const gap = orders.filter(({ book }) => isGap(book.placedAt))
  for (const { life, book, hub } of orders)
    if (hub === null && !isGap(book.placedAt))
      wrong.push({ check: 'lost', words: `${life.kind} ${life.orderNo} is missing in the hub` })
  return {
    seed,
    seconds: 0,
    version: archived.version,
    ordersAtMoment: picture.orders,
    ordersAtAccident: before.orders,
    ordersRestored: restored.orders,
    restoreMs,
    doubtful: said.doubtful,
    sentMeanwhile,
    toldTwice: told.length,
    gapOrders: gap.length,
    gapFound: gap.filter(({ hub }) => hub !== null).length,
    ordersAfter: orders.filter(({ book }) => Temporal.Instant.compare(book.placedAt, accident) > 0).length,
    contradictions: wrong,
    folder: stage.dir,
  }
}

/** A base backup under load, and a moment at which reports to the shops wait that they have not had yet. */
async function tradeToMoment({ tradeMs, log }: RestoreOptions, stage: Stage, archived: Archived) {
  const { sql } = stage.database
  await stage.world.tell({ trading: true, faults: NO_FAULTS })
  await archived.takeBaseBackup()
  await sleep(tradeMs)
  await stage.world.tell({ api: { shopify: 'throttled', youzan: 'throttled', douyin: 'throttled' } })
  await sleep(tradeMs / 2)
  await stage.world.tell({ trading: false })
  const { moment, picture } = await quietMoment(sql)
  const waiting = await sql<{ key: string }>`
    select key from outbox_intent where effect = 'report_shipment' and state in ('pending', 'sending', 'unknown')`
  await sleep(COMMIT_STAMPS_APART_MS)
  log(`the moment is ${moment}: ${picture.orders} orders, ${waiting.length} reports wait`)
  return { moment, picture, waiting: waiting.map((row) => row.key) }
}

/** Trade goes on and what waited is sent; then somebody deletes the orders. */
async function tradeToAccident(
  { tradeMs, log }: RestoreOptions,
  stage: Stage,
  archived: Archived,
  waiting: readonly string[],
) {
  const { sql } = stage.database
  await stage.world.tell({ trading: true, api: {} })
  await hurry(sql)
  await sleep(tradeMs)
  const sentMeanwhile = await untilSent(sql, waiting)
  const before = await pictureOf(sql)
  await Promise.all([stage.hub('hub').kill(), stage.hub('worker').kill()])
  const text = 'set session_replication_role = replica; delete from order_line; delete from sales_order'
  await ask(archived.first.url('holdfast'), text, 30_000)
  log(`accident: ${before.orders} orders are gone`)
  return { before, sentMeanwhile, accident: Temporal.Now.instant() }
}

/** How many of these reports the shops have; at least one, for without it the restore would prove nothing about them. */
async function untilSent(sql: Database, waiting: readonly string[]): Promise<number> {
  for (const until = performance.now() + SETTLE_WITHIN_MS; performance.now() < until; await sleep(300)) {
    const sent = await sql<{ key: string }>`
      select key from outbox_intent where effect = 'report_shipment' and state = 'done'`
    const keys = new Set(sent.map((row) => row.key))
    const count = waiting.filter((key) => keys.has(key)).length
    if (count > 0) return count
    await hurry(sql)
  }
  throw new Error(`none of ${waiting.length} reports that waited at the moment was sent`)
}

const isBetween = (at: Temporal.Instant, from: Temporal.Instant, to: Temporal.Instant): boolean =>
  Temporal.Instant.compare(at, from) > 0 && Temporal.Instant.compare(at, to) <= 0

/** What has to be the same, field by field, in the database as it was and as it was restored. */
type Picture = {
  readonly orders: number
  readonly messages: number
  readonly facts: number
  readonly journal: number
  readonly intents: number
  readonly digest: string
}

async function pictureOf(sql: Database): Promise<Picture> {
  const [row] = await sql<{ picture: Picture }>`
    select json_build_object(
      'orders', (select count(*) from sales_order), 'messages', (select count(*) from inbox_message),
      'facts', (select count(*) from fact), 'journal', (select count(*) from journal),
      'intents', (select count(*) from outbox_intent),
      'digest', (select md5(coalesce(string_agg(concat_ws(' ', id, order_no, status, report, encode(digest, 'hex')), '|' order by id), ''))
        from sales_order)) as picture`
  if (row === undefined) throw new Error('the database said nothing')
  return row.picture
}

/** A moment with nothing under way at it: two pictures, before and after, are the same. */
async function quietMoment(sql: Database): Promise<{ readonly moment: string; readonly picture: Picture }> {
  for (let tries = 0; tries < QUIET_TRIES; tries += 1) {
    const picture = await pictureOf(sql)
    await sleep(150)
    const [row] = await sql<{ moment: string }>`select clock_timestamp()::text as moment`
    await sleep(150)
    const after = await pictureOf(sql)
    if (row !== undefined && JSON.stringify(after) === JSON.stringify(picture))
      return { moment: row.moment, picture }
  }
  throw new Error('the hub never rests')
}

/**
 * Until the hub has nothing more to do; answers what is left after the time for it. Buyers of orders that went with the accident may
 * wait for ever for what the hub knows nothing of.
 */
async function settle(sql: Database): Promise<string | null> {
  let quiet = 0
  for (const until = performance.now() + SETTLE_WITHIN_MS; ; await sleep(300)) {
    const [row] = await sql<{ open: bigint }>`
      select (select count(*) from inbox_task where state = 'pending')
        + (select count(*) from outbox_intent where state in ('pending', 'sending', 'unknown')) as open`
    quiet = row?.open === 0n ? quiet + 1 : 0
    if (quiet >= QUIET_LOOKS) return null
    if (performance.now() > until) return `${row?.open} tasks and intents are still open`
    await hurry(sql)
  }
}

/** Intents that wait for their next attempt are due now. */
async function hurry(sql: Database): Promise<void> {
  await sql`update outbox_intent set not_before = now() - interval '1 second' where state in ('pending', 'unknown')`
}

/** As an operator calls it, before any hub is on the restored database. */
async function callRestored(
  stage: Stage,
  archived: Archived,
): Promise<{ readonly doubtful: number; readonly sequences: number; readonly skipped: number }> {
  const env = { ...stage.environmentOf('hub'), DATABASE_URL: archived.second.url('holdfast') }
  const one = startProcess('restored', [CLI, 'restored', '--json'], env, stage.diary, { mayEnd: true })
  const { code } = await one.ended
  const line = one
    .said()
    .split('\n')
    .find((text) => text.startsWith('{'))
  if (code !== 0 || line === undefined) throw new Error(`holdfast restored ended with ${code}: ${one.said()}`)
  return JSON.parse(line) as { doubtful: number; sequences: number; skipped: number }
}

/** Shipments that a shop was told of more than once. */
function toldTwice(entries: ReturnType<typeof readBook>): string[] {
  return [...readPast(entries).orders].flatMap(([kind, orders]) =>
    [...orders.values()].flatMap(({ orderNo, shipments }) => {
      const numbers = shipments.map((one) => one.trackingNo)
      return new Set(numbers).size === numbers.length ? [] : [`${kind} ${orderNo} was told of [${numbers}]`]
    }),
  )
}

export function restoreRecordOf(result: RestoreResult, at: string): ProofRecord {
  return {
    name: 'restore',
    command: `npm run failover -- --restore --seed ${result.seed}`,
    at,
    seconds: result.seconds,
    passed: result.contradictions.length === 0,
    figures: restoreFigures(result),
  }
}

export function restoreFigures(result: RestoreResult): ProofRecord['figures'] {
  return [
    { what: 'PostgreSQL', value: `${result.version}, base backup and WAL archive, recovery_target_time` },
    {
      what: 'orders',
      value: `${result.ordersAtMoment} at the moment, ${result.ordersAtAccident} at the accident, ${result.ordersRestored} restored`,
    },
    { what: 'restored in', value: `${(result.restoreMs / 1_000).toFixed(1)} s` },
    {
      what: 'asked for before they were sent',
      value: `${result.doubtful}, of which ${result.sentMeanwhile} had been sent after the moment`,
    },
    { what: 'shipments told twice', value: String(result.toldTwice) },
    {
      what: 'orders placed between moment and accident',
      value: `${result.gapOrders}, of which ${result.gapFound} were back by polls and later messages at the end`,
    },
    { what: 'orders placed after the restore', value: String(result.ordersAfter) },
    { what: 'contradictions', value: String(result.contradictions.length) },
  ]
}
