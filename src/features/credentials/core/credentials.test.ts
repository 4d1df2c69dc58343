import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRefreshDue, joinTerms, judgeTerm, type Term } from './term.ts'
import { inwardTrouble, outwardTrouble, stands } from './trouble.ts'

const NOW = Temporal.Instant.from('2026-11-11T00:00:00Z')
const inHours = (hours: number) => NOW.add({ minutes: Math.round(hours * 60) })
const STEPS = [30, 7, 1] as const

test('refusals of carriers and shops speak of one of five troubles; what is about the matter speaks of none', () => {
  const cases: [string, ReturnType<typeof outwardTrouble>][] = [
    ['carrier.ip_refused', 'ip_refused'],
    ['sf.ip_not_allowed', 'ip_refused'],
    ['carrier.signature_refused', 'signature_refused'],
    ['carrier.credential_expired', 'expired'],
    ['pinduoduo.token_expired', 'expired'],
    ['carrier.credential_refused', 'refused'],
    ['shopify.unauthorized', 'refused'],
    ['carrier.no_permission', 'no_permission'],
    ['youzan.forbidden', 'no_permission'],
    ['carrier.address_unserved', null],
    ['carrier.pool_empty', null],
    ['carrier.refused', null],
  ]
  for (const [code, trouble] of cases) assert.equal(outwardTrouble(code), trouble, code)
})

test('pushes that fail our check speak of the signature; what is malformed does not', () => {
  assert.equal(inwardTrouble('shopify.signature_wrong'), 'signature_refused')
  assert.equal(inwardTrouble('template.stale'), 'signature_refused')
  assert.equal(inwardTrouble('carrier.bad_topic'), null)
})

test('a refusal stands until something goes well, one push that fails is no news', () => {
  const at = { side: 'outward', lastAt: NOW, times: 1, wellAt: null } as const
  assert.ok(stands(at, inHours(0.01)))
  assert.ok(!stands({ ...at, wellAt: NOW }, inHours(0.01)))
  assert.ok(stands({ ...at, wellAt: inHours(-1) }, inHours(0.01)))
  assert.ok(!stands(at, inHours(25)))
  assert.ok(!stands({ ...at, side: 'inward', times: 2 }, NOW))
  assert.ok(stands({ ...at, side: 'inward', times: 3 }, NOW))
  assert.ok(!stands({ ...at, side: 'inward', times: 3 }, inHours(1.1)))
})

test('30, 7 and 1 days before its end a term is told; what renews itself is not', () => {
  const judge = (hours: number, renewable = false, refreshing = true) =>
    judgeTerm({ expiresAt: inHours(hours), renewable }, NOW, STEPS, refreshing)
  assert.deepEqual(judge(24 * 31), { state: 'fine', step: null })
  assert.deepEqual(judge(24 * 30), { state: 'expiring', step: 30 })
  assert.deepEqual(judge(24 * 7), { state: 'expiring', step: 7 })
  assert.deepEqual(judge(24), { state: 'critical', step: 1 })
  assert.deepEqual(judge(0), { state: 'expired', step: 0 })
  assert.deepEqual(judge(1, true), { state: 'fine', step: null })
  assert.deepEqual(judge(1, true, false), { state: 'critical', step: 1 })
  assert.deepEqual(judge(-1, true), { state: 'expired', step: 0 })
})

test('of one field the connector is believed before the value, the value before a person; the first to end comes first', () => {
  const term = (field: string, source: Term['source'], hours: number): Term => ({
    field,
    source,
    expiresAt: inHours(hours),
    what: { zh: '', en: '' },
    renewable: false,
    note: '',
  })
  const joined = joinTerms([
    term('a', 'hand', 1),
    term('a', 'connector', 50),
    term('b', 'token', 2),
    term('b', 'hand', 3),
  ])
  assert.deepEqual(
    joined.map(({ field, source }) => `${field} ${source}`),
    ['b token', 'a connector'],
  )
})

test('a token is renewed a fifth of its life ahead, at once when the system says that it has expired, and ever later after failures', () => {
  const known = { refreshedAt: null, triedAt: null, failures: 0, saidExpired: false }
  const ends = (hours: number) => [{ expiresAt: inHours(hours), renewable: true }]
  assert.ok(!isRefreshDue(ends(2), known, NOW, 60))
  assert.ok(isRefreshDue(ends(1), known, NOW, 60))
  assert.ok(!isRefreshDue([{ expiresAt: inHours(0), renewable: false }], known, NOW, 60))
  // Two hours of life: 24 minutes ahead.
  const fresh = { ...known, refreshedAt: inHours(-1.5) }
  assert.ok(!isRefreshDue(ends(0.5), fresh, NOW, 60))
  assert.ok(isRefreshDue(ends(0.4), { ...known, refreshedAt: inHours(-1.6) }, NOW, 60))
  assert.ok(isRefreshDue([], { ...known, saidExpired: true }, NOW, 60))
  // Five minutes of life: half of it ahead, not all of it, or it would be renewed without end.
  assert.ok(!isRefreshDue(ends(5 / 60), { ...known, refreshedAt: NOW }, NOW, 60))
  const failed = { ...known, triedAt: inHours(-0.1), failures: 4 }
  assert.ok(!isRefreshDue(ends(0.1), failed, NOW, 60), 'eight minutes after the fourth failure')
  assert.ok(isRefreshDue(ends(0.1), { ...failed, triedAt: inHours(-0.14) }, NOW, 60))
})
