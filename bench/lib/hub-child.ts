// A hub of its own process for the benches: told by argv[2] (JSON), prints one line {port, callback} when ready.

import { type Config, readConfig } from '#app/config.ts'
import { startHub } from '#app/main.ts'
import { connectors } from '#connectors/index.ts'
import { addConnection } from '#features/connections/index.ts'
import { SYSTEM } from '#features/identity/index.ts'
import { createLog } from '#platform/log.ts'
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
  http: core.calls.http,
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
process.stdout.write(
  `${JSON.stringify({ port: Number(new URL(hub.url).port), callback: `/callback/${rows[0]?.callback_token}` })}\n`,
)
process.once('SIGTERM', () => void hub.stop().then(() => process.exit(0)))
