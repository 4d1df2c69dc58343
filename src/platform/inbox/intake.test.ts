import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Lanes, PLAIN_LANES } from '#domain/lane.ts'
import type { Database } from '../postgres/database.ts'
import { spoolArrival } from '../spool/testing.ts'
import { openIntake } from './intake.ts'

const lanes: Lanes = {
  ...PLAIN_LANES,
  configOf: (lane) => ({
    ...PLAIN_LANES.configOf(lane),
    class: lane === 'quick' ? 'low_latency' : 'high_throughput',
  }),
}

/** Takes whatever it is given at once. */
const db = (async () =>
  Array.from({ length: 600 }, (_, i) => ({
    ordinal: BigInt(i),
    id: BigInt(i),
    verdict: 'accepted',
  }))) as unknown as Database

const arrival = (lane: string, n: number) => spoolArrival(n, { lane })
const aMoment = async (): Promise<void> => {
  for (let i = 0; i < 10; i += 1) await new Promise((resolve) => setImmediate(resolve))
}

test('while a low-latency lane is in use a flood rests between its commits, and the quick lane does not', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const intake = openIntake({ db, maxBatch: 10, maxQueue: 100, lanes })
  await intake.keep(arrival('quick', 1))
  await intake.keep(arrival('flood', 2))
  let floodKept = false
  const second = intake.keep(arrival('flood', 3)).then(() => {
    floodKept = true
  })
  await intake.keep(arrival('quick', 4))
  await intake.keep(arrival('quick', 5))
  await aMoment()
  assert.equal(floodKept, false)
  t.mock.timers.tick(10)
  await second
  assert.equal(floodKept, true)
})

test('a flood that fills its batches does not rest, nor does one with nobody quick beside it', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const alone = openIntake({ db, maxBatch: 10, maxQueue: 100, lanes })
  await alone.keep(arrival('flood', 1))
  await alone.keep(arrival('flood', 2))
  const full = openIntake({ db, maxBatch: 10, maxQueue: 100, lanes })
  await full.keep(arrival('quick', 1))
  let kept = 0
  // The first batch takes ten and leaves ten: a whole one, which goes at once.
  for (let n = 0; n < 20; n += 1)
    void full.keep(arrival('flood', n)).then(() => {
      kept += 1
    })
  await aMoment()
  assert.equal(kept, 20)
})
