import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simFedex } from '#sim/platforms/fedex.ts'
import { deskRound } from '#test-support/desk-round.ts'
import { fedex } from './index.ts'

const FAULTS = { duplicate: 0.3, reorder: 0.3, delay: 0.2, delayMs: 10, drop: 0.2, forge: 0.2 }

test('what is pushed is what happened, at its own instants, whatever the line does', async () => {
  const round = await deskRound(fedex, simFedex, { parcels: 25, faults: FAULTS })
  assert.ok(round.happened.length > 60, 'the world has something to tell')
  assert.deepEqual(round.pushed, round.happened)
  if (round.asked !== null) assert.deepEqual(round.asked, round.happened)
  assert.ok(round.refusals.length > 0, 'impostors came')
  assert.ok(
    round.refusals.every((code) => /^fedex\.(signature|token|credential)$/.test(code)),
    round.refusals.join(),
  )
})
