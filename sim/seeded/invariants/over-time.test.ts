import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Database } from '#platform/postgres/database.ts'
import type { Look } from '../invariant.ts'
import { OVER_TIME } from './over-time.ts'

const NOW = Temporal.Instant.from('2026-11-11T00:00:00Z')

/** What the invariant says at each of these looks at one database. */
async function looks(id: string, rows: readonly object[]): Promise<readonly (readonly string[])[]> {
  let nth = 0
  const db = (async () => [rows[nth]]) as unknown as Database
  const invariant = OVER_TIME.find((one) => one.id === id)
  assert.ok(invariant !== undefined, id)
  const look: Look = { db, now: NOW }
  const said: (readonly string[])[] = []
  for (nth = 0; nth < rows.length; nth += 1) said.push(await invariant.check(look))
  return said
}

test('OS17: a register that goes back to an older version is named, one that goes on is not', async () => {
  const key = 'order 1 lines'
  assert.deepEqual(
    await looks('OS17', [
      { key, state: '5' },
      { key, state: '7' },
      { key, state: '6' },
    ]),
    [[], [], ['order 1 lines: version 6 stands after 7']],
  )
})

test('ST-13: a deadline that comes nearer is named', async () => {
  const key = 'hold a'
  assert.deepEqual(
    await looks('ST-13', [
      { key, state: '9000' },
      { key, state: '4000' },
    ]),
    [[], ['hold a: 5000 ms nearer']],
  )
})

test('FU10: another address with the plan of before is named; a new plan is not', async () => {
  const key = 'order 1'
  const rows = [
    { key, state: 'here|p1' },
    { key, state: 'there|p2' },
    { key, state: 'elsewhere|p2' },
  ]
  assert.deepEqual(await looks('FU10', rows), [
    [],
    [],
    ['order 1: it changed, and its plan is the one of before'],
  ])
})

test('R8: another version is named only while the one of before may decide', async () => {
  const key = 'the split of order 1'
  const before = { key, version: '3', alive: '3,9' }
  const one = await looks('R8', [before, { key, version: '9', alive: '3,9' }])
  assert.deepEqual(one, [[], ['the split of order 1: version 3 decided, and now 9']])
  assert.deepEqual(await looks('R8', [before, { key, version: '9', alive: '9' }]), [[], []])
})
