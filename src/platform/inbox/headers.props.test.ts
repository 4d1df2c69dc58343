import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { headersText, readHeaders } from './headers.ts'

/** What senders write to see a reader stumble: NUL itself, the six characters that stand for it, and what escapes either. */
const nasty = fc.string({
  unit: fc.oneof(fc.constantFrom('\u0000', '\\u0000', '\\', '"', 'u0000', '\n'), fc.string()),
  maxLength: 8,
})

/**
 * No name of a header holds a backslash, and JSON.parse of Node 26.10 takes one key with backslashes for another of the same length
 * that stood in the same place of an earlier object.
 */
const name = nasty.map((text) => text.replaceAll('\\', '/'))

test('any headers come back as they were, without NUL, and what is stored holds none', () => {
  fc.assert(
    fc.property(fc.dictionary(name, nasty), (headers) => {
      const text = headersText(headers)
      assert.ok(!text.includes('\u0000'))
      assert.ok(!Object.values(readHeaders(text)).some((value) => value.includes('\u0000')))
      const expected = Object.entries(headers).map(([key, value]) => [
        key.replaceAll('\u0000', ''),
        value.replaceAll('\u0000', ''),
      ])
      assert.deepEqual(readHeaders(text), Object.fromEntries(expected))
    }),
    { numRuns: 500 },
  )
})

test('the six characters that stand for NUL are text like any other', () => {
  const headers = { 'x-note': 'a\\u0000', 'x-nul': 'a\u0000b' }
  assert.deepEqual(readHeaders(headersText(headers)), { 'x-note': 'a\\u0000', 'x-nul': 'ab' })
})

test('what is no JSON object of texts is read without a throw', () => {
  for (const text of ['', '{"a":"b\\"}', '[]', 'null', '"a"', '1']) assert.deepEqual(readHeaders(text), {})
  assert.deepEqual(readHeaders('{"a":1,"b":"x"}'), { b: 'x' })
})
