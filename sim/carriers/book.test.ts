import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { manualClock } from '#kernel/clock.ts'
import { seededRandom } from '#kernel/random.ts'
import { type CarrierDesk, carrierBook, type DeskPush, type DeskTerms, type SimParcel } from './book.ts'
import { COURSES } from './course.ts'
import { dueQueue } from './due.ts'
import { PARCEL_EVENTS } from './events.ts'

const START = Temporal.Instant.from('2026-11-11T00:00:00Z')

function stage(terms: Partial<DeskTerms> = {}, seed = 1) {
  const clock = manualClock(START)
  const book = carrierBook({ clock, random: seededRandom(seed) })
  const desk = book.open({
    kind: 'zto',
    carriers: ['ZTO'],
    mint: (serial) => `Z${String(serial).padStart(10, '0')}`,
    says: PARCEL_EVENTS,
    tells: 'own',
    form: 'each',
    ...terms,
  })
  const account = desk.openAccount({ account: 'A', carrier: 'ZTO', left: null })
  const pushes: DeskPush[] = []
  desk.onPush((push) => pushes.push(push))
  const run = (hours: number): void => {
    const end = clock.now().add({ hours })
    for (let at = book.nextAt(); at !== null && Temporal.Instant.compare(at, end) <= 0; at = book.nextAt()) {
      clock.set(at)
      book.pump()
    }
    clock.set(end)
  }
  return { clock, book, desk, account, pushes, run }
}

function issued(desk: CarrierDesk, reference: string, more: object = {}): SimParcel {
  const done = desk.issue({ reference, carrier: 'ZTO', account: 'A', ...more })
  assert.ok(done.ok)
  return done.parcel
}

test('a reference gets one number whoever often asks, and a pool gives exactly what is in it', () => {
  const { desk, account } = stage()
  account.left = 3
  const first = issued(desk, 'R1')
  const again = desk.issue({ reference: 'R1', carrier: 'ZTO', account: 'A' })
  assert.ok(again.ok && !again.isNew && again.parcel.trackingNo === first.trackingNo)
  assert.equal(account.left, 2)
  assert.equal(issued(desk, 'R2', { pieces: 2 }).childNos.length, 1)
  assert.equal(account.left, 0)
  assert.deepEqual(desk.issue({ reference: 'R3', carrier: 'ZTO', account: 'A' }), {
    ok: false,
    trouble: 'pool_empty',
  })
  account.left = 1
  assert.ok(desk.issue({ reference: 'R3', carrier: 'ZTO', account: 'A' }).ok)
})

test('what is wrong with the desk or the account is what it answers; a reference that is there is answered still', () => {
  const { desk, account } = stage()
  issued(desk, 'R1')
  desk.setTrouble('credential_expired')
  assert.deepEqual(desk.issue({ reference: 'R2', carrier: 'ZTO', account: 'A' }), {
    ok: false,
    trouble: 'credential_expired',
  })
  assert.ok(desk.issue({ reference: 'R1', carrier: 'ZTO', account: 'A' }).ok)
  desk.setTrouble(null)
  account.trouble = 'account_blocked'
  assert.deepEqual(desk.issue({ reference: 'R2', carrier: 'ZTO', account: 'A' }), {
    ok: false,
    trouble: 'account_blocked',
  })
})

const ENDS: Readonly<Record<(typeof COURSES)[number], string>> = {
  plain: 'delivered',
  failed_once: 'delivered',
  self_pickup: 'delivered',
  no_first_scan: 'issued',
  lost_first_scan: 'delivered',
  stalled: 'in_transit',
  customs_stuck: 'exception',
  customs_slow: 'delivered',
  wrong_direction: 'delivered',
  astray: 'in_transit',
  refused_twice: 'delivery_failed',
  coming_back: 'returning',
  revoked: 'delivered',
  taken_back: 'delivery_revoked',
  revoked_for_good: 'signed_back',
  returned: 'signed_back',
  number_changed: 'in_transit', // the old number; the new one below
}

for (const course of COURSES)
  test(`a parcel whose course is ${course} ends ${ENDS[course]}`, () => {
    const { desk, book, pushes, run } = stage()
    const parcel = issued(desk, 'R1', { course })
    run(72)
    assert.equal(book.standings().get(parcel.trackingNo), ENDS[course])
    assert.equal(pushes.length, parcel.events.length)
    assert.deepEqual(
      pushes.map((push) => push.event.id),
      parcel.events.map((event) => event.id),
    )
    const changed = parcel.events.find((event) => event.newTrackingNo !== null)
    if (changed?.newTrackingNo !== undefined && changed.newTrackingNo !== null)
      assert.equal(book.standings().get(changed.newTrackingNo), 'delivered')
  })

test('an event that the carrier has no word for is neither scanned nor told, nor is a course chosen that needs it', () => {
  const { desk, run, pushes } = stage({ says: ['picked_up', 'arrived', 'delivered'] })
  issued(desk, 'R1', { course: 'plain' })
  run(72)
  assert.deepEqual(
    pushes.map((push) => push.event.kind),
    ['picked_up', 'arrived', 'delivered'],
  )
  desk.setShares({ revoked: 1 })
  assert.equal(issued(desk, 'R2').course, 'plain')
})

test('dropped, silent, held, doubled and late events are true all the same', () => {
  const { desk, book, run, pushes, clock } = stage()
  desk.setFaults({ drop: 1 })
  const dropped = issued(desk, 'R1', { course: 'plain' })
  run(72)
  assert.equal(pushes.length, 0)
  assert.equal(desk.happened(dropped.trackingNo).length, 5)
  desk.setFaults({ drop: 0, duplicate: 1 })
  issued(desk, 'R2', { course: 'plain' })
  run(72)
  assert.equal(pushes.length, 10)
  desk.setFaults({ duplicate: 0, delay: 1, delayMinutes: 600 })
  issued(desk, 'R3', { course: 'plain' })
  run(96)
  assert.equal(pushes.length, 15)
  desk.setFaults({ delay: 0 })
  desk.hold(['picked_up'])
  const held = issued(desk, 'R4', { course: 'plain' })
  run(72)
  assert.equal(pushes.length, 19)
  desk.release()
  clock.advance({ seconds: 1 })
  book.pump()
  assert.equal(pushes.at(-1)?.event.kind, 'picked_up')
  assert.equal(book.standings().get(held.trackingNo), 'delivered')
})

test('what is on its way when the world stops is told at once, and what did not happen yet is not', () => {
  const { desk, book, clock, pushes } = stage()
  desk.setFaults({ delay: 1, delayMinutes: 6_000 })
  issued(desk, 'R1', { course: 'plain' })
  clock.advance({ hours: 9 })
  book.pump()
  assert.equal(pushes.length, 0)
  const past = book.lifeOf(book.parcels()[0]?.trackingNo ?? '').length
  assert.ok(past >= 1 && past < 5)
  assert.equal(book.tellRest(), past)
  assert.equal(pushes.length, past)
  desk.setFaults({ delay: 0 })
  clock.advance({ hours: 90 })
  assert.equal(book.pump(), 5 - past)
})

test('a replaced number shows what was before the change, the new one what came after', () => {
  const { desk, run, pushes } = stage()
  const parcel = issued(desk, 'R1', { course: 'number_changed' })
  run(72)
  const kinds = (number: string): string[] => desk.happened(number).map(({ kind }) => kind)
  const changed = parcel.events.find((event) => event.kind === 'number_changed')
  assert.deepEqual(kinds(parcel.trackingNo), ['picked_up', 'departed', 'number_changed'])
  assert.deepEqual(kinds(changed?.newTrackingNo ?? ''), ['arrived', 'out_for_delivery', 'delivered'])
  assert.deepEqual(
    pushes.at(-1)?.trace.map(({ kind }) => kind),
    ['arrived', 'out_for_delivery', 'delivered'],
  )
})

test('the next ask is refused, and the same ask again; the one after it is not', () => {
  const { desk } = stage()
  desk.refuseNext('goods_refused')
  const ask = (reference: string) => desk.issue({ reference, carrier: 'ZTO', account: 'A' })
  assert.deepEqual(ask('R1'), { ok: false, trouble: 'goods_refused' })
  assert.ok(ask('R2').ok)
  assert.deepEqual(ask('R1'), { ok: false, trouble: 'goods_refused' })
})

test('an intercepted parcel comes back, a delivered one does not; a cancelled one never moves', () => {
  const { desk, book, run, pushes } = stage()
  const back = issued(desk, 'R1', { course: 'plain' })
  run(3)
  assert.equal(desk.intercept(back.trackingNo, 'Q1'), 'accepted')
  assert.equal(desk.intercept(back.trackingNo, 'Q1'), 'already')
  run(72)
  assert.equal(book.standings().get(back.trackingNo), 'signed_back')
  assert.deepEqual(
    pushes.slice(-2).map((push) => push.event.kind),
    ['returning', 'signed_back'],
  )
  const done = issued(desk, 'R2', { course: 'plain' })
  run(72)
  assert.equal(desk.intercept(done.trackingNo, 'Q2'), 'too_late')
  assert.equal(desk.cancel(done.trackingNo), 'too_late')
  const off = issued(desk, 'R3', { course: 'plain' })
  assert.equal(desk.cancel(off.trackingNo), 'cancelled')
  assert.equal(desk.cancel(off.trackingNo), 'already')
  const told = pushes.length
  run(72)
  assert.equal(pushes.length, told)
  assert.equal(book.standings().get(off.trackingNo), 'cancelled')
  assert.equal(desk.intercept('nobody', 'Q3'), 'unknown')
})

test('a watcher of the numbers of others tells what happened before it was asked, then the rest', () => {
  const { book, desk, run } = stage()
  const watcher = book.open({
    kind: 'kuaidi100',
    carriers: [],
    says: PARCEL_EVENTS,
    tells: 'subscribed',
    form: 'trace',
  })
  const told: DeskPush[] = []
  watcher.onPush((push) => told.push(push))
  const parcel = issued(desk, 'R1', { course: 'plain' })
  run(72)
  assert.equal(told.length, 0)
  assert.equal(watcher.subscribe(parcel.trackingNo, 'http://hub/x'), 'new')
  assert.equal(watcher.subscribe(parcel.trackingNo, 'http://hub/x'), 'already')
  run(1)
  assert.equal(told.length, 1)
  assert.equal(told[0]?.trace.length, 5)
  assert.equal(told[0]?.callbackUrl, 'http://hub/x')
})

test('the same seed makes the same world', () => {
  const lived = (): string[] => {
    const { desk, run, pushes } = stage({}, 7)
    desk.setFaults({ drop: 0.1, duplicate: 0.2, delay: 0.2, delayMinutes: 300, reorder: 0.1, silent: 0.1 })
    for (let i = 0; i < 50; i += 1) issued(desk, `R${i}`)
    run(96)
    return pushes.map(({ event }) => `${event.id} ${event.kind} ${event.at}`)
  }
  assert.deepEqual(lived(), lived())
})

test('things come out of the queue when they are due, equal ones in the order in which they went in', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 20 })), (minutes) => {
      const queue = dueQueue<number>()
      for (const [place, minute] of minutes.entries()) queue.put(START.add({ minutes: minute }), place)
      const out: number[] = []
      for (let one = queue.take(START.add({ minutes: 20 })); one !== null; ) {
        out.push(one)
        one = queue.take(START.add({ minutes: 20 }))
      }
      const expected = minutes.map((minute, place) => ({ minute, place }))
      expected.sort((one, other) => one.minute - other.minute || one.place - other.place)
      assert.deepEqual(
        out,
        expected.map(({ place }) => place),
      )
    }),
  )
})
