import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fromSheetText, sheetText } from './sheet-text.ts'

test('what would be run as a formula gets an apostrophe; nothing else changes', () => {
  for (const text of [
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    ' =1',
    '\u00a0=1',
    '\u200b=1',
    '＝1',
    '＋1',
    '－1',
    '＠x',
    '\t',
    '\r=1',
    '\nx',
  ])
    assert.equal(sheetText(text), `'${text}`, JSON.stringify(text))
  for (const text of ['', 'A-1', '1=1', "'=1", '张三', 'a@b.c', '0', ' x'])
    assert.equal(sheetText(text), text)
})

test('taken back, it is the text again, but for one that looked so before', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const made = sheetText(text)
      assert.doesNotMatch(made, /^[\s\u200b\ufeff]*[=+\-@＝＋－＠]/)
      if (made !== text) assert.equal(fromSheetText(made), text)
    }),
  )
})
