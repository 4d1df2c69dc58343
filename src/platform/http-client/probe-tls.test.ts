import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { createServer, type Server } from 'node:net'
import { after, test } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { makeCertificate, type TestCertificate } from '#test-support/certificates.ts'
import { openTlsProbe } from './probe-tls.ts'

const ca = makeCertificate({ name: 'Test Root', ca: true })
const middle = makeCertificate({ name: 'Test Intermediate', ca: true, by: ca })
const probe = openTlsProbe({ allowLoopback: true, allowPrivate: true }, ca.certificate)
const servers: Server[] = []
after(() => {
  for (const server of servers) server.close()
})

async function serve(leaf: TestCertificate, ...chain: readonly TestCertificate[]): Promise<number> {
  const cert = [leaf, ...chain].map((one) => one.certificate).join('')
  const server = createTlsServer({ cert, key: leaf.key })
  server.on('tlsClientError', () => undefined)
  return await listen(server)
}

async function listen(server: Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

const days = (n: number): Temporal.Instant => Temporal.Now.instant().add({ hours: 24 * n })

test('a good certificate with its whole chain', async () => {
  const leaf = makeCertificate({
    name: 'localhost',
    names: ['localhost', '127.0.0.1'],
    by: middle,
    notAfter: days(60),
  })
  const port = await serve(leaf, middle)
  const look = await probe({ host: 'localhost', port })
  assert.deepEqual(
    [look.unreachable, look.nameFits, look.chainFault, look.subject, look.issuer, look.protocol],
    [null, true, null, 'localhost', 'Test Intermediate', 'TLSv1.3'],
  )
  assert.deepEqual(look.names, ['localhost', '127.0.0.1'])
  assert.ok(look.chainLength >= 2)
  const left = Temporal.Instant.from(look.notAfter ?? '')
    .since(Temporal.Now.instant())
    .total('hours')
  assert.equal(Math.round(left / 24), 60)
  assert.equal((await probe({ host: '127.0.0.1', port })).nameFits, true, 'an address is a name too')
})

test('an end in five days, and one that is past, are told as dates and not as a broken chain', async () => {
  const soon = await serve(
    makeCertificate({ name: 'localhost', names: ['localhost'], by: ca, notAfter: days(5) }),
  )
  const look = await probe({ host: 'localhost', port: soon })
  assert.equal(look.chainFault, null)
  assert.ok(Temporal.Instant.compare(Temporal.Instant.from(look.notAfter ?? ''), days(6)) < 0)
  const over = await serve(
    makeCertificate({
      name: 'localhost',
      names: ['localhost'],
      by: ca,
      notBefore: days(-90),
      notAfter: days(-1),
    }),
  )
  const past = await probe({ host: 'localhost', port: over })
  assert.deepEqual([past.unreachable, past.chainFault, past.nameFits], [null, null, true])
  assert.ok(Temporal.Instant.compare(Temporal.Instant.from(past.notAfter ?? ''), days(0)) < 0)
})

test('a chain that ends before the leaf does is as good as its earliest end', async () => {
  const short = makeCertificate({ name: 'Short Intermediate', ca: true, by: ca, notAfter: days(3) })
  const port = await serve(
    makeCertificate({ name: 'localhost', names: ['localhost'], by: short, notAfter: days(80) }),
    short,
  )
  const look = await probe({ host: 'localhost', port })
  assert.ok(Temporal.Instant.compare(Temporal.Instant.from(look.notAfter ?? ''), days(4)) < 0)
})

test('another name, a missing intermediate, and one that signed itself', async () => {
  const other = await serve(makeCertificate({ name: 'other.example', names: ['other.example'], by: ca }))
  const wrong = await probe({ host: 'localhost', port: other })
  assert.deepEqual([wrong.nameFits, wrong.chainFault, wrong.names], [false, null, ['other.example']])
  const lonely = await serve(makeCertificate({ name: 'localhost', names: ['localhost'], by: middle }))
  const missing = await probe({ host: 'localhost', port: lonely })
  assert.equal(missing.chainFault, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE')
  assert.equal(missing.nameFits, true)
  const self = await serve(makeCertificate({ name: 'localhost', names: ['localhost'] }))
  assert.equal((await probe({ host: 'localhost', port: self })).chainFault, 'DEPTH_ZERO_SELF_SIGNED_CERT')
})

test('nobody there, no TLS there, and an address that may not be called', async () => {
  const gone = createServer()
  const port = await listen(gone)
  await new Promise<void>((resolve) => gone.close(() => resolve()))
  assert.match((await probe({ host: '127.0.0.1', port })).unreachable ?? '', /ECONNREFUSED/)
  const plain = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
  })
  assert.notEqual((await probe({ host: '127.0.0.1', port: await listen(plain) })).unreachable, null)
  const strict = openTlsProbe({ allowLoopback: false, allowPrivate: false }, null)
  for (const host of ['127.0.0.1', 'localhost', '10.0.0.1'])
    assert.match((await strict({ host, port })).unreachable ?? '', /private/, host)
})
