import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  addMoney,
  apportion,
  decimalsOf,
  formatMoney,
  money,
  negate,
  parseMinor,
  parseMoney,
} from './money.ts'

const minorOf = (text: string, currency = 'CNY'): bigint | string => {
  const parsed = parseMoney(text, currency)
  return parsed.ok ? parsed.value.minor : parsed.refusal.code
}
const shares = (total: bigint, weights: bigint[], caps?: bigint[]): bigint[] | string => {
  const result = apportion(total, weights, caps)
  return result.ok ? result.value : result.refusal.code
}

test('a decimal amount is read to the minor unit', () => {
  assert.equal(minorOf('12.30'), 1230n)
  assert.equal(minorOf('12.3'), 1230n)
  assert.equal(minorOf(' 0.07 '), 7n)
  assert.equal(minorOf('-4'), -400n)
  assert.equal(minorOf('+4.5'), 450n)
  assert.equal(minorOf('1000', 'JPY'), 1000n)
  assert.equal(minorOf('1.234', 'KWD'), 1234n)
  assert.equal(minorOf('999999999999999999.99'), 99999999999999999999n)
})

test('what would be cut is refused, zeros are not', () => {
  assert.equal(minorOf('12.345'), 'money.too_many_decimals')
  assert.equal(minorOf('12.340'), 1234n)
  assert.equal(minorOf('100.5', 'JPY'), 'money.too_many_decimals')
  assert.equal(minorOf('100.00', 'JPY'), 100n)
  assert.equal(minorOf('0.0000000000001'), 'money.too_many_decimals')
})

test('what is not a decimal amount is refused', () => {
  for (const text of [
    '',
    '.',
    '1e3',
    '1,234.00',
    '１２',
    'NaN',
    '0x10',
    '.5',
    '5.',
    '--1',
    '1 2',
    '¥5',
    '1'.repeat(19),
  ])
    assert.equal(minorOf(text), 'money.not_a_decimal', text)
})

test('minor units are whole numbers', () => {
  const codeOf = (text: string): bigint | string => {
    const parsed = parseMinor(text, 'CNY')
    return parsed.ok ? parsed.value.minor : parsed.refusal.code
  }
  assert.equal(codeOf('5180'), 5180n)
  assert.equal(codeOf('-1'), -1n)
  assert.equal(codeOf('51.80'), 'money.not_an_integer')
  assert.equal(codeOf(''), 'money.not_an_integer')
})

test('an amount is written with exactly its decimals', () => {
  assert.equal(formatMoney(money('CNY', 5180n)), '51.80')
  assert.equal(formatMoney(money('CNY', -7n)), '-0.07')
  assert.equal(formatMoney(money('CNY', 0n)), '0.00')
  assert.equal(formatMoney(money('JPY', 12n)), '12')
  assert.equal(formatMoney(money('KWD', 12n)), '0.012')
  assert.equal(formatMoney(negate(money('CNY', 5n))), '-0.05')
})

test('decimals of a code that is also a property name', () => {
  assert.equal(decimalsOf('constructor'), 2)
})

test('different currencies are never added', () => {
  assert.equal(addMoney(money('CNY', 1n), money('CNY', 2n)).minor, 3n)
  assert.throws(() => addMoney(money('CNY', 1n), money('USD', 2n)), /K1/)
})

test('shares are floored, the rest goes to the largest fractions', () => {
  // 50.00 over three equal lines; ShopeX gives 1665/1665/1670.
  assert.deepEqual(shares(5000n, [1n, 1n, 1n]), [1667n, 1667n, 1666n])
  // 100 over 199, 299, 499: 19.95, 29.98, 50.05 -> 19 + 29 + 50 = 98; the two left go to .98 and .95.
  assert.deepEqual(shares(100n, [199n, 299n, 499n]), [20n, 30n, 50n])
  assert.deepEqual(shares(0n, [1n, 2n]), [0n, 0n])
  assert.deepEqual(shares(5n, [0n, 0n]), [3n, 2n])
  assert.deepEqual(shares(0n, []), [])
})

test('ties go to the larger weight, then to the earlier line', () => {
  // 2 over 1, 3: 0.5 and 1.5.
  assert.deepEqual(shares(2n, [1n, 3n]), [0n, 2n])
  assert.deepEqual(shares(1n, [1n, 1n]), [1n, 0n])
})

test('no line takes more than its cap, and a full line hands on by weight', () => {
  assert.deepEqual(shares(100n, [1n, 1n], [30n, 100n]), [30n, 70n])
  assert.deepEqual(shares(90n, [1n, 1n, 1n], [10n, 20n, 100n]), [10n, 20n, 60n])
  assert.deepEqual(shares(8n, [1n, 0n], [5n, 5n]), [5n, 3n])
  // Two lines are full after their floor; the unit they leave belongs to the third, not to the line of weight nothing.
  assert.deepEqual(shares(5n, [1n, 1n, 1n, 0n], [1n, 1n, 9n, 9n]), [1n, 1n, 3n, 0n])
  assert.equal(shares(10n, [1n, 1n], [4n, 5n]), 'money.cap_too_small')
})
