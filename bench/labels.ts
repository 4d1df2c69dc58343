import { join } from 'node:path'
import { runBatch } from '#features/labels/batches/run-batch.ts'
import { insertBatch, readBatch, readPdf } from '#features/labels/batches/store.ts'
import { builtInFor } from '#features/labels/core/built-in.ts'
import { layOutLabel } from '#features/labels/core/layout.ts'
import { contentOf } from '#features/labels/core/source.ts'
import { drawPdf } from '#features/labels/render/draw-pdf.ts'
import { labelFont } from '#features/labels/render/font.ts'
import { madeSource, openLabelRig } from '#features/labels/testing.ts'
import { assert } from '#kernel/assert.ts'
import { startPostgres } from '#platform/embedded-postgres/index.ts'
import { migrate } from '#platform/migrate.ts'
import { type Database, openDatabase } from '#platform/postgres/database.ts'
import { withFolder } from './lib/child.ts'
import type { BenchReport } from './lib/report.ts'

const LABELS = 1_000
/** What requirement WB1 allows for them. */
const WITHIN_SECONDS = 60

/**
 * 1,000 different labels into one PDF by the way that the hub goes: parts, their marks in the database, sealed pages, the joined file.
 * Limit: the same labels, laid out before, drawn into one PDF in memory, with nothing kept.
 */
export async function labels(say: (line: string) => void): Promise<BenchReport> {
  return await withFolder(async (dir) => {
    const server = await startPostgres({ dataDir: join(dir, 'pg') })
    const db = openDatabase({ url: server.url, connections: 4 })
    try {
      await migrate(db)
      return await measure(db, say)
    } finally {
      await db.end()
      await server.stop()
    }
  })
}

async function measure(db: Database, say: (line: string) => void): Promise<BenchReport> {
  const { deps, sources } = openLabelRig(db)
  for (let at = 1; at <= LABELS; at += 1) sources.set(BigInt(at), madeSource(at))
  const items = [...sources.values()].map(({ waybillId, trackingNo, carrier }) => {
    return { waybillId, trackingNo, carrier, piece: 1, printNo: 1 }
  })
  const at = deps.clock.now()
  const batch = { batchNo: 'B-BENCH', template: null, size: '76x130', reason: null } as const
  const more = { substitutes: {}, deviceId: null, reprints: 0, by: 'bench', at }
  const id = await db.begin((tx) => insertBatch(tx, { ...batch, ...more }, items))
  const from = performance.now()
  const done = await runBatch(deps, id, async (count) => {
    if (count % 250 === 0) say(`${count} of ${LABELS} labels`)
  })
  const seconds = (performance.now() - from) / 1_000
  assert(done.ok, 'B1')
  const row = await readBatch(db, id)
  const sealed = await readPdf(db, id)
  assert(row?.pages === LABELS && row.failed === 0 && sealed !== null, 'B2', 'one page each')
  const limit = LABELS / (await drawOnly([...sources.values()]))
  return {
    name: 'labels',
    rate: Math.round(LABELS / seconds),
    limit: Math.round(limit),
    ratio: Math.round((LABELS / seconds / limit) * 100) / 100,
    seconds: Math.round(seconds * 100) / 100,
    labels: LABELS,
    withinSeconds: WITHIN_SECONDS,
    pdfBytes: row.pdf_bytes,
  }
}

/** Seconds for drawing alone. */
async function drawOnly(all: readonly ReturnType<typeof madeSource>[]): Promise<number> {
  const template = builtInFor('SF', '76x130').body
  const laid = all.map((source) => {
    const content = contentOf(source, { piece: 1, batchNo: 'B-BENCH', printNo: 1 })
    return layOutLabel({ size: '76x130', template, content, substitutes: {} }, labelFont().tools)
  })
  const from = performance.now()
  await drawPdf(laid, 'limit')
  return (performance.now() - from) / 1_000
}
