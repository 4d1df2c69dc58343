import { FILE_CELL_MOST, type FileProblem } from '#domain/file-order.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Progress } from '#platform/jobs/runner.ts'
import { mapCells } from './core/order-message.ts'
import { addTally, NO_TALLY, type Tally } from './core/tally.ts'
import { type ColumnPlaces, placeColumns } from './core/template.ts'
import type { ImportDeps } from './deps.ts'
import { ROWS_MOST, type Row } from './files/row.ts'
import { openTable, reading } from './files/table.ts'
import { addErrors, markStaged, type Run, readFile, type StagedRow, stageRows } from './store.ts'

export const ERRORS_KEPT = 100_000
const BATCH = 2_000
const ORDER_NO_MOST = 120

/**
 * Reads the file once and lays its mapped rows down by order number, so that rows of one order come together wherever they
 * stand, in bounded memory. Goes on after the last committed batch when it was interrupted.
 */
export async function stageFile(deps: ImportDeps, run: Run, progress: Progress): Promise<Result<Tally>> {
  const file = await readFile(deps.db, run.file_id)
  if (file === null || !file.stored)
    return refuse('imports.file_gone', 'the file is no longer kept here; upload it again')
  const opened = await openTable({ ...file, path: deps.files.pathOf(file.id) }, run.template)
  if (!opened.ok) return opened
  const places = placeColumns(opened.value.header, run.template)
  if (!places.ok) return places
  return await reading(async () => {
    let tally = { ...NO_TALLY, ...run.tally }
    let batch: Row[] = []
    const commit = async (): Promise<void> => {
      tally = await commitBatch(deps, run, batch, places.value, tally)
      batch = []
      await progress(Math.floor(tally.rows / 2))
    }
    for await (const row of opened.value.rows()) {
      if (row.row <= run.staged_row) continue
      if (tally.rows + batch.length >= ROWS_MOST)
        return refuse('imports.too_many_rows', `a file has at most ${ROWS_MOST} rows; cut it in two`)
      batch.push(row)
      if (batch.length >= BATCH) await commit()
    }
    if (batch.length > 0) await commit()
    await markStaged(deps.db, run.id)
    return ok(tally)
  })
}

async function commitBatch(
  deps: ImportDeps,
  run: Run,
  batch: readonly Row[],
  places: ColumnPlaces,
  before: Tally,
): Promise<Tally> {
  const problems: FileProblem[] = []
  const staged: StagedRow[] = []
  for (const row of batch) {
    const cells = mapCells(row.cells, places)
    const orderNo = (cells.order_no ?? '').trim()
    const problem = problemOf(row.row, orderNo, cells, run)
    if (problem === null) staged.push({ row: row.row, orderNo, cells: JSON.stringify(cells) })
    else problems.push(problem)
  }
  const tally = addTally(before, { ...NO_TALLY, rows: batch.length, errors: problems.length })
  await deps.db.begin(async (tx) => {
    await stageRows(tx, run.id, staged, batch.at(-1)?.row ?? run.staged_row, tally)
    await addErrors(tx, run.id, problems, ERRORS_KEPT)
  })
  return tally
}

/** What keeps a row from belonging to any order. */
function problemOf(
  row: number,
  orderNo: string,
  cells: Readonly<Record<string, string>>,
  { template }: Run,
): FileProblem | null {
  const column = template.columns.order_no?.column ?? 'order_no'
  const base = { row, column, value: orderNo.slice(0, 200) }
  if (orderNo === '') return { ...base, code: 'imports.no_order_no', message: 'the row names no order' }
  if (orderNo.length > ORDER_NO_MOST)
    return { ...base, code: 'imports.order_no_too_long', message: `longer than ${ORDER_NO_MOST} characters` }
  const long = Object.entries(cells).find(([, cell]) => cell.length > FILE_CELL_MOST)
  if (long === undefined) return null
  return {
    row,
    column: template.columns[long[0] as keyof typeof template.columns]?.column ?? long[0],
    value: long[1].slice(0, 200),
    code: 'imports.cell_too_long',
    message: `a cell has at most ${FILE_CELL_MOST} characters`,
  }
}

/** A handler that is asked to go on with a run that nobody knows is a bug of ours or a restored database. */
export function runGone(id: bigint): Outage {
  return new Outage('imports.run_gone', `the records of import ${id} are gone`, { retryable: false })
}
