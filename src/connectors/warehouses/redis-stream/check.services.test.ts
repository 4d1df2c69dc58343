import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import type { Settings } from '#domain/connector.ts'
import type { FeedCheck, StockFeed } from '#domain/stock-feed.ts'
import { makeCertificate } from '#test-support/certificates.ts'
import { type RedisServer, redisCluster, redisServer } from '#test-support/redis.ts'
import { addTo, begun, connected, deps, feedAt, hears, KEY, start, until } from '#test-support/redis-feed.ts'
import { aclCommand } from './check.ts'
import { redisStream } from './index.ts'

let server: RedisServer
let client: Redis
before(async () => {
  server = await redisServer(['--appendonly', 'yes', '--appendfsync', 'always'])
  client = connected(server)
})
after(async () => {
  client.disconnect()
  await server.close()
})
const feedOf = (more: Settings = {}): StockFeed => feedAt(server, more)
const add = (key: string, sku: string, qty: number, ver: number): Promise<string> =>
  addTo(client, key, sku, qty, ver)

function outcomeOf(checks: readonly FeedCheck[] | undefined, name: string): FeedCheck {
  const found = checks?.find((one) => one.name === name)
  assert.ok(found, name)
  return found
}

test('the check passes for the account that it names itself, and says what another lacks', async () => {
  await add(KEY, 'first', 1, 1)
  await client.call(
    ...(aclCommand({ user: 'wms-reader', group: 'holdfast' })
      .replace("'><password>'", '>reader-password')
      .split(' ') as [string, ...string[]]),
  )
  const login = { user: 'wms-reader', password: 'reader-password' }
  const checks = await feedOf(login).check()
  assert.deepEqual(
    checks
      .filter(({ outcome }) => outcome !== 'ok')
      .map(({ name, outcome, words }) => `${name} ${outcome} ${words.en}`),
    ['tls warning The connection is not encrypted'],
  )
  const one = start(feedOf(login), null)
  await begun(one)
  await add(KEY, 'acl', 1, 1)
  await hears(one, 1)
  await one.stop()
  const rows = await feedOf(login).sample(KEY, 2)
  assert.ok(rows.ok && rows.value[0]?.sku === 'acl' && rows.value[0]?.$id !== undefined)
  const seen = await feedOf().tables()
  assert.ok(seen.ok)
  assert.deepEqual(
    seen.value.find(({ name }) => name === KEY)?.columns.map(({ name }) => name),
    ['$id', 'sku', 'qty', 'ver'],
  )
  await client.call(
    'ACL',
    'SETUSER',
    'watcher',
    'on',
    '>watcher-password',
    `~${KEY}`,
    '-@all',
    '+ping',
    '+scan',
    '+xinfo',
    '+xrange',
    '+time',
  )
  const cases: readonly (readonly [Settings, string, RegExp])[] = [
    [{ ...login, password: 'wrong-password' }, 'login', /ACL SETUSER wms-reader/],
    [{ user: 'watcher', password: 'watcher-password' }, 'group', /\+xreadgroup/],
    [{ database: '3' }, 'stream_exists', /XADD/],
    [{ nodes: '127.0.0.1:1' }, 'network', /nc -vz/],
  ]
  for (const [more, name, command] of cases) {
    const said = await feedOf(more).check()
    const found = outcomeOf(said, name)
    assert.equal(found.outcome, 'failed', `${name}: ${JSON.stringify(said)}`)
    assert.match(found.remedy?.command ?? '', command)
    assert.ok(!JSON.stringify(said).includes('-password'))
  }
  assert.equal(
    outcomeOf(await feedOf({ mode: 'cluster' }).check(), 'version').outcome,
    'failed',
    'no cluster',
  )
  const tested = await redisStream.calls?.({ nodes: '127.0.0.1:1' }, deps).test()
  assert.ok(tested?.ok === false && tested.refusal.code === 'redis_stream.network')
})

test('TLS with an authority of one’s own, and refused for another name', async () => {
  const authority = makeCertificate({ name: 'Stream Root', ca: true })
  const { mkdtempSync, writeFileSync, rmSync } = await import('node:fs')
  const { tmpdir } = await import('node:os')
  const folder = mkdtempSync(`${tmpdir()}/holdfast-redis-tls-`)
  const leaf = makeCertificate({ name: 'localhost', names: ['localhost'], by: authority })
  writeFileSync(`${folder}/ca.pem`, authority.certificate)
  writeFileSync(`${folder}/server.pem`, leaf.certificate)
  writeFileSync(`${folder}/server.key`, leaf.key)
  const secure = await redisServer([
    ...['--tls-port', '0', '--tls-auth-clients', 'no'],
    ...[
      '--tls-ca-cert-file',
      `${folder}/ca.pem`,
      '--tls-cert-file',
      `${folder}/server.pem`,
      '--tls-key-file',
      `${folder}/server.key`,
    ],
  ])
  try {
    const tlsPort = secure.port + 10_000
    await secure.command('config', 'set', 'tls-port', tlsPort)
    await secure.command('xadd', KEY, '*', 'sku', 'T', 'qty', 1, 'ver', 1)
    const verify = { tls: 'verify', authority: authority.certificate }
    const good = await feedOf({ nodes: `localhost:${tlsPort}`, ...verify }).check()
    assert.deepEqual(
      good.filter(({ outcome }) => outcome !== 'ok').map(({ name }) => name),
      [],
      JSON.stringify(good),
    )
    assert.equal(
      outcomeOf(await feedOf({ nodes: `127.0.0.1:${tlsPort}`, tls: 'required' }).check(), 'tls').outcome,
      'ok',
    )
    for (const more of [
      { nodes: `127.0.0.1:${tlsPort}`, ...verify },
      { nodes: `localhost:${tlsPort}`, tls: 'verify' },
    ])
      assert.equal(outcomeOf(await feedOf(more).check(), 'tls').outcome, 'failed')
  } finally {
    await secure.close()
    rmSync(folder, { recursive: true })
  }
})

test('a cluster: the stream’s master is found from any node, and followed on after it was killed', async () => {
  const cluster = await redisCluster()
  try {
    const master = await cluster.masterOf(KEY)
    const write = async (serial: number): Promise<void> => {
      await until(
        async () => {
          const now = await cluster.masterOf(KEY).catch(() => null)
          const written = await now
            ?.command('xadd', KEY, '*', 'sku', 'C', 'qty', serial, 'ver', serial)
            .catch(() => null)
          return typeof written === 'string'
        },
        () => `not written: ${serial}`,
        30_000,
      )
    }
    await write(1)
    const nodes = cluster.nodes.map(({ port }) => `127.0.0.1:${port}`).join(', ')
    const settings = { nodes, mode: 'cluster' }
    const checks = await feedOf(settings).check()
    assert.ok(
      checks.every(({ outcome }) => outcome !== 'failed'),
      JSON.stringify(checks),
    )
    const one = start(feedOf(settings), null)
    await begun(one)
    await write(2)
    await hears(one, 1)
    await sleep(300)
    await master.stop('SIGKILL')
    await one.ended.catch(() => undefined)
    await write(3)
    const heard: string[] = []
    // As the runner does: again and again from the last durable place.
    let position = one.position()
    for (let tries = 0; heard.length === 0 && tries < 60; tries += 1) {
      const two = start(feedOf(settings), position)
      await Promise.race([two.ended.catch(() => undefined), sleep(1_500)])
      await two.stop().catch(() => undefined)
      heard.push(...two.told())
      position = two.position() || position
      await sleep(100)
    }
    assert.deepEqual(heard, ['C=3@3'])
  } finally {
    await cluster.close()
  }
})
