import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { connectors } from '#connectors/index.ts'
import type { CallDeps } from '#domain/connector.ts'
import type { FeedBatch, FeedEnd } from '#domain/stock-feed.ts'
import { systemClock } from '#kernel/clock.ts'
import { seededRandom } from '#kernel/random.ts'
import { openTcpTo } from '#platform/http-client/open-tcp.ts'
import type { SimWarehouse } from './warehouse-book.ts'
import { simMariadbWarehouse } from './warehouse-mariadb.ts'
import { simRedisWarehouse } from './warehouse-redis.ts'

const deps: CallDeps = {
  http: async () => assert.fail('no HTTP here'),
  openTcp: openTcpTo({ allowLoopback: true, allowPrivate: false }),
  clock: systemClock,
  random: seededRandom(3),
}
const OPENING = new Map([
  ['A', 100],
  ['B', 50],
  ['C', 0],
])

for (const [name, make] of [
  ['MariaDB', simMariadbWarehouse],
  ['Redis', simRedisWarehouse],
] as const)
  test(`${name}: people work, the server is killed and stopped in between, and what was captured is what the book says`, async () => {
    const warehouse: SimWarehouse = await make({ code: 'W1', random: seededRandom(5), opening: OPENING })
    try {
      const feed = connectors
        .find(({ kind }) => kind === warehouse.kind)
        ?.stockFeed?.(warehouse.settings, deps)
      assert.ok(feed)
      const checks = await feed.check()
      assert.ok(
        checks.every(({ outcome }) => outcome !== 'failed'),
        JSON.stringify(checks),
      )
      const figures = new Map<string, { quantity: number; version: bigint }>()
      let position: string | null = null
      const sink = async (batch: FeedBatch): Promise<void> => {
        assert.deepEqual(batch.faults, [])
        for (const change of batch.changes) {
          assert.ok(change.kind === 'level' && change.version !== null && change.warehouse === 'W1')
          const known = figures.get(change.sku)
          if (known === undefined || change.version > known.version)
            figures.set(change.sku, { quantity: change.quantity, version: change.version })
        }
        position = batch.position
      }
      const read = await feed.snapshot?.(warehouse.mapping, sink, AbortSignal.timeout(10_000))
      if (read !== undefined) {
        assert.ok(read.ok)
        position = read.value.position
      }
      const abort = new AbortController()
      // As the hub's runner: from the last durable position, again and again.
      const following = (async () => {
        while (!abort.signal.aborted) {
          const end: FeedEnd | null = await feed
            .follow(warehouse.mapping, position, sink, abort.signal)
            .catch(() => null)
          assert.ok(end === null || end.reason === 'stopped', JSON.stringify(end))
          await sleep(50)
        }
      })()
      await sleep(200)
      warehouse.begin(12_000)
      assert.equal(await warehouse.pick('C', 1, 'SO-1'), null, 'nothing is taken that is not there')
      await warehouse.move({ kind: 'receipt', sku: 'C', delta: 7, document: 'RK-1' })
      const picked = await warehouse.pick('A', 1, 'SO-2')
      assert.ok(picked !== null)
      for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
        await sleep(400)
        await warehouse.stop(signal)
        await sleep(100)
        await warehouse.start()
      }
      await sleep(400)
      warehouse.begin(0)
      await warehouse.settled()
      const truth = [...warehouse.book].filter(
        ([sku]) => warehouse.kind === 'mysql-binlog' || figures.has(sku),
      )
      const differs = (): string[] =>
        truth.flatMap(([sku, level]) => {
          const seen = figures.get(sku)
          return seen?.quantity === level.quantity && seen.version === BigInt(level.version)
            ? []
            : [`${sku}: ${seen?.quantity}@${seen?.version}, truly ${level.quantity}@${level.version}`]
        })
      for (let waited = 0; differs().length > 0; waited += 20) {
        assert.ok(waited < 10_000, differs().join('; '))
        await sleep(20)
      }
      abort.abort()
      await following
      assert.ok(
        [...warehouse.book.values()].some(({ version }) => version > 20),
        'people worked',
      )
      assert.ok([...warehouse.book.values()].every(({ quantity }) => quantity >= 0))
    } finally {
      await warehouse.close()
    }
  })
