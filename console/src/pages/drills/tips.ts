// Imports by path, not by the console's own names: its test reads this file as it is.
import type { Drill } from '../../api/drill-types.ts'
import type { TextKey } from '../../i18n/dictionary.ts'
import { minutesBetween } from './clock.ts'

export type Tip = { readonly key: TextKey; readonly values: Readonly<Record<string, number>> }

/** Minutes below which a step was quick enough to say nothing about. */
const QUICK = { notice: 2, find: 8, fix: 12 }

/** What would have been quicker, by the drill's own figures; one kind word where nothing would. */
export function tipsFor(drill: Drill): readonly Tip[] {
  const { toNotice, toFind, toFix, wrongAnswers, wrongAnswerCost, ordersHurt } = drill
  const tips: Tip[] = []
  const alarm = firstAlarmAfterFault(drill)
  if (toNotice === null) tips.push({ key: 'drills.tip.neverNoticed', values: {} })
  else if (alarm !== null && toNotice - alarm > QUICK.notice)
    tips.push({
      key: 'drills.tip.notice',
      values: { alarm: whole(alarm), notice: whole(toNotice), gain: whole(toNotice - alarm) },
    })
  if (toFind === null) tips.push({ key: 'drills.tip.neverFound', values: {} })
  else if (toNotice !== null && toFind - toNotice > QUICK.find)
    tips.push({ key: 'drills.tip.find', values: { n: whole(toFind - toNotice) } })
  if (wrongAnswers > 0)
    tips.push({
      key: 'drills.tip.wrong',
      values: { n: wrongAnswers, points: wrongAnswers * wrongAnswerCost },
    })
  if (toFix === null) tips.push({ key: 'drills.tip.neverFixed', values: {} })
  else if (toFind !== null && toFix - toFind > QUICK.fix)
    tips.push({ key: 'drills.tip.fix', values: { n: whole(toFix - toFind) } })
  if ((ordersHurt ?? 0) > 0) tips.push({ key: 'drills.tip.hurt', values: { n: ordersHurt ?? 0 } })
  return tips.length > 0 ? tips : [{ key: 'drills.tip.good', values: {} }]
}

/** Minutes from the fault to the first alarm that this drill trains; null where none rang. What else rang says nothing of the fault. */
function firstAlarmAfterFault({ timeline, faultAt, rules }: Drill): number | null {
  if (faultAt === null) return null
  const minutes = timeline.flatMap(({ at, kind, words }) =>
    kind === 'alarm' && rules.some(({ rule }) => /^[\w.]+/.exec(words.en)?.[0] === rule)
      ? [minutesBetween(faultAt, at)]
      : [],
  )
  return minutes.find((one) => one >= 0) ?? null
}

function whole(minutes: number): number {
  return Math.round(minutes)
}
