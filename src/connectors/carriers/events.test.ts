import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventTime } from './events.ts'

const BERLIN = { address: { countryCode: 'DE', addressLocality: 'Berlin' } }

function read(raw: string, context: Readonly<Record<string, unknown>>, zone: string): string | null {
  return eventTime('dhl_universal', raw, context, { zone }).instant?.toString() ?? null
}

test('the connection’s zone decides where nothing else says it', () => {
  assert.equal(read('2026-02-11T18:44:22', {}, 'Asia/Shanghai'), '2026-02-11T10:44:22Z')
  assert.equal(read('2026-02-11T18:44:22', BERLIN, 'Asia/Shanghai'), '2026-02-11T17:44:22Z')
  assert.equal(read('2026-02-11T18:44:22+01:00', {}, 'Asia/Shanghai'), '2026-02-11T17:44:22Z')
})

test('a clock that its place had twice, or never, is not read in another zone', () => {
  assert.equal(read('2026-10-25T02:30:00', BERLIN, 'Asia/Shanghai'), null)
  assert.equal(read('2026-03-29T02:30:00', BERLIN, 'Asia/Shanghai'), null)
})
