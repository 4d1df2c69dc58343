import { writeXlsxStream } from 'hucre/xlsx'
import type { DryRunDeps } from './deps.ts'
import { type RunRow, readRows, type ShownRow } from './store.ts'

type Cell = string | number | null
type Locale = 'zh' | 'en'

const ROWS_PER_READ = 1_000
/** Figures that fit a sheet's number stay numbers; they are whole, and amounts are in the minor unit. */
const SAFE = 9_007_199_254_740_991n

/**
 * The changed orders as a sheet, one row each with every figure on both sides, read as they are written. Text is always a text cell,
 * whatever an order number begins with.
 */
export function exportRows(deps: DryRunDeps, run: RunRow, locale: Locale): ReadableStream<Uint8Array> {
  const names = Object.keys(run.figures).sort()
  const [was, is] = locale === 'zh' ? ['现在', '试跑'] : ['now', 'tried']
  const head: { header: string; width: number }[] = [
    { header: locale === 'zh' ? '订单号' : 'Order no.', width: 26 },
    { header: locale === 'zh' ? '店铺' : 'Shop', width: 18 },
    { header: locale === 'zh' ? '变化' : 'Change', width: 24 },
    { header: locale === 'zh' ? '现在的结果' : 'Now', width: 36 },
    { header: locale === 'zh' ? '新版本的结果' : 'With this version', width: 36 },
    ...names.flatMap((name) => [
      { header: `${name} ${was}`, width: 14 },
      { header: `${name} ${is}`, width: 14 },
    ]),
  ]
  async function* rows(): AsyncGenerator<Cell[]> {
    let after = 0n
    for (;;) {
      const page = await readRows(deps.db, run.id, { group: null, after, limit: ROWS_PER_READ })
      for (const row of page) yield cellsOf(row, names, deps.nameOf(row.connection_id), locale)
      const last = page.at(-1)
      if (last === undefined || page.length < ROWS_PER_READ) return
      after = last.order_id
    }
  }
  return writeXlsxStream(rows(), {
    name: locale === 'zh' ? '试跑' : 'Dry run',
    columns: head,
    freezePane: { rows: 1 },
  })
}

function cellsOf(row: ShownRow, names: readonly string[], shop: string | null, locale: Locale): Cell[] {
  return [
    row.order_no,
    shop ?? row.connection_id,
    row.change_group,
    row.before?.words[locale] ?? null,
    row.after?.words[locale] ?? null,
    ...names.flatMap((name) => [figureCell(row.before?.figures[name]), figureCell(row.after?.figures[name])]),
  ]
}

function figureCell(text: string | undefined): Cell {
  if (text === undefined) return null
  const figure = BigInt(text)
  return figure <= SAFE && figure >= -SAFE ? Number(figure) : text
}
