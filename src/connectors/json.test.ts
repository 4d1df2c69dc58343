import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { filledAt, flagAt, listAt, objectsAt, readJson, textAt, valueAt, wholeAt } from './json.ts'

const codeOf = (body: Uint8Array | string): string => {
  const result = readJson(body)
  return result.ok ? 'ok' : result.refusal.code
}
const parsed = (body: Uint8Array | string) => {
  const result = readJson(body)
  assert.ok(result.ok)
  return result.value
}

test('a number is kept as the text that stood in the source', () => {
  const value = parsed('{"id":6712345678901234567,"price":0.29,"big":1e400,"zero":-0,"padded":10.00}')
  assert.equal(textAt(value, 'id'), '6712345678901234567')
  assert.equal(textAt(value, 'price'), '0.29')
  assert.equal(textAt(value, 'big'), '1e400')
  assert.equal(textAt(value, 'zero'), '-0')
  assert.equal(textAt(value, 'padded'), '10.00')
})

test('what is not JSON in UTF-8, too deep or ambiguous is refused with its code', () => {
  assert.equal(codeOf(''), 'connector.not_json')
  assert.equal(codeOf('{"a":1'), 'connector.not_json')
  assert.equal(codeOf('{"a":1}x'), 'connector.not_json')
  assert.equal(codeOf('{"a":01}'), 'connector.not_json')
  assert.equal(codeOf(new Uint8Array([0x22, 0xff, 0x22])), 'connector.not_utf8')
  assert.equal(codeOf(`${'['.repeat(64)}${']'.repeat(64)}`), 'ok')
  assert.equal(codeOf(`${'['.repeat(65)}${']'.repeat(65)}`), 'connector.too_deep')
  assert.equal(codeOf('['.repeat(1_000_000)), 'connector.too_deep')
  assert.equal(codeOf('{"a":1,"a":2}'), 'connector.duplicate_key')
  assert.equal(codeOf('{"a":1,"a":1}'), 'connector.duplicate_key')
  assert.equal(codeOf('[{"x":{"b":"]:{","b":"]:{"}}]'), 'connector.duplicate_key')
})

test('brackets, colons and escapes inside a text do not count', () => {
  assert.deepEqual(parsed('{"a":"[[{{::\\"]","b":[":"]}'), { a: '[[{{::"]', b: [':'] })
})

test('a byte order mark is dropped, NUL and lone surrogates become U+FFFD', () => {
  assert.equal(textAt(parsed(new TextEncoder().encode('\ufeff{"a":"b"}')), 'a'), 'b')
  assert.equal(textAt(parsed('{"a":"x\\u0000y"}'), 'a'), 'x\ufffdy')
  assert.equal(textAt(parsed('{"a":"\\ud83d"}'), 'a'), '\ufffd')
  assert.equal(textAt(parsed('{"a":"\\ud83d\\ude00"}'), 'a'), '😀')
})

test('__proto__ is an ordinary key and inherited names are not found', () => {
  const value = parsed('{"__proto__":{"admin":true},"a":1}')
  assert.equal(({} as Record<string, unknown>).admin, undefined)
  assert.equal(valueAt(value, 'admin'), undefined)
  assert.equal(valueAt(value, 'constructor'), undefined)
  assert.equal(flagAt(value, '__proto__', 'admin'), true)
})

test('accessors tolerate every absence', () => {
  const value = parsed('{"a":{"b":[1,{"c":" x "},"t"]},"n":null,"f":false,"q":"2"}')
  assert.equal(textAt(value, 'a', 'b', 'c'), null)
  assert.deepEqual(listAt(value, 'n'), [])
  assert.deepEqual(objectsAt(value, 'a', 'b'), [{ c: ' x ' }])
  assert.equal(filledAt(objectsAt(value, 'a', 'b')[0], 'c'), 'x')
  assert.equal(filledAt(value, 'n'), null)
  assert.equal(flagAt(value, 'f'), false)
  assert.equal(wholeAt(value, 'q'), 2)
  assert.equal(wholeAt(value, 'a'), null)
})

test('anything that JSON.stringify writes is read back equal, numbers as text', () => {
  const asText = (value: unknown): unknown => {
    if (typeof value === 'number') return JSON.stringify(value)
    if (Array.isArray(value)) return value.map(asText)
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asText(item)]))
    return value
  }
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5, stringUnit: 'grapheme' }), (value) => {
      const read = readJson(JSON.stringify(value))
      assert.ok(read.ok)
      if (!JSON.stringify(value).includes('\\u'))
        assert.deepEqual(read.value, asText(JSON.parse(JSON.stringify(value))))
    }),
  )
})

test('no bytes make it throw', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => typeof codeOf(bytes) === 'string'))
})
