import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Redis } from 'ioredis'
import type { Settings } from '#domain/connector.ts'
import type { FeedBatch, FeedEnd, FeedMapping, StockFeed } from '#domain/stock-feed.ts'
import { Outage } from '#kernel/outage.ts'
import { type RedisServer, redisServer } from '#test-support/redis.ts'
import {
  addTo,
  begun,
  connected,
  type Following,
  feedAt,
  hears,
  KEY,
  MAPPING,
  start,
  until,
} from '#test-support/redis-feed.ts'

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

async function endOf(one: Following): Promise<FeedEnd> {
  const end = await Promise.race([one.ended, sleep(10_000, null, { ref: false })])
  assert.ok(end, `still following; heard ${one.told().join(' ')}`)
  return end
}
async function pendingOf(key: string): Promise<number> {
  const [count] = (await client.xpending(key, 'holdfast')) as [number]
  return count
}

test('follows from now, acknowledges only what the sink has taken, and tells the time of the server', async () => {
  await add(KEY, 'old', 1, 1)
  const held = Promise.withResolvers<void>()
  const one = start(feedOf(), null, MAPPING, async ({ changes }) => {
    if (changes.length > 0) await held.promise
  })
  await begun(one)
  const id = await add(KEY, 'A', 7, 9_007)
  await until(
    async () => (await pendingOf(KEY)) === 1,
    () => 'not delivered',
  )
  await sleep(50)
  assert.equal(await pendingOf(KEY), 1, 'delivered and not acknowledged')
  held.resolve()
  await until(
    async () => (await pendingOf(KEY)) === 0,
    () => 'not acknowledged',
  )
  await one.stop()
  assert.deepEqual(one.told(), ['A=7@9007'])
  const last = one.batches.findLast(({ changes }) => changes.length > 0)
  assert.equal(last?.evidence, id)
  assert.equal(last?.committedAt?.epochMilliseconds, Number(id.split('-')[0]))
})

test('a reader that dies before or after storing: nothing is missing, a second delivery is the same change', async () => {
  const key = 'dies'
  await add(key, 'S', 0, 0)
  const first = start(feedOf(), null, { ...MAPPING, table: key })
  await begun(first)
  let position = first.position()
  await first.stop()
  let version = 0n
  const durable = (batch: FeedBatch): void => {
    for (const change of batch.changes)
      if (change.kind === 'level' && change.version !== null) {
        assert.ok(change.version <= version + 1n, `after ${version} came ${change.version}`)
        if (change.version > version) version = change.version
      }
    position = batch.position
  }
  let serial = 0
  for (let round = 0; round < 8; round += 1) {
    let left = 1 + (round % 3)
    const one = start(feedOf(), position, { ...MAPPING, table: key }, async (batch) => {
      if (batch.changes.length > 0) left -= 1
      if (round % 2 === 0) durable(batch)
      if (left === 0) throw new Error('killed')
      if (round % 2 === 1) durable(batch)
    })
    for (let i = 0; i < 20; i += 1) {
      serial += 1
      await add(key, 'S', serial, serial)
      if (i % 5 === 0) await sleep(5)
    }
    if (round === 4) {
      await server.stop('SIGKILL')
      await server.start()
    }
    await Promise.race([one.ended.catch(() => undefined), sleep(200)])
    await one.stop().catch(() => undefined)
  }
  const last = start(feedOf(), position, { ...MAPPING, table: key }, async (batch) => durable(batch))
  await until(
    () => version === BigInt(serial),
    () => `${version} of ${serial}`,
  )
  await until(
    async () => (await pendingOf(key)) === 0,
    () => 'all acknowledged',
  )
  await last.stop()
})

test('what a dead consumer of the group had taken is taken over', async () => {
  const key = 'dead'
  await add(key, 'a', 1, 1)
  await client.xgroup('CREATE', key, 'holdfast', '0')
  await client.xreadgroup('GROUP', 'holdfast', 'somebody-else', 'COUNT', 10, 'STREAMS', key, '>')
  // As if it were silent for two minutes.
  const id = (await client.xrange(key, '-', '+'))[0]?.[0] ?? ''
  await client.call('XCLAIM', key, 'holdfast', 'somebody-else', '0', id, 'IDLE', '120000', 'JUSTID')
  const one = start(feedOf(), null, { ...MAPPING, table: key })
  await hears(one, 1)
  await one.stop()
  assert.deepEqual(one.told(), ['a=1@1'])
})

test('trimmed past us: a gap; trimmed up to us: none', async () => {
  const key = 'trimmed'
  const mapping = { ...MAPPING, table: key }
  for (let i = 1; i <= 5; i += 1) await add(key, 'T', i, i)
  const one = start(feedOf(), null, mapping)
  await begun(one)
  for (let i = 6; i <= 10; i += 1) await add(key, 'T', i, i)
  await hears(one, 5)
  await one.stop()
  const position = one.position()
  for (let i = 11; i <= 20; i += 1) await add(key, 'T', i, i)
  await client.xtrim(key, 'MAXLEN', 10)
  const two = start(feedOf(), position, mapping)
  await hears(two, 10)
  await two.stop()
  assert.deepEqual(two.told()[0], 'T=11@11', 'exactly what we had read is gone')
  const again = two.position()
  for (let i = 21; i <= 30; i += 1) await add(key, 'T', i, i)
  await client.xtrim(key, 'MAXLEN', 9)
  const cut = await endOf(start(feedOf(), again, mapping))
  assert.ok(cut.reason === 'gap' && /trimmed/.test(cut.words.en), JSON.stringify(cut))
  // The new beginning goes on where the group stands: what is left is read.
  const three = start(feedOf(), null, mapping)
  await hears(three, 9)
  await three.stop()
})

test('a stream that was restored to an earlier state is a gap; a deleted group is made again without loss', async () => {
  const key = 'restored'
  const mapping = { ...MAPPING, table: key }
  await add(key, 'R', 1, 1)
  const one = start(feedOf(), null, mapping)
  await begun(one)
  await add(key, 'R', 2, 2)
  await hears(one, 1)
  await client.xgroup('DESTROY', key, 'holdfast')
  const lost = await one.ended.then(
    () => null,
    (error: unknown) => error,
  )
  assert.ok(lost instanceof Outage && lost.code === 'redis_stream.no_group' && lost.retryable, String(lost))
  await add(key, 'R', 3, 3)
  const two = start(feedOf(), one.position(), mapping)
  await hears(two, 1)
  await two.stop()
  assert.deepEqual(two.told(), ['R=3@3'])
  await client.del(key)
  await assert.rejects(
    async () => await start(feedOf(), two.position(), mapping).ended,
    (error) => error instanceof Outage && error.code === 'redis_stream.stream_missing',
  )
  await client.xadd(key, '1-1', 'sku', 'R', 'qty', '9', 'ver', '9')
  const back = await endOf(start(feedOf(), two.position(), mapping))
  assert.ok(back.reason === 'gap' && /ends before/.test(back.words.en))
  const fresh = start(feedOf(), null, mapping)
  await begun(fresh)
  await client.xadd(key, '2-1', 'sku', 'R', 'qty', '10', 'ver', '10')
  await hears(fresh, 1)
  await fresh.stop()
  assert.equal(
    fresh.batches.findLast(({ changes }) => changes.length > 0)?.committedAt,
    null,
    'an id that is no time',
  )
})

test('an entry deleted before it was read is a gap', async () => {
  const key = 'deleted'
  const mapping = { ...MAPPING, table: key }
  await add(key, 'D', 1, 1)
  const one = start(feedOf(), null, mapping)
  await begun(one)
  const position = one.position()
  await one.stop()
  const id = await add(key, 'D', 2, 2)
  await add(key, 'D', 3, 3)
  await client.xdel(key, id)
  const end = await endOf(start(feedOf(), position, mapping))
  assert.ok(end.reason === 'gap' && /deleted/.test(end.words.en), JSON.stringify(end))
})

test('JSON in one field, movements by the entry’s own id, unreadable entries as faults that are acknowledged', async () => {
  const key = 'json'
  const mapping: FeedMapping = {
    ...MAPPING,
    table: key,
    mode: 'movements',
    sku: 'item.code',
    quantity: 'delta',
    version: null,
    id: '$id',
  }
  await client.xadd(key, '*', 'data', '{}')
  const one = start(feedOf({ jsonField: 'data' }), null, mapping)
  await begun(one)
  const id = await client.xadd(
    key,
    '*',
    'data',
    '[{"item":{"code":"A"},"delta":-2},{"item":{"code":"B"},"delta":3}]',
  )
  await client.xadd(key, '*', 'data', '{broken')
  await client.xadd(key, '*', 'other', 'x')
  await until(
    () => one.batches.flatMap(({ faults }) => faults).length === 2,
    () => one.told().join(),
  )
  await until(
    async () => (await pendingOf(key)) === 0,
    () => 'acknowledged',
  )
  await one.stop()
  assert.deepEqual(one.told(), [`${id}/0:-2`, `${id}/1:3`])
  assert.deepEqual(
    one.batches.flatMap(({ faults }) => faults.map(({ code }) => code)),
    ['redis_stream.json_unreadable', 'redis_stream.json_missing'],
  )
})

test('2,000 changes a second for four seconds: every one arrives, with the lag from entry to sink', async () => {
  const key = 'fast'
  await add(key, 'x', 0, 0)
  const lags: number[] = []
  const one = start(feedOf(), null, { ...MAPPING, table: key }, async ({ changes }) => {
    const now = Temporal.Now.instant().epochNanoseconds / 1_000n
    for (const change of changes)
      if (change.kind === 'level' && change.version !== null) lags.push(Number(now - change.version) / 1_000)
    if (changes.length > 0) await sleep(5)
  })
  await begun(one)
  const from = performance.now()
  const TOTAL = 8_000
  for (let written = 0; written < TOTAL; ) {
    const due = Math.min(TOTAL, Math.floor((performance.now() - from) * 2))
    const pipeline = client.pipeline()
    for (; written < due; written += 1)
      pipeline.xadd(
        key,
        '*',
        'sku',
        `F${written % 200}`,
        'qty',
        '1',
        'ver',
        String(Temporal.Now.instant().epochNanoseconds / 1_000n),
      )
    await pipeline.exec()
    await sleep(1)
  }
  const seconds = (performance.now() - from) / 1_000
  await until(
    () => lags.length >= TOTAL,
    () => `${lags.length} of ${TOTAL}`,
  )
  await one.stop()
  lags.sort((a, b) => a - b)
  const at = (share: number): string => `${(lags[Math.floor(lags.length * share)] ?? 0).toFixed(1)} ms`
  process.stdout.write(
    `capture: ${(TOTAL / seconds).toFixed(0)} entries/s; entry to sink p50 ${at(0.5)}, p99 ${at(0.99)}, most ${at(0.9999)}\n`,
  )
  assert.ok((lags[Math.floor(lags.length * 0.99)] ?? 0) < 1_000)
})

test('a server that goes away is an outage; a Redis without a stream of that name too', async () => {
  const one = start(feedOf(), null, { ...MAPPING, table: 'fast' })
  await begun(one)
  await server.stop('SIGKILL')
  const error = await one.ended.then(
    () => null,
    (given: unknown) => given,
  )
  assert.ok(error instanceof Outage && error.retryable, String(error))
  await assert.rejects(
    async () => await start(feedOf(), one.position(), { ...MAPPING, table: 'fast' }).ended,
    (given) => given instanceof Outage && given.code === 'http.unreachable',
  )
  await server.start()
  await assert.rejects(
    async () => await start(feedOf(), null, { ...MAPPING, table: 'nowhere' }).ended,
    (given) => given instanceof Outage && given.code === 'redis_stream.stream_missing',
  )
})
