import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  afterThrottle,
  type Budget,
  depthOf,
  factorNow,
  type Limit,
  leaseMs,
  ownShare,
  takeTokens,
} from './budget.ts'

const fresh: Budget = { tat: 0, factor: 1, factorAt: 0, blockedUntil: null }
const limits = fc.record({
  perSecond: fc.double({ min: 0.1, max: 2_000, noNaN: true }),
  burst: fc.integer({ min: 1, max: 500 }),
})
const asks = fc.array(
  fc.record({
    afterMs: fc.double({ min: 0, max: 400, noNaN: true }),
    urgent: fc.integer({ min: 0, max: 60 }),
    routine: fc.integer({ min: 0, max: 60 }),
    /** When the tokens are used: any time of their lease. */
    lateness: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { minLength: 1, maxLength: 60 },
)

test('over any window never more than rate x window + burst, however late within their lease the tokens are used', () => {
  fc.assert(
    fc.property(limits, asks, (limit, run) => {
      let now = 1_000_000
      let budget = fresh
      const uses: { at: number; count: number }[] = []
      for (const ask of run) {
        now += ask.afterMs
        const { grant, tat } = takeTokens(budget, limit, ask, now)
        budget = { ...budget, tat }
        const count = grant.urgent + grant.routine
        if (count > 0) uses.push({ at: now + ask.lateness * leaseMs(limit), count })
      }
      assertWithin(limit, uses)
    }),
    { numRuns: 400 },
  )
})

function assertWithin(limit: Limit, uses: readonly { at: number; count: number }[]): void {
  const sorted = uses.toSorted((a, b) => a.at - b.at)
  for (const [i, from] of sorted.entries()) {
    let count = 0
    for (const to of sorted.slice(i)) {
      count += to.count
      const allowed = (limit.perSecond * (to.at - from.at)) / 1_000 + limit.burst
      assert.ok(count <= allowed + 1e-3, `${count} calls in ${to.at - from.at} ms, ${allowed} allowed`)
    }
  }
}

test('the wait that it tells is enough for the next token', () => {
  fc.assert(
    fc.property(limits, fc.integer({ min: 1, max: 600 }), fc.boolean(), (limit, want, urgent) => {
      const ask = urgent ? { urgent: want, routine: 0 } : { urgent: 0, routine: want }
      const first = takeTokens(fresh, limit, ask, 1_000_000)
      if (first.grant.waitMs === 0) return
      const later = takeTokens(
        { ...fresh, tat: first.tat },
        limit,
        ask,
        1_000_000 + first.grant.waitMs + 0.01,
      )
      assert.ok(later.grant.urgent + later.grant.routine >= 1)
    }),
  )
})

test('a fifth of the bucket is kept for urgent calls', () => {
  const limit = { perSecond: 10, burst: 101 }
  assert.equal(depthOf(limit), 100)
  const { grant, tat } = takeTokens(fresh, limit, { urgent: 0, routine: 1_000 }, 1_000_000)
  assert.equal(grant.routine, 80)
  const next = takeTokens({ ...fresh, tat }, limit, { urgent: 1_000, routine: 1_000 }, 1_000_000)
  assert.deepEqual([next.grant.urgent, next.grant.routine], [20, 0])
})

test('a rate of one at a time is spaced evenly and never lies about', () => {
  const limit = { perSecond: 2, burst: 1 }
  assert.equal(leaseMs(limit), 0)
  const { grant, tat } = takeTokens(fresh, limit, { urgent: 5, routine: 0 }, 1_000_000)
  assert.deepEqual([grant.urgent, grant.waitMs], [1, 500])
  assert.equal(takeTokens({ ...fresh, tat }, limit, { urgent: 5, routine: 0 }, 1_000_499).grant.urgent, 0)
  assert.equal(takeTokens({ ...fresh, tat }, limit, { urgent: 5, routine: 0 }, 1_000_500).grant.urgent, 1)
})

test('"too many": half the rate, a pause as long as asked, then one twentieth more every ten seconds', () => {
  const hit = afterThrottle(fresh, 3_000, 100_000)
  assert.deepEqual([hit.factor, hit.blockedUntil], [0.5, 103_000])
  assert.equal(
    takeTokens(hit, { perSecond: 10, burst: 20 }, { urgent: 1, routine: 0 }, 102_999).grant.urgent,
    0,
  )
  assert.equal(
    takeTokens(hit, { perSecond: 10, burst: 20 }, { urgent: 1, routine: 0 }, 103_000).grant.urgent,
    1,
  )
  assert.equal(factorNow(hit, 109_999), 0.5)
  assert.equal(factorNow(hit, 110_000), 0.55)
  assert.equal(factorNow(hit, 200_000), 1)
})

test('fifty answers of "too many" within a second are one lesson; the floor is a twentieth', () => {
  let budget = fresh
  for (let i = 0; i < 50; i += 1) budget = afterThrottle(budget, 1_000, 100_000 + i)
  assert.equal(budget.factor, 0.5)
  for (let i = 1; i < 20; i += 1) budget = afterThrottle(budget, 1_000, 100_000 + i * 2_000)
  assert.equal(budget.factor, 0.05)
})

test('alone, a process spends its share', () => {
  assert.deepEqual(ownShare({ perSecond: 30, burst: 10 }, 3), { perSecond: 10, burst: 3 })
  assert.deepEqual(ownShare({ perSecond: 30, burst: 1 }, 0), { perSecond: 30, burst: 1 })
})
