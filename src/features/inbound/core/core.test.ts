import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseMessageFilter } from './filter.ts'
import { formatMessageId, parseMessageId } from './message-id.ts'
import { isHandingOver, showBody, showHeaders } from './show.ts'

test('a message id names its UTC day and number, and reads back', () => {
  const receivedAt = Temporal.Instant.from('2026-01-25T23:59:59.999999Z')
  assert.equal(formatMessageId(42n, receivedAt), '20260125-42')
  const place = parseMessageId('20260125-42')
  assert.equal(place?.number, 42n)
  assert.equal(place?.from.toString(), '2026-01-25T00:00:00Z')
  assert.equal(place?.to.toString(), '2026-01-26T00:00:00Z')
  for (const wrong of [
    '',
    '42',
    '20261325-1',
    '20260125-',
    '20260125-1x',
    '20260125-1234567890123456789',
    '99991231-1',
    '00000101-1',
  ])
    assert.equal(parseMessageId(wrong), null, wrong)
})

test('UTF-8 is text, with its byte order mark; GBK and zero bytes are base64', () => {
  assert.deepEqual(showBody(Buffer.from('{"标题":"杯"}')), { body: '{"标题":"杯"}', encoding: 'utf8' })
  assert.deepEqual(showBody(Uint8Array.of(0xb1, 0xad)), { body: 'sa0=', encoding: 'base64' })
  assert.equal(showBody(Uint8Array.of(0x61, 0)).encoding, 'base64')
  assert.equal(showBody(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)).body, '\ufeffa')
})

test('signatures and tokens never show, everything else does', () => {
  const shown = showHeaders({
    'x-shopify-hmac-sha256': 'c2VjcmV0',
    authorization: 'Bearer x',
    'event-sign': 'abc',
    'x-shopify-api-version': '2026-01',
    'content-type': 'application/json',
  })
  assert.deepEqual(shown, {
    'x-shopify-hmac-sha256': '*** (8 characters)',
    authorization: '*** (8 characters)',
    'event-sign': '*** (3 characters)',
    'x-shopify-api-version': '2026-01',
    'content-type': 'application/json',
  })
})

test('a park code asks for parked messages; nonsense is refused', () => {
  const parked = parseMessageFilter({ parkCode: 'mapping.unknown_code' }, 'UTC')
  assert.ok(parked.ok && parked.value.state === 'parked')
  for (const input of [
    { verdict: 'fine' },
    { state: 'lost' },
    { from: 'yesterday' },
    { from: '0000-01-01' },
    { to: '9999-12-31' },
    { from: '-271821-04-20T00:00Z' },
  ])
    assert.equal(parseMessageFilter(input, 'UTC').ok, false)
})

test('what a push came to hand over can be copied, and only there', () => {
  const headers = { 'dhl-api-hook-secret': 'activate-me' }
  const shown = (verdict: string, topic: string) =>
    showHeaders(headers, isHandingOver({ verdict, topic }))['dhl-api-hook-secret']
  assert.equal(shown('challenge', 'activation'), 'activate-me')
  assert.equal(shown('challenge', 'tag:0'), '*** (11 characters)')
  assert.equal(shown('accepted', 'push'), '*** (11 characters)')
})
