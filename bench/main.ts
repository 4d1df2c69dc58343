import { parseArgs } from 'node:util'
import type { Bench } from './lib/report.ts'

const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  'capture-lag': async () => (await import('./capture-lag.ts')).captureLag,
  freight: async () => (await import('./freight.ts')).freight,
  'inbound-search': async () => (await import('./inbound-search.ts')).inboundSearch,
  ingest: async () => (await import('./ingest.ts')).ingest,
  isolation: async () => (await import('./isolation.ts')).isolation,
  labels: async () => (await import('./labels.ts')).labels,
  'lock-basket': async () => (await import('./lock.ts')).lockBench('basket'),
  'lock-hot': async () => (await import('./lock.ts')).lockBench('hot'),
  'lock-race': async () => (await import('./lock-race.ts')).lockRace,
  'lock-wide': async () => (await import('./lock.ts')).lockBench('wide'),
  lookback: async () => (await import('./lookback.ts')).lookback,
  'orders-list': async () => (await import('./orders-list.ts')).ordersList,
  pipeline: async () => (await import('./pipeline.ts')).pipeline,
  publish: async () => (await import('./publish.ts')).publish,
  recover: async () => (await import('./recover.ts')).recover,
  scale: async () => (await import('./scale.ts')).scale,
  source: async () => (await import('./source.ts')).source,
  spool: async () => (await import('./spool.ts')).spool,
  split: async () => (await import('./split.ts')).split,
  start: async () => (await import('./start.ts')).start,
  track: async () => (await import('./track.ts')).track,
}

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean' }, record: { type: 'boolean' }, data: { type: 'string' } },
  allowPositionals: true,
})
const [name = ''] = positionals
const load = BENCHES[name]
if (load === undefined) {
  process.stderr.write(`usage: npm run bench -- <${Object.keys(BENCHES).join('|')}> [--json] [--data DIR]\n`)
  process.exit(2)
}
const run = await load()
const report = await run(
  (line) => process.stderr.write(`${line}\n`),
  values.data === undefined ? {} : { data: values.data },
)
if (values.json === true) process.stdout.write(`${JSON.stringify(report)}\n`)
else
  for (const [key, value] of Object.entries(report))
    process.stdout.write(
      `${key.padEnd(14)}${typeof value === 'object' ? JSON.stringify(value) : String(value)}\n`,
    )
