import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maskWords, tailOf } from './mask-words.ts'

const CASES: readonly (readonly [string, string])[] = [
  ['快递员张三正在派件，电话13800138000', '快递员张**正在派件，电话138****00'],
  ['派件员：欧阳修文（138-0013-8000）', '派件员：欧**（138****00）'],
  ['已签收，签收人：王小明', '已签收，签收人：王**'],
  ['请致电 010-12345678', '请致电 010****78'],
  ['13800138000,13900139000', '138****00,139****00'],
  ['Signed by John Smith at 10:30', 'Signed by J** at 10:30'],
  ['RECEIVED BY: M. MULLER', 'RECEIVED BY: M**'],
  ['收件人为李四', '收件人为李**'],
]
test('phones and the names behind a role are hidden, the rest of the words stays', () => {
  for (const [words, masked] of CASES) assert.equal(maskWords(words), masked)
})

const HARMLESS = [
  '快递员正在为您派件',
  '签收人是本人签收',
  '2026-02-11 18:44:22 到达 杭州转运中心',
  '已到达【北京顺义】，下一站 3 号库',
  'courier delivered it',
  'Delivered - signed for by recipient',
  '',
]
test('words that name nobody stay as they are', () => {
  for (const words of HARMLESS) assert.equal(maskWords(words), words)
})

test('the parcel’s own numbers are kept, also with signs that mean something to a pattern', () => {
  assert.equal(
    maskWords('快件 73100012345678 已到，电话 13800138000', ['73100012345678']),
    '快件 73100012345678 已到，电话 138****00',
  )
  assert.equal(maskWords('A+1(12345678) 到', ['A+1(12345678)', '']), 'A+1(12345678) 到')
  assert.equal(maskWords('快件 73100012345678', []), '快件 731****78')
})

test('a long row of digits is looked at once', () => {
  const started = performance.now()
  maskWords('1 '.repeat(50_000))
  maskWords('快递员'.repeat(20_000))
  assert.ok(performance.now() - started < 500)
})

test('the tail is the last four digits, whatever stands between them', () => {
  assert.equal(tailOf('+86 138-0013-80 01'), '8001')
  assert.equal(tailOf('138****0001'), '0001')
  assert.equal(tailOf('123'), null)
  assert.equal(tailOf(''), null)
})
