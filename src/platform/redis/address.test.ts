import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRedisUrl } from './address.ts'

function read(given: string) {
  const parsed = parseRedisUrl(given)
  assert.ok(parsed.ok, given)
  return parsed.value
}

test('one server', () => {
  assert.deepEqual(read('redis://localhost'), {
    nodes: [{ host: 'localhost', port: 6379 }],
    cluster: false,
    tls: false,
    username: null,
    password: null,
    database: 0,
  })
  const full = read('rediss://app:p%40ss@10.0.0.5:7000/3')
  assert.deepEqual(
    [full.tls, full.username, full.password, full.database, full.nodes[0]?.port],
    [true, 'app', 'p@ss', 3, 7000],
  )
  assert.deepEqual(read('redis://:word@[::1]:6380').nodes, [{ host: '::1', port: 6380 }])
})

test('a Cluster: several nodes, in either writing, or one that is said to be an entrance', () => {
  const nodes = [
    { host: 'a', port: 1 },
    { host: 'b', port: 2 },
  ]
  for (const given of ['redis://u:w@a:1,b:2', 'redis://u:w@a:1,redis://u:w@b:2', 'redis://u:w@a:1, b:2/']) {
    const address = read(given)
    assert.deepEqual([address.nodes, address.cluster, address.password], [nodes, true, 'w'], given)
  }
  assert.equal(read('redis+cluster://a:1').cluster, true)
})

test('anything else is refused without being repeated', () => {
  for (const given of [
    '',
    'http://a',
    'redis://',
    'redis://a:0',
    'redis://a:99999',
    'redis://a b',
    'redis://a:1,b:2/3',
    'redis://%zz:secret@a',
  ]) {
    const parsed = parseRedisUrl(given)
    assert.ok(!parsed.ok, given)
    assert.equal(parsed.refusal.code, 'redis.bad_url')
    assert.ok(!parsed.refusal.detail.includes('secret'))
  }
})
