import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DEEPEST, readStrictJson } from './strict-json.ts'

const codeOf = (text: string | Uint8Array): string => {
  const read = readStrictJson(typeof text === 'string' ? Buffer.from(text) : text)
  return read.ok ? 'ok' : read.refusal.code
}

test('what two readers could read differently is refused', () => {
  assert.equal(codeOf('{"a":1,"b":{"a":2},"c":[{"a":3},{"a":4}]}'), 'ok')
  assert.equal(codeOf('{"a":1,"a":1}'), 'gateway.duplicate_key')
  assert.equal(codeOf('{"x":[{"a":1,"\\u0061":2}]}'), 'gateway.duplicate_key', 'also where one is escaped')
  assert.equal(codeOf('{"__proto__":1,"__proto__":2}'), 'gateway.duplicate_key')
  assert.equal(codeOf('{"a":"\\":\\"a","b":":","c":"{"}'), 'ok', 'what stands in a string is no structure')
  assert.equal(codeOf('["a","a"]'), 'ok')
})

test('nesting is bounded before anything recursive runs', () => {
  const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`
  assert.equal(codeOf(nested(DEEPEST)), 'ok')
  assert.equal(codeOf(nested(DEEPEST + 1)), 'gateway.too_deep')
  assert.equal(codeOf('{"a":'.repeat(200_000)), 'gateway.too_deep')
})

test('no JSON, cut off, or not UTF-8', () => {
  for (const text of ['', '{', '{"a":}', '"', '{"a":1}}', '{"a":1,}', 'null null', '{"a":"\\q"}'])
    assert.equal(codeOf(text), 'http.bad_json', text)
  assert.equal(codeOf(Uint8Array.of(0x22, 0xff, 0x22)), 'http.bad_json')
})

test('what the engine writes is read as the engine reads it', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 8 }), (text) => {
      const read = readStrictJson(Buffer.from(text))
      assert.ok(read.ok)
      assert.deepEqual(read.value, JSON.parse(text))
    }),
  )
})

test('any bytes are read or refused, never thrown', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), fc.nat(), (text, cut) => {
      readStrictJson(Buffer.from(text).subarray(0, cut))
    }),
  )
})
