import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { findLockGaps, findUndocumentedCodes, findUntiedInvariants } from './docs.ts'
import { allSources, expectNone, ROOT, sourceOf } from './sources.ts'

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8')

test('docs/errors.md and the codes in the product agree', () => {
  const startup = globSync('{bin/*.mjs,scripts/*.sh}', { cwd: ROOT }).map((path) =>
    sourceOf(path, read(path)),
  )
  expectNone(findUndocumentedCodes([...allSources(), ...startup], read('docs/errors.md')))
})

test('the invariants of docs/specs and the titles of tests agree', () => {
  const specs = globSync('docs/specs/*.md', { cwd: ROOT }).map((path) => ({ path, text: read(path) }))
  expectNone(findUntiedInvariants(specs, allSources()))
})

for (const folder of ['.', 'console']) {
  test(`npm ci can use the lock file in ${folder}`, () => {
    if (!existsSync(join(ROOT, folder, 'package.json'))) return
    expectNone(findLockGaps(JSON.parse(read(join(folder, 'package-lock.json'))).packages))
  })
}

test('a code without a line, a line without a code and a double line are found', () => {
  const source = sourceOf(
    'src/a.ts',
    "return refuse('a.new', 'x')\nthrow new Outage(\n  'a.down', 'x')\nsend({ code: 'a.known' })",
  )
  const docs = '## a\n- `a.known`: x; y\n- `a.known`: x\n- `a.gone`: x\n'
  assert.deepEqual(findUndocumentedCodes([source], docs), [
    'src/a.ts:1: a.new has no line in docs/errors.md',
    'src/a.ts:2: a.down has no line in docs/errors.md',
    'docs/errors.md:1: nothing in the product says a.gone',
    'docs/errors.md:1: a.known has two lines',
  ])
})

test('an invariant without a test, and a test of an unknown invariant, are found', () => {
  const specs = [{ path: 'docs/specs/x.md', text: '- **ZZ1** holds\n| **ZZ2** | too |\nZZ3 is mentioned\n' }]
  const tests = [
    sourceOf('src/x.test.ts', "test('ZZ1: it holds', () => {})\ntest(`ZZ9 does`, () => {})\n// test('ZZ2')"),
  ]
  assert.deepEqual(findUntiedInvariants(specs, tests), [
    'docs/specs/x.md:1: no test has ZZ2 in its title',
    'src/x.test.ts:2: ZZ9 is in no spec',
  ])
})

test('a lock without the package of another platform is found', () => {
  const packages = {
    'node_modules/a': { optionalDependencies: { 'a-linux': '1', 'a-darwin': '1' } },
    'node_modules/a-linux': {},
  }
  assert.deepEqual(findLockGaps(packages), [
    'package-lock.json:1: a-darwin, optional for node_modules/a, is missing',
  ])
})
