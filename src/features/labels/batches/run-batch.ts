import { assert } from '#kernel/assert.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { JobHandler, Progress } from '#platform/jobs/runner.ts'
import type { LabelDeps } from '../deps.ts'
import { queueTasks } from '../print/queue-tasks.ts'
import { joinPdfs } from '../render/merge-pdf.ts'
import { findTemplate, templatesByCarrier } from '../templates/choose-template.ts'
import { LABEL_JOB, readSources } from './make-batch.ts'
import { renderChunk } from './render-chunk.ts'
import {
  type BatchRow,
  countBatch,
  countChunks,
  endItems,
  insertChunk,
  listItems,
  lockBatch,
  readBatch,
  readChunk,
  savePdf,
  setBatchState,
} from './store.ts'

/** Labels between two marks: what a killed run does again at most, and what a printer takes at a time. */
export const CHUNK_LABELS = 50

/** Draws a batch from its own marks: killed anywhere and run again, it goes on behind the last part that was written, no page twice. */
export function labelJobs(deps: LabelDeps): Readonly<Record<string, JobHandler>> {
  return {
    [LABEL_JOB]: async (job, progress) =>
      await runBatch(deps, BigInt(String(job.payload.batch ?? '0')), progress),
  }
}

export async function runBatch(deps: LabelDeps, id: bigint, progress: Progress): Promise<Result<unknown>> {
  const batch = await readBatch(deps.db, id)
  if (batch === null) return refuse('labels.batch_not_found', 'the batch is not there')
  if (batch.state !== 'waiting' && batch.state !== 'rendering') return ok(figuresOf(batch))
  await deps.db.begin((tx) => setBatchState(tx, id, 'rendering', deps.clock.now()))
  const templateFor = await chooseTemplates(deps, batch)
  if (!templateFor.ok) return templateFor
  for (;;) {
    const { rendered, failed, passed } = (await readBatch(deps.db, id)) ?? batch
    await progress(rendered + failed + passed, batch.items)
    if (!(await drawNext(deps, batch, templateFor.value))) break
  }
  const done = await finish(deps, id)
  await progress(batch.items, batch.items)
  return ok(figuresOf(done))
}

async function chooseTemplates(deps: LabelDeps, batch: BatchRow) {
  if (batch.template === null) return ok(await templatesByCarrier(deps.db, batch.size))
  const chosen = await findTemplate(deps.db, batch.template)
  return chosen.ok ? ok(() => chosen.value) : chosen
}

type TemplateFor = Parameters<typeof renderChunk>[3]

/** One part, written with what became of its labels in one transaction; false: nothing waits any more. */
async function drawNext(deps: LabelDeps, batch: BatchRow, templateFor: TemplateFor): Promise<boolean> {
  const items = await listItems(deps.db, batch.id, { after: 0, limit: CHUNK_LABELS, state: 'waiting' })
  if (items.length === 0) return false
  const ids = [...new Set(items.map((item) => item.waybill_id))]
  const sources = new Map((await readSources(deps, deps.db, ids)).map((one) => [one.waybillId, one]))
  const { ends, pdf, pages } = await renderChunk(batch, items, sources, templateFor)
  const labels = ends.filter((one) => one.state === 'rendered').length
  const at = deps.clock.now()
  await deps.db
    .begin(async (tx) => {
      await lockBatch(tx, batch.id)
      const chunk = (await countChunks(tx, batch.id)) + 1
      const written = await endItems(tx, batch.id, chunk, ends)
      // Another runner that took this one for dead was faster: its pages count, ours are thrown away.
      if (written !== ends.length) throw new Overtaken()
      if (pdf !== null)
        await insertChunk(tx, batch.id, { no: chunk, pages, labels, pdf: deps.vault.seal(pdf), at })
      await countBatch(tx, batch.id, at)
    })
    .catch((error: unknown) => {
      if (!(error instanceof Overtaken)) throw error
    })
  return true
}

class Overtaken extends Error {}

async function finish(deps: LabelDeps, id: bigint): Promise<BatchRow> {
  const chunks = await countChunks(deps.db, id)
  const joined = chunks === 0 ? null : await joinPdfs(openedChunks(deps, id, chunks))
  const at = deps.clock.now()
  return await deps.db.begin(async (tx) => {
    const batch = await lockBatch(tx, id)
    assert(batch !== null, 'L4', 'the batch is gone')
    if (batch.state !== 'rendering') return batch
    assert((joined?.pages ?? 0) === batch.pages, 'L5', `${joined?.pages ?? 0} pages joined of ${batch.pages}`)
    await savePdf(tx, id, joined === null ? null : deps.vault.seal(joined.pdf), joined?.pdf.length ?? 0, at)
    const state = batch.rendered + batch.passed === 0 ? 'failed' : 'ready'
    await setBatchState(tx, id, state, at)
    if (state === 'ready' && batch.device_id !== null) await queueTasks(tx, batch, batch.device_id, at)
    return (await readBatch(tx, id)) ?? batch
  })
}

async function* openedChunks(deps: LabelDeps, id: bigint, chunks: number): AsyncGenerator<Uint8Array> {
  for (let chunk = 1; chunk <= chunks; chunk += 1) {
    const sealed = await readChunk(deps.db, id, chunk)
    // A part in which no label could be drawn has no pages.
    if (sealed !== null) yield deps.vault.open(sealed)
  }
}

function figuresOf({ batch_no, items, rendered, failed, passed, pages }: BatchRow) {
  return { batchNo: batch_no, labels: items, rendered, failed, passed, pages }
}
