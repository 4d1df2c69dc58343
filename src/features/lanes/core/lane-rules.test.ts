import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  changedConfig,
  type LaneBook,
  type LaneRow,
  laneOf,
  listLanes,
  standardConfig,
} from './lane-rules.ts'
import { addMinute, addTally, HELD_MOST, type Minutes, minuteOf } from './minutes.ts'

const AT = Temporal.Instant.from('2026-11-11T08:00:59.999Z')
const row = (name: string, weight: number): LaneRow => ({
  ...standardConfig([]),
  name,
  weight,
  updatedBy: 'me',
  updatedAt: AT,
})
const book = (rows: readonly LaneRow[], chosen: Readonly<Record<string, string>> = {}): LaneBook => ({
  rows: new Map(rows.map((one) => [one.name, one])),
  chosen: new Map(Object.entries(chosen)),
})

test('a notifier never sends anything and has no lane', () => {
  const connections = [
    { id: 'ding', kind: 'dingtalk', name: 'Duty', connector: { role: 'notifier' } },
    { id: 'web', kind: 'shopify', name: 'Web', connector: { role: 'channel' } },
  ]
  assert.deepEqual(
    listLanes(book([]), connections).map(({ name }) => name),
    ['web'],
  )
})

test('floods run in bulk, everything else at once, and one flood makes a lane a flood’s', () => {
  assert.equal(standardConfig(['pinduoduo']).class, 'high_throughput')
  assert.equal(standardConfig(['douyin']).class, 'high_throughput')
  assert.equal(standardConfig(['shopify']).class, 'low_latency')
  assert.equal(standardConfig(['something-new']).class, 'low_latency')
  assert.equal(standardConfig(['shopify', 'pinduoduo']).class, 'high_throughput')
})

test('a row goes before the standard, a chosen lane before the connection’s own', () => {
  const decided = book([row('express', 60), row('empty', 5)], { web: 'express' })
  const connections = [
    { id: 'web', kind: 'shopify', name: 'Web' },
    { id: 'pdd', kind: 'pinduoduo', name: 'PDD' },
  ]
  assert.deepEqual(
    listLanes(decided, connections, ['ghost']).map(({ name, config, decided: by, connections: members }) => [
      name,
      config.weight,
      by !== null,
      members.map(({ id }) => id),
    ]),
    [
      ['empty', 5, true, []],
      ['express', 60, true, ['web']],
      ['ghost', 30, false, []],
      ['pdd', 10, false, ['pdd']],
    ],
  )
  assert.equal(laneOf(decided, 'web'), 'express')
  assert.equal(laneOf(decided, 'pdd'), 'pdd')
})

test('a change keeps what it does not name; an alarm comes before the limit; a name fits a header', () => {
  const before = standardConfig([])
  const changed = changedConfig('a', before, { weight: 1 })
  assert.deepEqual(changed, { ok: true, value: { ...before, weight: 1 } })
  const late = changedConfig('a', before, { depthLimit: 499 })
  assert.equal(late.ok ? '' : late.refusal.code, 'lanes.bad_alarm_depth')
  for (const name of ['', 'a b', '车道', '-a', 'x'.repeat(61), 'a\nb']) {
    const refused = changedConfig(name, before, {})
    assert.equal(refused.ok ? '' : refused.refusal.code, 'lanes.bad_name', name)
  }
})

test('tallies of a minute add up, and memory is bounded by letting the oldest go', () => {
  const minutes: Minutes = new Map()
  addTally(minutes, 'a', AT, { arrived: 1 })
  addTally(minutes, 'a', AT.subtract({ seconds: 59 }), { arrived: 2, refused: 1 })
  assert.deepEqual(
    [...minutes.values()],
    [{ lane: 'a', minute: minuteOf(AT), arrived: 3, interpreted: 0, parked: 0, refused: 1 }],
  )
  assert.equal(minuteOf(AT).toString(), '2026-11-11T08:00:00Z')
  const tally = { arrived: 1, interpreted: 0, parked: 0, refused: 0 }
  for (let i = 1; i <= HELD_MOST; i += 1)
    addMinute(minutes, { ...tally, lane: `b${i}`, minute: minuteOf(AT.add({ hours: 1 })) })
  assert.equal(minutes.size, HELD_MOST)
  assert.ok([...minutes.values()].every(({ lane }) => lane !== 'a'))
})
