import { join } from 'node:path'
import { bareInsertRate } from './lib/bare-insert.ts'
import { startChild, withFolder } from './lib/child.ts'
import { closedLoop, round } from './lib/raw-client.ts'
import type { BenchReport } from './lib/report.ts'
import { shopifyRequest } from './lib/shopify-requests.ts'

const CALLERS = 64
const WARMUP = 4_000
const MESSAGES = 40_000

/** Signed 1.5 KB webhooks over HTTP until the durable acknowledgement, against bare node:http and a bare batched insert. */
export async function ingest(say: (line: string) => void): Promise<BenchReport> {
  return await withFolder(async (dir) => {
    const startedAt = performance.now()
    const requests = (path: string): Buffer[] =>
      Array.from({ length: WARMUP + MESSAGES }, (_, i) => shopifyRequest(path, i, `d${i}`))
    const bare = await startChild<{ port: number }>('./bare-http.ts', {})
    const bareHttp = await closedLoop({
      port: bare.ready.port,
      callers: CALLERS,
      requests: requests('/bare'),
      warmup: WARMUP,
    })
    await bare.stop()
    say(`bare node:http with the same HMAC check: ${Math.round(bareHttp.rate)}/s, p99 ${bareHttp.p99} ms`)
    const bodies = requests('/bare').map((request) => request.subarray(request.indexOf('\r\n\r\n') + 4))
    const bareInsert = await bareInsertRate(join(dir, 'bare'), bodies, 500)
    say(`bare batched insert of the same bodies: ${Math.round(bareInsert)}/s`)
    const hub = await startChild<{ port: number; callback: string }>('./hub-child.ts', {
      env: { DATA_DIR: join(dir, 'hub'), ROLES: 'api' },
    })
    const hubRun = await closedLoop({
      port: hub.ready.port,
      callers: CALLERS,
      requests: requests(hub.ready.callback),
      warmup: WARMUP,
    })
    await hub.stop()
    const limit = Math.min(bareHttp.rate, bareInsert)
    return {
      name: 'ingest',
      rate: Math.round(hubRun.rate),
      p50: hubRun.p50,
      p99: hubRun.p99,
      limit: Math.round(limit),
      ratio: round(hubRun.rate / limit),
      seconds: round((performance.now() - startedAt) / 1_000),
      callers: CALLERS,
      messages: hubRun.sent,
      acknowledged: hubRun.ok,
      bareHttp: Math.round(bareHttp.rate),
      bareInsert: Math.round(bareInsert),
    }
  })
}
