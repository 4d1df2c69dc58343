import { ORDER_STATUSES, type OrderStatus, REPORT_STATES, type ReportState } from '#domain/order-status.ts'
import type { Instant } from '#kernel/clock.ts'
import { readDay, readInstant } from '#kernel/instant.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { presetById } from './presets.ts'

/** The list's question as it came over the wire; multiple values as arrays or separated by commas. */
export type FilterInput = {
  readonly view?: string | undefined
  readonly status?: string | readonly string[] | undefined
  readonly connection?: string | readonly string[] | undefined
  readonly q?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly report?: string | readonly string[] | undefined
  readonly drift?: Switch | undefined
  readonly unmatched?: Switch | undefined
  readonly afterSale?: Switch | undefined
  readonly overdue?: Switch | undefined
  readonly sort?: string | undefined
}
export type Switch = string | number | boolean

export const SORTS = ['sortAt', '-sortAt', 'shipBy', '-shipBy'] as const
export type Sort = (typeof SORTS)[number]

/** What the store understands. Empty lists mean: any. `overdueAt`: the ship-by lies before this instant and the order still waits. */
export type OrderFilter = {
  readonly statuses: readonly OrderStatus[]
  readonly connections: readonly string[]
  readonly reports: readonly ReportState[]
  readonly from: Instant | null
  readonly to: Instant | null
  readonly drift: boolean
  readonly unmatched: boolean
  readonly afterSale: boolean
  readonly overdueAt: Instant | null
}
export type OrderQuestion = {
  readonly filter: OrderFilter
  readonly sort: Sort
  readonly search: Search | null
}

/** Text that was typed, and the numbers that it may consist of. */
export type Search = { readonly text: string; readonly numbers: readonly string[] }

export const WAITING_STATUSES: readonly OrderStatus[] = ['awaiting_shipment', 'partially_shipped']
export const NUMBERS_AT_MOST = 1_000
export const TEXT_AT_MOST = 100

/**
 * Reads a question; a view's own filter goes first, what is asked beside it narrows or replaces it. Days without a time are
 * days of the hub's zone, `to` including its day. Refuses with `orders.unknown_view`, `orders.unknown_status`,
 * `orders.unknown_sort`, `orders.bad_time`, `orders.too_many_numbers` or `orders.text_too_long`.
 */
export function parseQuestion(input: FilterInput, zone: string, now: Instant): Result<OrderQuestion> {
  const preset = input.view === undefined || input.view === '' ? null : presetById(input.view)
  if (preset === undefined) return refuse('orders.unknown_view', `there is no view "${short(input.view)}"`)
  const asked: FilterInput = { ...preset?.filter, ...withoutGaps(input) }
  const statuses = listOf(asked.status)
  if (!statuses.every(isOrderStatus))
    return refuse('orders.unknown_status', `known are ${ORDER_STATUSES.join(', ')}`)
  const reports = listOf(asked.report)
  if (!reports.every(isReportState))
    return refuse('orders.unknown_status', `known report states are ${REPORT_STATES.join(', ')}`)
  const sort = SORTS.find((one) => one === (asked.sort ?? '-sortAt'))
  if (sort === undefined) return refuse('orders.unknown_sort', `known are ${SORTS.join(', ')}`)
  const from = parseBound(asked.from, zone, 'from')
  if (!from.ok) return from
  const to = parseBound(asked.to, zone, 'to')
  if (!to.ok) return to
  const search = parseSearch(asked.q ?? '')
  if (!search.ok) return search
  const filter = {
    statuses,
    connections: listOf(asked.connection),
    reports,
    from: from.value,
    to: to.value,
    drift: isOn(asked.drift),
    unmatched: isOn(asked.unmatched),
    afterSale: isOn(asked.afterSale),
    overdueAt: isOn(asked.overdue) ? now : null,
  }
  return ok({ filter, sort, search: search.value })
}

/** Order and tracking numbers stand between blanks, commas or semicolons of either script. */
export function parseSearch(typed: string): Result<Search | null> {
  const text = typed.trim()
  if (text === '') return ok(null)
  const numbers = [...new Set(text.split(/[\s,，、;；]+/).filter((word) => word !== ''))]
  if (numbers.length > NUMBERS_AT_MOST)
    return refuse(
      'orders.too_many_numbers',
      `${numbers.length} numbers; at most ${NUMBERS_AT_MOST} at a time`,
    )
  if (numbers.length === 1 && text.length > TEXT_AT_MOST)
    return refuse('orders.text_too_long', `at most ${TEXT_AT_MOST} characters`)
  return ok({ text, numbers })
}

/** Whether all conditions are statuses, so that the counters per status hold the answer. */
export function isStatusOnly({ filter, search }: OrderQuestion): boolean {
  return (
    search === null &&
    filter.reports.length === 0 &&
    filter.from === null &&
    filter.to === null &&
    !hasMark(filter)
  )
}

/** Drift, unmatched lines and their like: few orders have one, and an index holds just those. */
export function hasMark(filter: OrderFilter): boolean {
  return filter.drift || filter.unmatched || filter.afterSale || filter.overdueAt !== null
}

function withoutGaps(input: FilterInput): FilterInput {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined && value !== ''))
}

/** Values as arrays or separated by commas, each once. */
export function listOf(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return []
  const words = (typeof value === 'string' ? [value] : value).flatMap((word) => word.split(','))
  return [...new Set(words.map((word) => word.trim()).filter((word) => word !== ''))]
}

function isOrderStatus(word: string): word is OrderStatus {
  return (ORDER_STATUSES as readonly string[]).includes(word)
}

function isReportState(word: string): word is ReportState {
  return (REPORT_STATES as readonly string[]).includes(word)
}

function isOn(value: Switch | undefined): boolean {
  return value === true || value === 1 || value === '1' || value === 'true'
}

/** An instant, or a day of the hub's zone: its first moment for `from`, the first moment of the next for `to`. */
export function parseBound(
  text: string | undefined,
  zone: string,
  side: 'from' | 'to',
): Result<Instant | null> {
  if (text === undefined || text === '') return ok(null)
  const bound = readDay(text, zone, side === 'to' ? 1 : 0) ?? readInstant(text)
  if (bound !== null) return ok(bound)
  return refuse(
    'orders.bad_time',
    `"${short(text)}" is neither a day (2026-01-25) nor an instant with offset`,
  )
}

function short(text: string | undefined): string {
  return (text ?? '').slice(0, 40)
}
