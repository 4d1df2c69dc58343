import { join } from 'node:path'
import { bareInsertRate } from './lib/bare-insert.ts'
import { startChild, withFolder } from './lib/child.ts'
import { closedLoop, openLoop, round } from './lib/raw-client.ts'
import type { BenchReport } from './lib/report.ts'
import { SECRET_PUSH, sfRequest } from './lib/sf-requests.ts'
import { shopifyRequest } from './lib/shopify-requests.ts'

const ORDERS = 5_000
/** Scans of each parcel in the burst: picked up, three times under way, out for delivery, delivered. */
const SCANS = 6
const STEADY_PER_SECOND = 1_000
const STEADY_SECONDS = 5
const CALLERS = 64

type Ready = { port: number; control: number; callback: string; callbacks: Record<string, string> }
type Lags = { count: number; p50: number; p99: number; max: number }

/**
 * Tracking events from the carrier's push over HTTP to the order that shows them, one event a push (the least that a carrier may send at
 * once), of 5,000 parcels whose orders are there: a burst that is taken in and interpreted at once, until the orders and the
 * standing of every parcel are up to date; then 1,000 a second from an open loop, for the latency. Against the machine's own limit:
 * bare batched inserts of the same bodies.
 */
export async function track(say: (line: string) => void): Promise<BenchReport> {
  return await withFolder(async (dir) => {
    const startedAt = performance.now()
    const bodies = scans('/bare', 0, SCANS).map((request) =>
      request.subarray(request.indexOf('\r\n\r\n') + 4),
    )
    const limit = await bareInsertRate(join(dir, 'bare'), bodies, 500)
    say(`bare batched insert of the same bodies: ${Math.round(limit)}/s`)
    const hub = await startChild<Ready>('./hub-child.ts', {
      env: { DATA_DIR: join(dir, 'hub') },
      carriers: {
        sf: {
          partner_id: 'BENCH',
          check_word: 'bench',
          push_header: 'x-push',
          push_header_value: SECRET_PUSH,
        },
      },
    })
    const { port, control, callback, callbacks } = hub.ready
    const sf = callbacks.sf ?? ''
    const orders = Array.from({ length: ORDERS }, (_, i) => shopifyRequest(callback, i, `o${i}`))
    await closedLoop({ port, callers: CALLERS, requests: orders })
    // The first scan names the order, and links its parcel to it.
    await closedLoop({ port, callers: CALLERS, requests: scans(sf, 0, 1) })
    await untilVisible(control, 2 * ORDERS)
    await untilFollowed(control)
    say(`${ORDERS} orders with a parcel each are there`)
    const burst = scans(sf, 1, SCANS)
    const burstAt = performance.now()
    const intake = await closedLoop({ port, callers: CALLERS, requests: burst })
    await untilVisible(control, 2 * ORDERS + burst.length)
    const seconds = (performance.now() - burstAt) / 1_000
    await untilFollowed(control)
    const followedSeconds = (performance.now() - burstAt) / 1_000
    const rate = burst.length / seconds
    say(`burst: taken in at ${Math.round(intake.rate)}/s, on the orders at ${Math.round(rate)}/s`)
    await lagsOf(control, true)
    const more = scans(sf, SCANS, SCANS + 1).slice(0, STEADY_PER_SECOND * STEADY_SECONDS)
    const steady = await openLoop({ port, callers: CALLERS, requests: more, perSecond: STEADY_PER_SECOND })
    await untilVisible(control, 2 * ORDERS + burst.length + more.length)
    const lags = await lagsOf(control, false)
    await hub.stop()
    return {
      name: 'track',
      rate: Math.round(rate),
      p50: lags.p50,
      p99: lags.p99,
      limit: Math.round(limit),
      ratio: round(rate / limit),
      seconds: round((performance.now() - startedAt) / 1_000),
      events: burst.length,
      acknowledged: intake.ok,
      acknowledgedPerSecond: Math.round(intake.rate),
      standingPerSecond: Math.round(burst.length / followedSeconds),
      steadyPerSecond: Math.round(steady.rate),
      ackP99: steady.p99,
    }
  })
}

/** Scans `from` to `to` of every parcel, one after another: all parcels once, then all of them again. */
function scans(path: string, from: number, to: number): Buffer[] {
  return Array.from({ length: (to - from) * ORDERS }, (_, i) =>
    sfRequest(path, { parcel: i % ORDERS, scan: from + Math.floor(i / ORDERS) }),
  )
}

async function lagsOf(control: number, forget: boolean): Promise<Lags> {
  const answer = await fetch(`http://127.0.0.1:${control}/lags${forget ? '?forget' : ''}`)
  return (await answer.json()) as Lags
}

async function untilVisible(control: number, count: number): Promise<void> {
  for (let i = 0; i < 6_000; i += 1) {
    const answer = await fetch(`http://127.0.0.1:${control}/visible`)
    if (Number(await answer.text()) >= count) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`not all ${count} messages were read within minutes`)
}

/** Until the reader that keeps the parcels' standing has read all that the journal held when it was asked. */
async function untilFollowed(control: number): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${control}/followed`)
  if (!answer.ok) throw new Error(await answer.text())
}
