import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { applyStock, openStockEngine } from '#features/stock/index.ts'
import { groupOf } from '#features/stock-gate/core/bid.ts'
import { readGate } from '#features/stock-gate/index.ts'
import { openMirror } from '#features/stock-gate/mirror.ts'
import { parseRedisUrl } from '#platform/redis/address.ts'
import { openRedis, type RedisClient } from '#platform/redis/redis.ts'
import { type RedisServer, redisServer } from '#test-support/redis.ts'
import { adjust, codeOf, commit, contradictions, fill, free, lock } from './asks.ts'
import { eventually, openWorld, pendingIn, ready, START, type World } from './world.ts'

// What only Redis can do to the ledger: be lost, be old, be slow, forget. One server; the Cluster's own losses are in the file beside.

let server: RedisServer
let world: World
before(async () => {
  server = await redisServer()
  world = await openWorld(server.url)
})
after(async () => {
  await world?.close()
  await server?.close()
})

const engine = () => world.first.engine
const gate = () => {
  const { gate: one } = world.first
  assert.ok(one !== null)
  return one
}
const counts = () => gate().status().locks
const tag = async (): Promise<string> => `hf:${(await readGate(world.db)).namespace}:{g0}`

/** `pieces` for `callers` of both processes in ten waves; `in the middle` happens after the third. Exactly the pieces are sold. */
async function sellThrough(
  sku: string,
  pieces: number,
  callers: number,
  inTheMiddle: () => Promise<void>,
): Promise<void> {
  await fill(engine(), sku, 'SH', pieces)
  const told: boolean[] = []
  for (let wave = 0; wave < 10; wave += 1) {
    const asked = Array.from({ length: callers / 10 }, (_, i) => {
      const { engine: either } = i % 2 === 0 ? world.first : world.second
      return either.ask(lock(`${sku}-${wave}-${i}`, [[sku, 'SH', 1]]), { deadlineMs: 20_000 })
    })
    const happens = wave === 3 ? inTheMiddle() : Promise.resolve()
    told.push(...(await Promise.all(asked)).map((answer) => answer.ok))
    await happens
  }
  assert.equal(told.filter((one) => one).length, Math.min(pieces, callers))
  assert.deepEqual(await contradictions(world.db), [])
  await world.settled()
  await eventually(
    async () => (await free(engine(), sku, 'SH')) === Math.max(0, pieces - callers),
    () => 'the figure in Redis is not what is left',
  )
}

test('what Redis says counts: yes is admitted, no is refused without the engine, pending is left to PostgreSQL', async () => {
  await fill(engine(), 'verdict', 'SH', 2)
  const start = counts()
  assert.equal(codeOf(await engine().ask(lock('verdict-1', [['verdict', 'SH', 2]]))), 'ok')
  assert.equal(counts().admitted, start.admitted + 1)
  for (let i = 0; i < 5; i += 1)
    assert.equal(
      codeOf(await engine().ask(lock(`verdict-no-${i}`, [['verdict', 'SH', 1]]))),
      'SKU_NOT_AVAILABLE_IN_WAREHOUSE',
    )
  assert.equal(counts().refused, start.refused + 5)
  await fill(engine(), 'verdict', 'SH', 3)
  const both = await Promise.all([
    engine().ask(lock('verdict-2', [['verdict', 'SH', 1]])),
    engine().ask(lock('verdict-3', [['verdict', 'SH', 1]])),
  ])
  assert.deepEqual(both.map(codeOf).sort(), ['SKU_NOT_AVAILABLE_IN_WAREHOUSE', 'ok'])
  assert.ok(counts().doubted >= start.doubted + 1)
  await eventually(
    async () => (await pendingIn(world)) === 0,
    () => 'something stays pending',
  )
})

test('a figure in Redis that is too low refuses nobody, one that is too high sells nothing', async () => {
  await fill(engine(), 'wrong', 'SH', 3)
  const key = `${await tag()}:sku:wrong`
  await server.command('hset', key, 'a:SH', 0)
  const { overruled } = counts()
  assert.equal(codeOf(await engine().ask(lock('wrong-1', [['wrong', 'SH', 2]]))), 'ok')
  assert.equal(counts().overruled, overruled + 1)
  await server.command('hset', key, 'a:SH', 99)
  assert.equal(
    codeOf(await engine().ask(lock('wrong-2', [['wrong', 'SH', 2]]))),
    'SKU_NOT_AVAILABLE_IN_WAREHOUSE',
  )
  assert.deepEqual(await contradictions(world.db), [])
})

test('what others changed is followed within 200 ms', async () => {
  await fill(engine(), 'follow', 'SH', 1)
  const alone = openStockEngine({ db: world.db, clock: world.clock })
  await alone.ask(adjust([{ sku: 'follow', warehouse: 'SH', setPhysical: 8 }]))
  const startedAt = performance.now()
  await eventually(
    async () => (await free(engine(), 'follow', 'SH')) === 8,
    () => 'the change of another process is not followed',
  )
  const lag = performance.now() - startedAt
  await world.db.begin((tx) => applyStock(tx, [lock('follow-1', [['follow', 'SH', 3]])], START))
  await eventually(
    async () => (await free(engine(), 'follow', 'SH')) === 5,
    () => 'a lock within a transaction is not followed',
  )
  // Generous for a loaded machine; the look comes every 50 ms here.
  assert.ok(lag < 1_000, `${lag} ms`)
  await alone.stop()
})

test('a transaction that stays open holds nothing back, and is followed when it commits', async () => {
  await fill(engine(), 'open-a', 'SH', 1)
  await fill(engine(), 'open-b', 'SH', 1)
  const alone = openStockEngine({ db: world.db, clock: world.clock })
  const written = Promise.withResolvers<void>()
  const letGo = Promise.withResolvers<void>()
  const long = world.db.begin(async (tx) => {
    await applyStock(tx, [adjust([{ sku: 'open-a', warehouse: 'SH', setPhysical: 9 }])], START)
    written.resolve()
    await letGo.promise
  })
  await written.promise
  await alone.ask(adjust([{ sku: 'open-b', warehouse: 'SH', setPhysical: 7 }]))
  await eventually(
    async () => (await free(engine(), 'open-b', 'SH')) === 7,
    () => 'an open transaction holds back what others committed',
  )
  assert.equal(await free(engine(), 'open-a', 'SH'), 1)
  letGo.resolve()
  await long
  await eventually(
    async () => (await free(engine(), 'open-a', 'SH')) === 9,
    () => 'what an old transaction did is never followed',
  )
  await alone.stop()
})

test('functions that the server forgot are given to it again', async () => {
  const { bypassed } = counts()
  await sellThrough('forgot', 30, 60, async () => {
    await server.command('script', 'flush')
  })
  assert.equal(counts().bypassed, bypassed)
})

test('flushed in the middle of a sale: nothing is lost, nothing oversold, and it is built anew', async () => {
  const before = gate().status().epoch
  await sellThrough('flushed', 200, 600, async () => {
    await server.command('flushall')
  })
  await eventually(
    async () => gate().status().state === 'ready' && gate().status().epoch > before,
    () => `still ${gate().status().state} at epoch ${gate().status().epoch}`,
  )
})

test('killed in the middle of a sale and started empty: the same', async () => {
  await sellThrough('killed', 200, 600, async () => {
    await server.stop('SIGKILL')
    await sleep(50)
    await server.start('empty')
  })
})

test('away: PostgreSQL locks alone and at once; back: believed again', async () => {
  await fill(engine(), 'away', 'SH', 10)
  await server.stop('SIGKILL')
  const startedAt = performance.now()
  for (let i = 0; i < 5; i += 1)
    assert.equal(codeOf(await engine().ask(lock(`away-${i}`, [['away', 'SH', 1]]))), 'ok')
  assert.ok(performance.now() - startedAt < 2_000, 'nobody waits for a Redis that is gone')
  assert.equal(await free(engine(), 'away', 'SH'), 5)
  assert.equal(gate().status().state, 'away')
  await server.start('empty')
  await ready(gate())
  assert.equal(await free(engine(), 'away', 'SH'), 5)
  const { admitted } = counts()
  await engine().ask(lock('away-back', [['away', 'SH', 1]]))
  assert.equal(counts().admitted, admitted + 1)
})

test('a server that stands still costs its time-out once, then it is passed by', async () => {
  await fill(engine(), 'still', 'SH', 10)
  server.freeze()
  try {
    const first = performance.now()
    assert.equal(codeOf(await engine().ask(lock('still-1', [['still', 'SH', 1]]))), 'ok')
    assert.ok(performance.now() - first < 4_000)
    const second = performance.now()
    assert.equal(codeOf(await engine().ask(lock('still-2', [['still', 'SH', 1]]))), 'ok')
    assert.ok(performance.now() - second < 700, 'the second waits for it again')
  } finally {
    server.go()
  }
  await ready(gate())
  await eventually(
    async () => (await free(engine(), 'still', 'SH')) === 8,
    () => 'what was locked meanwhile is not followed',
  )
})

test('connections cut in the middle of a sale', async () => {
  await sellThrough('cut', 100, 300, async () => {
    await server.command('client', 'kill', 'type', 'normal')
  })
})

test('started again with an older copy, right epoch and all: not believed', async () => {
  await fill(engine(), 'old', 'SH', 5)
  await server.command('save')
  await engine().ask(lock('old-1', [['old', 'SH', 3]]))
  await engine().ask(commit('old-1'))
  const before = gate().status().epoch
  await server.stop('SIGKILL')
  await server.start('saved')
  await eventually(
    async () => gate().status().state === 'ready' && gate().status().epoch > before,
    () => 'a copy from before the restart is believed',
  )
  assert.equal(await free(engine(), 'old', 'SH'), 2)
})

test('what a dead process left pending is found and given back', async () => {
  await fill(engine(), 'left', 'SH', 4)
  const redis = await connected()
  try {
    const row = await readGate(world.db)
    const mirror = openMirror(redis, row.namespace)
    const bid = {
      token: 'dead:1',
      key: 'left-dead',
      channel: null,
      drawSafety: false,
      lines: [{ sku: 'left', warehouse: 'SH', quantity: 4, group: 0 }],
    }
    assert.deepEqual(await mirror.admit(row.epoch, [bid]), ['yes'])
    // It makes others doubt, and doubt is PostgreSQL's to decide: nobody is refused for a dead one's sake.
    const { doubted } = counts()
    assert.equal(codeOf(await engine().ask(lock('left-1', [['left', 'SH', 1]]))), 'ok')
    assert.equal(counts().doubted, doubted + 1)
    await eventually(
      async () => (await mirror.look(-1_000)).pending.length === 0,
      () => 'it stays pending for ever',
    )
    const { admitted } = counts()
    assert.equal(codeOf(await engine().ask(lock('left-2', [['left', 'SH', 3]]))), 'ok')
    assert.equal(counts().admitted, admitted + 1)
  } finally {
    await redis.stop()
  }
})

test('baskets of a thousand lines, many at once, are no call that Redis refuses', async () => {
  const redis = await connected()
  try {
    const row = await readGate(world.db)
    const mirror = openMirror(redis, row.namespace)
    const bids = Array.from({ length: 230 }, (_, i) => ({
      token: `wide:${i}`,
      key: `wide-${i}`,
      channel: null,
      drawSafety: false,
      lines: Array.from({ length: 1_000 }, (_, n) => ({
        sku: `wide-${n}`,
        warehouse: 'SH',
        quantity: 1,
        group: 0,
      })),
    }))
    // More than a million words in one call end the connection, and with it everybody's gate.
    assert.deepEqual(new Set(await mirror.admit(row.epoch, bids)), new Set(['doubt']))
    await mirror.settle(row.epoch, [...bids, ...bids], [])
    assert.equal(gate().status().state, 'ready')
  } finally {
    await redis.stop()
  }
})

test('an older figure never goes over a newer one, an older epoch never over a newer one', async () => {
  await fill(engine(), 'versions', 'SH', 6)
  const [level] = await engine().levels([{ sku: 'versions', warehouse: 'SH' }])
  assert.ok(level !== undefined)
  const redis = await connected()
  try {
    const row = await readGate(world.db)
    const mirror = openMirror(redis, row.namespace)
    const old = { level: { ...level, physical: 1, available: 1 }, version: 0n, quotas: [] }
    await mirror.settle(row.epoch, [], [old])
    await mirror.settle(row.epoch - 1n, [], [{ ...old, version: 99n }], 'build')
    assert.equal((await mirror.read(row.epoch, [level]))[0]?.available, 6)
    await mirror.open(row.epoch - 1n)
    assert.deepEqual((await mirror.look(0)).epochs, [row.epoch.toString()])
    await assert.rejects(mirror.read(row.epoch - 1n, [level]), { code: 'redis.epoch' })
  } finally {
    await redis.stop()
  }
})

test('SKUs are spread over the groups of a Cluster evenly and the same in every process', () => {
  assert.equal(groupOf('SKU-1', 64), groupOf('SKU-1', 64))
  const groups = Array.from({ length: 6_400 }, (_, i) => groupOf(`SKU-${i}`, 64))
  const sizes = [...Map.groupBy(groups, (group) => group).values()].map((list) => list.length)
  assert.equal(sizes.length, 64)
  assert.ok(Math.max(...sizes) < 200, `${Math.max(...sizes)} of 6,400 in one of 64 groups`)
})

async function connected(): Promise<RedisClient> {
  const address = parseRedisUrl(server.url)
  assert.ok(address.ok)
  const { promise, resolve } = Promise.withResolvers<void>()
  const redis = openRedis({ address: address.value, timeoutMs: 2_000, onChanged: resolve })
  await promise
  return redis
}
