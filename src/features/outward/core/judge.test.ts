import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Outage } from '#kernel/outage.ts'
import { judgeError, judgeRefusal, judgeStatus, urgencyOf } from './judge.ts'

test('a refusal of business is a good answer; 5xx is an error, 429 a throttle, 401 and 403 refused credentials', () => {
  const seen = [200, 302, 400, 404, 409, 422, 401, 403, 429, 500, 502, 503].map(
    (status) => judgeStatus(status, null).is,
  )
  assert.deepEqual(seen, [
    ...Array<string>(6).fill('ok'),
    'credentials',
    'credentials',
    'throttled',
    'error',
    'error',
    'error',
  ])
})

test('time-outs, unreachable platforms and broken answers are errors; our own doing is not', () => {
  for (const code of [
    'http.timeout',
    'http.unreachable',
    'http.broken_answer',
    'shopify.bad_answer',
    'sf.unavailable',
  ])
    assert.equal(judgeError(new Outage(code, '')).is, 'error', code)
  for (const code of [
    'http.bad_url',
    'http.forbidden_address',
    'outward.breaker_open',
    'database.unreachable',
  ])
    assert.equal(judgeError(new Outage(code, '')).is, 'ours', code)
  assert.equal(judgeError(new TypeError('a bug')).is, 'ours')
})

test("a platform's own word for too many calls is a throttle with its wait", () => {
  const verdict = judgeError(new Outage('youzan.throttled', '', { retryAfterMs: 5_000 }))
  assert.deepEqual(verdict, { is: 'throttled', code: 'youzan.throttled', retryAfterMs: 5_000 })
  assert.equal(judgeError(new Outage('pinduoduo.rate_limited', '')).is, 'throttled')
})

test('refused credentials are told apart from refused business', () => {
  for (const code of ['douyin.token_expired', 'shopify.unauthorized', 'sf.signature_refused'])
    assert.equal(judgeRefusal({ code, detail: '' }).is, 'credentials', code)
  assert.equal(judgeRefusal({ code: 'pinduoduo.refused', detail: '' }).is, 'ok')
})

test('a report goes before a poll', () => {
  assert.deepEqual(
    (['reportShipment', 'findShipment', 'notify', 'fetchOrder', 'listUpdated', 'fetchTracking'] as const).map(
      urgencyOf,
    ),
    ['urgent', 'urgent', 'urgent', 'urgent', 'routine', 'routine'],
  )
})
