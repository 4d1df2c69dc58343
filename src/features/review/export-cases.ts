import { writeXlsxStream } from 'hucre/xlsx'
import type { Instant } from '#kernel/clock.ts'
import { formatInstant } from '#kernel/instant.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { CASES_AT_MOST } from './change-cases.ts'
import type { Filter } from './core/filter.ts'
import { type CaseRow, type LineRow, readCases, readLines, readSpots } from './list/store.ts'
import type { ReviewRule } from './rule.ts'

type Cell = string | number | null
type Row = {
  readonly one: CaseRow
  readonly lines: readonly LineRow[]
  readonly heat: number
  readonly rule: ReviewRule | undefined
}
type Locale = 'zh' | 'en'
type Column = {
  readonly zh: string
  readonly en: string
  readonly width: number
  readonly cell: (row: Row, locale: Locale, zone: string) => Cell
}

const COLUMNS: readonly Column[] = [
  { zh: '订单号', en: 'Order no.', width: 26, cell: ({ one }) => one.order_no },
  { zh: '店铺', en: 'Shop', width: 18, cell: ({ one }) => one.connection_name ?? one.connection_id },
  {
    zh: 'SKU',
    en: 'SKU',
    width: 28,
    cell: ({ lines }) => [...new Set(lines.map((line) => line.sku))].join(' '),
  },
  { zh: '商品', en: 'Item', width: 36, cell: ({ one, lines }) => lines[0]?.title ?? one.first_title },
  {
    zh: '件数',
    en: 'Pieces',
    width: 8,
    cell: ({ lines }) => lines.reduce((sum, line) => sum + line.quantity, 0),
  },
  { zh: 'SKU 热度', en: 'SKU heat', width: 10, cell: ({ heat }) => heat },
  { zh: '问题', en: 'Trouble', width: 20, cell: ({ one, rule }, locale) => rule?.[locale] ?? one.rule },
  { zh: '说明', en: 'Why', width: 40, cell: ({ one }, locale) => one[locale] },
  {
    zh: '开始等待',
    en: 'Waiting since',
    width: 20,
    cell: ({ one }, _locale, zone) => wallTime(one.since, zone),
  },
  { zh: '应处理时间', en: 'Due', width: 20, cell: ({ one }, _locale, zone) => wallTime(one.due_at, zone) },
  { zh: '负责人', en: 'Owner', width: 14, cell: ({ one }) => one.owner_name ?? one.owner },
  { zh: '下一步', en: 'Next action', width: 40, cell: ({ rule }, locale) => rule?.next[locale] ?? null },
  { zh: '备注', en: 'Note', width: 30, cell: ({ one }) => one.note },
]

const ROWS_PER_READ = 1_000

/**
 * The to-do sheet of exactly this view, hottest SKU first, ties by due time: what many orders wait for is picked in one go. The
 * order of the rows is read at once, their contents as they are written. Text is always a text cell, whatever a buyer wrote.
 */
export async function exportCases(
  {
    sql,
    rules,
    zone,
  }: { readonly sql: Sql; readonly rules: readonly ReviewRule[]; readonly zone: () => string },
  filter: Filter,
  locale: Locale,
): Promise<ReadableStream<Uint8Array>> {
  const spots = await readSpots(sql, filter, { sort: 'heat', after: null, limit: CASES_AT_MOST })
  const heats = new Map(spots.map((spot) => [spot.id, Number(spot.heat)]))
  async function* rows(): AsyncGenerator<Cell[]> {
    for (let at = 0; at < spots.length; at += ROWS_PER_READ) {
      const cases = await readCases(
        sql,
        spots.slice(at, at + ROWS_PER_READ).map((spot) => spot.id),
      )
      const orders = cases.flatMap((one) => (one.order_id === null ? [] : [one.order_id]))
      const lines = Map.groupBy(await readLines(sql, [...new Set(orders)]), (line) => line.order_id)
      for (const one of cases) {
        const row: Row = {
          one,
          lines: lines.get(one.order_id ?? 0n) ?? [],
          heat: heats.get(one.id) ?? 0,
          rule: rules.find((rule) => rule.id === one.rule),
        }
        yield COLUMNS.map((column) => column.cell(row, locale, zone()))
      }
    }
  }
  return writeXlsxStream(rows(), {
    name: locale === 'zh' ? '待办' : 'To do',
    columns: COLUMNS.map((column) => ({ header: column[locale], width: column.width })),
    freezePane: { rows: 1 },
  })
}

/** `2026-01-25 09:07:33` on the hub's clock; what people sort and filter by in a sheet. */
function wallTime(at: Instant, zone: string): string {
  return formatInstant(at, zone).slice(0, 19).replace('T', ' ')
}
