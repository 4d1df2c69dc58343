import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simFedex } from '#sim/platforms/fedex.ts'
import { simSeventeentrack } from '#sim/platforms/seventeentrack.ts'
import { deskRound } from '#test-support/desk-round.ts'
import { seventeentrack } from './index.ts'

const FAULTS = { duplicate: 0.3, reorder: 0.3, delay: 0.2, delayMs: 10, drop: 0.2, forge: 0.2 }

test('it tells of another carrier’s parcels what happened, at its own instants', async () => {
  const others: { close: () => Promise<void> }[] = []
  const round = await deskRound(
    seventeentrack,
    async (deps, options) => {
      others.push(await simFedex(deps, options))
      return await simSeventeentrack(deps, options)
    },
    { parcels: 25, issuedBy: 'fedex', faults: FAULTS },
  )
  for (const other of others) await other.close()
  // 17TRACK has no words for customs: what it cannot tell is missing on both ways.
  const told = round.happened.filter((line) => round.asked?.includes(line))
  assert.ok(told.length > 60)
  assert.deepEqual(round.asked, told)
  assert.ok(round.pushed.every((line) => round.happened.includes(line)))
  assert.ok(round.refusals.length > 0 && round.refusals.every((code) => code === 'seventeentrack.signature'))
})
