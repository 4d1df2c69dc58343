import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemClock } from '#kernel/clock.ts'
import { startPostgres } from '#platform/embedded-postgres/index.ts'
import { openDatabase } from '#platform/postgres/database.ts'
import { openSpool } from '#platform/spool/spool.ts'
import { spoolArrival } from '#platform/spool/testing.ts'
import { openVault } from '#platform/vault.ts'
import { withFolder } from './lib/child.ts'
import { round } from './lib/raw-client.ts'
import type { BenchReport } from './lib/report.ts'
import { shopifyRequest } from './lib/shopify-requests.ts'

const ORDERS = 100_000
const REPEATED = 10_000
const KEY = '07'.repeat(32)
const CLI = fileURLToPath(new URL('../src/app/cli.ts', import.meta.url))

/**
 * 100,000 spooled 1.5 KB orders and 10,000 repetitions merged by `holdfast recover`, which is killed (-9) in the middle and called
 * again: `seconds` is both calls together, start of the process and all.
 */
export async function recover(say: (line: string) => void): Promise<BenchReport> {
  return await withFolder(async (dir) => {
    const spoolDir = join(dir, 'other/spool')
    await fill(spoolDir)
    say(`${ORDERS + REPEATED} messages on the disk`)
    const server = await startPostgres({ dataDir: join(dir, 'postgres') })
    const db = openDatabase({ url: server.url, connections: 1 })
    try {
      const env = { DATABASE_URL: server.url, DATA_DIR: join(dir, 'hub'), HOLDFAST_KEY: KEY }
      const count = async (): Promise<number> => {
        const [row] = await db<{ count: bigint }>`select count(*) as count from inbox_key`
        return Number(row?.count ?? 0n)
      }
      const first = await call(spoolDir, env, async () => (await count().catch(() => 0)) >= ORDERS * 0.4)
      const reached = await count()
      say(`killed after ${round(first)} s with ${reached} merged`)
      const second = await call(spoolDir, env, null)
      const merged = await count()
      if (merged !== ORDERS) throw new Error(`${merged} messages are there, not ${ORDERS}`)
      const [kept] = await db<{ receipts: bigint }>`select count(*) as receipts from spool_receipt`
      const seconds = first + second
      return {
        name: 'recover',
        rate: Math.round(ORDERS / seconds),
        seconds: round(seconds),
        orders: ORDERS,
        repeated: REPEATED,
        killedAt: reached,
        receipts: Number(kept?.receipts ?? 0n),
      }
    } finally {
      await db.end()
      await server.stop()
    }
  })
}

async function fill(root: string): Promise<void> {
  const request = shopifyRequest('/x', 1, 'd1')
  const body = request.subarray(request.indexOf('\r\n\r\n') + 4)
  const spool = await openSpool({
    roots: [root],
    clock: systemClock,
    vault: openVault({ current: 'env', keys: new Map([['env', Buffer.from(KEY, 'hex')]]) }),
    quotaBytes: 1e10,
    reserveBytes: 0,
    allowVolatile: true,
    maxQueue: 1e6,
    onTrouble: () => undefined,
  })
  for (let from = 0; from < ORDERS + REPEATED; from += 1_000)
    await Promise.all(
      Array.from({ length: 1_000 }, (_, i) => spool.keep(spoolArrival((from + i) % ORDERS, { body }))),
    )
  await spool.close()
}

/** Seconds of one call; with `killWhen` it is killed as soon as that says so. */
async function call(
  path: string,
  env: Readonly<Record<string, string>>,
  killWhen: (() => Promise<boolean>) | null,
): Promise<number> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [CLI, 'recover', '--path', path, '--mode', 'merge'], {
    env: { PATH: '/usr/bin:/bin', ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  while (killWhen !== null && child.exitCode === null) {
    if (await killWhen()) child.kill('SIGKILL')
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 100))])
    if (child.signalCode !== null) break
  }
  const code = await ended
  if (killWhen === null && code !== 0) throw new Error(`recover ended with ${code}`)
  return (performance.now() - startedAt) / 1_000
}
