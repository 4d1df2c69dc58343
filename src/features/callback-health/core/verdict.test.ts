import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareAddress, compareOrigin, judgeRegistered } from './address.ts'
import { judgeTls, type TlsOutcome, tlsTargetOf } from './tls.ts'
import { decideVerdict, EMPTY_WINDOW, findTroubles, isForged, type Window } from './verdict.ts'

const RULES = { leastRequests: 5, forgedShare: 0.2, lateShare: 0.05, unavailableShare: 0.05 }
const QUIET = { silence: null, wrongAddress: false }
const found = (part: Partial<Window>, more: Partial<Parameters<typeof findTroubles>[2]> = {}) =>
  findTroubles({ ...EMPTY_WINDOW, ...part }, RULES, { ...QUIET, ...more })

test('all rejected needs five requests and none taken; it keeps the signature alarm quiet', () => {
  assert.deepEqual(found({ rejected: 4, forged: 4 }), [])
  assert.deepEqual(found({ rejected: 5, forged: 5 }), ['all_rejected'])
  assert.deepEqual(found({ rejected: 5, forged: 5, duplicate: 1 }), ['signature_failures'])
  assert.deepEqual(found({ rejected: 5, forged: 5, accepted: 21 }), [], '5 of 26 is less than a fifth')
  assert.deepEqual(found({ rejected: 50, challenge: 1 }), [], 'rejected for other reasons is no forgery')
})

test('unavailable, slow and a wrong address; the worst comes first', () => {
  assert.deepEqual(found({ accepted: 19, unavailable: 1 }), ['unavailable'])
  assert.deepEqual(found({ accepted: 20, unavailable: 1 }), [])
  assert.deepEqual(found({ accepted: 20, late: 1 }), ['slow'])
  assert.deepEqual(found({ accepted: 4, late: 4 }), [], 'too few to tell')
  const silence = { seconds: 600, expected: 20, probability: 0, silent: true }
  assert.deepEqual(found({ rejected: 9, unavailable: 9 }, { silence, wrongAddress: true }), [
    'all_rejected',
    'silent',
    'unavailable',
    'wrong_address',
  ])
})

test('one word for a row: paused, then trouble, then why nobody watches', () => {
  const state = { paused: false, watch: 'rhythm', everHeard: true, troubles: [] } as const
  assert.equal(decideVerdict({ ...state, paused: true, troubles: ['silent'] }), 'paused')
  assert.equal(decideVerdict({ ...state, troubles: ['silent', 'slow'] }), 'silent')
  assert.equal(decideVerdict({ ...state, watch: 'off' }), 'unwatched')
  assert.equal(decideVerdict({ ...state, everHeard: false, watch: 'too_young' }), 'never')
  assert.equal(decideVerdict({ ...state, watch: 'too_quiet' }), 'too_quiet')
  assert.equal(decideVerdict(state), 'ok')
})

test('which refusals mean that a request is not from whom it claims', () => {
  for (const code of [
    'shopify.signature_wrong',
    'template.stale',
    'print_station.signature',
    'shopify.wrong_shop',
    'youzan.wrong_client',
    'douyin.other_shop',
  ])
    assert.equal(isForged(code), true, code)
  for (const code of ['http.too_large', 'douyin.not_a_push', 'intake.no_push', null])
    assert.equal(isForged(code), false)
})

test('addresses are compared by scheme, host with port, and path', () => {
  const ours = 'https://hub.example/callback/t0ken'
  const table: readonly [string, string][] = [
    ['https://hub.example/callback/t0ken', 'same'],
    ['https://HUB.example:443/callback/t0ken/', 'same'],
    ['http://hub.example/callback/t0ken', 'scheme'],
    ['https://old.example/callback/t0ken', 'host'],
    ['https://hub.example:8443/callback/t0ken', 'host'],
    ['https://hub.example/callback/other', 'path'],
    ['not an address', 'unreadable'],
  ]
  for (const [theirs, match] of table) assert.equal(compareAddress(ours, theirs), match, theirs)
  assert.equal(compareOrigin('https://hub.example', 'http://hub.example'), 'scheme')
  assert.equal(compareOrigin('https://hub.example', 'https://10.0.0.1:8686'), 'host')
  assert.equal(compareOrigin('https://hub.example', 'https://hub.example'), 'same')
})

test('one right address does not excuse a wrong one beside it', () => {
  const ours = 'https://hub.example/callback/t'
  assert.equal(judgeRegistered(ours, []), null)
  assert.equal(judgeRegistered(ours, [ours])?.match, 'same')
  assert.deepEqual(judgeRegistered(ours, [ours, 'https://old.example/callback/t']), {
    url: 'https://old.example/callback/t',
    match: 'host',
  })
})

const NOW = Temporal.Instant.from('2026-03-01T12:00:00Z')
const GOOD: TlsOutcome = {
  unreachable: null,
  protocol: 'TLSv1.3',
  subject: 'hub.example',
  issuer: 'R11',
  names: ['hub.example'],
  nameFits: true,
  chainFault: null,
  chainLength: 2,
  notBefore: '2026-01-01T00:00:00Z',
  notAfter: '2026-03-30T12:00:00Z',
}
const LIMITS = { warnDays: 21, criticalDays: 7 }
const judged = (part: Partial<TlsOutcome>) => judgeTls({ ...GOOD, ...part }, NOW, LIMITS)

test('a certificate: days left, warning at 21, critical at 7, over, not begun', () => {
  assert.deepEqual(judged({}), { fault: null, severity: 'critical', daysLeft: 29 })
  assert.equal(judged({ notAfter: '2026-03-22T12:00:00Z' }).fault, null, '21 days are left')
  assert.deepEqual(judged({ notAfter: '2026-03-22T11:00:00Z' }), {
    fault: 'expiring',
    severity: 'warning',
    daysLeft: 20,
  })
  assert.deepEqual(judged({ notAfter: '2026-03-08T11:00:00Z' }), {
    fault: 'expiring',
    severity: 'critical',
    daysLeft: 6,
  })
  assert.deepEqual(judged({ notAfter: '2026-03-01T11:59:00Z' }), {
    fault: 'expired',
    severity: 'critical',
    daysLeft: -1,
  })
  assert.equal(judged({ notBefore: '2026-03-02T00:00:00Z' }).fault, 'expired')
})

test('the worst fault is told: unreachable before expired before name before chain', () => {
  assert.equal(
    judged({ nameFits: false, chainFault: 'X', notAfter: '2026-02-01T00:00:00Z' }).fault,
    'expired',
  )
  assert.equal(judged({ nameFits: false, chainFault: 'X' }).fault, 'name')
  assert.equal(judged({ chainFault: 'DEPTH_ZERO_SELF_SIGNED_CERT' }).fault, 'chain')
  assert.equal(judged({ unreachable: 'refused', notAfter: null, notBefore: null }).fault, 'unreachable')
})

test('only https addresses have a certificate', () => {
  assert.deepEqual(tlsTargetOf('https://hub.example/callback/x'), { host: 'hub.example', port: 443 })
  assert.deepEqual(tlsTargetOf('https://[::1]:8443'), { host: '::1', port: 8443 })
  assert.equal(tlsTargetOf('http://hub.example'), null)
})
