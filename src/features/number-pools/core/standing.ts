import type { NumberBalance } from '#domain/waybill.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'

/** Hours behind the rate: yesterday's same hour still counts a little, last week's campaign does not. */
export const RATE_HOURS = 24
const HALF_LIFE_HOURS = 4

/**
 * Numbers an hour, the last hours weighing most (half as much every four hours). `perHour[0]` is the last 60 minutes; `seenHours` how long
 * the pool has been in use, so that a new one is not held for an idle one.
 */
export function rateOf(perHour: ReadonlyMap<number, number>, seenHours: number): number {
  const hours = Math.max(1, Math.min(RATE_HOURS, Math.ceil(seenHours)))
  let [sum, weights] = [0, 0]
  for (let ago = 0; ago < hours; ago += 1) {
    const weight = 0.5 ** (ago / HALF_LIFE_HOURS)
    sum += weight * (perHour.get(ago) ?? 0)
    weights += weight
  }
  return sum / weights
}

export type Threshold = { readonly numbers: number; readonly hours: number }
export type Standing = 'unknown' | 'unlimited' | 'fine' | 'low' | 'empty'
export type Judged = {
  readonly standing: Standing
  /** Null: nobody knows, or nothing goes. */
  readonly hoursLeft: number | null
  readonly isLow: boolean
}

/** `left` null with `unlimited` false: the carrier has not told yet. */
export function judgePool(
  { left, unlimited }: { readonly left: number | null; readonly unlimited: boolean },
  ratePerHour: number,
  { numbers, hours }: Threshold,
): Judged {
  if (unlimited) return { standing: 'unlimited', hoursLeft: null, isLow: false }
  if (left === null) return { standing: 'unknown', hoursLeft: null, isLow: false }
  if (left <= 0) return { standing: 'empty', hoursLeft: 0, isLow: true }
  const hoursLeft = ratePerHour > 0 ? left / ratePerHour : null
  const isLow = left < numbers || (hoursLeft !== null && hoursLeft < hours)
  return { standing: isLow ? 'low' : 'fine', hoursLeft, isLow }
}

/** Of what the carrier told: told less what went since; never below 0. */
export function reckonBalance(balance: number | null, issuedSince: number): number | null {
  return balance === null ? null : Math.max(0, balance - issuedSince)
}

/**
 * Which of the balances that a connection told is this account's: the only one of the carrier, or the one that bears a name out of the
 * account's own settings. Refused: `pools.balance_unclear`, rather than guessed.
 */
export function balanceOf(
  told: readonly NumberBalance[],
  carrier: string,
  names: readonly string[],
): Result<NumberBalance> {
  const ours = told.filter((one) => one.carrier === carrier)
  const named = ours.filter((one) => names.includes(one.account))
  const [only] = named.length > 0 ? named : ours
  if (only === undefined) return refuse('pools.balance_unclear', `the answer names no balance of ${carrier}`)
  if ((named.length > 0 ? named : ours).length === 1) return ok(only)
  return refuse(
    'pools.balance_unclear',
    `the answer names ${ours.length} balances of ${carrier}; write the branch's code into the account`,
  )
}

/** Seconds until the carrier is asked again: a fifth of the usual while it is low, at least one minute. */
export function askAgainAfter(everyMinutes: number, isLow: boolean): number {
  return Math.max(60, Math.round(everyMinutes * 60 * (isLow ? 0.2 : 1)))
}
