import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextHealth, startHealth, whyRebuild } from './health.ts'

const trouble = { kind: 'trouble', reason: 'redis.unreachable' } as const

test('trouble at once, a longer pause each time, and all forgotten when it is back', () => {
  let health = nextHealth(startHealth(0), { kind: 'ready', epoch: 3n }, 10)
  assert.equal(health.state, 'ready')
  health = nextHealth(health, trouble, 1_000)
  assert.deepEqual([health.state, health.reason, health.lookAt], ['away', 'redis.unreachable', 1_100])
  // A hundred commands that time out together are one trouble.
  assert.equal(nextHealth(health, trouble, 1_050).lookAt, 1_100)
  health = nextHealth(health, trouble, 1_100)
  assert.deepEqual([health.lookAt, health.since], [1_300, 1_000])
  for (let i = 0; i < 20; i += 1) health = nextHealth(health, trouble, health.lookAt)
  assert.equal(health.lookAt - health.since > 10_000, true)
  const last = nextHealth(health, trouble, health.lookAt)
  assert.equal(last.lookAt - health.lookAt, 2_000)
  const back = nextHealth(last, { kind: 'ready', epoch: 4n }, 99_000)
  assert.deepEqual([back.state, back.troubles, back.epoch, back.reason], ['ready', 0, 4n, null])
})

test('believed only when built, in these servers, with this epoch in every group', () => {
  const found = { epoch: 7n, isBuilt: true, builtIn: 'a,b', servers: 'a,b', epochs: ['7', '7'] }
  assert.equal(whyRebuild(found), null)
  assert.equal(whyRebuild({ ...found, isBuilt: false }), 'unbuilt')
  assert.equal(whyRebuild({ ...found, servers: 'a,c' }), 'servers')
  assert.equal(whyRebuild({ ...found, builtIn: null }), 'servers')
  assert.equal(whyRebuild({ ...found, epochs: ['7', ''] }), 'lost')
  assert.equal(whyRebuild({ ...found, epochs: ['6', '7'] }), 'lost')
})
