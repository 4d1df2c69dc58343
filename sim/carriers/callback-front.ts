import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { InboundRequest, Reply } from '#domain/connector.ts'

/** A plain front door on loopback for pushes to connections of one process, where no whole hub is running. */
export type CallbackFront = {
  readonly addressOf: (connection: string) => string
  readonly close: () => Promise<void>
}

export async function callbackFront(
  take: (connection: string, request: InboundRequest) => Promise<Reply>,
): Promise<CallbackFront> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://loopback')
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value ?? '')]),
      )
      const inbound: InboundRequest = {
        method: request.method ?? 'POST',
        path: url.pathname,
        query: url.search.slice(1),
        headers,
        body: Buffer.concat(parts),
      }
      take(decodeURIComponent(url.pathname.slice('/callback/'.length)), inbound).then(
        ({ status, contentType, body }) => {
          response.writeHead(status, { 'content-type': contentType })
          response.end(body)
        },
        () => {
          response.writeHead(500)
          response.end()
        },
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    addressOf: (connection) => `http://127.0.0.1:${port}/callback/${encodeURIComponent(connection)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
