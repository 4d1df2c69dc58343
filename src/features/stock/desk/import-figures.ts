import { ok, type Result, refuse } from '#kernel/result.ts'
import type { JobHandler } from '#platform/jobs/runner.ts'
import { queueJob } from '#platform/jobs/store.ts'
import { applyStock } from '../apply-stock.ts'
import {
  type Difference,
  differences,
  FIGURES,
  type Figure,
  type FigureRow,
  findColumns,
  foldPlace,
  isRowError,
  type Known,
  placeKey,
  type RowError,
  readFigureRow,
  weightOf,
} from './core/figure-rows.ts'
import type { By, DeskDeps } from './deps.ts'
import { readImportJob, readLevelsNow, readWarehouses } from './store.ts'

export const STOCK_IMPORT_JOB = 'stock_import'
export const IMPORT_ROWS_MOST = 200_000
const ERRORS_SHOWN = 1_000
const SAMPLE = 200
/** Levels changed by one transaction: the locks of a sale that wants one of them wait for some 50 ms, not for seconds. */
const CHUNK = 500

export type Preview = {
  readonly file: string
  readonly columns: readonly string[]
  readonly rows: number
  /** Rows that change something; places that nothing was known of are among them. */
  readonly changed: number
  readonly fresh: number
  readonly pieces: { readonly up: number; readonly down: number }
  /** The greatest changes first. */
  readonly sample: readonly Difference[]
  readonly errors: readonly RowError[]
  readonly errorCount: number
  /** This very file was imported before. */
  readonly earlier: { readonly jobId: string; readonly state: string; readonly by: string } | null
}

type ReadFile = {
  readonly rows: FigureRow[]
  readonly errors: RowError[]
  readonly columns: readonly Figure[]
}

/** Reads a kept file against the ledger and changes nothing. Refused: as the file's reader and `findColumns`, `stock.too_many_rows`. */
export async function previewImport(
  deps: DeskDeps,
  file: string,
  take: readonly Figure[],
): Promise<Result<Preview>> {
  const read = await readRows(deps, file, take)
  if (!read.ok) return read
  const { rows, errors, columns } = read.value
  const changed = await compare(deps, rows)
  const deltas = changed.map(({ physical, before }) =>
    physical === undefined ? 0 : physical - (before?.physical ?? 0),
  )
  const earlier = await readImportJob(deps.db, STOCK_IMPORT_JOB, file)
  return ok({
    file,
    columns,
    rows: rows.length + errors.length,
    changed: changed.length,
    fresh: changed.filter(({ before }) => before === null).length,
    pieces: {
      up: deltas.reduce((sum, delta) => sum + Math.max(0, delta), 0),
      down: deltas.reduce((sum, delta) => sum + Math.max(0, -delta), 0),
    },
    sample: changed.toSorted((a, b) => weightOf(b) - weightOf(a) || a.row - b.row).slice(0, SAMPLE),
    errors: errors.slice(0, ERRORS_SHOWN),
    errorCount: errors.length,
    earlier:
      earlier === null
        ? null
        : { jobId: earlier.id.toString(), state: earlier.state, by: earlier.created_by },
  })
}

export type ImportAsked = {
  readonly file: string
  readonly take: readonly Figure[]
  readonly reason: string
  /** Same file, taken once more on purpose: a word that makes this import another one than the first. */
  readonly again: string | null
}

/**
 * Queues the import of a file that has no error in any row: with one, nothing of it is taken. The same file is the same job, unless
 * `again` says otherwise. Refuses with `stock.import_has_errors` and as `previewImport`.
 */
export async function startImport(
  deps: DeskDeps,
  asked: ImportAsked,
  by: By,
): Promise<Result<{ jobId: string; isRepeat: boolean }>> {
  const read = await readRows(deps, asked.file, asked.take)
  if (!read.ok) return read
  const { errors, rows } = read.value
  if (errors.length > 0)
    return refuse(
      'stock.import_has_errors',
      `${errors.length} rows have errors; correct the file, nothing was taken`,
      {
        errors: errors.slice(0, ERRORS_SHOWN),
        errorCount: errors.length,
      },
    )
  if (rows.length === 0) return refuse('stock.nothing_asked', 'the file has no row with a figure')
  const take = FIGURES.filter((name) => asked.take.includes(name))
  const key = ['stock_import', asked.file, take.join('+'), asked.again ?? ''].join(':')
  const now = deps.clock.now()
  const done = await deps.db.begin(async (tx) => {
    const before = await readImportJob(tx, STOCK_IMPORT_JOB, asked.file)
    const payload = { file: asked.file, take, key, reason: asked.reason, by: by.name }
    const job = await queueJob(tx, { kind: STOCK_IMPORT_JOB, payload, createdBy: by.name, key }, now)
    const isRepeat = before !== null && before.id >= job
    if (!isRepeat)
      await deps.audit(tx, {
        actor: by,
        action: 'stock.import_started',
        subject: `job ${job}`,
        detail: { file: asked.file, rows: rows.length, take, reason: asked.reason },
      })
    return { jobId: job.toString(), isRepeat }
  })
  deps.onJobQueued()
  return ok(done)
}

/**
 * Carries out one import in chunks that each take effect exactly once: killed anywhere, it goes on where it stood, and what was taken is
 * not taken again. A job that a person cancels says in its progress how far it came; the same file started `again` finishes it.
 */
export function stockImportJobs(deps: DeskDeps): Readonly<Record<string, JobHandler>> {
  return {
    [STOCK_IMPORT_JOB]: async (job, progress) => {
      const file = String(job.payload.file ?? '')
      const take = FIGURES.filter((name) =>
        (job.payload.take as readonly unknown[] | undefined)?.includes(name),
      )
      const read = await readRows(deps, file, take)
      if (!read.ok) return read
      const { rows, errors } = read.value
      if (errors.length > 0)
        return refuse(
          'stock.import_has_errors',
          'a warehouse of the file is gone or counts in its own system now',
        )
      let changed = 0
      let repeated = 0
      await progress(0, rows.length)
      for (let at = 0; at < rows.length; at += CHUNK) {
        const done = await importChunk(deps, rows.slice(at, at + CHUNK), {
          key: `${String(job.payload.key ?? '')}:${at}`,
          actor: String(job.payload.by ?? job.createdBy),
          evidence: { job: job.id.toString(), file, reason: job.payload.reason ?? '' },
        })
        if (!done.ok) return done
        changed += done.value.changed
        repeated += done.value.isRepeat ? 1 : 0
        await progress(Math.min(rows.length, at + CHUNK), rows.length)
      }
      return ok({ rows: rows.length, changed, chunksDoneBefore: repeated })
    },
  }
}

async function importChunk(
  deps: DeskDeps,
  rows: readonly FigureRow[],
  how: { readonly key: string; readonly actor: string; readonly evidence: unknown },
): Promise<Result<{ changed: number; isRepeat: boolean }>> {
  const changed = (await compare(deps, rows)).length
  // All rows of the chunk, also those that stand as they are: its key is spent by them as well.
  const changes = rows.map(({ sku, warehouse, physical, safety }) => ({
    sku,
    warehouse,
    ...(physical === undefined ? {} : { setPhysical: physical }),
    ...(safety === undefined ? {} : { setSafety: safety }),
  }))
  const [answer] = await deps.db.begin((tx) =>
    applyStock(tx, [{ do: 'adjust', cause: 'import', changes, ...how }], deps.clock.now()),
  )
  if (answer === undefined) return refuse('stock.nothing_asked', 'nothing was asked')
  if (!answer.ok) return answer
  const isRepeat = 'isRepeat' in answer.value && answer.value.isRepeat
  return ok({ changed: isRepeat ? 0 : changed, isRepeat })
}

async function compare(deps: DeskDeps, rows: readonly FigureRow[]): Promise<Difference[]> {
  const levels = await readLevelsNow(
    deps.db,
    rows.map(({ sku }) => sku),
    rows.map(({ warehouse }) => warehouse),
  )
  return differences(rows, new Map(levels.map((level) => [placeKey(level), level])))
}

async function readRows(deps: DeskDeps, file: string, take: readonly Figure[]): Promise<Result<ReadFile>> {
  const opened = await deps.files.open(file)
  if (!opened.ok) return opened
  const columns = findColumns(opened.value.header)
  if (!columns.ok) return columns
  const known = await knownWarehouses(deps)
  const taken = take.filter((name) => columns.value[name] >= 0)
  return await deps.files.reading(async () => {
    const rows: FigureRow[] = []
    const errors: RowError[] = []
    const seen = new Set<string>()
    for await (const row of opened.value.rows()) {
      if (rows.length + errors.length >= IMPORT_ROWS_MOST)
        return refuse('stock.too_many_rows', `a file has at most ${IMPORT_ROWS_MOST} rows; cut it in two`)
      const one = readFigureRow(row, columns.value, taken, known)
      if (isRowError(one)) errors.push(one)
      else if (seen.has(placeKey(one)))
        errors.push({ row: one.row, column: 'sku', code: 'stock.row_repeated', value: one.sku })
      else if (one.physical !== undefined || one.safety !== undefined) rows.push(one)
      if (!isRowError(one)) seen.add(placeKey(one))
    }
    return ok({ rows, errors, columns: taken })
  })
}

async function knownWarehouses(deps: DeskDeps): Promise<Known> {
  const all = await readWarehouses(deps.db)
  const face = ({ code, figures }: (typeof all)[number]) => ({ code, captured: figures === 'captured' })
  return {
    warehouses: new Map([
      ...all.map((one) => [foldPlace(one.name), face(one)] as const),
      // A code that another warehouse has for its name still means the code.
      ...all.map((one) => [foldPlace(one.code), face(one)] as const),
    ]),
  }
}
