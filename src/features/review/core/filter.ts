import { SEVERITIES, type Severity } from '#domain/notice.ts'
import type { Instant } from '#kernel/clock.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { CASE_STATES, type CaseState } from './change.ts'

export const SORTS = ['due', 'heat', '-opened', 'opened', '-resolved'] as const
export type Sort = (typeof SORTS)[number]

/** As query string or JSON body say it; every part narrows. */
export type FilterInput = {
  readonly rule?: string | readonly string[]
  readonly state?: string | readonly string[]
  readonly severity?: string | readonly string[]
  /** `me`, `none`, or an account's id. */
  readonly owner?: string
  readonly connection?: string | readonly string[]
  readonly overdue?: string | number | boolean
  readonly resolvedToday?: string | number | boolean
  readonly order?: string
  /** Order or tracking numbers, or the beginning of an order number. */
  readonly q?: string
  readonly sku?: string
  readonly sort?: string
}

export type Filter = {
  readonly rules: readonly string[]
  readonly states: readonly CaseState[]
  readonly severities: readonly Severity[]
  /** Null: whoever; `none`: nobody. */
  readonly owner: string | null
  readonly connections: readonly string[]
  readonly overdueAt: Instant | null
  readonly resolvedFrom: Instant | null
  readonly orderId: bigint | null
  readonly numbers: readonly string[]
  readonly sku: string | null
}
export type Question = { readonly filter: Filter; readonly sort: Sort }

const NUMBERS_AT_MOST = 500

/** Refuses with `review.unknown_state`, `review.unknown_severity`, `review.unknown_sort`, `review.too_many_numbers`, `review.bad_order`. */
export function parseQuestion(
  input: FilterInput,
  about: { readonly me: string | null; readonly now: Instant; readonly zone: string },
): Result<Question> {
  const resolvedToday = isOn(input.resolvedToday)
  const states = listOf(input.state)
  if (!states.every(isCaseState)) return refuse('review.unknown_state', `known are ${CASE_STATES.join(', ')}`)
  const severities = listOf(input.severity)
  if (!severities.every(isSeverity))
    return refuse('review.unknown_severity', `known are ${SEVERITIES.join(', ')}`)
  const standard = resolvedToday ? '-resolved' : 'due'
  const sort = SORTS.find(
    (one) => one === (input.sort === undefined || input.sort === '' ? standard : input.sort),
  )
  if (sort === undefined) return refuse('review.unknown_sort', `known are ${SORTS.join(', ')}`)
  const numbers = [...new Set((input.q ?? '').split(/[\s,，、;；]+/).filter((word) => word !== ''))]
  if (numbers.length > NUMBERS_AT_MOST)
    return refuse(
      'review.too_many_numbers',
      `${numbers.length} numbers; at most ${NUMBERS_AT_MOST} at a time`,
    )
  const order = input.order ?? ''
  if (!/^\d{0,18}$/.test(order)) return refuse('review.bad_order', 'order is the id of an order')
  const midnight = about.now.toZonedDateTimeISO(about.zone).startOfDay().toInstant()
  const filter: Filter = {
    rules: listOf(input.rule),
    states: states.length > 0 ? states : resolvedToday ? ['resolved'] : ['open'],
    severities,
    owner: ownerOf(input.owner, about.me),
    connections: listOf(input.connection),
    overdueAt: isOn(input.overdue) ? about.now : null,
    resolvedFrom: resolvedToday ? midnight : null,
    orderId: order === '' ? null : BigInt(order),
    numbers,
    sku: input.sku === undefined || input.sku === '' ? null : input.sku,
  }
  return ok({ filter, sort })
}

/** A key has no cases of its own: `me` then finds nothing rather than everything. */
function ownerOf(owner: string | undefined, me: string | null): string | null {
  if (owner === undefined || owner === '') return null
  return owner === 'me' ? (me ?? '-') : owner
}

function listOf(value: string | readonly string[] | undefined): readonly string[] {
  if (value === undefined) return []
  const words = (typeof value === 'string' ? [value] : value).flatMap((word) => word.split(','))
  return [...new Set(words.map((word) => word.trim()).filter((word) => word !== ''))]
}

function isCaseState(word: string): word is CaseState {
  return (CASE_STATES as readonly string[]).includes(word)
}

function isSeverity(word: string): word is Severity {
  return (SEVERITIES as readonly string[]).includes(word)
}

function isOn(value: string | number | boolean | undefined): boolean {
  return value === true || value === 1 || value === '1' || value === 'true'
}
