import assert from 'node:assert/strict'
import { test } from 'node:test'
import { phrasesOf, troubleFrom, troubleInWords, withOwnCodes } from './trouble.ts'

const table = { S14: 'pool_empty', S02: 'signature_refused' } as const

test('a known code becomes our trouble with the carrier’s own code and words, others are only refused', () => {
  assert.deepEqual(troubleFrom(table, 'S14', '号段已用完').refusal, {
    code: 'carrier.pool_empty',
    detail: 'S14 号段已用完',
  })
  assert.equal(troubleFrom(table, 'S15', '号段已用完').refusal.code, 'carrier.refused')
  assert.equal(
    troubleFrom(table, 'constructor', 'x').refusal.code,
    'carrier.refused',
    'not a property of Object',
  )
  assert.deepEqual(troubleFrom(table, null, '').refusal, {
    code: 'carrier.refused',
    detail: 'the carrier gave no reason',
  })
})

test('phrases of the settings name an empty pool, but never against a code that is known', () => {
  const phrases = phrasesOf('余额不足，号段已用完')
  assert.deepEqual(troubleInWords(table, 'E9', '电子面单余额不足', phrases).refusal, {
    code: 'carrier.pool_empty',
    detail: 'E9 电子面单余额不足',
  })
  assert.equal(troubleInWords(table, null, '余额不足', phrases).refusal.detail, '余额不足')
  assert.equal(troubleInWords(table, 'S02', '余额不足', phrases).refusal.code, 'carrier.signature_refused')
  assert.equal(troubleInWords(table, 'E9', '超区', phrases).refusal.code, 'carrier.refused')
  assert.equal(
    troubleInWords(table, 'E9', '余额不足', []).refusal.code,
    'carrier.refused',
    'no phrases, no guess',
  )
})

test('codes of the settings stand over the connector’s own; what names no trouble is left out', () => {
  const own = withOwnCodes(table, 'S02 = ip_refused, X1=pool_empty;Y=nonsense，=pool_empty')
  assert.deepEqual(own, { S14: 'pool_empty', S02: 'ip_refused', X1: 'pool_empty' })
  assert.deepEqual(withOwnCodes(table, undefined), table)
})
