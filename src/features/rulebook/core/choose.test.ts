import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CompiledRules } from '#domain/rulebook.ts'
import { isInShare } from './bucket.ts'
import { chooseRules, type InForce, placeOf, type SetInForce } from './choose.ts'

const rules: CompiledRules = {
  hash: 'h',
  decide: () => ({ outcome: 'decided', reason: null, values: {}, actions: [], path: [] }),
}
const arm = (versionId: bigint) => ({ versionId, number: Number(versionId), rules })

function setOf(over: Partial<SetInForce>): SetInForce {
  return {
    setId: 1n,
    kind: 'freight',
    connectorKind: '*',
    connectionId: null,
    revision: 1n,
    live: null,
    gray: null,
    ...over,
  }
}
function inForce(...sets: SetInForce[]): InForce {
  return new Map(sets.map((set) => [placeOf(set.kind, set.connectorKind, set.connectionId), set]))
}
const scope = { connection: 'shop-1', connectorKind: 'shopify', key: 'NO-1' }

test('the closest set decides', () => {
  const everybody = setOf({ setId: 1n, live: arm(1n) })
  const kind = setOf({ setId: 2n, connectorKind: 'shopify', live: arm(2n) })
  const own = setOf({ setId: 3n, connectorKind: 'shopify', connectionId: 'shop-1', live: arm(3n) })
  const all = inForce(everybody, kind, own)
  assert.equal(chooseRules(all, 'freight', scope)?.versionId, 3n)
  assert.equal(chooseRules(all, 'freight', { ...scope, connection: 'shop-2' })?.versionId, 2n)
  assert.equal(chooseRules(all, 'freight', { ...scope, connectorKind: 'temu' })?.versionId, 1n)
  assert.equal(chooseRules(all, 'split', scope), null)
})

test('a closer set that is only tried on a share leaves the rest to the next', () => {
  const everybody = setOf({ setId: 1n, live: arm(1n) })
  const own = setOf({
    setId: 3n,
    connectorKind: 'shopify',
    connectionId: 'shop-1',
    gray: { ...arm(3n), bps: 500, salt: 's' },
  })
  const all = inForce(everybody, own)
  for (let i = 0; i < 200; i += 1) {
    const found = chooseRules(all, 'freight', { ...scope, key: `NO-${i}` })
    assert.equal(found?.versionId, isInShare('s', `NO-${i}`, 500) ? 3n : 1n)
  }
})

test('an order never flips while its version may decide, and falls back when it may not', () => {
  const at = (bps: number) => inForce(setOf({ live: arm(1n), gray: { ...arm(2n), bps, salt: 's' } }))
  const pinned = (version: bigint) => ({ ...scope, pinned: version })
  // The share grows to all: who was decided by the live one stays there. It shrinks to next to nothing: who was gray stays gray.
  assert.deepEqual(pick(at(10_000), pinned(1n)), [1n, 'live'])
  assert.deepEqual(pick(at(1), pinned(2n)), [2n, 'gray'])
  // Rolled back: the live one decides; promoted: so does what was gray.
  assert.deepEqual(pick(inForce(setOf({ live: arm(1n) })), pinned(2n)), [1n, 'live'])
  assert.deepEqual(pick(inForce(setOf({ live: arm(2n) })), pinned(2n)), [2n, 'live'])
  assert.deepEqual(pick(inForce(setOf({ live: arm(2n) })), pinned(1n)), [2n, 'live'])
})

function pick(sets: InForce, scopeOf: Parameters<typeof chooseRules>[2]) {
  const found = chooseRules(sets, 'freight', scopeOf)
  return [found?.versionId, found?.arm]
}
