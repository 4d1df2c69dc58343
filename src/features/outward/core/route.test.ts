import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Candidate, decideRoute } from './route.ts'

const well = (id: string): Candidate => ({ id, exists: true, paused: false, open: false, can: true })
const dhl = { ...well('dhl'), open: true }

test('the usual way while it is open to calls', () => {
  assert.deepEqual(decideRoute(well('dhl'), well('ups')), { taken: 'dhl', reason: 'usual' })
})
test('the backup while it is not', () => {
  assert.deepEqual(decideRoute(dhl, well('ups')), { taken: 'ups', reason: 'breaker_open' })
})
for (const [backup, reason] of [
  [null, 'no_backup'],
  [{ ...well('ups'), exists: false }, 'backup_gone'],
  [{ ...well('ups'), can: false }, 'backup_cannot'],
  [{ ...well('ups'), paused: true }, 'backup_paused'],
  [{ ...well('ups'), open: true }, 'backup_open'],
] as const)
  test(`an unfit backup is not taken: ${reason}`, () =>
    assert.deepEqual(decideRoute(dhl, backup), { taken: 'dhl', reason }))
