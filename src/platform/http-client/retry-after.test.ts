import assert from 'node:assert/strict'
import { test } from 'node:test'
import { retryAfterMs } from './retry-after.ts'

const NOW = Temporal.Instant.from('2026-11-11T00:00:00Z')

for (const [header, expected] of [
  ['120', 120_000],
  ['0', 0],
  ['1.5', 1_500],
  [' 7 ', 7_000],
  ['Wed, 11 Nov 2026 00:02:30 GMT', 150_000],
  ['Tue, 10 Nov 2026 23:59:59 GMT', 0],
  ['999999999', 86_400_000],
  ['Wed, 31 Feb 2026 00:00:00 GMT', null],
  ['Wed, 11 Nix 2026 00:02:30 GMT', null],
  ['-5', null],
  ['soon', null],
  ['', null],
  [undefined, null],
] as const)
  test(`Retry-After: ${header}`, () => assert.equal(retryAfterMs(header, NOW), expected))
