import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { MUTANTS, mutantsNamed, TOGETHER } from './catalogue.ts'
import { AREAS, planted } from './mutant.ts'

const sourceOf = (file: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8')

test('a passage is replaced where it occurs once, and nowhere else', () => {
  assert.deepEqual(planted('a < b; c', { find: 'a < b', put: 'a <= b' }), { ok: true, text: 'a <= b; c' })
  assert.deepEqual(planted('x', { find: 'y', put: '' }), { ok: false, why: 'missing' })
  assert.deepEqual(planted('aaa', { find: 'aa', put: '' }), { ok: false, why: 'ambiguous' })
  // What looks like a pattern of `replace` is text.
  assert.deepEqual(planted('f(1)', { find: '1', put: '$&$1' }), { ok: true, text: 'f($&$1)' })
})

for (const mutant of MUTANTS)
  test(`${mutant.id} has its passage, and the file still parses`, () => {
    const source = sourceOf(mutant.file)
    const done = planted(source, mutant)
    assert.ok(done.ok, `${mutant.file}: its passage is ${done.ok ? '' : done.why}`)
    assert.notEqual(stripTypeScriptTypes(done.text), stripTypeScriptTypes(source), 'it changes nothing')
  })

test('each has an id of its own under its area, and every area has some', () => {
  const ids = MUTANTS.map(({ id }) => id)
  assert.equal(new Set(ids).size, ids.length)
  for (const { id, area, file } of MUTANTS) {
    assert.equal(id.split('.')[0], area)
    assert.match(file, /^src\/.*\.ts$/)
    assert.doesNotMatch(file, /\.test\.ts$/)
  }
  for (const area of AREAS) assert.ok(MUTANTS.filter((one) => one.area === area).length >= 5, area)
})

test('what is planted together is known and changes different passages', () => {
  for (const ids of TOGETHER) {
    const mutants = mutantsNamed(ids)
    assert.ok(mutants.length > 1, ids)
    for (const [file, some] of Map.groupBy(mutants, (one) => one.file)) {
      const text = some.reduce((source, one) => {
        const done = planted(source, one)
        assert.ok(done.ok, `${one.id} in ${ids}`)
        return done.text
      }, sourceOf(file))
      assert.doesNotThrow(() => stripTypeScriptTypes(text))
    }
  }
  assert.throws(() => mutantsNamed('stock.nothing'), /there is no mutant/)
})
