import { join } from 'node:path'
import { bareInsertRate } from './lib/bare-insert.ts'
import { startChild, withFolder } from './lib/child.ts'
import { closedLoopHttp } from './lib/http-client.ts'
import { closedLoop, round } from './lib/raw-client.ts'
import type { BenchReport } from './lib/report.ts'
import { shopifyRequest } from './lib/shopify-requests.ts'

const CALLERS = 64
const WARMUP = 3_000
const MESSAGES = 30_000

/**
 * Signed 1.5 KB webhooks over HTTP until the durable acknowledgement, by 64 callers, against the lower of bare node:http with
 * the same HMAC check and a bare batched insert. The callers are an ordinary HTTP client; `sockets` has the same three figures
 * by callers on bare sockets, which cost next to nothing and so show the server alone.
 */
export async function ingest(say: (line: string) => void): Promise<BenchReport> {
  return await withFolder(async (dir) => {
    const startedAt = performance.now()
    let series = 0
    const load = (path: string): { callers: number; requests: Buffer[]; warmup: number } => {
      series += 1
      const from = series * 1_000_000
      return {
        callers: CALLERS,
        warmup: WARMUP,
        requests: Array.from({ length: WARMUP + MESSAGES }, (_, i) =>
          shopifyRequest(path, from + i, `d${from + i}`),
        ),
      }
    }
    const bare = await startChild<{ port: number }>('./bare-http.ts', {})
    const bareHttp = await closedLoopHttp({ port: bare.ready.port, ...load('/bare') })
    const bareSockets = await closedLoop({ port: bare.ready.port, ...load('/bare') })
    await bare.stop()
    say(
      `bare node:http with the same HMAC check: ${Math.round(bareHttp.rate)}/s; on bare sockets ${Math.round(bareSockets.rate)}/s`,
    )
    const bodies = load('/bare').requests.map((request) => request.subarray(request.indexOf('\r\n\r\n') + 4))
    const bareInsert = await bareInsertRate(join(dir, 'bare'), bodies, 500)
    say(`bare batched insert of the same bodies: ${Math.round(bareInsert)}/s`)
    const hub = await startChild<{ port: number; callback: string }>('./hub-child.ts', {
      env: { DATA_DIR: join(dir, 'hub'), ROLES: 'api' },
    })
    const { port, callback } = hub.ready
    const hubHttp = await closedLoopHttp({ port, ...load(callback) })
    const hubSockets = await closedLoop({ port, ...load(callback) })
    await hub.stop()
    const limit = Math.min(bareHttp.rate, bareInsert)
    const socketLimit = Math.min(bareSockets.rate, bareInsert)
    return {
      name: 'ingest',
      rate: Math.round(hubHttp.rate),
      p50: hubHttp.p50,
      p99: hubHttp.p99,
      limit: Math.round(limit),
      ratio: round(hubHttp.rate / limit),
      seconds: round((performance.now() - startedAt) / 1_000),
      callers: CALLERS,
      messages: hubHttp.sent,
      acknowledged: hubHttp.ok,
      bareHttp: Math.round(bareHttp.rate),
      bareInsert: Math.round(bareInsert),
      sockets: {
        rate: Math.round(hubSockets.rate),
        p50: hubSockets.p50,
        p99: hubSockets.p99,
        limit: Math.round(socketLimit),
        ratio: round(hubSockets.rate / socketLimit),
      },
    }
  })
}
