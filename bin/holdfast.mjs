#!/usr/bin/env node
// The command line, as `npx holdfast <command>` inside the clone. Runs on any Node from 20 on.
import { handOver, main, prepare } from './launch.mjs'

const args = process.argv.slice(2)
const showsPages = ['serve', 'demo'].includes(args[0] ?? '')

await main(async () => {
  await prepare({ console: showsPages, quiet: true })
  // src knows nothing of the simulated world; the demo's command line brings it along.
  await handOver(args[0] === 'demo' ? 'sim/cli.ts' : 'src/app/cli.ts', args)
})
