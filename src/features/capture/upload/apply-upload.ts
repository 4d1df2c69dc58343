import type { Clock } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { JobHandler } from '#platform/jobs/runner.ts'
import { queueJob } from '#platform/jobs/store.ts'
import type { Database, Sql } from '#platform/postgres/database.ts'
import { applyChanges, type Source } from '../apply-changes.ts'
import { compareSeen } from '../compare-seen.ts'
import { reserveDoubts } from '../findings/reserve-doubts.ts'
import { countRuling } from '../findings/store.ts'
import { inTurn } from '../retry.ts'
import { notePushed, readFeed } from '../store.ts'
import {
  type GoodRow,
  holdUpload,
  noteUploadDone,
  queueUpload,
  readGoodRows,
  readUpload,
  type UploadRow,
} from './store.ts'

export const UPLOAD_JOB = 'capture_upload'
const AT_ONCE = 500

/**
 * Takes a looked-at file over, as a job. `report`: it is the warehouse's word of now and the ledger becomes it; `compare`: differences
 * become findings. Rows with faults are left out. Refused: `capture.upload_not_found`, `capture.upload_conflict` (taken over already),
 * `capture.no_good_rows`.
 */
export async function startUpload(
  deps: { readonly db: Database; readonly clock: Clock; readonly onJobQueued: () => void },
  by: string,
  id: bigint,
  mode: 'report' | 'compare',
): Promise<Result<bigint>> {
  const queued = await deps.db.begin(async (tx): Promise<Result<bigint>> => {
    const upload = await holdUpload(tx, id)
    if (upload === null) return refuse('capture.upload_not_found', `there is no upload ${id}`)
    if (upload.state !== 'looked')
      return refuse('capture.upload_conflict', 'this file is being taken over, or was')
    if (upload.rows === upload.faults) return refuse('capture.no_good_rows', 'no row of the file can be read')
    const payload = { upload: String(id) }
    const job = await queueJob(tx, { kind: UPLOAD_JOB, payload, createdBy: by }, deps.clock.now())
    await queueUpload(tx, id, mode, job)
    return ok(job)
  })
  if (queued.ok) deps.onJobQueued()
  return queued
}

/** The rows of a batch and the mark after them commit together: a job that is taken over goes on after the last batch. */
export function uploadJob(deps: { readonly db: Database; readonly clock: Clock }): JobHandler {
  return async (job, progress) => {
    const id = BigInt((job.payload as { readonly upload: string }).upload)
    for (;;) {
      const upload = await readUpload(deps.db, id)
      if (upload === null) return refuse('capture.upload_not_found', `there is no upload ${id}`)
      if (upload.state === 'done')
        return ok({ upload: String(id), changed: upload.changed, findings: upload.findings })
      const rows = await readGoodRows(deps.db, id, upload.done_row, AT_ONCE)
      const now = deps.clock.now()
      await inTurn(deps.db, async (tx) => {
        const source = await sourceOf(tx, upload)
        const before = await countRuling(tx, rows)
        const changed = await takeRows(tx, upload, source, rows, now)
        const findings = (await countRuling(tx, rows)) - before
        const row = rows.at(-1)?.row ?? upload.done_row
        await noteUploadDone(tx, id, {
          row,
          changed,
          findings: Math.max(0, findings),
          isLast: rows.length < AT_ONCE,
        })
        if (upload.feed_id !== null) await notePushed(tx, upload.feed_id, rows.length, now)
      })
      await reserveDoubts(deps.db, now)
      await progress(rows.at(-1)?.row ?? upload.rows, upload.rows)
    }
  }
}

async function sourceOf(tx: Sql, upload: UploadRow): Promise<Source> {
  const feed = upload.feed_id === null ? null : await readFeed(tx, upload.feed_id)
  return {
    feedId: upload.feed_id,
    feed: feed?.name ?? 'file',
    actor: upload.created_by,
    evidence: `file ${upload.name} (${upload.id})`,
    codes: null,
    onUnknownSku: feed?.on_unknown_sku ?? 'create',
  }
}

async function takeRows(
  tx: Sql,
  upload: UploadRow,
  source: Source,
  rows: readonly GoodRow[],
  now: Parameters<typeof compareSeen>[2],
): Promise<number> {
  if (upload.mode === 'compare') {
    const seen = rows.map(({ warehouse, sku, quantity, version }) => ({
      warehouse,
      sku,
      quantity,
      version,
      times: 1,
    }))
    await compareSeen(tx, { source, rows: seen, onDrift: 'ask', began: upload.created_at }, now)
    return 0
  }
  const changes = rows.map(({ warehouse, sku, quantity, version, row }) => ({
    kind: 'level' as const,
    warehouse,
    sku,
    quantity,
    version,
    reference: `row ${row}`,
    removed: false,
  }))
  const { told } = await applyChanges(tx, source, { changes, faults: [] }, now)
  return told.filter((one) => one.physical !== 0).length
}
