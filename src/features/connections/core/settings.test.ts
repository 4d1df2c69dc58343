import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Connector } from '#domain/connector.ts'
import { effectiveSettings, parseSettings, secretsKeptForNewTarget, withoutSecrets } from './settings.ts'
import { targetFault, targetKind } from './target.ts'

const field = (name: string, more: object = {}) => ({
  name,
  zh: name,
  en: name,
  secret: false,
  required: false,
  ...more,
})
const connector = {
  kind: 'shop',
  fields: [
    field('appId', { required: true }),
    field('appSecret', { required: true, secret: true }),
    field('apiBase', { default: 'https://api.example.com' }),
    field('mode', { options: ['off', 'on'] }),
    field('zone'),
  ],
} as unknown as Connector
const stored = { plain: { appId: '1', mode: 'on' }, secrets: { appSecret: 's3cret' } }

const codeOf = (typed: Record<string, string | null>, loopback = false): string => {
  const parsed = parseSettings(connector, typed, stored, loopback)
  return parsed.ok ? 'ok' : parsed.refusal.code
}

test('what is not typed stays, null and blank remove', () => {
  const parsed = parseSettings(connector, { appId: ' 2 ', mode: null }, stored, false)
  assert.deepEqual(parsed, { ok: true, value: { plain: { appId: '2' }, secrets: { appSecret: 's3cret' } } })
})

test('each fault has its code', () => {
  assert.equal(codeOf({ colour: 'red' }), 'connections.unknown_field')
  assert.equal(codeOf({ appSecret: '' }), 'connections.missing_field')
  assert.equal(codeOf({ mode: 'maybe' }), 'connections.bad_option')
  assert.equal(codeOf({ zone: 'Mars/Base' }), 'connections.bad_zone')
  assert.equal(codeOf({ zone: 'Asia/Tokyo' }), 'ok')
  assert.equal(codeOf({ appId: 'a\u0000b' }), 'connections.bad_value')
  assert.equal(codeOf({ appSecret: 'x'.repeat(20_000) }), 'connections.bad_value')
  assert.equal(codeOf({ apiBase: 'ftp://example.com' }), 'connections.bad_url')
  assert.equal(codeOf({ apiBase: 'http://127.0.0.1:5432' }), 'connections.private_target')
  assert.equal(codeOf({ apiBase: 'http://127.0.0.1:5432' }, true), 'ok')
})

test('a refusal never quotes a secret', () => {
  const parsed = parseSettings(connector, { appSecret: 'hunter2\u0007' }, stored, false)
  assert.ok(!parsed.ok && !JSON.stringify(parsed.refusal).includes('hunter2'))
})

test('a secret goes to another address only when it was typed for it', () => {
  const withSalt = {
    ...connector,
    fields: [...connector.fields, field('salt', { secret: true, onlyVerifies: true })],
  } as unknown as Connector
  const split = { plain: stored.plain, secrets: { ...stored.secrets, salt: 'pepper' } }
  const kept = (typed: Record<string, string | null>, from = split): string[] => {
    const parsed = parseSettings(withSalt, typed, from, false)
    assert.ok(parsed.ok)
    return secretsKeptForNewTarget(withSalt, typed, from, parsed.value)
  }
  assert.deepEqual(kept({ apiBase: 'https://evil.example' }), ['appSecret'])
  assert.deepEqual(kept({ apiBase: 'https://evil.example', appSecret: 'again' }), [])
  assert.deepEqual(kept({ appId: '7', zone: 'Asia/Tokyo' }), [])
  assert.deepEqual(kept({ apiBase: 'https://api.example.com' }), [], 'the default, spelt out')
  const elsewhere = { ...split, plain: { ...split.plain, apiBase: 'https://box.example' } }
  assert.deepEqual(kept({ apiBase: null }, elsewhere), ['appSecret'], 'back to the default')
})

test('every spelling of an inner address is seen', () => {
  const inner = [
    'http://localhost/',
    'http://LOCALHOST.:80',
    'http://a.localhost',
    'http://127.1',
    'http://2130706433',
    'http://0x7f.1',
    'http://0177.0.0.1',
    'http://0.0.0.0',
    'http://10.1.2.3',
    'http://172.31.0.1',
    'http://192.168.1.1',
    'http://169.254.169.254',
    'http://100.64.0.1',
    'http://[::1]',
    'http://[::]',
    'http://[::ffff:127.0.0.1]',
    'http://[fd00::1]',
    'http://[fe80::1]',
    'http://[fec0::1]',
    'http://[feff::1]',
    'http://[64:ff9b::7f00:1]',
    'wss://printer.local',
    'http://metadata.google.internal',
  ]
  for (const url of inner) assert.equal(targetFault(url, 'url', false), 'private_target', url)
  const outer = [
    'https://gw-api.example.com/api',
    'http://172.32.0.1',
    'http://8.8.8.8',
    'wss://push.example.com',
    'https://{shopDomain}',
  ]
  for (const url of outer) assert.equal(targetFault(url, 'url', false), null, url)
  const none = [
    'gw.example.com',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'https://user:pw@example.com',
    'https://a b',
    '',
  ]
  for (const url of none) assert.equal(targetFault(url, 'url', true), 'not_a_url', url)
  assert.equal(targetFault('demo.myshopify.com', 'host', false), null)
  assert.equal(targetFault('127.0.0.1:5432', 'host', false), 'private_target')
  assert.equal(targetFault('demo.example.com/path', 'host', false), 'not_a_url')
})

test('defaults lie under the values, the own zone above; secrets are cut out of words', () => {
  const settings = effectiveSettings(connector, stored, 'Asia/Tokyo')
  assert.deepEqual(settings, {
    apiBase: 'https://api.example.com',
    appId: '1',
    mode: 'on',
    appSecret: 's3cret',
    zone: 'Asia/Tokyo',
  })
  assert.equal(withoutSecrets('bad key s3cret, again s3cret', stored.secrets), 'bad key •••, again •••')
})

test('the name of a database is no address', () => {
  assert.deepEqual(['database', 'api_base', 'callbackUrl', 'host', 'nodes', 'table'].map(targetKind), [
    null,
    'url',
    'url',
    'host',
    'hosts',
    null,
  ])
})

test('each of several addresses is judged as one', () => {
  const at = (value: string, allow = false) => targetFault(value, 'hosts', allow)
  assert.equal(at('r1.example.com:6379, r2.example.com:6380'), null)
  assert.equal(at('r1.example.com:6379,10.0.0.7:6379'), 'private_target')
  assert.equal(at('10.0.0.7:6379', true), null)
  assert.equal(at('redis://x'), 'not_a_url')
})
