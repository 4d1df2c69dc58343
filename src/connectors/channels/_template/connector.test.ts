import assert from 'node:assert/strict'
import { test } from 'node:test'
import { computeVector } from './index.ts'

// The contract suite holds this connector to the common promises; here stands what only this platform has.

test('the published vector comes out', () => {
  // echo -n '1770773460.{}' | openssl dgst -sha256 -hmac secret
  const inputs = { secret: 'secret', timestamp: '1770773460', raw_body: '{}' }
  assert.equal(
    computeVector({ kind: 'webhook', inputs }),
    '872a923ecc6903e80edb4d44f1578ecfe36739dafb5a3ad04d2e4cb0bcbd2afa',
  )
  assert.equal(computeVector({ kind: 'webhook', inputs: {} }), null)
})
