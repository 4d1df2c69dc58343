import { writeXlsxStream } from 'hucre/xlsx'
import type { Words } from '#domain/notice.ts'
import type { RuleKind } from '#domain/rulebook.ts'
import { formatMoney, money } from '#kernel/money.ts'
import { readModelCurrency } from '../store.ts'
import type { DryRunDeps } from './deps.ts'
import { type RunRow, readRows, type ShownRow } from './store.ts'

type Cell = string | number | null
type Locale = 'zh' | 'en'

const ROWS_PER_READ = 1_000
/** Figures that fit a sheet's number stay numbers. */
const SAFE = 9_007_199_254_740_991n

const FIGURE_WORDS: Readonly<Record<string, Words>> = {
  freight: { zh: '运费', en: 'Freight' },
  cost: { zh: '成本', en: 'Cost' },
  parcels: { zh: '包裹数', en: 'Parcels' },
  free: { zh: '包邮', en: 'Free' },
  charged: { zh: '收运费', en: 'Charged' },
  short: { zh: '缺货', en: 'Short' },
  held: { zh: '拦下', en: 'Held' },
}

/** Figures that are amounts: people read these in the major unit. */
function amountsOf(kind: RuleKind | undefined): ReadonlySet<string> {
  const guards = kind?.guards ?? []
  const isAmount = (test: (typeof guards)[number]['test']) => test.is === 'mean' && test.figure === 'money'
  return new Set(guards.filter(({ test }) => isAmount(test)).map(({ metric }) => metric))
}

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
      { header: `${FIGURE_WORDS[name]?.[locale] ?? name} ${was}`, width: 16 },
      { header: `${FIGURE_WORDS[name]?.[locale] ?? name} ${is}`, width: 16 },
    ]),
  ]
  async function* rows(): AsyncGenerator<Cell[]> {
    let after = 0n
    const amounts = amountsOf(deps.parts.get(run.kind)?.kind)
    const currency = (await readModelCurrency(deps.db, run.version_id)) ?? 'CNY'
    const cell: FigureCell = (name, text) => figureCell(text, amounts.has(name) ? currency : null)
    for (;;) {
      const page = await readRows(deps.db, run.id, { group: null, after, limit: ROWS_PER_READ })
      for (const row of page) yield cellsOf(row, names, deps.nameOf(row.connection_id), locale, cell)
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

type FigureCell = (name: string, text: string | undefined) => Cell

function cellsOf(
  row: ShownRow,
  names: readonly string[],
  shop: string | null,
  locale: Locale,
  cell: FigureCell,
): Cell[] {
  return [
    row.order_no,
    shop ?? row.connection_id,
    row.change_group,
    row.before?.words[locale] ?? null,
    row.after?.words[locale] ?? null,
    ...names.flatMap((name) => [cell(name, row.before?.figures[name]), cell(name, row.after?.figures[name])]),
  ]
}

function figureCell(text: string | undefined, currency: string | null): Cell {
  if (text === undefined) return null
  const figure = BigInt(text)
  const shown = currency === null ? text : formatMoney(money(currency, figure))
  return figure <= SAFE && figure >= -SAFE ? Number(shown) : shown
}
