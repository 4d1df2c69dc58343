import { createHash } from 'node:crypto'
import { assert } from '#kernel/assert.ts'
import type { Clock, Instant } from '#kernel/clock.ts'
import { hashToUuid } from '#kernel/hash.ts'
import { refuse } from '#kernel/result.ts'
import { type Arrival, idOfMessage, keepArrivals } from '#platform/inbox/store.ts'
import { ensurePartitions } from '#platform/partitions/store.ts'
import { type Database, type Sql, sqlState } from '#platform/postgres/database.ts'
import type { SegmentBatch } from '#platform/spool/read-segment.ts'
import { addTallies, judgeMerge, NO_OUTCOMES, type Outcome, type Tally, tallyOf } from './core/judge.ts'
import {
  addReceipts,
  addToRun,
  lockFile,
  type NewReceipt,
  type Original,
  readCheckpoint,
  readKeptMessage,
  readOriginals,
  saveCheckpoint,
} from './store.ts'

/** A segment or a document, as the merge reads it. */
export type MergeSource = {
  readonly id: string
  /** Path, for people. */
  readonly name: string
  readonly bytes: number
  /** False while its writer may still append: what is there is merged, and the end is left open. */
  readonly complete: boolean
  readonly batch: (offset: number, most: number) => SegmentBatch
}
export type MergeDeps = {
  readonly db: Database
  readonly clock: Clock
  /** Days for which raw messages are kept: an older one could not be, and is kept as of now. */
  readonly keepDays: number
  /** Whether two bodies that differ are one message all the same; absent: they never are. */
  readonly isRedelivery?: (first: Uint8Array, again: Uint8Array) => boolean
  readonly batch?: number
  /** Called between transactions: a test kills the process there, a person stops it. */
  readonly onBatch?: (progress: { readonly source: MergeSource; readonly offset: number }) => void
  readonly isStopping?: () => boolean
}
export type MergedFile = {
  readonly tally: Tally
  readonly damaged: number
  /** `busy`: another merger has the file. `stopped`: told to stop; the checkpoint says where to go on. */
  readonly end: 'done' | 'known' | 'busy' | 'stopped' | 'open'
}

export const MERGE_BATCH = 2_000

/**
 * Merges one file by the same keys as any message. Checkpoint, receipts and messages are one transaction each 2,000, so that
 * it goes on where it was after a kill at any point, and two mergers of one file never do the same batch.
 */
export async function mergeFile(deps: MergeDeps, run: string, source: MergeSource): Promise<MergedFile> {
  const most = deps.batch ?? MERGE_BATCH
  const partitions = partitionsFor(deps)
  let size = most
  let tally = NO_OUTCOMES
  let damaged = 0
  for (let first = true; ; first = false) {
    if (deps.isStopping?.() === true) return { tally, damaged, end: 'stopped' }
    const step = await mergeBatch(deps, { run, source, partitions }, size)
    if (step === 'too_large') {
      // Something in it cannot be stored: found by halving, it is told and the others go on.
      size = Math.max(1, size >> 3)
      continue
    }
    if (step === 'busy') return { tally, damaged, end: 'busy' }
    if (step === 'known') return { tally, damaged, end: first ? 'known' : 'done' }
    size = Math.min(most, size * 2)
    tally = addTallies(tally, step.tally)
    damaged += step.damaged
    deps.onBatch?.({ source, offset: step.offset })
    if (step.end) return { tally, damaged, end: source.complete ? 'done' : 'open' }
  }
}

export type Partitions = (arrivals: readonly Arrival[]) => Promise<Arrival[]>
type Step = {
  readonly tally: Tally
  readonly damaged: number
  readonly offset: number
  readonly end: boolean
}

async function mergeBatch(
  deps: MergeDeps,
  { run, source, partitions }: { run: string; source: MergeSource; partitions: Partitions },
  size: number,
): Promise<Step | 'busy' | 'known' | 'too_large'> {
  const seen = await readCheckpoint(deps.db, source.id)
  if (seen.done) return 'known'
  const batch = source.batch(seen.offset, size)
  const arrivals = await partitions(batch.records.map((record) => record.arrival))
  try {
    return await deps.db.begin(async (tx) => {
      if (!(await lockFile(tx, source.id))) return 'busy'
      const checkpoint = await readCheckpoint(tx, source.id)
      if (checkpoint.done) return 'known'
      // Another merger was here between the look and the lock.
      if (checkpoint.offset !== seen.offset) return emptyStep(checkpoint.offset)
      const places = batch.records.map(({ offset, arrival }) => ({ file: source.id, offset, arrival }))
      const receipts = await keepRecords(tx, places, arrivals, deps.isRedelivery)
      return await saveStep(tx, { run, source, now: deps.clock.now() }, batch, receipts)
    })
  } catch (error) {
    if (!isUnstorable(error)) throw error
    if (size > 1 && batch.records.length > 1) return 'too_large'
    return await refuseRecord(deps, { run, source }, batch, error)
  }
}

function emptyStep(offset: number): Step {
  return { tally: NO_OUTCOMES, damaged: 0, offset, end: false }
}

export type PlacedRecord = { readonly file: string; readonly offset: number; readonly arrival: Arrival }

/** Keeps a batch like any other and says of each what became of it. `arrivals` are the records' own, dated for their partitions. */
export async function keepRecords(
  tx: Sql,
  records: readonly PlacedRecord[],
  arrivals: readonly Arrival[],
  isRedelivery?: MergeDeps['isRedelivery'],
): Promise<NewReceipt[]> {
  if (records.length === 0) return []
  const kept = await keepArrivals(tx, arrivals)
  const keys = arrivals.map(keyOf)
  const repeated = keys.filter((_key, i) => kept[i]?.verdict === 'duplicate')
  const originals = new Map((await readOriginals(tx, repeated)).map((row) => [row.key, row]))
  const receipts: NewReceipt[] = []
  for (const [i, { file, offset, arrival }] of records.entries()) {
    const hash = hashOf(arrival.body)
    const row = kept[i]
    assert(row !== undefined, 'RC1', 'the inbox confirmed fewer messages than it was given')
    const original = originals.get(keys[i] ?? '')
    const judged = judgeMerge(row.verdict, hash, original?.hash ?? null)
    const outcome =
      judged === 'conflict' && (await saysTheSame(tx, original, arrival.body, isRedelivery))
        ? 'duplicate'
        : judged
    const first = original === undefined ? null : idOf(original)
    receipts.push({
      file,
      offset,
      arrival,
      hash,
      outcome,
      messageId: outcome === 'accepted' || outcome === 'rejected' ? row.id : first,
      ownMessageId: row.id,
      detail: arrival.verdict === 'rejected' ? arrival.refusalCode : null,
    })
  }
  return receipts
}

/** Asked only of bodies that differ under one key, which are few: the known one is read for it. */
export async function saysTheSame(
  sql: Sql,
  original: Original | undefined,
  body: Uint8Array,
  isRedelivery: MergeDeps['isRedelivery'],
): Promise<boolean> {
  if (isRedelivery === undefined || original === undefined) return false
  const known = await readKeptMessage(sql, original.messageNumber, original.day)
  return known !== null && isRedelivery(known.body, body)
}

/** The inbox's own key (`keepArrivals`): the test of conflicts fails when the two part. */
export function keyOf({ connection, dedupKey }: Arrival): string {
  return hashToUuid(`${connection}\n${dedupKey}`)
}

async function saveStep(
  tx: Sql,
  place: { run: string; source: MergeSource; now: Instant },
  batch: SegmentBatch,
  receipts: readonly NewReceipt[],
): Promise<Step> {
  const { run, source, now } = place
  const tally = tallyOf(receipts.map((receipt): Outcome => receipt.outcome))
  const offset = batch.end && !source.complete ? openEnd(batch) : batch.next
  const done = batch.end && source.complete
  const damaged = batch.damaged.filter((one) => source.complete || !one.torn).length
  await addReceipts(tx, { run, now }, receipts)
  await saveCheckpoint(tx, source.id, { offset, done })
  await addToRun(tx, run, { ...tally, damaged, files: done ? 1 : 0 }, now)
  return { tally, damaged, offset, end: batch.end }
}

/** The end of a file that is still written is where its last whole record ends. */
function openEnd({ damaged, next }: SegmentBatch): number {
  return damaged.find((one) => one.torn)?.offset ?? next
}

/** One message that the database does not take: its receipt says so and why, and the file goes on. */
async function refuseRecord(
  deps: MergeDeps,
  { run, source }: { run: string; source: MergeSource },
  batch: SegmentBatch,
  error: unknown,
): Promise<Step> {
  const now = deps.clock.now()
  return await deps.db.begin(async (tx) => {
    const receipts = batch.records.map(
      ({ offset, arrival }): NewReceipt => ({
        file: source.id,
        offset,
        arrival: {
          ...arrival,
          topic: clean(arrival.topic),
          connection: clean(arrival.connection),
          orderNo: null,
        },
        hash: hashOf(arrival.body),
        outcome: 'rejected',
        messageId: null,
        ownMessageId: null,
        detail: unstorableWords(error),
      }),
    )
    return await saveStep(tx, { run, source, now }, batch, receipts)
  })
}

/** Why the database cannot hold a message, for its receipt. */
export function unstorableWords(error: unknown): string {
  const { code, detail } = refuse(
    'recovery.unstorable',
    error instanceof Error ? error.message : String(error),
  ).refusal
  return `${code}: ${detail}`.slice(0, 500)
}

/** Data exceptions and broken constraints: about the message, never about the database. */
export function isUnstorable(error: unknown): boolean {
  return /^2[23]/.test(sqlState(error) ?? '')
}

/** Makes the days that messages belong to; what is older than the hub keeps, or of the future, is kept as of now. */
export function partitionsFor({
  db,
  clock,
  keepDays,
}: Pick<MergeDeps, 'db' | 'clock' | 'keepDays'>): Partitions {
  const made = new Set<string>()
  return async (arrivals) => {
    const now = clock.now()
    const oldest = now.subtract({ hours: 24 * keepDays })
    const dated = arrivals.map((arrival) =>
      Temporal.Instant.compare(arrival.receivedAt, oldest) < 0 ||
      Temporal.Instant.compare(arrival.receivedAt, now) > 0
        ? { ...arrival, receivedAt: now }
        : arrival,
    )
    for (const { receivedAt } of dated) {
      const day = receivedAt.toString().slice(0, 10)
      if (made.has(day)) continue
      await ensurePartitions(db, Temporal.PlainDate.from(day))
      made.add(day)
    }
    return dated
  }
}

function idOf({ messageNumber, day }: { messageNumber: bigint; day: string }): string {
  return idOfMessage(messageNumber, Temporal.Instant.from(`${day}T00:00:00Z`))
}

export function hashOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

function clean(text: string): string {
  return text.replaceAll('\u0000', '').slice(0, 200)
}
