import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readCookie, sessionCookie } from './cookie.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { problemBody, statusOf } from './problem.ts'
import { moneyToJson, sourceTimeToJson } from './schemas.ts'
import { type Actor, holdsScope } from './scopes.ts'

test('status by code, then by the ending of the reason, else 422', () => {
  const expected: Record<string, number> = {
    'orders.not_found': 404,
    'identity.user_not_found': 404,
    'orders.forbidden': 403,
    'mapping.version_conflict': 409,
    'identity.user_exists': 409,
    'identity.throttled': 429,
    'http.invalid': 400,
    'identity.not_signed_in': 401,
    'orders.quantity_wrong': 422,
    'orders.notfound': 422,
  }
  for (const [code, status] of Object.entries(expected)) assert.equal(statusOf(code), status, code)
})

test('a problem has the members of RFC 9457 and ours, and data only where there is some', () => {
  assert.deepEqual(problemBody({ code: 'orders.not_found', detail: 'no order 7' }), {
    type: '/docs/errors#orders.not_found',
    title: 'Not Found',
    status: 404,
    code: 'orders.not_found',
    detail: 'no order 7',
  })
  assert.deepEqual(problemBody({ code: 'a.b', detail: 'c', data: { d: 1 } }).data, { d: 1 })
})

test('a cursor gives back what it was made of, for its own list only', () => {
  const value = fc.oneof(fc.string(), fc.integer(), fc.constant(null))
  fc.assert(
    fc.property(fc.string(), fc.array(value), (list, values) => {
      const text = encodeCursor(list, values)
      assert.match(text, /^[\w-]+$/)
      assert.deepEqual(decodeCursor(list, text), { ok: true, value: values })
      assert.equal(decodeCursor(`${list}:other`, text).ok, false)
    }),
  )
})

test('a cursor with any character changed, cut or added is refused, and never throws', () => {
  const text = encodeCursor('orders:-sortAt', ['2026-01-01T00:00:00Z', '123'])
  for (let i = 0; i < text.length; i += 1) {
    const changed = text.slice(0, i) + (text[i] === 'A' ? 'B' : 'A') + text.slice(i + 1)
    const decoded = decodeCursor('orders:-sortAt', changed)
    assert.ok(!decoded.ok && decoded.refusal.code === 'http.bad_cursor', `${i}`)
    assert.equal(decodeCursor('orders:-sortAt', text.slice(0, i)).ok, false)
  }
  assert.equal(decodeCursor('orders:-sortAt', `${text}A`).ok, false)
  fc.assert(fc.property(fc.string(), (garbage) => void decodeCursor('x', garbage)))
})

test('money has exactly its decimals, a source time its four things', () => {
  assert.deepEqual(moneyToJson({ currency: 'CNY', minor: 1230n }), { currency: 'CNY', amount: '12.30' })
  assert.deepEqual(moneyToJson({ currency: 'JPY', minor: 5n }), { currency: 'JPY', amount: '5' })
  const instant = Temporal.Instant.from('2026-01-25T01:07:33.821999Z')
  assert.deepEqual(
    sourceTimeToJson({ raw: 'x', instant, zone: 'UTC', provenance: 'explicit_offset' }, 'Asia/Shanghai'),
    {
      raw: 'x',
      instant: '2026-01-25T09:07:33.821+08:00',
      zone: 'UTC',
      provenance: 'explicit_offset',
    },
  )
})

test('cookies are read by their whole name', () => {
  assert.equal(readCookie('a=1; holdfast_session=tok; b=2', 'holdfast_session'), 'tok')
  assert.equal(readCookie('xholdfast_session=bad', 'holdfast_session'), null)
  assert.equal(readCookie(undefined, 'holdfast_session'), null)
  assert.equal(
    sessionCookie('s', 'v', { maxAgeSeconds: 1.9, secure: true }),
    's=v; Path=/; HttpOnly; SameSite=Lax; Max-Age=1; Secure',
  )
})

test('admin holds every scope, nobody else more than they have', () => {
  const actor = (...scopes: Actor['scopes']): Actor => ({
    kind: 'key',
    id: '1',
    name: 'k',
    role: 'key',
    locale: null,
    shops: null,
    scopes,
  })
  assert.ok(holdsScope(actor('admin'), 'outbox:write'))
  assert.ok(holdsScope(actor('orders:read'), 'orders:read'))
  assert.ok(!holdsScope(actor('orders:read'), 'orders:write'))
  assert.ok(!holdsScope(actor(), 'orders:read'))
})
