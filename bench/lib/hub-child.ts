// A hub of its own process for the benches: told by argv[2] (JSON), prints one line {port, callback, callbacks} when ready.

import { createServer } from 'node:http'
import { type Config, readConfig } from '#app/config.ts'
import { startHub } from '#app/main.ts'
import { connectors } from '#connectors/index.ts'
import { addConnection, readCallbackToken } from '#features/connections/index.ts'
import { SYSTEM } from '#features/identity/index.ts'
import { changeLane } from '#features/lanes/index.ts'
import { hasReadAll, nextTransaction } from '#platform/journal/reader-store.ts'
import { createLog } from '#platform/log.ts'
import { summary } from './raw-client.ts'
import { SECRET } from './shopify-requests.ts'

const given = JSON.parse(process.argv[2] ?? '{}') as {
  env: Record<string, string>
  /** Shops, and of which class the lane of each is; one of the standard's own if nothing is said. */
  shops?: Record<string, 'low_latency' | 'high_throughput'>
  /** Carriers by their kind, with their settings. */
  carriers?: Record<string, Record<string, string>>
  /** Another process of a hub that has its connections already. */
  joins?: boolean
}
const config = readConfig({ PORT: '0', LOG_LEVEL: 'error', ALLOW_LOOPBACK_TARGETS: 'true', ...given.env })
if (!config.ok) throw new Error(config.refusal.detail)
const hub = await startHub({
  config: config.value as Config,
  log: createLog({ level: 'error', pretty: false }),
  simulated: true,
})
const { core } = hub
const deps = {
  db: core.database.db,
  vault: core.vault,
  connectors,
  directory: core.directory,
  clock: core.clock,
  random: core.random,
  callsFor: core.callsFor,
  allowLoopback: true,
}
const callbacks: Record<string, string> = {}
for (const [id, laneClass] of Object.entries({ bench: null, ...given.shops })) {
  if (given.joins !== true) {
    const added = await addConnection(deps, SYSTEM, {
      id,
      kind: 'shopify',
      name: id,
      settings: { shopDomain: 'bench.myshopify.com', clientSecret: SECRET, accessToken: 'bench' },
    })
    if (!added.ok) throw new Error(`${added.refusal.code}: ${added.refusal.detail}`)
  }
  callbacks[id] = `/callback/${await readCallbackToken(core.database.db, id)}`
  if (laneClass !== null) {
    const audit = async (): Promise<void> => undefined
    const lanes = core.lanes.directory
    const weight = laneClass === 'low_latency' ? 30 : 10
    await changeLane({ ...deps, lanes, audit }, SYSTEM, id, { class: laneClass, weight })
  }
}

for (const [kind, settings] of Object.entries(given.carriers ?? {})) {
  const added = await addConnection(deps, SYSTEM, { id: kind, kind, name: kind, settings })
  if (!added.ok) throw new Error(`${added.refusal.code}: ${added.refusal.detail}`)
  callbacks[kind] = `/callback/${await readCallbackToken(core.database.db, kind)}`
}

// What became visible and how late, kept beside the metric so that the bench can ask for exact quantiles.
let lags: number[] = []
let laneLags: Record<string, number[]> = {}
let visible = 0
const observe = core.metrics.lagSeconds.observe.bind(core.metrics.lagSeconds)
core.metrics.lagSeconds.observe = ((labels: { kind: string }, seconds: number) => {
  visible += 1
  lags.push(seconds * 1_000)
  observe(labels, seconds)
}) as typeof observe
const observeLane = core.metrics.laneLagSeconds.observe.bind(core.metrics.laneLagSeconds)
core.metrics.laneLagSeconds.observe = ((labels: { lane: string }, seconds: number) => {
  laneLags[labels.lane] ??= []
  laneLags[labels.lane]?.push(seconds * 1_000)
  observeLane(labels, seconds)
}) as typeof observeLane
const control = createServer((request, response) => {
  if (request.url === '/visible') return response.end(String(visible))
  if (request.url === '/followed') {
    void untilFollowed().then(
      () => response.end('followed'),
      (error: unknown) => response.writeHead(500).end(String(error)),
    )
    return
  }
  if (request.url === '/lane-lags') {
    response.end(JSON.stringify(laneLags))
    laneLags = {}
    return
  }
  const answer = JSON.stringify({ count: lags.length, ...summary(Float64Array.from(lags)) })
  if (request.url === '/lags?forget') lags = []
  return response.end(answer)
})
/** Until the standing of parcels has been followed up to here. */
async function untilFollowed(): Promise<void> {
  const { db } = core.database
  const before = await nextTransaction(db)
  for (let i = 0; i < 4_000; i += 1) {
    if (await hasReadAll(db, 'tracking', before)) return
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error('the standing of parcels does not keep up')
}
await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve))
const address = control.address()
const ready = {
  port: Number(new URL(hub.url).port),
  control: typeof address === 'object' ? address?.port : 0,
  pid: process.pid,
  callback: callbacks.bench,
  callbacks,
}
process.stdout.write(`${JSON.stringify(ready)}\n`)
process.once('SIGTERM', () => {
  control.close()
  void hub.stop().then(() => process.exit(0))
})
