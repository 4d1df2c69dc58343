import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PLAN_STATES } from '../store.ts'
import { explainPlan } from './explain.ts'

test('every state says why, what it waits for and who can move it, in both languages', () => {
  for (const state of PLAN_STATES) {
    const told = explainPlan({
      state,
      step: 'split',
      words: { zh: '因为', en: 'because' },
      holds: [{ by: 'rule', placedBy: 'review', reason: '大额' }],
      isMerged: true,
      isManual: true,
    })
    for (const words of [told.why, told.waitsFor, told.who])
      assert.ok(words.zh !== '' && words.en !== '', state)
    const isOver = state === 'left' || state === 'ended'
    assert.equal(told.actions.includes('unmerge'), !isOver, state)
    assert.equal(told.actions.includes('automatic'), !isOver, state)
    assert.equal(told.actions.includes('release'), state === 'held')
  }
})
