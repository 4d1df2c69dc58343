import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CustomerTier, checkTiers, DEFAULT_TIERS, levelOf } from './tiers.ts'

const by = (earlierOrders: number | null, earlierSpentMinor: bigint | null = null, currency = 'CNY') => ({
  earlierOrders,
  earlierSpentMinor,
  currency,
})
const GOLD: CustomerTier = {
  name: 'gold',
  label: '金牌',
  minOrders: 3,
  minSpentMinor: 100_000n,
  currency: 'CNY',
  priority: 20,
}
const TIERS = [...DEFAULT_TIERS, GOLD]

test('nobody ordered before: new; once: old; a buyer who is not known has no level', () => {
  assert.equal(levelOf(by(0), DEFAULT_TIERS), 'new')
  assert.equal(levelOf(by(1), DEFAULT_TIERS), 'old')
  assert.equal(levelOf(by(null), DEFAULT_TIERS), null)
})

test('the highest level that fits; money in another currency, or unknown, decides nothing', () => {
  assert.equal(levelOf(by(3, 100_000n), TIERS), 'gold')
  assert.equal(levelOf(by(3, 99_999n), TIERS), 'old')
  assert.equal(levelOf(by(2, 900_000n), TIERS), 'old')
  assert.equal(levelOf(by(3, null), TIERS), null)
  assert.equal(levelOf(by(3, 900_000n, 'USD'), TIERS), null)
  assert.equal(levelOf(by(0, 0n), [{ ...GOLD, minOrders: 0, minSpentMinor: 1n }, ...DEFAULT_TIERS]), 'new')
})

test('a first order that no level takes in has none', () => {
  assert.equal(levelOf(by(0), [GOLD]), null)
})

test('levels of one name or one rank contradict each other', () => {
  const code = (tiers: readonly CustomerTier[]) => {
    const checked = checkTiers(tiers)
    return checked.ok ? 'ok' : checked.refusal.code
  }
  assert.equal(code(TIERS), 'ok')
  assert.equal(code([]), 'freight.tiers_invalid')
  assert.equal(code([GOLD, { ...GOLD, priority: 1 }]), 'freight.tiers_invalid')
  assert.equal(code([GOLD, { ...GOLD, name: 'other' }]), 'freight.tiers_invalid')
})
