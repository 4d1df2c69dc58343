import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Decision, RuleDone } from '#domain/rulebook.ts'
import { apportionQuote, quoteOf } from './quote.ts'

const action: fc.Arbitrary<RuleDone> = fc
  .tuple(fc.constantFrom('charge', 'charge_per_parcel', 'reduce', 'waive'), fc.bigInt(0n, 100_000n))
  .map(([name, amount]) => ({ node: name, action: name, params: { label: name, amount } }))
const decision: fc.Arbitrary<Decision> = fc
  .array(action, { minLength: 1, maxLength: 12 })
  .map((actions) => ({ outcome: 'decided', reason: null, values: {}, actions, path: [] }))

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((all, one) => all + one, 0n)

test('FR-1: the parts of a quote add up to its amount, which is never below zero', () => {
  fc.assert(
    fc.property(decision, fc.integer({ min: 1, max: 9 }), (one, parcels) => {
      const quote = quoteOf(one, { currency: 'CNY', parcels })
      assert(quote.ok)
      assert.equal(sum(quote.value.parts.map((part) => part.amountMinor)), quote.value.amountMinor)
      assert.ok(quote.value.amountMinor >= 0n)
    }),
  )
})

test('FR-2: shared over merged orders, every part and the amount come out whole, and nobody owes less than nothing', () => {
  const weights = fc.array(fc.bigInt(0n, 1_000_000n), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(decision, weights, (one, by) => {
      const quote = quoteOf(one, { currency: 'CNY', parcels: 1 })
      assert(quote.ok)
      const shares = apportionQuote(quote.value, by)
      assert.equal(sum(shares.map((share) => share.amountMinor)), quote.value.amountMinor)
      for (const [index, part] of quote.value.parts.entries())
        assert.equal(sum(shares.map((share) => share.parts[index]?.amountMinor ?? 0n)), part.amountMinor)
      for (const share of shares) {
        assert.ok(share.amountMinor >= 0n)
        assert.equal(sum(share.parts.map((part) => part.amountMinor)), share.amountMinor)
      }
    }),
  )
})
