import { request } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { makeCertificate } from '#test-support/certificates.ts'

export type TlsFront = {
  readonly origin: string
  /** The root that the hub is told to trust, as PEM. */
  readonly root: string
  readonly show: (which: 'valid' | 'expired') => void
  readonly close: () => Promise<void>
}

/** What stands between the internet and the hub: TLS with a certificate that somebody has to renew. Port 0 takes any free one. */
export async function openTlsFront(port: number, hub: string | (() => string)): Promise<TlsFront> {
  const now = Temporal.Now.instant()
  const ca = makeCertificate({ name: 'Chaos Root', ca: true })
  const valid = makeCertificate({ name: 'localhost', names: ['localhost'], by: ca })
  const expired = makeCertificate({
    name: 'localhost',
    names: ['localhost'],
    by: ca,
    notBefore: now.subtract({ hours: 24 * 90 }),
    notAfter: now.subtract({ minutes: 5 }),
  })
  const contextOf = (one: typeof valid) => ({ cert: one.certificate + ca.certificate, key: one.key })
  const server = createServer(contextOf(valid), (incoming, response) => {
    const { method, headers, url } = incoming
    const onward = request(
      new URL(url ?? '/', typeof hub === 'string' ? hub : hub()),
      { method: method ?? 'GET', headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
      },
    )
    onward.on('error', () => response.destroy())
    incoming.pipe(onward)
  })
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    origin: `https://localhost:${(server.address() as AddressInfo).port}`,
    root: ca.certificate,
    show: (which) => server.setSecureContext(contextOf(which === 'valid' ? valid : expired)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
