import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog, scrubFields, scrubText } from './log.ts'

function logged(write: (log: ReturnType<typeof createLog>) => void, pretty = false): string {
  const lines: string[] = []
  write(createLog({ level: 'trace', pretty, write: (line) => void lines.push(line) }))
  return lines.join('')
}

test('fields with telling names are masked wherever they stand', () => {
  const fields = {
    password: 'p1',
    deep: [{ clientSecret: 'p2', headers: { Cookie: 'p3', Authorization: 'p4', 'x-csrf-token': 'p5' } }],
    access_token: 'p6',
    checkWord: 'p7',
    body: 'p8',
    order: 'visible',
  }
  const text = logged((log) => log.info(fields, 'hello'))
  assert.doesNotMatch(text, /p[1-8]/)
  assert.match(text, /"order":"visible"/)
  assert.match(text, /"level":"info".*"msg":"hello"/)
})

test('our own secrets are masked inside any text', () => {
  const key = `hf_abcdefghijkl_${'s'.repeat(43)}`
  const texts = [
    `key ${key}.`,
    'Authorization: Bearer abcdefgh12345678',
    'POST /callback/sTokenTokenToken1 failed',
    'http://127.0.0.1:8686/link#sTokenTokenToken1',
    'cookie holdfast_session=sTokenTokenToken1; other=1',
    'postgres://user:hunter22@host:5432/db',
  ]
  for (const text of texts)
    assert.doesNotMatch(scrubText(text), /sssss|abcdefgh12345678|sToken|hunter22/, text)
  assert.equal(scrubText('an ordinary line, hf_ and /callback/x'), 'an ordinary line, hf_ and /callback/x')
})

test('errors keep type, code, stack and cause; their secrets do not', () => {
  const cause = Object.assign(new Error('connect postgres://u:hunter22@h/d'), { code: 'ECONNREFUSED' })
  const text = logged((log) => log.error({ err: new Error('outer', { cause }) }, 'failed'))
  const line = JSON.parse(text)
  assert.equal(line.err.message, 'outer')
  assert.equal(line.err.cause.code, 'ECONNREFUSED')
  assert.match(line.err.stack, /log\.test\.ts/)
  assert.doesNotMatch(text, /hunter22/)
})

test('bigint, instants, buffers, rings and deep trees do not break a line', () => {
  const ring: Record<string, unknown> = {
    amount: 12n,
    at: Temporal.Instant.from('2026-01-01T00:00:00Z'),
    bytes: Buffer.from('secret'),
  }
  ring.self = ring
  const text = JSON.stringify(scrubFields(ring))
  assert.match(text, /"amount":"12","at":"2026-01-01T00:00:00Z","bytes":"\[not logged\]"/)
  assert.equal(logged((log) => log.info(ring, 'ring')).split('\n').length, 2)
})

test('lines for people', () => {
  const text = logged((log) => log.warn({ port: 8686, password: 'p1' }, 'listening'), true)
  assert.match(text, /warn .*listening {2}port=8686 {2}password=\[hidden\]\n$/)
})
