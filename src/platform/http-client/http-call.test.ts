import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { Outage } from '#kernel/outage.ts'
import { openHttp } from './http-call.ts'
import { literalFault, parseNetworks } from './target-guard.ts'

const open = openHttp({ allowLoopback: true, allowPrivate: true })
const guarded = openHttp({ allowLoopback: false, allowPrivate: false })

async function withServer(answer: RequestListener, run: (url: string) => Promise<void>): Promise<void> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
}

async function outageOf(call: Promise<unknown>): Promise<Outage> {
  const error = await call.then(
    () => null,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof Outage, String(error))
  return error
}

for (const host of [
  '127.0.0.1',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0.0.0.0',
  '[::]',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[::ffff:a00:1]',
  '10.1.2.3',
  '172.31.0.1',
  '192.168.1.1',
  '100.64.0.1',
  '169.254.169.254',
  '[fe80::1]',
  '[fd00::1]',
  '[64:ff9b::7f00:1]',
  'localhost',
])
  test(`${host} is not called`, async () => {
    let called = 0
    await withServer(
      (_request, response) => {
        called += 1
        response.end()
      },
      async (url) => {
        const outage = await outageOf(guarded({ method: 'GET', url: `http://${host}:${new URL(url).port}/` }))
        assert.equal(outage.code, 'http.forbidden_address')
        assert.equal(outage.retryable, false)
        assert.equal(outage.unknown, false)
      },
    )
    assert.equal(called, 0)
  })

test('a private network may be allowed without the own machine', async () => {
  const inside = openHttp({ allowLoopback: false, allowPrivate: true })
  for (const host of ['127.0.0.1', '0.0.0.0', '[::ffff:127.0.0.1]', 'localhost']) {
    const outage = await outageOf(inside({ method: 'GET', url: `http://${host}:1/` }))
    assert.equal(outage.code, 'http.forbidden_address', host)
  }
})

test('networks that the operator named may be called, and nothing beside them', async () => {
  const allowed = parseNetworks('127.0.0.7, 10.20.0.0/16, fd12::/16')
  assert.ok(allowed !== null)
  const rules = { allowLoopback: false, allowPrivate: false, allowed }
  const codeAt = (host: string) => literalFault(new URL(`http://${host}:1/`), rules)?.code
  for (const host of ['127.0.0.1', '10.21.0.1', '169.254.169.254', '[fd13::1]', '[::1]'])
    assert.equal(codeAt(host), 'http.forbidden_address', host)
  for (const host of ['127.0.0.7', '10.20.3.4', '[fd12::9]']) assert.equal(codeAt(host), undefined, host)
  const byName = openHttp(rules)({ method: 'GET', url: 'http://localhost:1/' })
  assert.equal((await outageOf(byName)).code, 'http.forbidden_address')
  assert.deepEqual(['10.0.0.0/0', '10.0.0.1/x', 'db.local', '::1/129', ''].map(parseNetworks), [
    null,
    null,
    null,
    null,
    null,
  ])
})

test('site-local and other inner IPv6 addresses are refused', async () => {
  for (const host of ['[fec0::1]', '[feff::1]', '[fe80::1]', '[fd00::1]']) {
    const outage = await outageOf(guarded({ method: 'GET', url: `http://${host}:1/`, timeoutMs: 500 }))
    assert.equal(outage.code, 'http.forbidden_address', host)
  }
})

test('only http and https are spoken', async () => {
  for (const url of ['file:///etc/passwd', 'ftp://example.com/', 'no address'])
    assert.equal((await outageOf(open({ method: 'GET', url }))).code, 'http.bad_url')
})

test('a redirect is answered as it is and not followed', async () => {
  const seen: string[] = []
  await withServer(
    (request, response) => {
      seen.push(request.url ?? '')
      response.writeHead(302, { location: '/elsewhere' }).end()
    },
    async (url) => {
      const answer = await open({ method: 'POST', url: `${url}/first`, body: 'x' })
      assert.equal(answer.status, 302)
      assert.equal(answer.headers.location, '/elsewhere')
    },
  )
  assert.deepEqual(seen, ['/first'])
})

test('an error status is an answer, with its bytes', async () => {
  await withServer(
    (_request, response) => void response.writeHead(500).end('fällt aus'),
    async (url) => {
      const answer = await open({ method: 'GET', url })
      assert.equal(answer.status, 500)
      assert.equal(Buffer.from(answer.body).toString('utf8'), 'fällt aus')
    },
  )
})

test('nobody there: nothing was sent, so nothing can have happened', async () => {
  let url = ''
  await withServer(
    () => undefined,
    async (address) => {
      url = address
    },
  )
  const outage = await outageOf(open({ method: 'POST', url, body: 'pay' }))
  assert.deepEqual([outage.code, outage.unknown, outage.retryable], ['http.unreachable', false, true])
})

test('no answer in time after the request went out: the outcome is unknown', async () => {
  await withServer(
    () => undefined,
    async (url) => {
      const outage = await outageOf(open({ method: 'POST', url, body: 'pay', timeoutMs: 150 }))
      assert.deepEqual([outage.code, outage.unknown], ['http.timeout', true])
    },
  )
})

test('a connection cut instead of an answer, or within it: the outcome is unknown', async () => {
  await withServer(
    (request) => void request.socket.destroy(),
    async (url) => {
      const outage = await outageOf(open({ method: 'POST', url, body: 'pay' }))
      assert.deepEqual([outage.code, outage.unknown], ['http.broken', true])
    },
  )
  await withServer(
    (_request, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('half')
      setTimeout(() => response.destroy(), 20)
    },
    async (url) => assert.equal((await outageOf(open({ method: 'POST', url, body: 'pay' }))).unknown, true),
  )
})

test('an answer without end is cut off', async () => {
  await withServer(
    (_request, response) => {
      const chunk = Buffer.alloc(1024 * 1024)
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
        response.once('drain', more)
      }
      more()
    },
    async (url) => {
      const outage = await outageOf(open({ method: 'GET', url }))
      assert.deepEqual([outage.code, outage.unknown], ['http.answer_too_large', true])
    },
  )
})
