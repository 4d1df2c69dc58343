// Writes what a hub is made of, as CycloneDX: dist/sbom/hub.cdx.json and dist/sbom/console.cdx.json. Read from the lock files, so
// that it needs no network. Usage: node scripts/sbom.ts [folder]
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
type Part = {
  readonly name: string
  readonly group?: string
  readonly version: string
  readonly 'bom-ref': string
}
type Bill = { components: Part[]; dependencies: { ref: string; dependsOn?: string[] }[] }

const folder = process.argv[2] ?? join(ROOT, 'dist/sbom')

mkdirSync(folder, { recursive: true })
for (const [name, cwd] of [
  ['hub', ROOT],
  ['console', join(ROOT, 'console')],
] as const) {
  // Not `--omit dev`: npm then also leaves out what a development package happens to need too, pg-types for one.
  const words = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only']
  const run = spawnSync('npm', words, { cwd, encoding: 'utf8', timeout: 60_000, maxBuffer: 64 * 1_048_576 })
  if (run.status !== 0) throw new Error(`npm sbom failed for the ${name}: ${run.stderr.slice(-500)}`)
  const bill = withoutDevelopment(JSON.parse(run.stdout) as Bill, cwd)
  const path = join(folder, `${name}.cdx.json`)
  writeFileSync(path, `${JSON.stringify(bill, null, 2)}\n`)
  process.stdout.write(`${path}: ${bill.components.length} packages\n`)
}

/** Only what the lock file does not mark as for development. */
function withoutDevelopment(bill: Bill, cwd: string): Bill {
  const { packages } = JSON.parse(readFileSync(join(cwd, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version?: string; dev?: boolean }>
  }
  const used = new Set(
    Object.entries(packages).flatMap(([path, { version, dev }]) =>
      dev === true ? [] : [`${path.slice(path.lastIndexOf('node_modules/') + 13)}@${version}`],
    ),
  )
  const nameOf = (part: Part): string =>
    `${part.group === undefined ? '' : `${part.group}/`}${part.name}@${part.version}`
  const components = bill.components.filter((part) => used.has(nameOf(part)))
  const kept = new Set(components.map((part) => part['bom-ref']))
  const gone = new Set(bill.components.map((part) => part['bom-ref']).filter((ref) => !kept.has(ref)))
  const dependencies = bill.dependencies
    .filter(({ ref }) => !gone.has(ref))
    .map((one) => ({ ...one, dependsOn: (one.dependsOn ?? []).filter((ref) => !gone.has(ref)) }))
  return { ...bill, components, dependencies }
}
