import { join } from 'node:path'
import { bareInsertRate } from './lib/bare-insert.ts'
import { startChild, withFolder } from './lib/child.ts'
import { closedLoop, openLoop, round } from './lib/raw-client.ts'
import type { BenchReport } from './lib/report.ts'
import { shopifyRequest } from './lib/shopify-requests.ts'

const BURST = 30_000
const STEADY_PER_SECOND = 1_000
const STEADY_SECONDS = 20

type Ready = { port: number; control: number; callback: string }
type Lags = { count: number; p50: number; p99: number; max: number }

/**
 * From receipt to visible order, all on one machine: a burst that is taken in and interpreted at once (sustained rate), then
 * 1,000 events a second from an open loop (latency). Each event is an order of its own with two lines.
 */
export async function pipeline(say: (line: string) => void): Promise<BenchReport> {
  return await withFolder(async (dir) => {
    const startedAt = performance.now()
    const requests = (path: string, from: number, count: number): Buffer[] =>
      Array.from({ length: count }, (_, i) => shopifyRequest(path, from + i, `p${from + i}`))
    const bodies = requests('/bare', 0, BURST).map((request) =>
      request.subarray(request.indexOf('\r\n\r\n') + 4),
    )
    const limit = await bareInsertRate(join(dir, 'bare'), bodies, 500)
    say(`bare batched insert of the same bodies: ${Math.round(limit)}/s`)
    const hub = await startChild<Ready>('./hub-child.ts', { env: { DATA_DIR: join(dir, 'hub') } })
    const { port, control, callback } = hub.ready
    await closedLoop({ port, callers: 64, requests: requests(callback, 0, 3_000) })
    await untilVisible(control, 3_000)
    const burstAt = performance.now()
    const intake = await closedLoop({ port, callers: 64, requests: requests(callback, 3_000, BURST) })
    await untilVisible(control, 3_000 + BURST)
    const burstSeconds = (performance.now() - burstAt) / 1_000
    say(`burst: taken in at ${Math.round(intake.rate)}/s, all visible after ${burstSeconds.toFixed(1)} s`)
    await lagsOf(control, true)
    const steady = await openLoop({
      port,
      callers: 64,
      requests: requests(callback, 3_000 + BURST, STEADY_PER_SECOND * STEADY_SECONDS),
      perSecond: STEADY_PER_SECOND,
    })
    await untilVisible(control, 3_000 + BURST + STEADY_PER_SECOND * STEADY_SECONDS)
    const lags = await lagsOf(control, false)
    await hub.stop()
    const rate = BURST / burstSeconds
    return {
      name: 'pipeline',
      rate: Math.round(rate),
      p50: lags.p50,
      p99: lags.p99,
      limit: Math.round(limit),
      ratio: round(rate / limit),
      seconds: round((performance.now() - startedAt) / 1_000),
      steadyPerSecond: Math.round(steady.rate),
      steadyAcknowledged: steady.ok,
      ackP99: steady.p99,
      lagMax: lags.max,
    }
  })
}

/** The hub child counts what became visible and how late; see `hub-child.ts`. */
async function lagsOf(control: number, forget: boolean): Promise<Lags> {
  const answer = await fetch(`http://127.0.0.1:${control}/lags${forget ? '?forget' : ''}`)
  return (await answer.json()) as Lags
}

async function untilVisible(control: number, count: number): Promise<void> {
  for (let i = 0; i < 6_000; i += 1) {
    const answer = await fetch(`http://127.0.0.1:${control}/visible`)
    if (Number(await answer.text()) >= count) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`not all ${count} orders became visible within five minutes`)
}
