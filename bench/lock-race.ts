import { join } from 'node:path'
import { startChild, withFolder } from './lib/child.ts'
import { WAREHOUSE } from './lib/lock-load.ts'
import { closedLoop, round } from './lib/raw-client.ts'
import type { BenchReport } from './lib/report.ts'
import { lockRequest, withRedis } from './lock.ts'

const STOCK = 1_000
const BUYERS = 5_000
const CALLERS = 256

/** A flash sale through HTTP: 5,000 buyers for 1,000 pieces. `sold` is exactly 1,000, on both engines. */
export async function lockRace(say: (line: string) => void): Promise<BenchReport> {
  return await withFolder(async (dir) => {
    const startedAt = performance.now()
    const postgres = await race(join(dir, 'pg'), {})
    say(`PostgreSQL: ${postgres.sold} sold of ${STOCK} to ${BUYERS}, ${postgres.rate}/s`)
    const redis = await withRedis((url) => race(join(dir, 'redis'), { REDIS_URL: url }))
    if (redis !== null) say(`Redis: ${redis.sold} sold of ${STOCK} to ${BUYERS}, ${redis.rate}/s`)
    return {
      name: 'lock-race',
      ...postgres,
      seconds: round((performance.now() - startedAt) / 1_000),
      stock: STOCK,
      buyers: BUYERS,
      callers: CALLERS,
      redis,
    }
  })
}

async function race(dataDir: string, env: Record<string, string>) {
  const hub = await startChild<{ port: number; key: string }>('./lock-hub.ts', {
    env: { DATA_DIR: dataDir, ROLES: 'api', ...env },
    stock: { HOT: STOCK },
  })
  try {
    const { port, key } = hub.ready
    const lines = [{ sku: 'HOT', quantity: 1, warehouse: WAREHOUSE }]
    const requests = Array.from({ length: BUYERS }, (_, n) => lockRequest(key, `race-${n}`, lines))
    const { ok, rate, p50, p99 } = await closedLoop({ port, callers: CALLERS, requests })
    return { sold: ok, rate: Math.round(rate), p50, p99 }
  } finally {
    await hub.stop()
  }
}
