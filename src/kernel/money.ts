import { assert } from './assert.ts'
import { ok, type Result, refuse } from './result.ts'

/** An amount in the currency's minor unit (fen, cent); a yen has none and counts in yen. */
export type Money = { readonly currency: string; readonly minor: bigint }

/** Decimals of the currencies that do not have two (ISO 4217). */
const DECIMALS: Readonly<Record<string, number>> = {
  BIF: 0,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  ISK: 0,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  PYG: 0,
  RWF: 0,
  UGX: 0,
  UYI: 0,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
  BHD: 3,
  IQD: 3,
  JOD: 3,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  TND: 3,
}

export function decimalsOf(currency: string): number {
  // The code comes from outside: `constructor` is not a currency with a function for decimals.
  return Object.hasOwn(DECIMALS, currency) ? (DECIMALS[currency] ?? 2) : 2
}

export function money(currency: string, minor: bigint): Money {
  return { currency, minor }
}

/**
 * Reads a decimal amount of the major unit ("12.30", "-4", "1e3" is refused). Trailing zeros beyond the currency's
 * decimals are accepted, anything that would have to be rounded is refused with `money.too_many_decimals`.
 */
export function parseMoney(text: string, currency: string): Result<Money> {
  const match = /^([+-]?)(\d{1,18})(?:\.(\d{1,18}))?$/.exec(text.trim())
  if (match === null) return refuse('money.not_a_decimal', `"${text.slice(0, 40)}" is not a decimal amount`)
  const decimals = decimalsOf(currency)
  const fraction = match[3] ?? ''
  if (/[1-9]/.test(fraction.slice(decimals)))
    return refuse('money.too_many_decimals', `${currency} has ${decimals} decimals; "${text}" would be cut`)
  const minor = BigInt(`${match[2]}${fraction.slice(0, decimals).padEnd(decimals, '0')}`)
  return ok(money(currency, match[1] === '-' ? -minor : minor))
}

/** Reads an integer of the minor unit ("5180" fen). */
export function parseMinor(text: string, currency: string): Result<Money> {
  if (!/^-?\d{1,18}$/.test(text.trim()))
    return refuse(
      'money.not_an_integer',
      `"${text.slice(0, 40)}" is not a whole number of ${currency} minor units`,
    )
  return ok(money(currency, BigInt(text.trim())))
}

/** The amount with exactly the currency's decimals: `51.80`. */
export function formatMoney(amount: Money): string {
  const decimals = decimalsOf(amount.currency)
  const sign = amount.minor < 0n ? '-' : ''
  const digits = (amount.minor < 0n ? -amount.minor : amount.minor).toString().padStart(decimals + 1, '0')
  return decimals === 0 ? sign + digits : `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

export function addMoney(a: Money, b: Money): Money {
  assert(a.currency === b.currency, 'K1', `${a.currency} + ${b.currency}`)
  return money(a.currency, a.minor + b.minor)
}

export function negate(a: Money): Money {
  return money(a.currency, -a.minor)
}

/**
 * Splits `total` minor units over lines in proportion to `weights`: every share is floored, the units left over go one
 * by one to the largest fractions (ties: larger weight, then lower index). The shares add up to `total` by construction.
 * With `caps`, no share exceeds its line's cap; refused with `money.cap_too_small` where the caps cannot hold the total.
 */
export function apportion(
  total: bigint,
  weights: readonly bigint[],
  caps?: readonly bigint[],
): Result<bigint[]> {
  assert(total >= 0n && weights.every((weight) => weight >= 0n), 'K2')
  const limits = caps ?? weights.map(() => total)
  if (limits.reduce((sum, cap) => sum + cap, 0n) < total)
    return refuse('money.cap_too_small', 'the lines cannot hold the whole amount')
  const shares = weights.map(() => 0n)
  let left = total
  let open = weights.map((_, index) => index).filter((index) => (limits[index] ?? 0n) > 0n)
  while (left > 0n) {
    const sum = open.reduce((acc, index) => acc + (weights[index] ?? 0n), 0n)
    const weightOf = (index: number): bigint => (sum === 0n ? 1n : (weights[index] ?? 0n))
    const whole = sum === 0n ? BigInt(open.length) : sum
    const wanted = open.map((index) => ({
      index,
      floor: (left * weightOf(index)) / whole,
      fraction: (left * weightOf(index)) % whole,
    }))
    const overflowing = wanted.filter((w) => (shares[w.index] ?? 0n) + w.floor > (limits[w.index] ?? 0n))
    if (overflowing.length > 0) {
      for (const { index } of overflowing) {
        left -= (limits[index] ?? 0n) - (shares[index] ?? 0n)
        shares[index] = limits[index] ?? 0n
      }
      open = open.filter((index) => (shares[index] ?? 0n) < (limits[index] ?? 0n))
      continue
    }
    for (const w of wanted) {
      shares[w.index] = (shares[w.index] ?? 0n) + w.floor
      left -= w.floor
    }
    wanted.sort((a, b) =>
      a.fraction === b.fraction
        ? compare(weightOf(b.index), weightOf(a.index)) || a.index - b.index
        : compare(b.fraction, a.fraction),
    )
    for (const { index, fraction } of wanted) {
      if (left === 0n) break
      // A line without a fraction has had its part; what full lines cannot take goes by weight in the next round.
      if (fraction === 0n || (shares[index] ?? 0n) >= (limits[index] ?? 0n)) continue
      shares[index] = (shares[index] ?? 0n) + 1n
      left -= 1n
    }
    open = open.filter((index) => (shares[index] ?? 0n) < (limits[index] ?? 0n))
  }
  return ok(shares)
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
