import { statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Refusal } from '#kernel/result.ts'
import type { Sql } from '#platform/postgres/database.ts'
import type { Vault } from '#platform/vault.ts'
import { addTallies, judgeMerge, NO_OUTCOMES, type Tally } from './core/judge.ts'
import { type DocumentProblem, mergeDocuments, readDocuments } from './merge-documents.ts'
import {
  hashOf,
  keyOf,
  MERGE_BATCH,
  type MergeDeps,
  type MergedFile,
  mergeFile,
  saysTheSame,
} from './merge-file.ts'
import { type SpoolFolder, segmentSource } from './read-folder.ts'
import { finishRun, readOriginals, startRun } from './store.ts'

export type FolderDeps = MergeDeps & {
  readonly vaults: readonly Vault[]
  readonly onProgress?: (doneBytes: number) => void
  /** The caller wrote these segments and closed them: none of them grows. */
  readonly closed?: boolean
  /** The whole segment is in the database. */
  readonly onMerged?: (path: string) => Promise<void>
}
export type MergedFolder = {
  readonly run: string
  readonly tally: Tally
  /** Places without a whole record. */
  readonly damaged: number
  /** Checkpoint names of everything read, for the report. */
  readonly files: readonly string[]
  /** Files that could not be merged at all. */
  readonly problems: readonly DocumentProblem[]
  readonly end: 'done' | 'stopped'
}

const BUSY_MS = 250

/** Merges a folder of this or another machine; a second call goes on where the first was stopped or killed. */
export async function mergeFolder(
  deps: FolderDeps,
  { run, source, folder }: { run: string; source: string; folder: SpoolFolder },
): Promise<MergedFolder> {
  await startRun(deps.db, run, source, deps.clock.now())
  const files: string[] = []
  const problems: DocumentProblem[] = []
  let tally = NO_OUTCOMES
  let damaged = 0
  let doneBytes = 0
  for (const path of folder.segments) {
    const opened = await segmentSource(path, deps.vaults, deps.closed)
    if (!opened.ok) {
      problems.push(problemOf(path, opened.refusal))
      continue
    }
    const merging = opened.value
    files.push(merging.id)
    const merged = await untilFree(() =>
      mergeFile({ ...deps, onBatch: ({ offset }) => deps.onProgress?.(doneBytes + offset) }, run, merging),
    )
    tally = addTallies(tally, merged.tally)
    damaged += merged.damaged
    if (merged.end === 'stopped') return { run, tally, damaged, files, problems, end: 'stopped' }
    // What was read is merged; a file that grew since is left for the next merge.
    if (merged.end !== 'open' && sizeOf(path) === merging.bytes) await deps.onMerged?.(path)
    doneBytes += merging.bytes
    deps.onProgress?.(doneBytes)
  }
  const share = (folder.bytes - doneBytes) / Math.max(1, folder.documents.length)
  const documents = await mergeDocuments(deps, run, folder.documents, (read) =>
    deps.onProgress?.(doneBytes + Math.round(read * share)),
  )
  if (documents.end === 'done') await finishRun(deps.db, run, deps.clock.now())
  return {
    run,
    tally: addTallies(tally, documents.tally),
    damaged,
    files: [...files, ...documents.files],
    problems: [...problems, ...documents.problems],
    end: documents.end,
  }
}

function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size
}

/** Another merger has the file for the length of one batch; what was merged before counts all the same. */
async function untilFree(merge: () => Promise<MergedFile>): Promise<MergedFile> {
  let tally = NO_OUTCOMES
  let damaged = 0
  for (;;) {
    const merged = await merge()
    tally = addTallies(tally, merged.tally)
    damaged += merged.damaged
    if (merged.end !== 'busy') return { tally, damaged, end: merged.end }
    await sleep(BUSY_MS)
  }
}

function problemOf(path: string, { code, detail }: Refusal): DocumentProblem {
  return { path, code, detail }
}

export type Preview = {
  readonly tally: Tally
  readonly damaged: number
  readonly problems: readonly DocumentProblem[]
}

/** What a merge would do, without a single write. */
export async function previewFolder(
  deps: {
    readonly db: Sql
    readonly vaults: readonly Vault[]
    readonly onProgress?: (bytes: number) => void
    readonly isRedelivery?: MergeDeps['isRedelivery']
  },
  folder: SpoolFolder,
): Promise<Preview> {
  const seen = new Map<string, Buffer>()
  const problems: DocumentProblem[] = []
  let tally = NO_OUTCOMES
  let damaged = 0
  let doneBytes = 0
  const look = async (arrivals: readonly Parameters<typeof keyOf>[0][]): Promise<void> => {
    const keys = arrivals.map(keyOf)
    const known = new Map((await readOriginals(deps.db, keys)).map((row) => [row.key, row]))
    const next = { ...tally }
    for (const [i, arrival] of arrivals.entries()) {
      const key = keys[i] ?? ''
      const hash = hashOf(arrival.body)
      const row = known.get(key)
      const original = row === undefined ? seen.get(key) : row.hash
      const verdict = arrival.verdict === 'accepted' && original !== undefined ? 'duplicate' : arrival.verdict
      const judged = judgeMerge(verdict, hash, original ?? null)
      // Of two that both lie in this folder only the hashes are at hand; the merge, which has the bodies, may know better.
      const isSame =
        judged === 'conflict' && (await saysTheSame(deps.db, row, arrival.body, deps.isRedelivery))
      next[isSame ? 'duplicate' : judged] += 1
      if (arrival.verdict === 'accepted' && original === undefined) seen.set(key, hash)
    }
    tally = next
  }
  for (const path of folder.segments) {
    const opened = await segmentSource(path, deps.vaults)
    if (!opened.ok) {
      problems.push(problemOf(path, opened.refusal))
      continue
    }
    for (let offset = 0, end = false; !end; ) {
      const batch = opened.value.batch(offset, MERGE_BATCH)
      await look(batch.records.map((record) => record.arrival))
      damaged += batch.damaged.length
      offset = batch.next
      end = batch.end
    }
    doneBytes += opened.value.bytes
    deps.onProgress?.(doneBytes)
  }
  for (let at = 0; at < folder.documents.length; at += MERGE_BATCH) {
    const read = await readDocuments(folder.documents.slice(at, at + MERGE_BATCH), problems)
    await look(read.map((one) => one.arrival))
  }
  deps.onProgress?.(folder.bytes)
  return { tally, damaged, problems }
}
