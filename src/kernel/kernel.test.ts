import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assert as invariant, unreachable } from './assert.ts'
import { manualClock } from './clock.ts'
import { newUuid, orderNo, trackingNo } from './id.ts'
import { formatInstant, ownTime } from './instant.ts'
import { Outage } from './outage.ts'
import { seededRandom, systemRandom } from './random.ts'
import { ok, refuse } from './result.ts'

const at = (text: string): Temporal.Instant => Temporal.Instant.from(text)

test('a refusal carries data only where there is some', () => {
  assert.deepEqual(ok(1), { ok: true, value: 1 })
  assert.deepEqual(refuse('a.b', 'why'), { ok: false, refusal: { code: 'a.b', detail: 'why' } })
  assert.deepEqual(refuse('a.b', 'why', null), {
    ok: false,
    refusal: { code: 'a.b', detail: 'why', data: null },
  })
})

test('a broken invariant stops the program and names itself', () => {
  invariant(true, 'X1')
  assert.throws(() => invariant(0, 'X1', 'nothing there'), {
    name: 'Bug',
    message: 'invariant X1 broken: nothing there',
  })
  assert.throws(() => unreachable('odd' as never, 'X2'), /X2.*"odd"/)
})

test('an outage is worth another try unless it says otherwise, and unknown only when it says so', () => {
  const plain = new Outage('net.down', 'down')
  assert.deepEqual([plain.retryable, plain.unknown, plain.retryAfterMs], [true, false, null])
  const told = new Outage('net.busy', 'busy', {
    retryable: false,
    unknown: true,
    retryAfterMs: 5,
    cause: plain,
  })
  assert.deepEqual([told.retryable, told.unknown, told.retryAfterMs, told.cause], [false, true, 5, plain])
})

test('the manual clock stands still until it is moved', () => {
  const clock = manualClock(at('2026-02-11T00:00:00Z'))
  assert.ok(clock.now().equals(clock.now()))
  clock.advance({ seconds: 90 })
  assert.equal(clock.now().toString(), '2026-02-11T00:01:30Z')
  clock.set(at('2020-01-01T00:00:00Z'))
  assert.equal(clock.now().toString(), '2020-01-01T00:00:00Z')
})

test('an instant is shown with milliseconds and the zone’s offset, never rounded up', () => {
  assert.equal(
    formatInstant(at('2026-01-25T01:07:33.821999Z'), 'Asia/Shanghai'),
    '2026-01-25T09:07:33.821+08:00',
  )
  assert.equal(formatInstant(at('2026-01-25T01:07:33Z'), 'UTC'), '2026-01-25T01:07:33.000+00:00')
  assert.equal(formatInstant(at('1969-12-31T23:59:59.9999Z'), 'UTC'), '1969-12-31T23:59:59.999+00:00')
  assert.equal(formatInstant(at('2026-07-01T00:00:00Z'), 'Europe/Berlin'), '2026-07-01T02:00:00.000+02:00')
  assert.equal(ownTime(at('2026-01-25T01:07:33Z')).provenance, 'explicit_offset')
})

test('numbers of orders keep their letters, those of parcels lose blanks and case', () => {
  assert.equal(orderNo(' 20260211-aB 01 '), '20260211-aB 01')
  assert.equal(trackingNo(' sf 1234 5678\t90 '), 'SF1234567890')
})

test('ids are version 7, and later ones sort later', () => {
  const clock = manualClock(at('2026-02-11T00:00:00Z'))
  const random = seededRandom(1)
  const ids = Array.from({ length: 50 }, () => {
    clock.advance({ milliseconds: 1 })
    return newUuid(clock, random)
  })
  for (const id of ids)
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.deepEqual([...ids].sort(), ids)
  assert.equal(new Set(ids).size, 50)
  // RFC 9562, the first 48 bits: 2026-02-11T00:00:00.001Z is 1770768000001 ms, 0x019c49ff6401.
  assert.equal(ids[0]?.slice(0, 13), '019c49ff-6401')
})

test('a seed gives the same sequence, in [0, 1), evenly', () => {
  const a = seededRandom(42)
  const b = seededRandom(42)
  const numbers = Array.from({ length: 10_000 }, () => a.next())
  assert.deepEqual(
    numbers.slice(0, 100),
    Array.from({ length: 100 }, () => b.next()),
  )
  assert.ok(numbers.every((number) => number >= 0 && number < 1))
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length
  assert.ok(Math.abs(mean - 0.5) < 0.02, String(mean))
  assert.notEqual(seededRandom(43).next(), numbers[0])
  assert.equal(seededRandom(1).bytes(16).length, 16)
  assert.notDeepEqual(systemRandom.bytes(16), systemRandom.bytes(16))
})
