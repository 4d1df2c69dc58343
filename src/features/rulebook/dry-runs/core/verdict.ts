import type { Words } from '#domain/notice.ts'
import type { RuleGuard } from '#domain/rulebook.ts'
import type { Tally } from './tally.ts'

export type Verdict = { readonly passed: boolean; readonly words: Words }

/**
 * Passed by itself when no order that was decided would go to a person, nothing that nobody decided before goes to one, and no figure
 * leaves what the kind's guards allow; a change of amounts within that is what one tries a version for. Else a person accepts it
 * with words.
 */
export function decideVerdict(tally: Tally, guards: readonly RuleGuard[]): Verdict {
  const objections = [
    ...reviewObjections(tally),
    ...guards.flatMap((guard) => guardObjection(guard, tally) ?? []),
  ]
  if (tally.done === 0)
    objections.push({
      zh: '这段时间没有适用的订单，什么也没有试到',
      en: 'no order of these days is one for these rules: nothing was tried',
    })
  if (objections.length > 0)
    return {
      passed: false,
      words: {
        zh: `${objections.map((one) => one.zh).join('；')}。需有人看过后写明理由接受`,
        en: `${objections.map((one) => one.en).join('; ')}. Somebody has to look and accept it with words`,
      },
    }
  return {
    passed: true,
    words: {
      zh: `${tally.done} 单都能决定，其中 ${tally.changed} 单结果不同，没有新增转人工`,
      en: `all ${tally.done} orders are decided, ${tally.changed} of them otherwise; none goes to a person newly`,
    },
  }
}

function reviewObjections({ newlyReview, reviewsAfter, reviewsBefore }: Tally): Words[] {
  if (newlyReview > 0)
    return [
      {
        zh: `${newlyReview} 单原来能决定，现在要转人工`,
        en: `${newlyReview} orders that are decided now would go to a person`,
      },
    ]
  if (reviewsAfter <= reviewsBefore) return []
  return [
    {
      zh: `转人工从 ${reviewsBefore} 单增加到 ${reviewsAfter} 单`,
      en: `orders that go to a person grow from ${reviewsBefore} to ${reviewsAfter}`,
    },
  ]
}

/**
 * A guard is looked at where the outcome carries a figure of its name: counts of what is bad for `never` and `share`, amounts for
 * `mean`.
 */
function guardObjection({ metric, label, test }: RuleGuard, tally: Tally): Words | null {
  const figure = tally.figures[metric]
  if (figure === undefined || figure.nAfter === 0n) return null
  const { before, after, nBefore, nAfter } = figure
  switch (test.is) {
    case 'never':
      return after > 0n && (nBefore === 0n || after > before)
        ? { zh: `${label.zh}：出现 ${after} 次`, en: `${label.en}: ${after} times` }
        : null
    case 'share': {
      const isBroken = after * 10_000n >= BigInt(test.brokenBps) * nAfter
      const wasBroken = nBefore > 0n && before * 10_000n >= BigInt(test.brokenBps) * nBefore
      return isBroken && !wasBroken
        ? { zh: `${label.zh}：${after}/${nAfter}`, en: `${label.en}: ${after} of ${nAfter}` }
        : null
    }
    case 'mean': {
      if (nBefore === 0n || nAfter < BigInt(test.atLeast)) return null
      // before/nBefore against after/nAfter, without dividing.
      const [old, now] = [before * nAfter, after * nBefore]
      const apart = old > now ? old - now : now - old
      return apart * 10_000n > BigInt(test.toleranceBps) * (old < 0n ? -old : old)
        ? {
            zh: `${label.zh}：平均从 ${before / nBefore} 变为 ${after / nAfter}`,
            en: `${label.en}: from ${before / nBefore} to ${after / nAfter} on average`,
          }
        : null
    }
  }
}
