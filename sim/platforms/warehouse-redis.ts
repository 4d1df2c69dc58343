import { Redis } from 'ioredis'
import type { Random } from '#kernel/random.ts'
import { type RedisServer, redisServer } from '#test-support/redis.ts'
import { runWarehouse, type SimWarehouse } from './warehouse-book.ts'

const KEY = 'wms:stock'
/** Kept entries; a hub that was away for longer finds a gap. */
const KEPT = 100_000

/** A warehouse that tells each change of its stock in a stream of Debian's Redis, every entry on disk before it counts. */
export async function simRedisWarehouse({
  code,
  random,
  opening,
}: {
  readonly code: string
  readonly random: Random
  readonly opening: ReadonlyMap<string, number>
}): Promise<SimWarehouse & { readonly server: RedisServer }> {
  const server = await redisServer(['--appendonly', 'yes', '--appendfsync', 'always'])
  const client = new Redis({ port: server.port, maxRetriesPerRequest: 1, retryStrategy: () => 100 })
  client.on('error', () => undefined)
  const tell = async (sku: string, quantity: number, version: number, document: string): Promise<void> => {
    const fields = ['wh', code, 'sku', sku, 'qty', String(quantity), 'ver', String(version), 'doc', document]
    // Twice the same version is the same fact: its readers go by the version.
    await client.xadd(KEY, 'MAXLEN', '~', KEPT, '*', ...fields)
  }
  for (const [sku, quantity] of opening) await tell(sku, quantity, 1, 'QC')
  const warehouse = runWarehouse(
    {
      kind: 'redis-stream',
      settings: {
        nodes: `127.0.0.1:${server.port}`,
        mode: 'single',
        database: '0',
        tls: 'off',
        group: 'holdfast',
      },
      mapping: {
        mode: 'levels',
        table: KEY,
        sku: 'sku',
        quantity: 'qty',
        warehouse: 'wh',
        version: 'ver',
        id: null,
        reference: 'doc',
        zone: 'Asia/Shanghai',
      },
      commit: (move, level) => tell(move.sku, level.quantity, level.version, move.document),
      stop: server.stop,
      start: () => server.start('saved'),
      close: async () => {
        client.disconnect()
        await server.close()
      },
    },
    { code, random, opening },
  )
  return { ...warehouse, server }
}
