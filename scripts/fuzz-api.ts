// Requests made from openapi.json, valid and broken, against a hub of its own until the time is over.
// Usage: node scripts/fuzz-api.ts [--seconds N] [--seed N] [--calls N]
import { parseArgs } from 'node:util'
import { runFuzz } from '../tests/security/fuzz-hub.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: '20260211' },
    calls: { type: 'string' },
  },
})
const { report, complaints } = await runFuzz({
  seed: Number(values.seed),
  seconds: Number(values.seconds),
  rich: true,
  ...(values.calls === undefined ? {} : { calls: Number(values.calls) }),
})
const { calls, operations, byStatus, neverOk, findings } = report
process.stdout.write(`${calls} calls of ${operations} operations: ${JSON.stringify(byStatus)}\n`)
process.stdout.write(`never a yes: ${neverOk.length}: ${neverOk.join(', ')}\n`)
for (const finding of [...findings, ...complaints]) process.stdout.write(`  ${finding}\n`)
const found = findings.length + complaints.length
process.stdout.write(found === 0 ? 'nothing found\n' : `${found} found\n`)
process.exitCode = found === 0 ? 0 : 1
