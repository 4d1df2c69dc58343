import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CALM_MS, nextTarget, openTarget, type WorkerTarget } from './worker-target.ts'

const BOUNDS = { floor: 2, cap: 5 }
const lane = (depth: number) => [{ depth, alarmDepth: 500 }]
const run = (steps: readonly (readonly [ms: number, depth: number])[], bounds = BOUNDS): number[] => {
  let state: WorkerTarget = openTarget(bounds)
  return steps.map(([ms, depth]) => {
    state = nextTarget(state, lane(depth), bounds, ms)
    return state.target
  })
}

test('above 500 to the cap at once; one less for every 20 s below 200; between the two nothing changes', () => {
  const steps: [number, number][] = [
    [0, 500],
    [2_000, 501],
    [4_000, 300],
    [60_000, 300],
    [62_000, 200],
    [81_999, 0],
    [82_000, 0],
    [102_000, 150],
    [110_000, 201],
    [120_000, 0],
    [139_000, 0],
    [140_000, 0],
    [200_000, 0],
  ]
  assert.deepEqual(run(steps), [2, 5, 5, 5, 5, 5, 4, 3, 3, 3, 3, 2, 2])
})

test('one deep lane among many is enough, and nobody waiting is calm', () => {
  const lanes = [
    { depth: 3, alarmDepth: 500 },
    { depth: 11, alarmDepth: 10 },
  ]
  assert.equal(nextTarget(openTarget(BOUNDS), lanes, BOUNDS, 0).target, 5)
  assert.equal(nextTarget({ target: 5, calmSince: 0 }, [], BOUNDS, CALM_MS).target, 4)
})

const bounds = fc.record({ floor: fc.integer({ min: 0, max: 8 }), cap: fc.integer({ min: 0, max: 32 }) })
const walk = fc.array(
  fc.record({ wait: fc.integer({ min: 1, max: 30_000 }), depth: fc.integer({ min: 0, max: 1_200 }) }),
  { maxLength: 120 },
)

test('never beyond the cap, never below the floor, whatever the depths', () => {
  fc.assert(
    fc.property(bounds, walk, ({ floor, cap }, steps) => {
      let now = 0
      let state = openTarget({ floor, cap })
      for (const { wait, depth } of steps) {
        now += wait
        state = nextTarget(state, lane(depth), { floor, cap }, now)
        assert.ok(state.target >= floor && state.target <= Math.max(floor, cap))
      }
    }),
  )
})

test('it comes back: calm for long enough after anything ends at the floor', () => {
  fc.assert(
    fc.property(bounds, walk, ({ floor, cap }, steps) => {
      let now = 0
      let state = openTarget({ floor, cap })
      for (const { wait, depth } of steps) {
        now += wait
        state = nextTarget(state, lane(depth), { floor, cap }, now)
      }
      for (let i = 0; i <= 33; i += 1) {
        now += CALM_MS
        state = nextTarget(state, lane(0), { floor, cap }, now)
      }
      assert.equal(state.target, floor)
    }),
  )
})

test('no flapping: a step down comes only after 20 s of calm, a step up only from a lane above its alarm depth', () => {
  fc.assert(
    fc.property(walk, (steps) => {
      let now = 0
      let lastNotCalm = 0
      let lastDown = Number.NEGATIVE_INFINITY
      let state = openTarget(BOUNDS)
      for (const { wait, depth } of steps) {
        now += wait
        const before = state.target
        state = nextTarget(state, lane(depth), BOUNDS, now)
        if (depth > 200) lastNotCalm = now
        if (state.target > before) assert.ok(depth > 500)
        if (state.target < before) {
          assert.equal(state.target, before - 1)
          assert.ok(now - lastNotCalm >= CALM_MS && now - lastDown >= CALM_MS)
          lastDown = now
        }
      }
    }),
  )
})
