import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DrillGoalText } from '#app/drill-scenario.ts'
import { type CheckDeps, holds, missingOf } from './checks.ts'
import { NOTHING_KNOWN } from './measures.ts'

const NOW = Temporal.Instant.from('2026-11-11T04:00:00Z')
const GOAL: DrillGoalText = {
  id: 'over',
  zh: '告警解除',
  en: 'resolved',
  check: 'no_alarm',
  rule: 'callback.silent',
}

function at(given: {
  alarms?: { all: bigint; open: bigint }
  isMended?: boolean
  parcels?: string[]
}): CheckDeps {
  const { alarms = { all: 0n, open: 0n }, isMended = false, parcels = [] } = given
  const life = [{ event: { at: NOW.subtract({ hours: 2 }) }, standing: 'picked_up' }]
  return {
    sandbox: { sql: async () => [alarms] },
    world: {
      book: { parcels: () => parcels.map((trackingNo) => ({ trackingNo })), lifeOf: () => life },
    },
    known: { ...NOTHING_KNOWN, scans: new Map([['Z1', new Set(['picked_up'])]]) },
    now: NOW,
    isMended,
  } as never
}

test('an alarm is resolved once it rang and is over, or where the fault went before it could ring', async () => {
  assert.equal(await holds(at({}), GOAL), false, 'it has not rung yet')
  assert.equal(await holds(at({ alarms: { all: 1n, open: 1n } }), GOAL), false)
  assert.equal(await holds(at({ alarms: { all: 1n, open: 0n } }), GOAL), true)
  assert.equal(await holds(at({ isMended: true }), GOAL), true)
  assert.equal(await holds(at({ isMended: true, alarms: { all: 1n, open: 1n } }), GOAL), false)
})

test('an account that the hub tries again while nothing is mended is not in use again', async () => {
  const goal: DrillGoalText = { id: 'account', zh: '账号', en: 'account', check: 'accounts_open' }
  const none = { sql: async () => [{ n: 0n }] } as never
  assert.equal(await holds({ ...at({}), sandbox: none }, goal), false)
  assert.equal(await holds({ ...at({ isMended: true }), sandbox: none }, goal), true)
})

test('scans are late by parcel, whatever order they belong to; what is missing at the end is named', async () => {
  const goal: DrillGoalText = {
    id: 'scans',
    zh: '轨迹都知道',
    en: 'every scan is known',
    check: 'none_late',
    measure: 'scan_unknown',
    minutes: 45,
  }
  assert.equal(await holds(at({ parcels: ['Z1'] }), goal), true)
  const late = at({ parcels: ['Z1', 'Z2', 'Z3', 'Z4', 'Z5'] })
  assert.equal(await holds(late, goal), false)
  assert.deepEqual(missingOf(late, goal), {
    zh: '还没做到：轨迹都知道（还差 4 个，例如 Z2, Z3, Z4）',
    en: 'Not reached: every scan is known (4 missing, such as Z2, Z3, Z4)',
  })
  assert.equal(missingOf(at({}), GOAL).zh, '还没做到：告警解除')
})
