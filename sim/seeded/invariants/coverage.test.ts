import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { test } from 'node:test'
import { ELSEWHERE } from './elsewhere.ts'
import { INVARIANTS } from './index.ts'

const ROOT = resolve(import.meta.dirname, '../../..')
const WRITTEN_IN = ['src/features/*/README.md', 'src/connectors/**/README.md', 'docs/specs/*.md']

/** What a README or spec promises under an id: first in a row of its table, or first in a point of its list. */
function promised(): Map<string, string> {
  const ids = new Map<string, string>()
  for (const path of globSync(WRITTEN_IN, { cwd: ROOT }).sort()) {
    const owner = basename(path) === 'README.md' ? basename(dirname(path)) : basename(path, '.md')
    for (const [, id = ''] of readFileSync(resolve(ROOT, path), 'utf8').matchAll(
      /^(?:\| *|- )\**([A-Z]{1,3}-?\d{1,2})\b/gm,
    ))
      ids.set(`${owner}/${id}`, path)
  }
  return ids
}

const ownId = (id: string): string => id.replace(/^.*\//, '')
const seen = new Set(INVARIANTS.map((one) => `${one.feature}/${ownId(one.id)}`))

test('every promise with an id is looked at after every step, or names the test that shows it', (t) => {
  const ids = promised()
  const elsewhere = new Set(ELSEWHERE.map((one) => one.id))
  const nowhere = [...ids].filter(([id]) => !seen.has(id) && !elsewhere.has(id))
  assert.deepEqual(nowhere, [], 'write an Invariant, or name its test in elsewhere.ts')
  const both = ELSEWHERE.filter((one) => seen.has(one.id)).map((one) => one.id)
  assert.deepEqual(both, [], 'these are looked at after every step and need no other test here')
  assert.equal(elsewhere.size, ELSEWHERE.length, 'an id is listed once')
  const share = Math.round((seen.size / ids.size) * 100)
  t.diagnostic(
    `${ids.size} promises: ${seen.size} (${share}%) are looked at after every step, ${ELSEWHERE.length} by tests of their own`,
  )
})

test('no invariant and no list entry names an id that no README or spec knows', () => {
  const ids = promised()
  assert.deepEqual(
    [...seen, ...ELSEWHERE.map((one) => one.id)].filter((id) => !ids.has(id)),
    [],
  )
})

test('an id is one invariant, and bears the name of its feature where another one uses it too', () => {
  const names = INVARIANTS.map((one) => one.id)
  assert.equal(new Set(names).size, names.length)
  const owners = Map.groupBy(promised().keys(), ownId)
  const bare = INVARIANTS.filter((one) => !one.id.includes('/') && (owners.get(one.id)?.length ?? 0) > 1)
  assert.deepEqual(
    bare.map((one) => `${one.feature}/${one.id}`),
    [],
  )
})

test('the tests that show the rest are there, under their names', () => {
  const missing = ELSEWHERE.filter(
    ({ test: path, named }) =>
      !existsSync(resolve(ROOT, path)) || !readFileSync(resolve(ROOT, path), 'utf8').includes(named),
  )
  assert.deepEqual(missing, [])
})
