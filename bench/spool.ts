import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '#kernel/clock.ts'
import { startPostgres } from '#platform/embedded-postgres/index.ts'
import { openSpool } from '#platform/spool/spool.ts'
import { spoolArrival } from '#platform/spool/testing.ts'
import { openVault } from '#platform/vault.ts'
import { startChild, withFolder } from './lib/child.ts'
import { closedLoop, round } from './lib/raw-client.ts'
import type { BenchReport } from './lib/report.ts'
import { shopifyRequest } from './lib/shopify-requests.ts'

const CALLERS = 64
const WARMUP = 3_000
const MESSAGES = 30_000

/**
 * Signed 1.5 KB webhooks over HTTP until the durable acknowledgement while PostgreSQL is stopped; the same bodies at the spool's own
 * door; and a bare file with grouped fdatasync, written by as many callers: the machine's limit.
 */
export async function spool(say: (line: string) => void): Promise<BenchReport> {
  return await withFolder(async (dir) => {
    const startedAt = performance.now()
    const body = shopifyRequest('/bare', 1, 'd1')
    const payload = body.subarray(body.indexOf('\r\n\r\n') + 4)
    const bare = await bareFileRate(join(dir, 'bare'), payload)
    say(`bare file, grouped fdatasync, ${CALLERS} callers: ${Math.round(bare)}/s`)
    const door = await doorRate(join(dir, 'door'), payload)
    say(`the spool's own door: ${Math.round(door)}/s`)
    const http = await httpLoad(dir, say)
    return {
      name: 'spool',
      rate: Math.round(http.rate),
      p50: http.p50,
      p99: http.p99,
      limit: Math.round(bare),
      ratio: round(http.rate / bare),
      seconds: round((performance.now() - startedAt) / 1_000),
      callers: CALLERS,
      messages: http.sent,
      acknowledged: http.ok,
      door: { rate: Math.round(door), ratio: round(door / bare) },
    }
  })
}

async function httpLoad(dir: string, say: (line: string) => void) {
  const server = await startPostgres({ dataDir: join(dir, 'postgres') })
  const hub = await startChild<{ port: number; callback: string }>('./hub-child.ts', {
    env: {
      DATA_DIR: join(dir, 'hub'),
      DATABASE_URL: server.url,
      ROLES: 'api',
      HOLDFAST_KEY: '07'.repeat(32),
    },
  })
  try {
    const { port, callback } = hub.ready
    await server.stop()
    const requests = Array.from({ length: WARMUP + MESSAGES }, (_, i) => shopifyRequest(callback, i, `d${i}`))
    const load = await closedLoop({ port, callers: CALLERS, warmup: WARMUP, requests })
    const ready = (await (await fetch(`http://127.0.0.1:${port}/readyz`)).json()) as {
      level: number
      spool: { records: number }
    }
    say(`over HTTP at level ${ready.level}: ${Math.round(load.rate)}/s, ${ready.spool.records} on the disk`)
    if (ready.level !== 1 || ready.spool.records < load.ok)
      throw new Error('the spool does not hold what was acknowledged')
    return load
  } finally {
    await hub.stop()
  }
}

async function doorRate(root: string, body: Buffer): Promise<number> {
  const vault = openVault({ current: 'env', keys: new Map([['env', Buffer.alloc(32, 7)]]) })
  const opened = await openSpool({
    roots: [root],
    clock: systemClock,
    vault,
    quotaBytes: 1e10,
    reserveBytes: 0,
    allowVolatile: false,
    maxQueue: 10_000,
    onTrouble: ({ words }) => {
      throw new Error(words)
    },
  })
  const rate = await callersRate(async (n) => {
    await opened.keep(spoolArrival(n, { body }))
  })
  await opened.close()
  return rate
}

/** What the disk alone does: buffers gathered while the last fdatasync runs, one write and one sync for all. */
async function bareFileRate(path: string, body: Buffer): Promise<number> {
  const file = await open(path, 'a')
  let waiting: (() => void)[] = []
  let running = false
  const pump = async (): Promise<void> => {
    running = true
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      await file.appendFile(Buffer.concat(batch.map(() => body)))
      await file.datasync()
      for (const done of batch) done()
    }
    running = false
  }
  const rate = await callersRate(
    () =>
      new Promise((resolve) => {
        waiting.push(resolve)
        if (!running && waiting.length === 1) setImmediate(() => void pump())
      }),
  )
  await file.close()
  return rate
}

async function callersRate(one: (n: number) => Promise<void>): Promise<number> {
  let next = 0
  const startedAt = performance.now()
  const caller = async (): Promise<void> => {
    for (let n = next++; n < MESSAGES; n = next++) await one(n)
  }
  await Promise.all(Array.from({ length: CALLERS }, caller))
  return MESSAGES / ((performance.now() - startedAt) / 1_000)
}
