import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allSources, expectNone, sourceOf } from './sources.ts'
import { findBannedNames, findBannedWords, RULES } from './words.ts'

for (const rule of RULES) {
  test(`banned: ${rule.id}`, () => expectNone(findBannedWords(allSources(), [rule])))
}

test('names say what a thing is', () => {
  expectNone(findBannedNames(allSources()))
})

const BREAKS: readonly (readonly [string, string])[] = [
  ['src/a.ts', 'const x = new Date()'],
  ['sim/a.ts', 'const x = Date.now()'],
  ['src/a.ts', 'const x = process.env.PORT'],
  ['src/a.ts', 'const x = Temporal.Now.instant()'],
  ['src/a.ts', 'const x = Math.random()'],
  ['src/a.ts', 'export default 1'],
  ['src/a.ts', 'let x: any\n'],
  ['src/a.ts', 'const x = y as any\n'],
  ['src/a.ts', 'export enum Colour {'],
  ['src/a.ts', 'const x = parseFloat(text)'],
  ['src/a.ts', 'const x = Number(order.payAmount)'],
  ['src/a.ts', 'const x = totalPrice.toFixed(2)'],
  ['src/a.ts', 'const x = price * 100'],
  ['src/a.ts', '// TO' + 'DO later'],
]

for (const [path, text] of BREAKS) {
  test(`${text} in ${path} is found`, () => {
    assert.equal(findBannedWords([sourceOf(path, text)]).length, 1)
  })
}

test('harmless neighbours are not', () => {
  const text = [
    "const x = 'new Date()' // Date",
    'const y = { Date: 1, date: 2 }',
    'const z = row.Date',
    'const n = Number(count)',
    'const fen = amount * 100n',
    'const re = /[/]Date(/',
    `const words = \`any $\{1 + 1} Date\``,
  ].join('\n')
  assert.deepEqual(findBannedWords([sourceOf('src/a.ts', text)]), [])
})

test('vague names are found, and only they', () => {
  const names = ['OrderManager', 'stringUtils', 'BaseChannel', 'IOrder', 'allocateStock', 'PrintServiceImpl']
  for (const name of names)
    assert.equal(findBannedNames([sourceOf('src/a.ts', `class ${name} {}`)]).length, 1, name)
  for (const name of ['Database', 'baseUrl', 'Item', 'ISO_TEXT', 'imply']) {
    assert.deepEqual(findBannedNames([sourceOf('src/a.ts', `const ${name} = 1`)]), [], name)
  }
  assert.equal(findBannedNames([sourceOf('src/orderList.ts', '')]).length, 1)
})
