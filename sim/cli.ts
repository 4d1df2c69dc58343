// The command line with the simulated world beside it: what `npm run demo` and `npx holdfast demo` start.
// Usage: node sim/cli.ts demo [options]
import { main } from '#app/cli.ts'

await main({
  startWorld: async (hub, options, out) => (await import('./demo.ts')).startDemo(hub, options, out),
})
