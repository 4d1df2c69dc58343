// A hub of its own process for the benches: told by argv[2] (JSON), prints one line {port, callback} when ready.

import { createServer } from 'node:http'
import { type Config, readConfig } from '#app/config.ts'
import { startHub } from '#app/main.ts'
import { connectors } from '#connectors/index.ts'
import { addConnection } from '#features/connections/index.ts'
import { SYSTEM } from '#features/identity/index.ts'
import { createLog } from '#platform/log.ts'
import { summary } from './raw-client.ts'
import { SECRET } from './shopify-requests.ts'

const given = JSON.parse(process.argv[2] ?? '{}') as { env: Record<string, string> }
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
const added = await addConnection(deps, SYSTEM, {
  id: 'bench',
  kind: 'shopify',
  name: 'bench',
  settings: { shopDomain: 'bench.myshopify.com', clientSecret: SECRET, accessToken: 'bench' },
})
if (!added.ok) throw new Error(`${added.refusal.code}: ${added.refusal.detail}`)
const rows = await core.database.db<{
  callback_token: string
}>`select callback_token from connection where id = 'bench'`

// What became visible and how late, kept beside the metric so that the bench can ask for exact quantiles.
let lags: number[] = []
let visible = 0
const observe = core.metrics.lagSeconds.observe.bind(core.metrics.lagSeconds)
core.metrics.lagSeconds.observe = ((labels: { kind: string }, seconds: number) => {
  visible += 1
  lags.push(seconds * 1_000)
  observe(labels, seconds)
}) as typeof observe
const control = createServer((request, response) => {
  if (request.url === '/visible') return response.end(String(visible))
  const answer = JSON.stringify({ count: lags.length, ...summary(Float64Array.from(lags)) })
  if (request.url === '/lags?forget') lags = []
  return response.end(answer)
})
await new Promise<void>((resolve) => control.listen(0, '127.0.0.1', resolve))
const address = control.address()
const ready = {
  port: Number(new URL(hub.url).port),
  control: typeof address === 'object' ? address?.port : 0,
  callback: `/callback/${rows[0]?.callback_token}`,
}
process.stdout.write(`${JSON.stringify(ready)}\n`)
process.once('SIGTERM', () => {
  control.close()
  void hub.stop().then(() => process.exit(0))
})
