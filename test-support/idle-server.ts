// Runs the database for test files started by hand and ends once nobody has been connected for a while.
// Usage: node test-support/idle-server.ts <data folder>
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startPostgres } from '#platform/embedded-postgres/index.ts'
import { openDatabase } from '#platform/postgres/database.ts'

const IDLE_CHECKS = 24
const CHECK_EVERY_MS = 5_000

const dataDir = process.argv[2] ?? ''
const server = await startPostgres({ dataDir, durable: false })
writeFileSync(join(dataDir, 'url'), server.url)
const sql = openDatabase({ url: server.url, connections: 1, applicationName: 'holdfast idle watch' })
for (let idle = 0; idle < IDLE_CHECKS; ) {
  await sleep(CHECK_EVERY_MS)
  const others = await sql`
    select 1 from pg_stat_activity
    where backend_type = 'client backend' and application_name <> 'holdfast idle watch'`
  idle = others.length === 0 ? idle + 1 : 0
}
rmSync(join(dataDir, 'url'), { force: true })
await sql.end()
await server.stop()
