import assert from 'node:assert/strict'
import { test } from 'node:test'
import { simulate } from './run.ts'

const LIVES = 3

test('the same seed is the same life to the last byte, beside others, after them and by other plans of the database; another seed is another one', async () => {
  const hashes = await Promise.all([hashesOf(4), hashesOf(6)])
  for (const own of hashes) assert.equal(new Set(own).size, 1, own.join(' '))
  assert.notEqual(hashes[0]?.[0], hashes[1]?.[0])
})

async function hashesOf(seed: number): Promise<string[]> {
  const hashes: string[] = []
  for (let lives = 0; lives < LIVES; lives += 1)
    hashes.push((await simulate({ seed, steps: 12, endHours: 1, otherPlans: lives === LIVES - 1 })).hash)
  return hashes
}
