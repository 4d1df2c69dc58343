// A hub of its own process for the lock benches: told by argv[2] (JSON), prints one line {port, key} when ready.
import { type Config, readConfig } from '#app/config.ts'
import { startHub } from '#app/main.ts'
import { createIdentity, makeKey, SYSTEM } from '#features/identity/index.ts'
import { createLog } from '#platform/log.ts'
import { WAREHOUSE } from './lock-load.ts'

const given = JSON.parse(process.argv[2] ?? '{}') as {
  env: Record<string, string>
  stock: Record<string, number>
}
const config = readConfig({ PORT: '0', LOG_LEVEL: 'error', ALLOW_LOOPBACK_TARGETS: 'true', ...given.env })
if (!config.ok) throw new Error(config.refusal.detail)
const hub = await startHub({
  config: config.value as Config,
  log: createLog({ level: 'error', pretty: false }),
  simulated: true,
})
const { core } = hub
const { db } = core.database
await db`insert into warehouse (code, name, updated_by) values (${WAREHOUSE}, 'bench', 'bench') on conflict do nothing`
const changes = Object.entries(given.stock).map(([sku, setPhysical]) => ({
  sku,
  warehouse: WAREHOUSE,
  setPhysical,
}))
const filled = await core.stock.ask(
  { do: 'adjust', key: null, changes, cause: 'count', actor: 'bench', evidence: null },
  { deadlineMs: 30_000 },
)
if (!filled.ok) throw new Error(filled.refusal.detail)
const made = await makeKey(
  createIdentity({ sql: db, clock: core.clock, random: core.random, policy: { idleHours: 1, maxDays: 1 } }),
  SYSTEM,
  { name: 'bench', scopes: ['stock:lock', 'stock:read'], expiresAt: null },
)
if (!made.ok) throw new Error(made.refusal.detail)
process.stdout.write(`${JSON.stringify({ port: Number(new URL(hub.url).port), key: made.value.text })}\n`)
process.once('SIGTERM', () => void hub.stop().then(() => process.exit(0)))
