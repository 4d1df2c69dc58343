import { FILE_CELL_MOST, type FileProblem } from '#domain/file-order.ts'
import { readOrderNo } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import type { Progress } from '#platform/jobs/runner.ts'
import { type CellCount, hasWrongCellCount } from './core/header.ts'
import { mapCells } from './core/order-message.ts'
import { addTally, NO_TALLY, type Tally } from './core/tally.ts'
import { type ColumnPlaces, placeColumns } from './core/template.ts'
import type { ImportDeps } from './deps.ts'
import { ROWS_MOST, type Row } from './files/row.ts'
import { openTable, reading } from './files/table.ts'
import { addErrors, markStaged, type Run, readFile, type StagedRow, stageRows } from './store.ts'

export const ERRORS_KEPT = 100_000
const BATCH = 2_000

type Layout = { readonly places: ColumnPlaces; readonly cellCount: CellCount | null }

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
  const layout = { places: places.value, cellCount: opened.value.cellCount }
  return await reading(async () => {
    let tally = { ...NO_TALLY, ...run.tally }
    let batch: Row[] = []
    const commit = async (): Promise<void> => {
      tally = await commitBatch(deps, run, batch, layout, tally)
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
  { places, cellCount }: Layout,
  before: Tally,
): Promise<Tally> {
  const problems: FileProblem[] = []
  const staged: StagedRow[] = []
  for (const row of batch) {
    const cells = mapCells(row.cells, places)
    const orderNo = (cells.order_no ?? '').trim()
    const torn = cellCount !== null && hasWrongCellCount(row.cells, cellCount)
    const wrong = torn ? wrongCellCount(row, cellCount) : longCell(row.row, cells, run)
    const stray = strayRow(row.row, orderNo, run)
    if (stray !== null) problems.push(torn && wrong !== null ? wrong : stray)
    else staged.push({ row: row.row, orderNo, cells: JSON.stringify(wrong === null ? cells : { wrong }) })
  }
  const tally = addTally(before, { ...NO_TALLY, rows: batch.length, errors: problems.length })
  await deps.db.begin(async (tx) => {
    await stageRows(tx, run.id, staged, batch.at(-1)?.row ?? run.staged_row, tally)
    await addErrors(tx, run.id, problems, ERRORS_KEPT)
  })
  return tally
}

/** What keeps a row from belonging to any order. */
function strayRow(row: number, orderNo: string, { template }: Run): FileProblem | null {
  const column = template.columns.order_no?.column ?? 'order_no'
  const base = { row, column, value: orderNo.slice(0, 200) }
  if (orderNo === '') return { ...base, code: 'imports.no_order_no', message: 'the row names no order' }
  const read = readOrderNo(orderNo)
  return read.ok ? null : { ...base, code: read.refusal.code, message: read.refusal.detail }
}

function wrongCellCount({ row, cells }: Row, { least, most }: CellCount): FileProblem {
  const wanted = least === most ? `${most}` : `${least} to ${most}`
  return {
    row,
    column: '',
    value: cells.join(' | ').slice(0, 200).toWellFormed().replaceAll('\u0000', '\ufffd'),
    code: 'imports.wrong_cell_count',
    message: `the row has ${cells.length} cells, the header ${wanted}`,
  }
}

function longCell(
  row: number,
  cells: Readonly<Record<string, string>>,
  { template }: Run,
): FileProblem | null {
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
