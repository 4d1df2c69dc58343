// Walks the fonts of 100,000 seeded mutations of small PDFs.
// Usage: node scripts/fuzz-fonts.ts [--runs N] [--seed N]
import { parseArgs } from 'node:util'
import { fontFuzzSamples, fuzzFonts } from '#features/labels/fonts/fuzz-fonts.ts'
import { seededRandom } from '#kernel/random.ts'

const { values } = parseArgs({
  options: { runs: { type: 'string', default: '100000' }, seed: { type: 'string', default: '20260211' } },
})
const started = performance.now()
const report = await fuzzFonts(
  await fontFuzzSamples(),
  seededRandom(Number(values.seed)),
  Number(values.runs),
)
const seconds = ((performance.now() - started) / 1_000).toFixed(1)
process.stdout.write(
  `fonts: ${report.read} read, ${report.refused} refused, slowest ${report.slowestMs.toFixed(1)} ms, ${seconds} s\n`,
)
for (const finding of report.findings) process.stdout.write(`  ${finding}\n`)
process.exitCode = report.findings.length === 0 ? 0 : 1
