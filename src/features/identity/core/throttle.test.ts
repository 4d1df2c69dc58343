import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  ADDRESS_POLICY,
  addressKey,
  decideAdmission,
  type Failures,
  forgiveAttempt,
  NAME_POLICY,
} from './throttle.ts'

const START = Temporal.Instant.from('2026-03-01T00:00:00Z')
const at = (seconds: number) => START.add({ seconds })

/** Attempts at the given seconds, every one failing; answers which were let in. */
function attempts(times: readonly number[], policy = NAME_POLICY): (true | number)[] {
  let state: Failures | null = null
  return times.map((time) => {
    const decision = decideAdmission(state, at(time), policy)
    if (!decision.admitted) return decision.retryAfterSeconds
    state = decision.next
    return true
  })
}

test('five failures are free, then the wait doubles from 30 s', () => {
  // 5th failure at second 4 blocks until 34; 6th at 34 until 94; 7th at 94 until 214.
  assert.deepEqual(attempts([0, 1, 2, 3, 4, 5, 33, 34, 35, 94, 95]), [
    ...[true, true, true, true, true],
    29,
    1,
    true,
    59,
    true,
    119,
  ])
})

test('the wait is never longer than 15 minutes', () => {
  const times: number[] = []
  for (let i = 0; i < 3; i += 1) times.push(i)
  const block: Failures = { failures: 5_000, firstAt: at(0), blockedUntil: at(0) }
  const decision = decideAdmission(block, at(10), NAME_POLICY)
  assert.ok(decision.admitted)
  assert.equal(decision.next.blockedUntil.toString(), at(910).toString())
})

test('failures are forgotten an hour after the first', () => {
  const old: Failures = { failures: 4, firstAt: at(0), blockedUntil: at(0) }
  const before = decideAdmission(old, at(3_599), NAME_POLICY)
  const after = decideAdmission(old, at(3_600), NAME_POLICY)
  assert.ok(before.admitted && after.admitted)
  assert.equal(before.next.failures, 5)
  assert.equal(after.next.failures, 1)
})

test('a success takes back its own count and its wait', () => {
  const decision = decideAdmission(
    { failures: 19, firstAt: at(0), blockedUntil: at(0) },
    at(5),
    ADDRESS_POLICY,
  )
  assert.ok(decision.admitted)
  assert.equal(decision.next.failures, 20)
  const forgiven = forgiveAttempt(decision.next)
  assert.equal(forgiven.failures, 19)
  assert.ok(Temporal.Instant.compare(forgiven.blockedUntil, at(5)) <= 0)
})

test('no pattern of attempts gets more than 24 guesses at a name into an hour', () => {
  // Free ones: 5. Waits of 30, 60, 120, 240, 480 s end at 930 s, then 900 s each: 2 more fit into 3600 s. The hour's
  // window opens anew once, hence at most twice (5 + 5 + 2).
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 3_600 }), { maxLength: 400 }), (times) => {
      const admitted = attempts([...times].sort((a, b) => a - b)).filter((one) => one === true)
      assert.ok(admitted.length <= 24, String(admitted.length))
    }),
  )
})

test('an IPv6 caller is counted by /64, IPv4 in either form is one', () => {
  assert.equal(addressKey('203.0.113.9'), '203.0.113.9')
  assert.equal(addressKey('::ffff:203.0.113.9'), '203.0.113.9')
  assert.equal(addressKey('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64')
  assert.equal(addressKey('2001:DB8:1:2::9'), '2001:db8:1:2::/64')
  assert.equal(addressKey('2001:db8::1'), '2001:db8:0:0::/64')
  assert.equal(addressKey('::1'), '0:0:0:0::/64')
})
