import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KEPT } from './kept.ts'
import { findDeadFiles, findLongFiles, findLongFunctions } from './shape.ts'
import { allSources, expectNone, sourceOf, sourcesUnder } from './sources.ts'

const code = sourcesUnder('src', 'sim', 'bench', 'test-support', 'tests', 'tidy', 'scripts', 'e2e')

test('files are short enough to be read', () => {
  expectNone(findLongFiles(allSources()))
})

test('functions are short enough to be seen at once', () => {
  expectNone(findLongFunctions(code))
})

test('every file of src is reached from src/app', () => {
  expectNone(findDeadFiles(code, KEPT))
})

test('a file of 451 lines is found, one of 450 is not', () => {
  assert.equal(findLongFiles([sourceOf('src/a.ts', 'x\n'.repeat(451))]).length, 1)
  assert.equal(findLongFiles([sourceOf('src/a.ts', 'x\n'.repeat(450))]).length, 0)
})

const BODIES: readonly (readonly [string, string])[] = [
  ['function x(a: { b: string }): { c: string } {', '}'],
  ['async function x<T extends { a: 1 }>(a = {}): Promise<{ c: string } | null> {', '}'],
  ['const x = (a: string): string => {', '}'],
  ['function x(): asserts a is string {', '}'],
]

for (const [open, close] of BODIES) {
  test(`the length of ${open} is measured`, () => {
    const of = (inside: number): string => `${open}\n${"  f('}')\n".repeat(inside)}${close}\n`
    assert.equal(findLongFunctions([sourceOf('src/a.ts', of(69))]).length, 1)
    assert.equal(findLongFunctions([sourceOf('src/a.ts', of(68))]).length, 0)
  })
}

test('the lines of a function inside count for that one alone', () => {
  const inner = `  const y = () => {\n${'    f()\n'.repeat(60)}  }\n`
  assert.deepEqual(findLongFunctions([sourceOf('src/a.ts', `function x() {\n${inner}${inner}}\n`)]), [])
})

test('a file that only its own test imports is dead', () => {
  const sources = [
    sourceOf('src/app/main.ts', "import { a } from '#kernel/a.ts'"),
    sourceOf('src/kernel/a.ts', "export { c } from './c.ts'"),
    sourceOf('src/kernel/b.ts', ''),
    sourceOf('src/kernel/b.test.ts', "import { b } from './b.ts'"),
    sourceOf('src/kernel/c.ts', ''),
    sourceOf('src/kernel/d.ts', ''),
    sourceOf('sim/x.ts', "import { d } from '#kernel/d.ts'"),
    sourceOf('src/kernel/e.ts', ''),
  ]
  const found = findDeadFiles(sources, { 'src/kernel/e.ts': 'kept' })
  assert.deepEqual(
    found.map((finding) => finding.split(':')[0]),
    ['src/kernel/b.ts'],
  )
})
