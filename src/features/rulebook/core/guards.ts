import type { Words } from '#domain/notice.ts'
import type { RuleGuard } from '#domain/rulebook.ts'
import { formatMoney, money } from '#kernel/money.ts'

// A guard is a test in sequence, not "two hours without an alarm": of a share that is broken in one order of eight it is sure after thirty
// orders, and a healthy one is taken back wrongly less than once in a hundred (https://en.wikipedia.org/wiki/Sequential_probability_ratio_test).

export type Figures = {
  readonly n: number
  readonly bad: number
  readonly sum: number
  /** Of each observation's sum. */
  readonly squares: number
}
export const NO_FIGURES: Figures = { n: 0, bad: 0, sum: 0, squares: 0 }

export const VERDICTS = ['watching', 'healthy', 'broken'] as const
export type Verdict = (typeof VERDICTS)[number]

/** How far a test has come. */
export type GuardState = {
  readonly n: number
  readonly bad: number
  readonly evidence: number
  readonly verdict: Verdict
}
export const NEW_GUARD: GuardState = { n: 0, bad: 0, evidence: 0, verdict: 'watching' }

/** Chance of taking back a healthy version, and of not seeing a broken one. */
const ALPHA = 0.01
const BETA = 0.05
export const BROKEN_AT = Math.log((1 - BETA) / ALPHA)
export const HEALTHY_AT = Math.log(BETA / (1 - ALPHA))

/** The share of undecided orders, watched for every kind: it may not be much above what is live. */
export const REVIEW_METRIC = 'review'
export const REVIEW_GUARD: RuleGuard = {
  metric: REVIEW_METRIC,
  label: { zh: '转人工占比', en: 'share that goes to review' },
  test: { is: 'share', healthyBps: 30, brokenBps: 100 },
}
const LIVE_IS_KNOWN_FROM = 100
const MOST_SHARE = 0.95

export type Judged = { readonly state: GuardState; readonly words: Words }

/** Takes in what came since `state`. A broken guard stays broken. `currency`: of the amounts that the figures are. */
export function judgeGuard(
  guard: RuleGuard,
  live: Figures,
  gray: Figures,
  state: GuardState,
  currency = 'CNY',
): Judged {
  const next = state.verdict === 'broken' ? state : judged(guard, live, gray, state)
  return { state: next, words: wordsOf(guard, live, gray, next.verdict, currency) }
}

function judged(guard: RuleGuard, live: Figures, gray: Figures, state: GuardState): GuardState {
  const seen = { n: gray.n, bad: gray.bad }
  if (guard.test.is === 'share') return judgeShare(sharesOf(guard, live), gray, state)
  if (guard.test.is === 'never')
    return {
      ...seen,
      evidence: 0,
      verdict: gray.bad > 0 ? 'broken' : gray.n > 0 ? 'healthy' : 'watching',
    }
  return { ...seen, evidence: 0, verdict: judgeMean(guard.test, live, gray) }
}

type Shares = { readonly healthy: number; readonly broken: number }

/** Where the live version itself leaves a part undecided, that part is the healthy one. */
export function sharesOf(guard: RuleGuard, live: Figures): Shares {
  if (guard.test.is !== 'share') return { healthy: 0, broken: 1 }
  const healthy = guard.test.healthyBps / 10_000
  const broken = guard.test.brokenBps / 10_000
  if (guard.metric !== REVIEW_METRIC || live.n < LIVE_IS_KNOWN_FROM) return { healthy, broken }
  const now = Math.max(healthy, live.bad / live.n)
  return {
    healthy: Math.min(now, MOST_SHARE - 0.02),
    broken: Math.min(MOST_SHARE, Math.max(broken, 2 * now)),
  }
}

/**
 * Evidence that is held at the healthy line instead of beginning anew: a version that turns bad after an hour of good orders is seen as fast
 * as one that was bad from the first.
 */
function judgeShare({ healthy, broken }: Shares, gray: Figures, state: GuardState): GuardState {
  const bad = gray.bad - state.bad
  const good = gray.n - state.n - bad
  const gained = bad * Math.log(broken / healthy) + good * Math.log((1 - broken) / (1 - healthy))
  const evidence = Math.max(HEALTHY_AT, state.evidence + gained)
  const verdict = evidence >= BROKEN_AT ? 'broken' : evidence <= HEALTHY_AT ? 'healthy' : 'watching'
  return { n: gray.n, bad: gray.bad, evidence, verdict }
}

/** So many standard errors beyond the tolerance: looked at every few seconds for hours, chance alone comes to three now and then. */
const STANDARD_ERRORS = 4

function judgeMean(
  { toleranceBps, atLeast }: { readonly toleranceBps: number; readonly atLeast: number },
  live: Figures,
  gray: Figures,
): Verdict {
  if (gray.n < atLeast) return 'watching'
  // Nothing to compare with: the first version of its set.
  if (live.n === 0) return 'healthy'
  if (live.n < atLeast) return 'watching'
  const tolerated = (Math.abs(meanOf(live)) * toleranceBps) / 10_000
  const apart = Math.abs(meanOf(gray) - meanOf(live))
  const error = Math.sqrt(varianceOf(live) / live.n + varianceOf(gray) / gray.n)
  return apart - tolerated > STANDARD_ERRORS * error ? 'broken' : 'healthy'
}

export function meanOf({ n, sum }: Figures): number {
  return n === 0 ? 0 : sum / n
}

function varianceOf({ n, sum, squares }: Figures): number {
  return n < 2 ? 0 : Math.max(0, (squares - (sum * sum) / n) / (n - 1))
}

function wordsOf(guard: RuleGuard, live: Figures, gray: Figures, verdict: Verdict, currency: string): Words {
  const { zh, en } = guard.label
  const name = { zh: VERDICT_WORDS[verdict].zh, en: VERDICT_WORDS[verdict].en }
  if (guard.test.is === 'mean') {
    const { figure } = guard.test
    const [a, b] = [live, gray].map((arm) => (arm.n === 0 ? '–' : meanText(meanOf(arm), figure, currency)))
    return {
      zh: `${zh}：灰度均值 ${b}（${gray.n} 单），生效 ${a}（${live.n} 单），${name.zh}`,
      en: `${en}: mean ${b} of ${gray.n} gray, ${a} of ${live.n} live; ${name.en}`,
    }
  }
  if (guard.test.is === 'never')
    return {
      zh: `${zh}：灰度 ${gray.n} 单中出现 ${gray.bad} 次，${name.zh}`,
      en: `${en}: ${gray.bad} in ${gray.n} gray orders; ${name.en}`,
    }
  const { healthy, broken } = sharesOf(guard, live)
  return {
    zh: `${zh}：灰度 ${gray.n} 单中 ${gray.bad} 单（${percent(gray.bad, gray.n)}），正常 ${percent(healthy, 1)} 以内、异常 ${percent(broken, 1)} 起，${name.zh}`,
    en: `${en}: ${gray.bad} of ${gray.n} gray orders (${percent(gray.bad, gray.n)}), healthy up to ${percent(healthy, 1)}, broken from ${percent(broken, 1)}; ${name.en}`,
  }
}

const VERDICT_WORDS: Readonly<Record<Verdict, Words>> = {
  watching: { zh: '样本还不够', en: 'not enough seen yet' },
  healthy: { zh: '正常', en: 'healthy' },
  broken: { zh: '超出护栏', en: 'beyond the guard' },
}

function percent(part: number, whole: number): string {
  return `${whole === 0 ? '0' : ((100 * part) / whole).toFixed(1).replace(/\.0$/, '')}%`
}

function meanText(value: number, figure: 'money' | 'share' | undefined, currency: string): string {
  if (figure === 'money') return `${formatMoney(money(currency, BigInt(Math.round(value))))} ${currency}`
  if (figure === 'share') return percent(value, 1)
  return value.toFixed(2).replace(/\.?0+$/, '')
}

export type WatchState = {
  readonly gray: bigint
  /** Decisions of the gray version in this watch. */
  readonly decisions: number
  readonly leastDecisions: number
  /** Null: a person promotes. */
  readonly minutesLeft: number | null
  readonly guards: readonly { readonly guard: RuleGuard; readonly judged: Judged }[]
}
export type WatchDecision =
  | { readonly is: 'wait' }
  | { readonly is: 'roll_back'; readonly words: Words }
  | { readonly is: 'promote'; readonly words: Words }
  | { readonly is: 'prolong'; readonly code: string; readonly words: Words }

/** A broken guard takes the version back at once; when the watch is over it is promoted, unless too little was seen or a guard leans to broken. */
export function decideWatch({ decisions, leastDecisions, minutesLeft, guards }: WatchState): WatchDecision {
  const broken = guards.find(({ judged: { state } }) => state.verdict === 'broken')
  if (broken !== undefined) return { is: 'roll_back', words: broken.judged.words }
  if (minutesLeft === null || minutesLeft > 0) return { is: 'wait' }
  if (decisions < leastDecisions)
    return {
      is: 'prolong',
      code: 'few_decisions',
      words: {
        zh: `灰度版本只决策了 ${decisions} 单，至少 ${leastDecisions} 单才自动全量`,
        en: `the gray version decided ${decisions} orders; at least ${leastDecisions} before it is promoted by itself`,
      },
    }
  const unsure = guards.find(({ judged: { state } }) => state.verdict === 'watching' && state.evidence > 0)
  if (unsure !== undefined)
    return { is: 'prolong', code: `unsure:${unsure.guard.metric}`, words: unsure.judged.words }
  return {
    is: 'promote',
    words: {
      zh: `观察期结束，${decisions} 单均在护栏内`,
      en: `the watch is over, all guards held for ${decisions} orders`,
    },
  }
}
