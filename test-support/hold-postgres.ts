// Starts the embedded PostgreSQL on a folder and holds it until it is told to end; for tests that kill it.
// Usage: node test-support/hold-postgres.ts <data folder>
import { startPostgres } from '#platform/embedded-postgres/index.ts'

const server = await startPostgres({ dataDir: process.argv[2] ?? '' })
const idle = setInterval(() => undefined, 60_000)
process.once('SIGTERM', () => {
  clearInterval(idle)
  void server.stop()
})
process.stdout.write('holding\n')
