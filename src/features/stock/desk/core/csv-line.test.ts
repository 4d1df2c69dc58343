import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csvLine } from './csv-line.ts'

test('no text cell is a formula; numbers stay numbers', () => {
  assert.equal(csvLine(['=1+1', '+A', '-A', '@x', ' =2']), `"'=1+1","'+A","'-A","'@x","' =2"\r\n`)
  assert.equal(csvLine(['A-1', -5, null, 'a,"b"', '\t=1']), `A-1,-5,,"a,""b""","'\t=1"\r\n`)
})
