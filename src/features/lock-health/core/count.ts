import { LOCK_TIMEOUT, NOT_AVAILABLE, type Shortage, WAREHOUSE_CODE } from '#domain/stock.ts'
import type { LockOutcome } from '#features/stock/index.ts'

/** Stands for every warehouse together; no warehouse can be called so. */
export const ALL = '*'
/** Where a failed lock named no warehouse at all. */
export const NOWHERE = '-'
const HOUR_MS = 3_600_000
const DETAIL_MOST = 300
/** Rows written of one failed lock; a basket that lacks more says enough with the first. */
const SHORT_MOST = 10
/** The column's own limit; three lines of a billion each want more, and say as much with it. */
const FIGURE_MOST = 2_147_483_647

export type Verdict = 'locked' | 'refused' | 'timedOut' | 'invalid'
/** Counts of one warehouse and hour; changed in place, because this runs for every lock. */
export type HourCounts = {
  readonly hourMs: number
  readonly warehouse: string
  locked: number
  refused: number
  timedOut: number
  invalid: number
  tookMsSum: number
  tookMsMost: number
}

export type LockFailure = {
  readonly at: LockOutcome['at']
  readonly key: string
  readonly ownerKind: string
  readonly owner: string
  readonly reference: string
  readonly channel: string | null
  readonly code: string
  readonly detail: string
  readonly warehouse: string
  readonly sku: string
  readonly wanted: number
  readonly available: number
  readonly elsewhere: Shortage['elsewhere']
  readonly tookMs: number
}

/**
 * How a lock went; null for what is not counted: a reservation, and the same lock asked for again. A shortage is `refused`; what the
 * caller did wrong is `invalid`.
 */
export function verdictOf({ command, answer }: LockOutcome): Verdict | null {
  if (command.kind !== 'lock') return null
  if (answer.ok) return 'isRepeat' in answer.value && answer.value.isRepeat ? null : 'locked'
  if (answer.refusal.code === NOT_AVAILABLE) return 'refused'
  return answer.refusal.code === LOCK_TIMEOUT ? 'timedOut' : 'invalid'
}

/**
 * Where a lock counts: where it was taken; where it was short; else every warehouse it named, or the first candidate. All of
 * them together are `ALL`, which the caller adds.
 */
export function placesOf(outcome: LockOutcome): readonly string[] {
  const { command, answer } = outcome
  if (answer.ok)
    return answer.value.do === 'lock' ? distinct(answer.value.hold.lines.map((line) => line.warehouse)) : []
  const short = shortagesOf(outcome)
  const first = command.candidates[0] ?? NOWHERE
  if (short.length > 0) return distinct(short.map((one) => known(one.warehouse ?? first)))
  return distinct(command.lines.map((line) => known(line.warehouse ?? first)))
}

/** One row for each thing that lacked; one for the whole lock where nothing did. */
export function failuresOf(outcome: LockOutcome): readonly LockFailure[] {
  const { command, answer } = outcome
  if (answer.ok) return []
  const { code, detail } = answer.refusal
  const first = command.candidates[0] ?? NOWHERE
  const common = {
    at: outcome.at,
    key: command.key,
    ownerKind: command.owner.kind,
    owner: command.owner.id,
    reference: command.owner.reference,
    channel: command.channel,
    code,
    detail: detail.slice(0, DETAIL_MOST),
    tookMs: Math.round(outcome.tookMs),
  }
  const short = shortagesOf(outcome)
  if (short.length > 0)
    return short.slice(0, SHORT_MOST).map((one) => ({
      ...common,
      warehouse: known(one.warehouse ?? first),
      sku: one.sku,
      wanted: Math.min(one.wanted, FIGURE_MOST),
      available: Math.min(one.available, FIGURE_MOST),
      elsewhere: one.elsewhere,
    }))
  const [line] = command.lines
  return [
    {
      ...common,
      warehouse: known(line?.warehouse ?? first),
      sku: line?.sku ?? '',
      wanted: Math.min(line?.quantity ?? 0, FIGURE_MOST),
      available: 0,
      elsewhere: [],
    },
  ]
}

export function hourOf(outcome: LockOutcome): number {
  return Math.floor(outcome.at.epochMilliseconds / HOUR_MS) * HOUR_MS
}

export function nothingAt(hourMs: number, warehouse: string): HourCounts {
  return {
    hourMs,
    warehouse,
    locked: 0,
    refused: 0,
    timedOut: 0,
    invalid: 0,
    tookMsSum: 0,
    tookMsMost: 0,
  }
}

/** Adds one lock, in place. The time of what the caller did wrong says nothing of locking. */
export function countOne(counts: HourCounts, verdict: Verdict, tookMs: number): void {
  counts[verdict] += 1
  if (verdict === 'invalid') return
  counts.tookMsSum += tookMs
  if (tookMs > counts.tookMsMost) counts.tookMsMost = tookMs
}

/** Adds what could not be written to what has been counted since, in place. */
export function joinCounts(into: HourCounts, more: HourCounts): void {
  into.locked += more.locked
  into.refused += more.refused
  into.timedOut += more.timedOut
  into.invalid += more.invalid
  into.tookMsSum += more.tookMsSum
  into.tookMsMost = Math.max(into.tookMsMost, more.tookMsMost)
}

function shortagesOf({ answer }: LockOutcome): readonly Shortage[] {
  if (answer.ok || answer.refusal.code !== NOT_AVAILABLE) return []
  const data = answer.refusal.data
  if (typeof data !== 'object' || data === null || !('short' in data) || !Array.isArray(data.short)) return []
  return data.short as readonly Shortage[]
}

/** What a caller sends as a warehouse may be any text; the table is not filled with inventions. */
function known(warehouse: string): string {
  return WAREHOUSE_CODE.test(warehouse) ? warehouse : NOWHERE
}

function distinct(names: readonly string[]): readonly string[] {
  return names.length < 2 ? names : [...new Set(names)]
}
