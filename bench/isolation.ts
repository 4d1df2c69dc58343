import { join } from 'node:path'
import { startChild, withFolder } from './lib/child.ts'
import { openLoop, round, summary } from './lib/raw-client.ts'
import type { BenchReport } from './lib/report.ts'
import { shopifyRequest } from './lib/shopify-requests.ts'

const QUIET_PER_SECOND = 10
const FLOOD_PER_SECOND = 100 * QUIET_PER_SECOND
/** Alone and beside the flood take turns, so that both see the same weather of the machine. */
const ROUNDS = 3
const ROUND_SECONDS = 7
const WARMUP = 1_500

type Ready = { port: number; control: number; callbacks: Record<string, string> }
type Lags = Readonly<Record<string, readonly number[]>>
type Measured = { readonly acks: number[]; readonly lags: number[] }

/**
 * A quiet low-latency lane while another lane gets a hundred times its messages, against the same lane alone: milliseconds from
 * the request until the acknowledgement and until the order is visible. `ratio` is that of the acknowledgements' p99,
 * `visibleRatio` that of visibility; 1 is perfect isolation.
 */
export async function isolation(say: (line: string) => void): Promise<BenchReport> {
  return await withFolder(async (dir) => {
    const startedAt = performance.now()
    const hub = await startChild<Ready>('./hub-child.ts', {
      env: { DATA_DIR: join(dir, 'hub') },
      shops: { quiet: 'low_latency', flood: 'high_throughput' },
    })
    const { port, control, callbacks } = hub.ready
    let next = 0
    const requests = (shop: string, count: number): Buffer[] =>
      Array.from({ length: count }, () => {
        next += 1
        return shopifyRequest(callbacks[shop] ?? '', next, `i${next}`)
      })
    const load = (shop: string, perSecond: number, seconds = ROUND_SECONDS) =>
      openLoop({ port, callers: 64, requests: requests(shop, perSecond * seconds), perSecond })
    await openLoop({ port, callers: 64, requests: requests('flood', WARMUP), perSecond: FLOOD_PER_SECOND })
    await load('quiet', 5 * QUIET_PER_SECOND, 2)
    await settled(control)
    const alone: Measured = { acks: [], lags: [] }
    const beside: Measured = { acks: [], lags: [] }
    let flood = { sent: 0, ok: 0, p99: 0, rate: 0 }
    for (let i = 0; i < ROUNDS; i += 1) {
      add(alone, await load('quiet', QUIET_PER_SECOND), await settled(control))
      const [quiet, heavy] = await Promise.all([
        load('quiet', QUIET_PER_SECOND),
        load('flood', FLOOD_PER_SECOND),
      ])
      add(beside, quiet, await settled(control))
      flood = { sent: flood.sent + heavy.sent, ok: flood.ok + heavy.ok, p99: heavy.p99, rate: heavy.rate }
      say(`round ${i + 1}: flood at ${Math.round(heavy.rate)}/s, its acknowledgements p99 ${heavy.p99} ms`)
    }
    await hub.stop()
    return reportOf({ alone, beside, flood, seconds: (performance.now() - startedAt) / 1_000 })
  })
}

function add(measured: Measured, load: { latencies: Float64Array }, lags: Lags): void {
  measured.acks.push(...load.latencies)
  measured.lags.push(...(lags.quiet ?? []))
}

function reportOf({
  alone,
  beside,
  flood,
  seconds,
}: {
  alone: Measured
  beside: Measured
  flood: { sent: number; ok: number; p99: number; rate: number }
  seconds: number
}): BenchReport {
  const of = (values: readonly number[]) => summary(Float64Array.from(values))
  const [ackAlone, ackBeside, lagAlone, lagBeside] = [alone.acks, beside.acks, alone.lags, beside.lags].map(
    of,
  )
  return {
    name: 'isolation',
    rate: FLOOD_PER_SECOND,
    p50: ackBeside?.p50 ?? 0,
    p99: ackBeside?.p99 ?? 0,
    limit: ackAlone?.p99 ?? 0,
    ratio: round((ackBeside?.p99 ?? 0) / (ackAlone?.p99 ?? 1)),
    seconds: round(seconds),
    visibleRatio: round((lagBeside?.p99 ?? 0) / (lagAlone?.p99 ?? 1)),
    quietPerSecond: QUIET_PER_SECOND,
    messages: { alone: alone.acks.length, beside: beside.acks.length, visible: beside.lags.length },
    ack: { alone: ackAlone, beside: ackBeside },
    visible: { alone: lagAlone, beside: lagBeside },
    flood: { sent: flood.sent, acknowledged: flood.ok, rate: Math.round(flood.rate), ackP99: flood.p99 },
  }
}

/** Lags of each lane since the last call, once nothing has become visible for a moment. */
async function settled(control: number): Promise<Lags> {
  const visible = async (): Promise<number> =>
    Number(await (await fetch(`http://127.0.0.1:${control}/visible`)).text())
  for (let before = -1, now = await visible(), i = 0; i < 600; i += 1) {
    before = now
    await new Promise((resolve) => setTimeout(resolve, 400))
    now = await visible()
    if (now === before) break
  }
  return (await (await fetch(`http://127.0.0.1:${control}/lane-lags`)).json()) as Lags
}
