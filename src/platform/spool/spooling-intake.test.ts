import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { systemClock } from '#kernel/clock.ts'
import { messageId } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import type { Intake } from '../inbox/intake.ts'
import type { Arrival, Kept } from '../inbox/store.ts'
import { openSpool } from './spool.ts'
import { type Level, openSpoolingIntake, openStay } from './spooling-intake.ts'
import { failingDisk, spoolArrival } from './testing.ts'

const scratch = mkdtempSync(join(tmpdir(), 'holdfast-level-'))
after(() => rmSync(scratch, { recursive: true, force: true }))

const AWAY = new Outage('database.unreachable', 'the database did not answer (ECONNREFUSED)')
const DEADLINE_MS = 200

/** A database that does what `how` says, with a spool behind it. */
async function level(how: { keep: (arrival: Arrival) => Promise<Kept>; probe?: () => Promise<void> }) {
  const disk = failingDisk()
  const spool = await openSpool({
    roots: [mkdtempSync(join(scratch, 'root-'))],
    clock: systemClock,
    vault: null,
    quotaBytes: 100_000,
    reserveBytes: 0,
    allowVolatile: true,
    maxQueue: 1_000,
    onTrouble: () => undefined,
    disk,
  })
  let calls = 0
  const levels: Level[] = []
  let late = 0
  const inner: Intake = {
    keep: (arrival) => {
      calls += 1
      return how.keep(arrival)
    },
    laneOf: (connection) => connection,
    depth: () => 0,
    drained: async () => undefined,
  }
  const probe = how.probe ?? (() => Promise.reject(AWAY))
  const intake = openSpoolingIntake({
    inner,
    spool,
    clock: systemClock,
    ping: probe,
    probe,
    commitDeadlineMs: DEADLINE_MS,
    probeEveryMs: 60_000,
    onLevel: (now) => void levels.push(now),
    onLate: () => {
      late += 1
    },
  })
  const close = async (): Promise<void> => {
    intake.stop()
    await spool.close()
  }
  return { intake, spool, disk, levels, calls: () => calls, late: () => late, close }
}

test('a message that reaches the disk when the database is well again is told of, so that it is fetched at once', async () => {
  let away = true
  const one = await level({
    keep: () => (away ? Promise.reject(AWAY) : Promise.resolve(kept)),
    probe: async () => {
      if (away) throw AWAY
    },
  })
  await one.intake.keep(spoolArrival(1))
  assert.equal(one.late(), 0)
  away = false
  const writing = one.intake.keep(spoolArrival(2))
  assert.equal(await one.intake.probeNow(), true)
  await writing
  assert.deepEqual([one.late(), one.spool.status().records], [1, 2])
  await one.close()
})

const kept: Kept = { id: messageId('20261122-1'), verdict: 'accepted' }

test('an outage puts the message on the disk, the next ones go there without asking, and a probe that commits ends it', async () => {
  let away = true
  const one = await level({
    keep: () => (away ? Promise.reject(AWAY) : Promise.resolve(kept)),
    probe: async () => {
      if (away) throw AWAY
    },
  })
  assert.equal((await one.intake.keep(spoolArrival(1))).verdict, 'accepted')
  await one.intake.keep(spoolArrival(2))
  assert.deepEqual([one.calls(), one.spool.status().records], [1, 2])
  assert.deepEqual([one.intake.level().level, one.intake.level().reason], [1, AWAY.message])
  assert.equal(await one.intake.probeNow(), false)
  away = false
  assert.equal(await one.intake.probeNow(), true)
  assert.equal(await one.intake.keep(spoolArrival(3)), kept)
  assert.deepEqual(
    one.levels.map((now) => now.level),
    [1, 0],
  )
  await one.close()
})

test('a database that hangs is given up after the deadline, and everything that waits for it is kept', async () => {
  const one = await level({ keep: () => new Promise(() => undefined) })
  const all = await Promise.all([1, 2, 3].map((n) => one.intake.keep(spoolArrival(n))))
  assert.deepEqual(
    all.map((each) => each.verdict),
    ['accepted', 'accepted', 'accepted'],
  )
  assert.equal(one.spool.status().records, 3)
  assert.match(one.intake.level().reason ?? '', /no commit for 200 ms/)
  await one.close()
})

test('a database that is slow but commits is no outage', async () => {
  let n = 0
  const one = await level({ keep: () => sleep(100 * ++n).then(() => kept) })
  await Promise.all([1, 2, 3, 4].map((i) => one.intake.keep(spoolArrival(i))))
  assert.deepEqual([one.intake.level().level, one.spool.status().records], [0, 0])
  await one.close()
})

test('what the message itself or a full lane is to blame for is not taken for an outage', async () => {
  const full = new Outage('lane.full', 'too many', { retryAfterMs: 1_000 })
  const one = await level({ keep: () => Promise.reject(full) })
  await assert.rejects(one.intake.keep(spoolArrival(1)), (error) => error === full)
  assert.equal(one.intake.level().level, 0)
  await one.close()
})

/** What a living server says, as the driver tells it. */
function said(code: string, constraint?: string): Error {
  return Object.assign(new pg.DatabaseError('no', 2, 'error'), { code, constraint })
}

test('whatever is not about the message is an outage: no partition for the day, a deadlock, a missing table', async () => {
  for (const code of ['23514', '40P01', '42P01', '25006', '57014', '55P03', 'XX001']) {
    const one = await level({ keep: () => Promise.reject(said(code)) })
    assert.equal((await one.intake.keep(spoolArrival(1))).verdict, 'accepted', code)
    assert.deepEqual([one.intake.level().level, one.spool.status().records], [1, 1], code)
    await one.close()
  }
  for (const error of [said('23514', 'inbox_message_verdict_check'), said('22021'), said('54000')]) {
    const one = await level({ keep: () => Promise.reject(error) })
    await assert.rejects(one.intake.keep(spoolArrival(1)), (thrown) => thrown === error)
    assert.equal(one.intake.level().level, 0)
    await one.close()
  }
})

test('a database that falls back at once must wait longer each time to be believed, up to half a minute', () => {
  let now = 1_000_000
  const stay = openStay(() => now)
  const stays: number[] = []
  const fall = (): void => {
    stay.entered()
    const from = now
    while (!stay.isOver()) now += 1_000
    stays.push((now - from) / 1_000)
    stay.left()
  }
  for (let i = 0; i < 6; i += 1) {
    fall()
    now += 2_000
  }
  now += 60_000
  fall()
  assert.deepEqual(stays, [0, 5, 10, 20, 30, 30, 0])
})

test('without a disk the sender is told to come back, never that all is well', async () => {
  const one = await level({ keep: () => Promise.reject(AWAY) })
  one.disk.failWith('EIO', 'sync')
  await assert.rejects(one.intake.keep(spoolArrival(1)), Outage)
  await assert.rejects(one.intake.keep(spoolArrival(2)), Outage)
  assert.equal(one.spool.usable(), false)
  await one.close()
})

test('refused messages cannot fill the disk: beyond their share they are only counted', async () => {
  const one = await level({ keep: () => Promise.reject(AWAY) })
  await one.intake.keep(spoolArrival(0))
  for (let n = 1; n <= 40; n += 1) {
    const forged = spoolArrival(n, {
      verdict: 'rejected',
      refusalCode: 'shopify.bad_signature',
      body: Buffer.alloc(1_000),
    })
    assert.equal((await one.intake.keep(forged)).verdict, 'rejected')
  }
  assert.ok(one.spool.status().records < 10, `${one.spool.status().records} kept`)
  assert.equal((await one.intake.keep(spoolArrival(99))).verdict, 'accepted')
  await one.close()
})
