import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { apportion, decimalsOf, formatMoney, money, parseMoney } from './money.ts'

const currency = fc.constantFrom('CNY', 'USD', 'JPY', 'KWD', 'BHD', 'VND')
const minor = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n })
const weights = fc.array(fc.bigInt({ min: 0n, max: 1_000n }), { minLength: 1, maxLength: 8 })

test('what is written is read back', () => {
  fc.assert(
    fc.property(currency, minor, (code, amount) => {
      const text = formatMoney(money(code, amount))
      assert.deepEqual(parseMoney(text, code), { ok: true, value: money(code, amount) })
      assert.equal(text.split('.')[1]?.length ?? 0, decimalsOf(code))
    }),
  )
})

test('a decimal that does not end in zeros is refused rather than cut', () => {
  fc.assert(
    fc.property(
      currency,
      fc.nat(),
      fc.integer({ min: 1, max: 9 }),
      fc.nat(5),
      (code, whole, digit, zeros) => {
        const text = `${whole}.${'0'.repeat(decimalsOf(code) + zeros)}${digit}`
        const parsed = parseMoney(text, code)
        assert.ok(!parsed.ok && parsed.refusal.code === 'money.too_many_decimals')
      },
    ),
  )
})

/** The rule in its own words, on small numbers: exact shares, floors, then one unit each by fraction, weight and place. */
function naive(total: number, parts: number[]): number[] {
  const even = parts.every((part) => part === 0)
  const use = even ? parts.map(() => 1) : parts
  const sum = use.reduce((a, b) => a + b, 0)
  const result = use.map((part) => Math.floor((total * part) / sum))
  let left = total - result.reduce((a, b) => a + b, 0)
  const order = use.map((part, at) => ({ at, part, fraction: (total * part) % sum }))
  order.sort((a, b) => b.fraction - a.fraction || b.part - a.part || a.at - b.at)
  for (const { at } of order) {
    if (left === 0) break
    result[at] = (result[at] ?? 0) + 1
    left -= 1
  }
  return result
}

test('without caps it is the largest-remainder method', () => {
  fc.assert(
    fc.property(
      fc.nat(1_000_000),
      fc.array(fc.nat(1_000), { minLength: 1, maxLength: 10 }),
      (total, parts) => {
        const result = apportion(BigInt(total), parts.map(BigInt))
        assert.deepEqual(result.ok && result.value.map(Number), naive(total, parts))
      },
    ),
    { numRuns: 1_000 },
  )
})

test('with caps: exact, within the caps, nothing for weightless lines while others have room, never less than the uncapped floor', () => {
  const lines = fc.array(fc.tuple(fc.bigInt({ min: 0n, max: 50n }), fc.bigInt({ min: 0n, max: 60n })), {
    minLength: 1,
    maxLength: 7,
  })
  fc.assert(
    fc.property(lines, fc.bigInt({ min: 0n, max: 200n }), (rows, total) => {
      const parts = rows.map(([weight]) => weight)
      const caps = rows.map(([, cap]) => cap)
      const room = caps.reduce((a, b) => a + b, 0n)
      const result = apportion(total, parts, caps)
      assert.equal(result.ok, room >= total)
      if (!result.ok) return
      const sum = parts.reduce((a, b) => a + b, 0n)
      const weightedRoom = rows.some(([weight, cap], at) => weight > 0n && (result.value[at] ?? 0n) < cap)
      assert.equal(
        result.value.reduce((a, b) => a + b, 0n),
        total,
      )
      for (const [at, [weight, cap]] of rows.entries()) {
        const share: bigint = result.value[at] ?? -1n
        assert.ok(share >= 0n && share <= cap)
        if (weight === 0n && weightedRoom) assert.equal(share, 0n)
        if (sum > 0n && share < cap) assert.ok(share >= (total * weight) / sum)
      }
    }),
    { numRuns: 3_000 },
  )
})

test('shares do not depend on where a line stands, but for lines that are alike', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 12n }), weights, (total, parts) => {
      const forward = apportion(total, parts)
      const backward = apportion(total, [...parts].reverse())
      assert.ok(forward.ok && backward.ok)
      const count = (list: readonly bigint[], of: readonly bigint[]) =>
        list
          .map((share, at) => `${of[at]}:${share}`)
          .sort()
          .join()
      assert.equal(count(forward.value, parts), count(backward.value, [...parts].reverse()))
    }),
  )
})
