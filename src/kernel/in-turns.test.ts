import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mapInTurns } from './in-turns.ts'

test('everything is mapped in order, and others get their turn in between', async () => {
  const items = Array.from({ length: 50 }, (_, i) => i)
  let turns = 0
  let seen = 0
  const count = (): void => {
    turns += 1
    if (seen < items.length) setImmediate(count)
  }
  setImmediate(count)
  const turnOf = await mapInTurns(items, (item) => {
    seen += 1
    return [item, turns] as const
  })
  assert.deepEqual(
    turnOf.map(([item]) => item),
    items,
  )
  assert.ok((turnOf[49]?.[1] ?? 0) > (turnOf[0]?.[1] ?? 0))
})

test('nothing and few are mapped at once, a throw is passed on', async () => {
  assert.deepEqual(await mapInTurns([], () => 1), [])
  await assert.rejects(
    mapInTurns([1], () => {
      throw new Error('no')
    }),
    /no/,
  )
})
