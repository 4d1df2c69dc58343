// Asks the registry for known holes of the packages that a hub runs with, the console's included. Fails from "high" on. Where the
// registry does not answer (offline, or a mirror without that service) it says so and passes: a build must not hang on a third party.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SERIOUS = ['high', 'critical']

type Report = {
  readonly vulnerabilities?: Readonly<
    Record<string, { readonly severity: string; readonly via: readonly unknown[]; readonly range: string }>
  >
}

let found = 0
for (const [name, cwd] of [
  ['hub', ROOT],
  ['console', `${ROOT}console`],
] as const) {
  const run = spawnSync('npm', ['audit', '--omit=dev', '--audit-level=high', '--json'], {
    cwd,
    encoding: 'utf8',
    timeout: 60_000,
  })
  const holes = readReport(run.stdout)?.vulnerabilities
  if (holes === undefined) {
    process.stdout.write(`${name}: skipped, the registry does not tell known holes here\n`)
    continue
  }
  const serious = Object.entries(holes).filter(([, hole]) => SERIOUS.includes(hole.severity))
  process.stdout.write(
    `${name}: ${Object.keys(holes).length} known, ${serious.length} of them high or critical\n`,
  )
  for (const [which, hole] of serious) process.stdout.write(`  ${which} ${hole.range}: ${hole.severity}\n`)
  found += serious.length
}
process.exitCode = found === 0 ? 0 : 1

function readReport(text: string): Report | null {
  try {
    return JSON.parse(text) as Report
  } catch {
    return null
  }
}
