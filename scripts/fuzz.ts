// Reads 100,000 seeded mutations of the fixtures of every connector, or of those named.
// Usage: node scripts/fuzz.ts [--runs N] [--seed N] [kind ...]
import { parseArgs } from 'node:util'
import { fixturesOf, fuzzConnector } from '#connectors/fuzz.ts'
import { connectors } from '#connectors/index.ts'
import { seededRandom } from '#kernel/random.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '100000' }, seed: { type: 'string', default: '20260211' } },
})
let found = 0
for (const connector of connectors) {
  if (positionals.length > 0 && !positionals.includes(connector.kind)) continue
  const fixtures = await fixturesOf(connector)
  if (fixtures === null) continue
  const started = performance.now()
  const report = fuzzConnector(connector, fixtures, seededRandom(Number(values.seed)), Number(values.runs))
  if (report.read + report.refused === 0) continue
  const seconds = ((performance.now() - started) / 1_000).toFixed(1)
  process.stdout.write(
    `${connector.kind}: ${report.read} read, ${report.refused} refused, slowest ${report.slowestMs.toFixed(1)} ms, ${seconds} s\n`,
  )
  for (const finding of report.findings) process.stdout.write(`  ${finding}\n`)
  found += report.findings.length
}
process.stdout.write(found === 0 ? 'nothing found\n' : `${found} found\n`)
process.exitCode = found === 0 ? 0 : 1
