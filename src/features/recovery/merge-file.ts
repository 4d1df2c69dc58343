import { createHash } from 'node:crypto'
import { assert } from '#kernel/assert.ts'
import type { Clock, Instant } from '#kernel/clock.ts'
import { hashToUuid } from '#kernel/hash.ts'
import { mapInTurns } from '#kernel/in-turns.ts'
import { refuse } from '#kernel/result.ts'
import { type Arrival, idOfMessage, keepArrivals } from '#platform/inbox/store.ts'
import { ensurePartitions, isPartitionMissing } from '#platform/partitions/store.ts'
import { type Database, type Sql, sqlState } from '#platform/postgres/database.ts'
import type { SegmentBatch } from '#platform/spool/read-segment.ts'
import { addTallies, judgeMerge, NO_OUTCOMES, type Outcome, type Tally, tallyOf } from './core/judge.ts'
import { placeIn } from './place-in-file.ts'
import {
  addReceipts,
  addToRun,
  type Checkpoint,
  lockFile,
  type NewReceipt,
  type Original,
  offsetsMerged,
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
  /** The order that a message speaks of, for its receipt, where its sender was acknowledged before that was known. Pure, throws nothing. */
  readonly orderNoOf?: (arrival: Arrival) => string | null
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
    if (step === 'known')
      return { tally, damaged, end: source.complete ? (first ? 'known' : 'done') : 'open' }
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
  const place = placeIn(source, await readCheckpoint(deps.db, source.id))
  if (place === null) return 'known'
  const batch = source.batch(place.offset, size)
  const dated = await partitions(batch.records.map((record) => record.arrival))
  const at = { run, source, place, batch }
  try {
    return await atPlace(deps, at, async (tx, fresh) => {
      const places: PlacedRecord[] = []
      const arrivals: Arrival[] = []
      for (const [i, { offset, arrival }] of batch.records.entries()) {
        if (!fresh(offset)) continue
        places.push({ file: source.id, offset, arrival })
        arrivals.push(dated[i] ?? arrival)
      }
      return await withOrderNos(deps, await keepRecords(tx, places, arrivals, deps.isRedelivery))
    })
  } catch (error) {
    if (!isUnstorable(error)) throw error
    if (size > 1 && batch.records.length > 1) return 'too_large'
    return await atPlace(deps, at, async (_tx, fresh) => refusedReceipts(at, error, fresh))
  }
}

type Place = {
  readonly run: string
  readonly source: MergeSource
  readonly place: Checkpoint
  readonly batch: SegmentBatch
}

/** Writes what `work` made of a batch, while no other merger has the file and it is still where it was looked at. */
async function atPlace(
  deps: MergeDeps,
  { run, source, place, batch }: Place,
  work: (tx: Sql, isFresh: (offset: number) => boolean) => Promise<NewReceipt[]>,
): Promise<Step | 'busy' | 'known'> {
  return await deps.db.begin(async (tx) => {
    if (!(await lockFile(tx, source.id))) return 'busy'
    const now = placeIn(source, await readCheckpoint(tx, source.id))
    if (now === null) return 'known'
    // Another merger was here between the look and the lock.
    if (now.offset !== place.offset || now.damagedAt !== place.damagedAt)
      return { tally: NO_OUTCOMES, damaged: 0, offset: now.offset, end: false }
    const merged = await offsetsMerged(tx, source.id, { from: place.offset, to: batch.next })
    const receipts = await work(tx, (offset) => !merged.has(offset))
    return await saveStep(tx, { run, source, place, now: deps.clock.now() }, batch, receipts)
  })
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

/** The receipts with the order of each, as far as anybody can tell; what the inbox keeps of the messages stays as it came. */
export async function withOrderNos(
  { orderNoOf }: Pick<MergeDeps, 'orderNoOf'>,
  receipts: readonly NewReceipt[],
): Promise<NewReceipt[]> {
  return await mapInTurns(receipts, (receipt) => {
    const { arrival } = receipt
    if (arrival.orderNo !== null || arrival.verdict !== 'accepted') return receipt
    const orderNo = orderNoOf?.(arrival) ?? null
    return orderNo === null ? receipt : { ...receipt, arrival: { ...arrival, orderNo: clean(orderNo) } }
  })
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
  at: { run: string; source: MergeSource; place: Checkpoint; now: Instant },
  batch: SegmentBatch,
  receipts: readonly NewReceipt[],
): Promise<Step> {
  const { run, source, place, now } = at
  const tally = tallyOf(receipts.map((receipt): Outcome => receipt.outcome))
  const offset = batch.end ? wholeEnd(batch) : batch.next
  const done = batch.end && source.complete
  const damaged = batch.damaged.filter((one) => source.complete || !one.torn).length
  await addReceipts(tx, { run, now }, receipts)
  const damagedAt = place.damagedAt ?? batch.damaged.find((one) => !one.torn)?.offset ?? null
  await saveCheckpoint(tx, source.id, { offset, done, damagedAt })
  await addToRun(tx, run, { ...tally, damaged, files: done ? 1 : 0 }, now)
  return { tally, damaged, offset, end: batch.end }
}

/** Where the last whole record ends: what follows may be one that another copy, or a later look, has whole. */
function wholeEnd({ damaged, next }: SegmentBatch): number {
  return damaged.find((one) => one.torn)?.offset ?? next
}

/** A message that the database does not take: its receipt says so and why, and the file goes on. */
function refusedReceipts(
  { source, batch }: Place,
  error: unknown,
  isFresh: (offset: number) => boolean,
): NewReceipt[] {
  const detail = unstorableWords(error)
  return batch.records
    .filter(({ offset }) => isFresh(offset))
    .map(({ offset, arrival }) => ({
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
      detail,
    }))
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
  return /^2[23]/.test(sqlState(error) ?? '') && !isPartitionMissing(error)
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
