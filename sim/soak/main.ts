// npm run soak -- --minutes 120 [--rate half|N] [--disk-gb 6] [--record]
import { parseArgs } from 'node:util'
import { recordProof } from '#sim/proof/record.ts'
import { soakRecord } from './report.ts'
import { runSoak } from './run.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '120' },
    rate: { type: 'string', default: 'half' },
    'disk-gb': { type: 'string', default: '6' },
    record: { type: 'boolean', default: false },
  },
})
const minutes = Number(values.minutes)
const perSecond = values.rate === 'half' ? null : Number(values.rate)
const diskGb = Number(values['disk-gb'])
if (!(minutes > 0 && diskGb > 0 && (perSecond === null || perSecond > 0))) {
  process.stderr.write('usage: npm run soak -- [--minutes 120] [--rate half|N] [--disk-gb 6] [--record]\n')
  process.exit(2)
}
const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort())
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const at = Temporal.Now.instant().toString({ smallestUnit: 'second' })
const run = await runSoak({ minutes, perSecond, diskGb, say, signal: stopping.signal })
const record = soakRecord(run, at, minutes)
for (const { what, value } of record.figures) say(`${what.padEnd(56)}${value}`)
for (const row of record.tables?.[0]?.rows ?? [])
  say(`${row[4] === 'flat' ? 'ok ' : 'NOT'} ${row.join('  |  ')}`)
say(record.passed ? 'passed' : 'not passed')
if (values.record) say(`recorded in ${recordProof(record)}`)
process.exitCode = record.passed ? 0 : 1
