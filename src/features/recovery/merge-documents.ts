import { readFile } from 'node:fs/promises'
import type { Arrival } from '#platform/inbox/store.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { parseDocument } from './core/document.ts'
import { addTallies, NO_OUTCOMES, type Tally, tallyOf } from './core/judge.ts'
import {
  hashOf,
  isUnstorable,
  keepRecords,
  MERGE_BATCH,
  type MergeDeps,
  type Partitions,
  type PlacedRecord,
  partitionsFor,
  unstorableWords,
  withOrderNos,
} from './merge-file.ts'
import { addReceipts, addToRun, documentsDone, lockFile, type NewReceipt } from './store.ts'

export type DocumentProblem = { readonly path: string; readonly code: string; readonly detail: string }
export type MergedDocuments = {
  readonly tally: Tally
  readonly problems: readonly DocumentProblem[]
  readonly files: readonly string[]
  readonly end: 'done' | 'stopped'
}
type ReadDocument = PlacedRecord & { readonly path: string }

/**
 * Merges documents of one order each, 2,000 in a transaction. Its content's hash is a document's name, and its receipt its
 * checkpoint: what was merged before is left out, also from another folder.
 */
export async function mergeDocuments(
  deps: MergeDeps,
  run: string,
  paths: readonly string[],
  onRead: (documents: number) => void,
): Promise<MergedDocuments> {
  const partitions = partitionsFor(deps)
  const problems: DocumentProblem[] = []
  const files: string[] = []
  let tally = NO_OUTCOMES
  for (let at = 0; at < paths.length; at += MERGE_BATCH) {
    if (deps.isStopping?.() === true) return { tally, problems, files, end: 'stopped' }
    const read = await readDocuments(paths.slice(at, at + MERGE_BATCH), problems)
    files.push(...read.map((one) => one.file))
    tally = addTallies(tally, await mergeSome(deps, run, partitions, read))
    onRead(Math.min(paths.length, at + MERGE_BATCH))
  }
  return { tally, problems, files, end: 'done' }
}

/** Reads and parses; the same document under two names is one. What cannot be read is told in `problems`. */
export async function readDocuments(
  paths: readonly string[],
  problems: DocumentProblem[],
): Promise<ReadDocument[]> {
  const read = new Map<string, ReadDocument>()
  for (const path of paths) {
    const bytes = await readFile(path).catch(() => null)
    const parsed = bytes === null ? null : parseDocument(bytes.toString('utf8'), hexHash)
    if (bytes === null || parsed === null)
      problems.push({ path, code: 'recovery.unreadable', detail: 'the file cannot be read' })
    else if (!parsed.ok) problems.push({ path, code: parsed.refusal.code, detail: parsed.refusal.detail })
    else {
      const file = `doc-${hexHash(bytes).slice(0, 40)}`
      read.set(file, { path, file, offset: 0, arrival: parsed.value })
    }
  }
  return [...read.values()]
}

async function mergeSome(
  deps: MergeDeps,
  run: string,
  partitions: Partitions,
  read: readonly ReadDocument[],
): Promise<Tally> {
  const dated = await partitions(read.map((one) => one.arrival))
  const datedOf = new Map<PlacedRecord, Arrival>(read.map((one, i) => [one, dated[i] ?? one.arrival]))
  const keep = async (tx: Sql, records: readonly PlacedRecord[]): Promise<NewReceipt[]> =>
    await withOrderNos(
      deps,
      await keepRecords(
        tx,
        records,
        records.map((one) => datedOf.get(one) ?? one.arrival),
        deps.isRedelivery,
      ),
    )
  try {
    return await mergeFresh(deps, run, read, keep)
  } catch (error) {
    if (!isUnstorable(error)) throw error
    if (read.length > 1) {
      const half = read.length >> 1
      const first = await mergeSome(deps, run, partitions, read.slice(0, half))
      return addTallies(first, await mergeSome(deps, run, partitions, read.slice(half)))
    }
    const detail = unstorableWords(error)
    return await mergeFresh(deps, run, read, async (_tx, records) =>
      records.map((one) => ({
        ...one,
        outcome: 'rejected',
        messageId: null,
        ownMessageId: null,
        hash: hashOf(one.arrival.body),
        detail,
      })),
    )
  }
}

async function mergeFresh(
  { db, clock }: MergeDeps,
  run: string,
  read: readonly ReadDocument[],
  keep: (tx: Sql, records: readonly PlacedRecord[]) => Promise<NewReceipt[]>,
): Promise<Tally> {
  return await db.begin(async (tx) => {
    // One merger of documents at a time; they are many and small.
    while (!(await lockFile(tx, 'documents'))) await new Promise((resolve) => setTimeout(resolve, 100))
    const done = await documentsDone(
      tx,
      read.map((one) => one.file),
    )
    const receipts = await keep(
      tx,
      read.filter((one) => !done.has(one.file)),
    )
    const tally = tallyOf(receipts.map((receipt) => receipt.outcome))
    await addReceipts(tx, { run, now: clock.now() }, receipts)
    await addToRun(tx, run, { ...tally, damaged: 0, files: receipts.length }, clock.now())
    return tally
  })
}

export function hexHash(bytes: Uint8Array): string {
  return hashOf(bytes).toString('hex')
}
