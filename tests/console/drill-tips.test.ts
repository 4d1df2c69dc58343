import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Drill } from '../../console/src/api/drill-types.ts'
import { tipsFor } from '../../console/src/pages/drills/tips.ts'

const alarm = (at: string, rule: string): Drill['timeline'][number] => ({
  at: `2026-11-11T10:${at}:00+08:00`,
  kind: 'alarm',
  words: { zh: `${rule}：响了`, en: `${rule}: rings` },
})

function drillWith(timeline: Drill['timeline']): Drill {
  return {
    toNotice: 20,
    toFind: 21,
    toFix: 25,
    faultAt: '2026-11-11T10:15:00+08:00',
    wrongAnswers: 0,
    wrongAnswerCost: 10,
    ordersHurt: 0,
    timeline,
    rules: [{ rule: 'pool.empty', title: { zh: '单号用完', en: 'no numbers' } }],
  } as Partial<Drill> as Drill
}

test('what could have been noticed earlier is told by the first alarm that the drill trains, not by any other that rang', () => {
  const early = alarm('02', 'journal.reader_behind')
  const before = alarm('10', 'pool.empty')
  assert.deepEqual(tipsFor(drillWith([early, before, alarm('18', 'pool.empty')])), [
    { key: 'drills.tip.notice', values: { alarm: 3, notice: 20, gain: 17 } },
  ])
  assert.deepEqual(tipsFor(drillWith([early, alarm('16', 'backlog.old')])), [
    { key: 'drills.tip.good', values: {} },
  ])
})
