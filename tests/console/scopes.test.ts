import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SCOPES } from '#platform/http/scopes.ts'
import { SCOPES as SHOWN } from '../../console/src/api/types.ts'

test('the console offers every scope for a key, in the order of the hub', () => {
  assert.deepEqual([...SHOWN], [...SCOPES])
})
