import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Instant } from '#kernel/clock.ts'
import {
  type BreakerState,
  type Counts,
  closedSince,
  decideBreaker,
  failingRun,
  lostProbes,
  type Transition,
} from './breaker.ts'

const START = Temporal.Instant.from('2026-11-11T00:00:00Z')
const at = (seconds: number): Instant => START.add({ milliseconds: Math.round(seconds * 1_000) })

/** A platform on a simulated clock: evaluated every second, as the hub does. `failing(t, n)` says whether the n-th call fails. */
function simulate(
  perSecond: number,
  seconds: number,
  failing: (second: number, call: number) => boolean,
): { opened: number | null; cause: string | null } {
  const bySecond = new Map<number, Counts>()
  const byMinute = new Map<number, Counts>()
  const add = (map: Map<number, Counts>, key: number, failed: boolean): void => {
    const known = map.get(key) ?? { at: at(key), calls: 0, errors: 0 }
    map.set(key, { at: known.at, calls: known.calls + 1, errors: known.errors + (failed ? 1 : 0) })
  }
  let calls = 0
  for (let now = 1; now <= seconds; now += 1) {
    while (calls < Math.floor(now * perSecond)) {
      const when = calls / perSecond
      const failed = failing(when, calls)
      add(bySecond, Math.floor(when), failed)
      add(byMinute, Math.floor(when / 60) * 60, failed)
      calls += 1
    }
    const change = decideBreaker(
      closedSince(START),
      { minutes: [...byMinute.values()], seconds: [...bySecond.values()].slice(-15) },
      at(now),
      0,
    )
    if (change !== null) return { opened: now, cause: change.cause }
  }
  return { opened: null, cause: null }
}

/** `percent` of the calls, evenly spread. */
const share = (percent: number) => (_: number, call: number) =>
  Math.floor(((call + 1) * percent) / 100) > Math.floor((call * percent) / 100)

test('4% errors for two hours never open it', () => {
  assert.equal(simulate(2, 7_200, share(4)).opened, null)
})

test('8% errors open it two seconds after the fifth minute has closed', () => {
  assert.deepEqual(simulate(2, 1_000, share(8)), { opened: 302, cause: 'error_rate' })
})

test('8% for four minutes, or with one clean minute, never', () => {
  const eight = share(8)
  assert.equal(simulate(2, 3_600, (second, call) => second < 240 && eight(second, call)).opened, null)
  const withClean = (second: number, call: number) => Math.floor(second / 60) % 5 !== 4 && eight(second, call)
  assert.equal(simulate(2, 3_600, withClean).opened, null)
})

test('a minute with fewer than 20 calls is no evidence', () => {
  // 19 calls a minute, one in ten fails.
  assert.equal(simulate(19 / 60, 3_600, share(10)).opened, null)
})

for (const onset of [600, 603, 607.5])
  test(`a total outage at ${onset} s opens it 5 to 6 s later`, () => {
    const { opened, cause } = simulate(10, 1_000, (second) => second >= onset)
    assert.equal(cause, 'outage')
    const after = (opened ?? 0) - onset
    assert.ok(after >= 5 && after <= 6.5, `${after} s`)
  })

test('an 18 s total blip in healthy traffic opens it by the fast rule, not by an average of five minutes', () => {
  assert.equal(simulate(10, 1_000, (second) => second >= 100 && second < 118).cause, 'outage')
})

test('a blip of three seconds does not', () => {
  assert.equal(simulate(10, 1_000, (second) => second >= 100 && second < 103).opened, null)
})

test('five failures in a row of a quiet connection open it after a minute, one success between does not', () => {
  // 0.2 calls a second; from 600 s on all fail: 605 has five by 625, and the run is a minute long at 660.
  assert.deepEqual(
    simulate(0.2, 1_200, (second) => second >= 600),
    { opened: 660, cause: 'no_success' },
  )
  assert.equal(simulate(0.2, 1_200, (second) => second >= 600 && second % 30 >= 5).opened, null)
})

test('what failed before it closed counts no more', () => {
  const minutes = [0, 60, 120, 180, 240].map((second) => ({ at: at(second), calls: 100, errors: 50 }))
  const evidence = { minutes, seconds: [{ at: at(299), calls: 100, errors: 100 }] }
  assert.equal(decideBreaker(closedSince(at(0)), evidence, at(303), 0)?.cause, 'outage')
  assert.equal(decideBreaker(closedSince(at(1)), { ...evidence, seconds: [] }, at(303), 0), null)
  assert.equal(decideBreaker(closedSince(at(301)), evidence, at(303), 0), null)
})

const none = { minutes: [], seconds: [] }
function moved(change: Transition | null): Transition {
  assert.ok(change !== null)
  return change
}

test('probes come after 30 s, and the wait doubles to ten minutes while they fail', () => {
  let now = 0
  let state: BreakerState = moved(
    decideBreaker(
      closedSince(START),
      {
        minutes: [],
        seconds: [
          { at: at(-1), calls: 0, errors: 0 },
          { at: START, calls: 20, errors: 20 },
        ],
      },
      at(0),
      0,
    ),
  ).next
  const waits: number[] = []
  for (let i = 0; i < 7; i += 1) {
    const wait = (state.probeAt as Instant).since(at(now)).total('seconds')
    waits.push(wait)
    assert.equal(decideBreaker(state, none, at(now + wait - 1), 0), null)
    now += wait
    const half = moved(decideBreaker(state, none, at(now), 0)).next
    assert.equal(half.state, 'half_open')
    const reopened = moved(
      decideBreaker({ ...half, probesSent: 3, probesOk: 2, probesFailed: 1 }, none, at(now), 0),
    )
    assert.deepEqual([reopened.next.state, reopened.cause], ['open', 'probe_failed'])
    state = reopened.next
  }
  assert.deepEqual(waits, [30, 60, 120, 240, 480, 600, 600])
})

test('up to a fifth is added to a wait', () => {
  const half: BreakerState = { ...closedSince(START), state: 'half_open', probesSent: 1, probesFailed: 1 }
  const next = moved(decideBreaker(half, none, at(0), 0.999)).next
  assert.equal(next.probeAt?.since(START).total('seconds').toFixed(0), '72')
})

test('ten good probes close it; nine do not, until nothing more is to come', () => {
  const half: BreakerState = { ...closedSince(START), state: 'half_open', probesSent: 10 }
  assert.equal(moved(decideBreaker({ ...half, probesOk: 10 }, none, at(5), 0)).next.state, 'closed')
  assert.equal(decideBreaker({ ...half, probesOk: 9 }, none, at(5), 0), null)
  assert.equal(moved(decideBreaker({ ...half, probesOk: 9 }, none, at(90), 0)).next.state, 'closed')
})

test('probes whose process died are offered again, and without any the breaker stays half open', () => {
  const half: BreakerState = { ...closedSince(START), state: 'half_open', probesSent: 4 }
  assert.equal(lostProbes(half, at(89)), false)
  assert.equal(lostProbes(half, at(90)), true)
  assert.equal(decideBreaker(half, none, at(90), 0), null)
})

test('a failing run ends at the last minute with a success, and at half an hour', () => {
  const minute = (second: number, calls: number, errors: number) => ({ at: at(second), calls, errors })
  const minutes = [minute(0, 3, 3), minute(60, 3, 2), minute(120, 2, 2), minute(300, 1, 1)]
  assert.deepEqual(failingRun(minutes, START, at(330)), { failures: 3, forMs: 210_000 })
  assert.equal(failingRun([minute(0, 9, 9)], START, at(1_801)).failures, 0)
})
