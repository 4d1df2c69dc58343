import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RuleGuard } from '#domain/rulebook.ts'
import { seededRandom } from '#kernel/random.ts'
import {
  BROKEN_AT,
  decideWatch,
  type Figures,
  HEALTHY_AT,
  judgeGuard,
  NEW_GUARD,
  NO_FIGURES,
  REVIEW_GUARD,
  sharesOf,
} from './guards.ts'

const share: RuleGuard = {
  metric: 'errors',
  label: { zh: '出错', en: 'errors' },
  test: { is: 'share', healthyBps: 30, brokenBps: 100 },
}
const bad = (n: number, of: number): Figures => ({ n: of, bad: n, sum: n, squares: n })

/** Orders until the guard breaks, looked at after each; null where it never does. */
function ordersUntilBroken(rate: number, random: () => number, most: number): number | null {
  let state = NEW_GUARD
  let found = 0
  for (let n = 1; n <= most; n += 1) {
    if (random() < rate) found += 1
    state = judgeGuard(share, NO_FIGURES, bad(found, n), state).state
    if (state.verdict === 'broken') return n
  }
  return null
}

function simulate(rate: number, runs: number, most: number) {
  const { next } = seededRandom(41)
  const ended = Array.from({ length: runs }, () => ordersUntilBroken(rate, next, most))
  const broken = ended.filter((one) => one !== null).sort((a, b) => a - b)
  return {
    broken,
    median: broken[Math.floor(broken.length / 2)] ?? 0,
    p95: broken[Math.floor(broken.length * 0.95)] ?? 0,
  }
}

test('the lines are those of 1% and 5%', () => {
  assert.equal(BROKEN_AT.toFixed(3), '4.554')
  assert.equal(HEALTHY_AT.toFixed(3), '-2.986')
})

test('12.7% of errors are stopped after a median of some 29 orders', () => {
  const { broken, median, p95 } = simulate(0.127, 1_000, 1_000)
  assert.equal(broken.length, 1_000)
  assert.ok(median >= 25 && median <= 35, `median ${median}`)
  assert.ok(p95 >= 55 && p95 <= 85, `p95 ${p95}`)
})

test('3% of errors are stopped after a median of some 154 orders', () => {
  const { broken, median, p95 } = simulate(0.03, 400, 5_000)
  assert.equal(broken.length, 400)
  assert.ok(median >= 130 && median <= 185, `median ${median}`)
  assert.ok(p95 >= 280 && p95 <= 450, `p95 ${p95}`)
})

test('1% of errors are stopped all the same, after some 800 orders', () => {
  const { broken, median } = simulate(0.01, 200, 6_000)
  assert.ok(broken.length >= 190, `${broken.length} of 200`)
  assert.ok(median >= 600 && median <= 1_150, `median ${median}`)
})

test('a healthy version is taken back in about one watch of a hundred', () => {
  const { broken } = simulate(0.003, 1_000, 1_500)
  assert.ok(broken.length <= 18, `${broken.length} of 1,000`)
})

test('a version that turns bad after 5,000 good orders is seen as fast as one that was bad from the first', () => {
  let state = judgeGuard(share, NO_FIGURES, bad(10, 5_000), NEW_GUARD).state
  assert.equal(state.verdict, 'healthy')
  let n = 5_000
  while (state.verdict !== 'broken' && n < 6_000) {
    n += 8
    state = judgeGuard(share, NO_FIGURES, bad(10 + (n - 5_000) / 8, n), state).state
  }
  // 7.54 of evidence to gain at 1.155 for each bad order of eight: seven of them.
  assert.equal(n, 5_056)
})

test('the same figures seen twice add nothing, and a broken guard stays broken', () => {
  const once = judgeGuard(share, NO_FIGURES, bad(2, 100), NEW_GUARD).state
  assert.deepEqual(judgeGuard(share, NO_FIGURES, bad(2, 100), once).state, once)
  const broken = judgeGuard(share, NO_FIGURES, bad(30, 100), once).state
  assert.equal(broken.verdict, 'broken')
  assert.equal(judgeGuard(share, NO_FIGURES, bad(30, 100_000), broken).state.verdict, 'broken')
})

test('never: one is enough', () => {
  const never: RuleGuard = { ...share, test: { is: 'never' } }
  assert.equal(judgeGuard(never, NO_FIGURES, NO_FIGURES, NEW_GUARD).state.verdict, 'watching')
  assert.equal(judgeGuard(never, NO_FIGURES, bad(0, 500), NEW_GUARD).state.verdict, 'healthy')
  const { state, words } = judgeGuard(never, NO_FIGURES, bad(1, 500), NEW_GUARD)
  assert.equal(state.verdict, 'broken')
  assert.match(words.zh, /500 单中出现 1 次/)
})

test('mean: beyond the tolerance and beyond chance', () => {
  const mean: RuleGuard = { ...share, test: { is: 'mean', toleranceBps: 1_000, atLeast: 30 } }
  // n orders of 1,200 ± 100: half 1,100, half 1,300.
  const around = (n: number, middle: number, off: number): Figures => ({
    n,
    bad: 0,
    sum: n * middle,
    squares: n * (middle * middle + off * off),
  })
  const verdict = (live: Figures, gray: Figures) => judgeGuard(mean, live, gray, NEW_GUARD).state.verdict
  assert.equal(verdict(around(500, 1_200, 100), around(29, 9_000, 100)), 'watching')
  assert.equal(verdict(around(10, 1_200, 100), around(100, 9_000, 100)), 'watching')
  assert.equal(verdict(around(500, 1_200, 100), around(100, 1_310, 100)), 'healthy')
  assert.equal(verdict(around(500, 1_200, 100), around(100, 1_500, 100)), 'broken')
  // 300 apart, but one order's amount scatters by 3,000: four standard errors of a hundred orders are 1,200.
  assert.equal(verdict(around(500, 1_200, 3_000), around(100, 1_500, 3_000)), 'healthy')
  assert.equal(verdict(NO_FIGURES, around(100, 1_500, 100)), 'healthy')
})

test('a mean is said as people read it: amounts in the major unit of their currency, shares in percent', () => {
  const mean = (figure?: 'money' | 'share'): RuleGuard => ({
    ...share,
    test: { is: 'mean', toleranceBps: 1_000, atLeast: 30, ...(figure === undefined ? {} : { figure }) },
  })
  const of = (n: number, sum: number): Figures => ({ n, bad: 0, sum, squares: 0 })
  const zh = (guard: RuleGuard, currency?: string) =>
    judgeGuard(guard, of(40, 14_000), of(3, 1_000), NEW_GUARD, currency).words.zh
  assert.match(zh(mean('money')), /灰度均值 3\.33 CNY（3 单），生效 3\.50 CNY（40 单）/)
  assert.match(zh(mean('money'), 'JPY'), /灰度均值 333 JPY（3 单），生效 350 JPY（40 单）/)
  const { words } = judgeGuard(mean('share'), NO_FIGURES, of(40, 14), NEW_GUARD)
  assert.match(words.zh, /灰度均值 35%（40 单），生效 –（0 单）/)
  assert.match(judgeGuard(mean(), of(4, 6), of(4, 8), NEW_GUARD).words.en, /mean 2 of 4 gray, 1\.5 of 4 live/)
})

test('where the live version leaves a part undecided, that part is no fault of the gray one', () => {
  assert.deepEqual(sharesOf(REVIEW_GUARD, NO_FIGURES), { healthy: 0.003, broken: 0.01 })
  assert.deepEqual(sharesOf(REVIEW_GUARD, bad(50, 1_000)), { healthy: 0.05, broken: 0.1 })
  const { state } = judgeGuard(REVIEW_GUARD, bad(50, 1_000), bad(10, 200), NEW_GUARD)
  assert.notEqual(state.verdict, 'broken')
  assert.equal(judgeGuard(REVIEW_GUARD, bad(0, 1_000), bad(10, 200), NEW_GUARD).state.verdict, 'broken')
})

test('a watch ends by itself: back at once, promoted when its time is over, prolonged where too little was seen', () => {
  const judged = (figures: Figures) => [
    { guard: share, judged: judgeGuard(share, NO_FIGURES, figures, NEW_GUARD) },
  ]
  const watch = { gray: 1n, decisions: 500, leastDecisions: 100, minutesLeft: 0, guards: judged(bad(0, 500)) }
  assert.equal(decideWatch({ ...watch, minutesLeft: 90, guards: judged(bad(40, 100)) }).is, 'roll_back')
  assert.equal(decideWatch({ ...watch, minutesLeft: 1 }).is, 'wait')
  assert.equal(decideWatch({ ...watch, minutesLeft: null }).is, 'wait')
  assert.equal(decideWatch(watch).is, 'promote')
  const few = decideWatch({ ...watch, decisions: 99 })
  assert.deepEqual([few.is, few.is === 'prolong' && few.code], ['prolong', 'few_decisions'])
  const unsure = decideWatch({ ...watch, guards: judged(bad(3, 100)) })
  assert.deepEqual([unsure.is, unsure.is === 'prolong' && unsure.code], ['prolong', 'unsure:errors'])
})
