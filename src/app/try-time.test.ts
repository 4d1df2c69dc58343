import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tryTime } from './try-time.ts'

const answer = (id: unknown, instant: string | null, provenance: string, zone: string | null) => ({
  id,
  instant,
  provenance,
  zone,
})

test('the id is echoed, the instant is UTC with as many digits as were given', () => {
  assert.deepEqual(
    tryTime({ id: 'a', carrier: 'dhl', raw: '2026-02-11T18:44:22+01:00', context: { event: 'DELIVERED' } }),
    answer('a', '2026-02-11T17:44:22Z', 'explicit_offset', '+01:00'),
  )
  assert.deepEqual(
    tryTime({ id: 7, system: 'sf', raw: '1747986424070' }),
    answer(7, '2025-05-23T07:47:04.070Z', 'explicit_offset', 'UTC'),
  )
  assert.equal(
    tryTime({ carrier: 'generic', raw: '2026-02-11T17:44:22.123456789Z' }).instant,
    '2026-02-11T17:44:22.123456789Z',
  )
  assert.equal(
    tryTime({ carrier: 'generic', raw: '1770831862000100' }).instant,
    '2026-02-11T17:44:22.000100Z',
  )
})

test('an ambiguous time has no instant, and what is no input is ambiguous too', () => {
  assert.deepEqual(
    tryTime({ id: 'n', carrier: 'dhl', raw: '2026-10-25T02:30:00', context: { zone: 'Europe/Berlin' } }),
    answer('n', null, 'ambiguous', null),
  )
  for (const input of [
    null,
    'x',
    [],
    3,
    {},
    { carrier: 5, raw: {} },
    { raw: '2026-02-11 18:44:22', context: 'CN' },
  ])
    assert.equal(tryTime(input).provenance, 'ambiguous')
})
