import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { LaneConfig } from '#domain/lane.ts'
import { AGED_MS, announce, choose, openSchedule, settle, type Turn } from './schedule.ts'

const BATCH = 100
const lanesWith = (weights: readonly number[], concurrency = 32) =>
  new Map(
    weights.map((weight, i): [string, LaneConfig] => [
      `lane${i}`,
      { class: 'high_throughput', weight, concurrency, depthLimit: 1_000, alarmDepth: 500 },
    ]),
  )

type Served = { readonly lane: string; readonly at: number; readonly taken: number }

/** Workers that each take `batchMs` for a batch, over lanes that never run empty. */
function overload(
  lanes: ReadonlyMap<string, LaneConfig>,
  { slots, batchMs, turns }: { slots: number; batchMs: number; turns: number },
): Served[] {
  const schedule = openSchedule()
  const configOf = (lane: string): LaneConfig => lanes.get(lane) as LaneConfig
  for (const lane of lanes.keys()) announce(schedule, lane, 0)
  const served: Served[] = []
  const under: { turn: Turn; slot: number; until: number }[] = []
  let now = 0
  while (served.length < turns) {
    for (let slot = 0; slot < slots; slot += 1) {
      if (under.some((one) => one.slot === slot)) continue
      const { turn } = choose(schedule, { now, slot, slots, batch: BATCH, configOf })
      if (turn === null) continue
      served.push({ lane: turn.lane, at: now, taken: turn.limit })
      under.push({ turn, slot, until: now + batchMs })
    }
    now += batchMs / 2
    for (const one of under.filter(({ until }) => until <= now)) {
      under.splice(under.indexOf(one), 1)
      settle(schedule, one.turn, one.turn.limit, { now, batch: BATCH, configOf })
    }
  }
  return served
}

const weights = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 2, maxLength: 8 })

test('in an overload each lane gets its weight’s share, to within a batch or two', () => {
  fc.assert(
    fc.property(weights, fc.integer({ min: 1, max: 4 }), (drawn, slots) => {
      const lanes = lanesWith(drawn)
      // Quick batches: nobody gets old, so that weights alone decide.
      const turns = 400
      const served = overload(lanes, { slots, batchMs: AGED_MS / (2 * turns), turns })
      const total = served.reduce((sum, one) => sum + one.taken, 0)
      const sum = drawn.reduce((a, b) => a + b, 0)
      for (const [lane, { weight }] of lanes) {
        const got = served.filter((one) => one.lane === lane).reduce((a, one) => a + one.taken, 0)
        const due = (total * weight) / sum
        assert.ok(
          Math.abs(got - due) <= BATCH * (slots + lanes.size + 1),
          `${lane} of weight ${weight}: ${got} of ${due}`,
        )
      }
    }),
  )
})

test('nobody starves: no lane waits longer than the age bound and two batches for each lane', () => {
  fc.assert(
    fc.property(
      weights,
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 10, max: 1_000 }),
      (drawn, slots, batchMs) => {
        const lanes = lanesWith(drawn)
        const served = overload(lanes, { slots, batchMs, turns: 300 })
        const bound = AGED_MS + (2 * lanes.size + 2) * batchMs
        const end = served.at(-1)?.at ?? 0
        for (const lane of lanes.keys()) {
          const times = [0, ...served.filter((one) => one.lane === lane).map((one) => one.at), end]
          for (const [i, at] of times.slice(1).entries()) {
            const waited = at - (times[i] ?? 0)
            assert.ok(waited <= bound + batchMs, `${lane} waited ${waited} ms, at most ${bound}`)
          }
        }
      },
    ),
  )
})

test('the same requests get the same turns', () => {
  fc.assert(
    fc.property(weights, fc.integer({ min: 1, max: 4 }), (drawn, slots) => {
      const run = () => overload(lanesWith(drawn), { slots, batchMs: 50, turns: 60 })
      assert.deepEqual(run(), run())
    }),
  )
})

test('a lane never has more batches under way than it may', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 2, max: 6 }),
      fc.integer({ min: 1, max: 3 }),
      (concurrency, slots, count) => {
        const lanes = lanesWith(
          Array.from({ length: count }, () => 10),
          concurrency,
        )
        const schedule = openSchedule()
        for (const lane of lanes.keys()) announce(schedule, lane, 0)
        const turns = Array.from({ length: slots * 2 }, (_, slot) =>
          choose(schedule, {
            now: 0,
            slot,
            slots,
            batch: BATCH,
            configOf: (lane) => lanes.get(lane) as LaneConfig,
          }),
        ).flatMap(({ turn }) => (turn === null ? [] : [turn.lane]))
        for (const group of Map.groupBy(turns, (lane) => lane).values())
          assert.ok(group.length <= concurrency)
      },
    ),
  )
})
