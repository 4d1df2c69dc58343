import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '#kernel/random.ts'
import { seedFrom } from '#test-support/hub.ts'
import { runFuzz } from './fuzz-hub.ts'
import { readOperations, valueFor } from './open-api.ts'

// The short run; `npm run fuzz:api -- --seconds 600 --seed 3` is the long one.

const CALLS = 800

test('requests made from openapi.json: no 5xx, every no has its code and its line, every yes is as its schema says', async () => {
  const { report, complaints } = await runFuzz({
    seed: seedFrom('HOLDFAST_FUZZ_SEED', 20_260_211),
    calls: CALLS,
  })
  assert.deepEqual(report.findings, [])
  assert.deepEqual(complaints, [])
  assert.equal(report.calls, CALLS)
  assert.ok(report.operations > 400, `${report.operations} operations`)
  // Requests that only bounce off the schemas would prove little.
  assert.ok((report.byStatus['200'] ?? 0) > CALLS / 6, JSON.stringify(report.byStatus))
  assert.ok(report.operations - report.neverOk.length > 100, `${report.neverOk.length} never said yes`)
})

test('the same seed makes the same values', () => {
  const schema = {
    type: 'object',
    required: ['a'],
    properties: { a: { type: 'string' }, b: { type: 'integer' } },
  }
  const made = (seed: number): unknown[] => {
    const random = seededRandom(seed)
    return Array.from({ length: 20 }, () => valueFor(schema, random))
  }
  assert.deepEqual(made(5), made(5))
  assert.notDeepEqual(made(5), made(6))
})

test('an answer that its schema does not know would be found', () => {
  const answer = { content: { 'application/json': { schema: { type: 'object', required: ['id'] } } } }
  const [operation] = readOperations({ paths: { '/x': { get: { responses: { 200: answer } } } } })
  assert.equal(operation?.answers.get('200')?.({ id: 1 }), true)
  assert.equal(operation?.answers.get('200')?.({}), false)
})
