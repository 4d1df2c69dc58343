import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

// No cell of a file that the hub gives away is a formula. CSV: one function decides it (kernel/sheet-text.ts), and whoever quotes a
// cell asks it. XLSX: the writer makes formulas only of objects, and we hand it none.

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const sources = globSync('src/**/*.ts', { cwd: ROOT }).filter((path) => !path.endsWith('.test.ts'))
const read = (path: string): string => readFileSync(`${ROOT}${path}`, 'utf8')

test('whoever quotes a cell of CSV asks first whether it would be a formula', () => {
  const quoting = sources.filter((path) => /replaceAll\('"', '""'\)/.test(read(path)))
  assert.ok(quoting.length >= 6, quoting.join())
  for (const path of quoting) assert.match(read(path), /sheetText\(/, path)
})

test('whoever answers with CSV quotes', () => {
  for (const path of sources.filter(
    (one) => /text\/csv/.test(read(one)) && /produces|reply\.type|CSV =/.test(read(one)),
  ))
    assert.match(read(path), /csvLine|errorLine|exportRun|exportProfiles|exportLevels|consumes/, path)
})

test('no sheet is handed a formula', () => {
  const writing = sources.filter((path) => /writeXlsx/.test(read(path)))
  assert.ok(writing.length >= 5, writing.join())
  for (const path of writing) assert.doesNotMatch(read(path), /formula\s*:/, path)
})
