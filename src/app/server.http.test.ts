import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Type } from 'typebox'
import { openTestServer, type TestServer } from '#test-support/server.ts'
import { listen } from './server.ts'

let server: TestServer
const SECRET_URL = 'postgres://user:hunter22@host/db'

before(async () => {
  server = await openTestServer((app) => {
    app.route({
      method: ['GET', 'POST', 'PUT'],
      url: '/callback/:token',
      config: { scope: 'public', rawBody: true },
      schema: { hide: true },
      bodyLimit: 2_000,
      handler: async (request) => ({
        hex: Buffer.isBuffer(request.body) ? request.body.toString('hex') : null,
      }),
    })
    app.post(
      '/api/probe',
      {
        config: { scope: 'orders:write' },
        schema: {
          querystring: Type.Object({
            status: Type.Optional(Type.Array(Type.String())),
            limit: Type.Optional(Type.Integer()),
          }),
          body: Type.Object(
            {
              count: Type.Integer({ minimum: 1 }),
              secretWord: Type.Optional(Type.String({ maxLength: 8 })),
              note: Type.Optional(Type.Union([Type.String(), Type.Null()])),
            },
            { additionalProperties: false },
          ),
        },
      },
      async (request) => ({ ...request.body, ...request.query }),
    )
    app.put(
      '/api/stream/:name',
      { config: { scope: 'orders:write', rawBody: 'stream' } },
      async (request) => {
        const parts: Buffer[] = []
        for await (const part of request.body as AsyncIterable<Buffer>) parts.push(part)
        return { length: Buffer.concat(parts).length }
      },
    )
    app.get('/api/broken', { config: { scope: 'orders:read' } }, async () => {
      throw new Error(`${SECRET_URL} is on fire`)
    })
    app.get(
      '/api/lying',
      { config: { scope: 'orders:read' }, schema: { response: { 200: Type.Object({ a: Type.Integer() }) } } },
      async () => JSON.parse('{"a":"no integer"}'),
    )
  })
})
after(async () => await server.close())

const probe = async (payload: unknown, headers: Record<string, string> = {}, query = '') =>
  await server.app.inject({
    method: 'POST',
    url: `/api/probe${query}`,
    headers: { ...(await server.asKey('orders:write')), 'content-type': 'application/json', ...headers },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  })

test('callbacks get their bytes untouched, whatever the content type says', async () => {
  const bytes = Buffer.from([0x7b, 0x22, 0xff, 0x00, 0x0d, 0x0a])
  for (const type of [
    'application/json',
    'text/xml',
    'application/x-www-form-urlencoded',
    'nonsense',
    undefined,
  ]) {
    const headers = type === undefined ? {} : { 'content-type': type }
    const answer = await server.app.inject({ method: 'POST', url: '/callback/abc', headers, payload: bytes })
    assert.deepEqual([type, answer.statusCode, answer.json().hex], [type, 200, '7b22ff000d0a'])
  }
  assert.equal((await server.app.inject('/callback/abc')).json().hex, null)
})

test('compressed bodies are refused before they are read', async () => {
  for (const url of ['/callback/abc', '/api/probe']) {
    const headers = { 'content-encoding': 'gzip', 'content-type': 'application/json' }
    const answer = await server.app.inject({ method: 'POST', url, headers, payload: 'x' })
    assert.deepEqual([answer.statusCode, answer.json().code], [415, 'http.encoding_unsupported'])
  }
})

test('a body beyond the route limit is 413, with and without a length header', async () => {
  const payload = Buffer.alloc(2_001)
  const known = await server.app.inject({ method: 'POST', url: '/callback/abc', payload })
  assert.deepEqual([known.statusCode, known.json().code], [413, 'http.too_large'])
  const just = await server.app.inject({ method: 'POST', url: '/callback/abc', payload: payload.subarray(1) })
  assert.equal(just.statusCode, 200)
  const listening = await listen(server.app, { host: '127.0.0.1', port: 0 })
  assert.ok(listening.ok)
  const status = await new Promise<number>((resolve, reject) => {
    const request = httpRequest(`${listening.value.url}/callback/abc`, { method: 'POST' }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    request.on('error', reject)
    request.write(payload.subarray(0, 1_500))
    request.end(payload.subarray(0, 1_500))
  })
  assert.equal(status, 413)
})

test('garbage on the wire is answered with a problem and the port stays open', async () => {
  const { port } = server.app.server.address() as { port: number }
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.on('data', (chunk) => {
    text += String(chunk)
  })
  socket.write('NONSENSE\r\n\r\n')
  for (let i = 0; i < 100 && !socket.closed; i += 1) await sleep(10)
  assert.match(text, /^HTTP\/1\.1 400 Bad Request\r\n/)
  assert.match(text, /"code":"http.invalid"/)
  assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200)
})

test('a taken port is one line with a code', async () => {
  const { port } = server.app.server.address() as { port: number }
  const other = await openTestServer()
  try {
    const refused = await listen(other.app, { host: '127.0.0.1', port })
    assert.ok(!refused.ok)
    assert.equal(refused.refusal.code, 'app.port_taken')
    assert.match(refused.refusal.detail, new RegExp(`^port ${port} on 127\\.0\\.0\\.1 is in use[^\\n]*PORT`))
  } finally {
    await other.close()
  }
})

test('JSON bodies keep their types, queries are read as what they should be', async () => {
  const good = await probe({ count: 2, note: null }, {}, '?status=a&limit=7')
  assert.deepEqual(good.json(), { count: 2, note: null, status: ['a'], limit: 7 })
  const text = await probe({ count: '2' })
  assert.deepEqual([text.statusCode, text.json().code], [400, 'http.invalid'])
  assert.deepEqual(text.json().data.where, [{ part: 'body', path: '/count', reason: 'must be integer' }])
  const missing = await probe({})
  assert.equal(missing.json().data.where[0].path, '/count')
  const extra = await probe({ count: 1, other: 1 })
  assert.equal(extra.json().data.where[0].path, '/other')
})

test('a NUL in any text is bad input; callbacks and streams are bytes and go through', async () => {
  const key = await server.asKey('orders:write', 'orders:read')
  const ask = async (method: 'GET' | 'PUT' | 'POST', url: string, payload?: string) =>
    await server.app.inject({ method, url, headers: key, ...(payload === undefined ? {} : { payload }) })
  const refused = [
    await probe({ count: 1, note: 'a\u0000b' }),
    await probe({ count: 1, 'a\u0000': 1 }),
    await probe({ count: 1 }, {}, '?status=%00'),
    await ask('PUT', '/api/stream/a%00b', 'x'),
    await ask('GET', '/api/broken?q=%00'),
  ]
  for (const answer of refused)
    assert.deepEqual([answer.statusCode, answer.json().code], [400, 'http.invalid'])
  assert.deepEqual((await ask('PUT', '/api/stream/a', 'a\u0000b')).json(), { length: 3 })
  const nothing = {
    method: 'PUT' as const,
    url: '/api/stream/a',
    headers: await server.asKey('orders:write'),
  }
  assert.deepEqual((await server.app.inject(nothing)).json(), { length: 0 }, 'no body is an empty stream')
  const pushed = await server.app.inject({ method: 'POST', url: '/callback/t?q=%00', payload: 'a\u0000' })
  assert.deepEqual(pushed.json(), { hex: '6100' })
})

test('problems have their shape, and never repeat what was sent', async () => {
  const answer = await probe({ count: 1, secretWord: 'correct horse battery' })
  assert.match(String(answer.headers['content-type']), /^application\/problem\+json/)
  const { detail, ...rest } = answer.json()
  assert.deepEqual(Object.keys(rest).sort(), ['code', 'data', 'status', 'title', 'type'])
  assert.equal(rest.type, '/docs/errors#http.invalid')
  assert.equal(rest.title, 'Bad Request')
  assert.match(detail, /secretWord/)
  assert.doesNotMatch(answer.body, /horse/)
})

test('bad JSON, no JSON and poisoned JSON', async () => {
  assert.equal((await probe('{"count":')).json().code, 'http.bad_json')
  assert.equal((await probe('')).json().code, 'http.invalid')
  const form = await probe('count=1', { 'content-type': 'application/x-www-form-urlencoded' })
  assert.deepEqual([form.statusCode, form.json().code], [415, 'http.content_type_unsupported'])
  const poisoned = await probe('{"count":1,"__proto__":{"admin":true}}')
  assert.deepEqual(poisoned.json(), { count: 1 })
})

test('a bug is 500 with a reference that the log carries, without stack or message', async () => {
  server.logged.length = 0
  const answer = await server.app.inject({ url: '/api/broken', headers: await server.asKey('orders:read') })
  assert.deepEqual([answer.statusCode, answer.json().code], [500, 'http.bug'])
  assert.doesNotMatch(answer.body, /fire|server\.http\.test/)
  const line = server.logged.find((one) => one.includes(answer.json().data.reference))
  assert.match(line ?? '', /is on fire/)
  assert.doesNotMatch(server.logged.join(''), /hunter22/)
})

test('an answer that breaks its schema is a bug in tests', async () => {
  const answer = await server.app.inject({ url: '/api/lying', headers: await server.asKey('orders:read') })
  assert.equal(answer.statusCode, 500)
})

test('security headers stand on pages, answers and errors', async () => {
  for (const url of ['/', '/healthz', '/api/none', '/api/session']) {
    const { headers } = await server.app.inject(url)
    const policy = String(headers['content-security-policy'])
    assert.match(policy, /script-src 'self';/, url)
    assert.match(policy, /frame-ancestors 'none'/)
    assert.doesNotMatch(policy, /unsafe-eval|https?:/)
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['referrer-policy'], 'no-referrer')
    assert.equal(headers['strict-transport-security'], undefined)
    assert.ok(headers['x-request-id'])
  }
  assert.equal((await server.app.inject('/api/session')).headers['cache-control'], 'no-store')
})

test('another host name is refused while the hub listens on loopback', async () => {
  const ask = async (host: string) =>
    (await server.app.inject({ url: '/healthz', headers: { host } })).statusCode
  for (const host of ['localhost:8686', '127.0.0.1:8686', '[::1]:8686', 'LOCALHOST'])
    assert.equal(await ask(host), 200)
  for (const host of ['evil.example', '127.0.0.1.evil.example:8686', 'localhost.evil.example'])
    assert.equal(await ask(host), 421, host)
})

test('behind a trusted proxy: https is believed, the public name is let in, HSTS is set', async () => {
  const config = { publicUrl: 'https://hub.example.com', trustProxy: 'loopback' }
  const proxied = await openTestServer(() => undefined, { config })
  try {
    const headers = { host: 'hub.example.com', 'x-forwarded-proto': 'https' }
    const answer = await proxied.app.inject({ url: '/healthz', headers })
    assert.equal(answer.statusCode, 200)
    assert.equal(answer.headers['strict-transport-security'], 'max-age=31536000')
    const untrusted = await server.app.inject({ url: '/healthz', headers: { 'x-forwarded-proto': 'https' } })
    assert.equal(untrusted.headers['strict-transport-security'], undefined)
  } finally {
    await proxied.close()
  }
})

test('metrics are for this machine; a proxied request is not', async () => {
  const here = await server.app.inject('/metrics')
  assert.match(here.body, /^# HELP holdfast_messages_received_total/m)
  const proxied = await server.app.inject({ url: '/metrics', headers: { 'x-forwarded-for': '203.0.113.9' } })
  assert.equal(proxied.statusCode, 403)
})

test('the documentation is served from here and its scripts are allowed by hash', async () => {
  const page = await server.app.inject('/api/docs/')
  assert.equal(page.statusCode, 200)
  assert.doesNotMatch(page.body, /<script[^>]+src="(https?:)?\/\//)
  assert.match(String(page.headers['content-security-policy']), /script-src 'self' 'sha256-/)
  const script = await server.app.inject('/api/docs/js/scalar.js')
  assert.ok(script.statusCode === 200 && script.body.length > 100_000)
  const document = (await server.app.inject('/api/openapi.json')).json()
  assert.equal(document.openapi, '3.1.0')
  assert.deepEqual(document.paths['/api/probe'].post['x-scope'], 'orders:write')
  assert.equal(document.paths['/callback/{token}'], undefined)
})

test('a route that says no scope keeps the hub from starting', async () => {
  await assert.rejects(
    openTestServer((app) => {
      app.get('/api/forgotten', async () => ({}))
    }),
    /H2.*\/api\/forgotten/,
  )
})
