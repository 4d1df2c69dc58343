import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LaneConfig } from '#domain/lane.ts'
import {
  AGED_MS,
  announce,
  type Choice,
  choose,
  failed,
  forgetIdle,
  openSchedule,
  poisoned,
  RESERVED_MS,
  REST_MS,
  type Schedule,
  settle,
  type Turn,
} from './schedule.ts'

const config = (over: Partial<LaneConfig> = {}): LaneConfig => ({
  class: 'high_throughput',
  weight: 10,
  concurrency: 8,
  depthLimit: 1_000,
  alarmDepth: 500,
  ...over,
})
const BATCH = 200
const asking = (now: number, slot: number, slots: number, lanes: Record<string, LaneConfig> = {}) => ({
  now,
  slot,
  slots,
  batch: BATCH,
  configOf: (lane: string) => lanes[lane] ?? config(),
})
const turnOf = (choice: Choice): Turn => {
  assert.ok(choice.turn !== null, 'a turn was expected')
  return choice.turn
}
const done = (schedule: Schedule, turn: Turn, taken: number, now: number): void =>
  settle(schedule, turn, taken, asking(now, 1, 2))

test('a lone lane takes whole batches, with every worker', () => {
  const schedule = openSchedule()
  announce(schedule, 'flood', 0)
  assert.deepEqual(turnOf(choose(schedule, asking(0, 1, 2))), { lane: 'flood', limit: 200, concurrency: 8 })
  // The reserved worker helps, in small batches, while no low-latency lane had work.
  assert.deepEqual(turnOf(choose(schedule, asking(0, 0, 2))), { lane: 'flood', limit: 50, concurrency: 8 })
})

test('the reserved worker stays with low-latency lanes while they have work, and for ten seconds after', () => {
  const lanes = { quiet: config({ class: 'low_latency' }) }
  const schedule = openSchedule()
  announce(schedule, 'flood', 0)
  announce(schedule, 'quiet', 0)
  const turn = turnOf(choose(schedule, asking(0, 0, 2, lanes)))
  assert.equal(turn.lane, 'quiet')
  assert.equal(turn.limit, 200, 'nothing else that it may take is waiting, so the batch is whole')
  settle(schedule, turn, 3, asking(5, 0, 2, lanes))
  assert.deepEqual(choose(schedule, asking(6, 0, 2, lanes)), { turn: null, restMs: null })
  assert.equal(turnOf(choose(schedule, asking(6, 1, 2, lanes))).lane, 'flood')
  assert.equal(turnOf(choose(schedule, asking(RESERVED_MS + 1, 0, 2, lanes))).lane, 'flood')
})

test('a flood takes small batches while a low-latency lane waits', () => {
  const lanes = { quiet: config({ class: 'low_latency', weight: 1 }) }
  const schedule = openSchedule()
  announce(schedule, 'flood', 0)
  announce(schedule, 'quiet', 0)
  const first = turnOf(choose(schedule, asking(0, 1, 2, lanes)))
  const second = turnOf(choose(schedule, asking(0, 1, 2, lanes)))
  assert.deepEqual(
    [first, second].map(({ lane, limit }) => [lane, limit]),
    [
      ['flood', 50],
      ['quiet', 50],
    ],
  )
})

test('a lane has no more batches under way here than it may', () => {
  const lanes = { one: config({ concurrency: 1 }) }
  const schedule = openSchedule()
  announce(schedule, 'one', 0)
  const turn = turnOf(choose(schedule, asking(0, 1, 4, lanes)))
  assert.deepEqual(choose(schedule, asking(0, 2, 4, lanes)), { turn: null, restMs: null })
  failed(schedule, turn)
  assert.equal(turnOf(choose(schedule, asking(0, 2, 4, lanes))).lane, 'one', 'what failed still waits')
})

test('after a batch far from full the lane rests, and only the lane', () => {
  const schedule = openSchedule()
  announce(schedule, 'a', 0)
  const turn = turnOf(choose(schedule, asking(0, 1, 2)))
  announce(schedule, 'a', 1)
  done(schedule, turn, 3, 10)
  assert.deepEqual(choose(schedule, asking(10, 1, 2)), { turn: null, restMs: REST_MS.high_throughput })
  announce(schedule, 'b', 11)
  assert.equal(turnOf(choose(schedule, asking(11, 1, 2))).lane, 'b')
  assert.equal(turnOf(choose(schedule, asking(10 + REST_MS.high_throughput, 1, 2))).lane, 'a')
})

test('a lane is done with when its claim came back short, unless it was told of meanwhile', () => {
  const schedule = openSchedule()
  announce(schedule, 'a', 0)
  done(schedule, turnOf(choose(schedule, asking(0, 1, 2))), 100, 1)
  assert.deepEqual(choose(schedule, asking(2, 1, 2)), { turn: null, restMs: null })
  announce(schedule, 'a', 3)
  const turn = turnOf(choose(schedule, asking(3, 1, 2)))
  announce(schedule, 'a', 4)
  done(schedule, turn, 100, 5)
  assert.equal(turnOf(choose(schedule, asking(6, 1, 2))).lane, 'a')
})

test('a culprit among 200 is found by halves, and the lane is whole again once it is parked', () => {
  const schedule = openSchedule()
  announce(schedule, 'a', 0)
  // The 151st of 200 cannot be stored; the messages before it leave the lane as they are taken.
  let before = 150
  const limits: number[] = []
  for (let now = 0; ; now += 1) {
    const turn = turnOf(choose(schedule, asking(now, 1, 2)))
    limits.push(turn.limit)
    if (turn.limit <= before) {
      before -= turn.limit
      done(schedule, turn, turn.limit, now)
      continue
    }
    poisoned(schedule, turn, turn.limit)
    if (turn.limit === 1) break
  }
  assert.deepEqual(limits, [200, 100, 100, 50, 50, 25, 12, 6, 3, 1])
  assert.equal(turnOf(choose(schedule, asking(99, 1, 2))).limit, 200)
})

test('a lane that waited two seconds goes before a heavier one, at most every second time', () => {
  const lanes = { heavy: config({ weight: 100 }), light: config({ weight: 1 }), old: config({ weight: 1 }) }
  const schedule = openSchedule()
  for (const lane of Object.keys(lanes)) announce(schedule, lane, 0)
  const order: string[] = []
  for (let i = 0; i < 6; i += 1) {
    const now = i * AGED_MS
    const turn = turnOf(choose(schedule, asking(now, 1, 1, lanes)))
    order.push(turn.lane)
    // Each batch ends just before the next choice, so its lane has not waited.
    settle(schedule, turn, turn.limit, asking(now + AGED_MS - 1, 1, 1, lanes))
  }
  // By weight (all alike, so by name); by age (light and old since the beginning); by weight (old had nothing yet);
  // by age (heavy has waited since its first batch); by weight; by age (light, since its batch).
  assert.deepEqual(order, ['heavy', 'light', 'old', 'heavy', 'heavy', 'light'])
})

test('a lane that comes back does not make up for the time that it was away', () => {
  const schedule = openSchedule()
  announce(schedule, 'busy', 0)
  for (let now = 0; now < 50; now += 1) done(schedule, turnOf(choose(schedule, asking(now, 1, 2))), 200, now)
  announce(schedule, 'late', 50)
  const order = Array.from({ length: 6 }, (_, i) => {
    const turn = turnOf(choose(schedule, asking(50 + i, 1, 2)))
    done(schedule, turn, turn.limit, 50 + i)
    return turn.lane
  })
  assert.ok(order.filter((lane) => lane === 'late').length <= 4, order.join())
})

test('lanes without work are forgotten', () => {
  const schedule = openSchedule()
  for (let i = 0; i < 100; i += 1) {
    announce(schedule, `lane${i}`, i)
    done(schedule, turnOf(choose(schedule, asking(i, 1, 2))), 1, i)
  }
  announce(schedule, 'busy', 200)
  done(schedule, turnOf(choose(schedule, asking(200, 1, 2))), 200, 200)
  choose(schedule, asking(201, 1, 2))
  forgetIdle(schedule, 500)
  assert.deepEqual([...schedule.lanes.keys()], ['busy'])
})
