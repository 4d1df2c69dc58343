#!/usr/bin/env node
// What `npm start`, `npm test` and the other scripts call. Runs on any Node from 20 on, brings the clone into a runnable
// state (packages, console), then hands over to the Node that the project brings along.
// Usage: node bin/run.mjs <serve|demo|test|test-services|bench|...> [arguments]
import { handOver, main, prepare } from './launch.mjs'

const [command = 'serve', ...args] = process.argv.slice(2)

// Each line: the file to run, what it is told first, and whether the console has to be built for it.
const COMMANDS = {
  prepare: { console: true },
  test: { file: 'scripts/test.ts', first: ['unit'] },
  'test-services': { file: 'scripts/test.ts', first: ['services'], console: true },
  'test-long': { file: 'scripts/test.ts', first: ['long'], console: true },
  bench: { file: 'bench/main.ts' },
  chaos: { file: 'sim/chaos/main.ts' },
  soak: { file: 'sim/soak/main.ts' },
  failover: { file: 'sim/failover/main.ts' },
  world: { file: 'sim/carriers/main.ts' },
  mutants: { file: 'sim/mutants/main.ts' },
  sim: { file: 'sim/seeded/main.ts' },
  proof: { file: 'sim/proof/main.ts' },
  // src knows nothing of the simulated world; the demo's command line brings it along.
  demo: { file: 'sim/cli.ts', first: ['demo'], console: true },
}
const target = COMMANDS[command] ?? { file: 'src/app/cli.ts', first: [command], console: true }

await main(async () => {
  await prepare({ console: target.console === true })
  if (target.file !== undefined) await handOver(target.file, [...(target.first ?? []), ...args])
})
