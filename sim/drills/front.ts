import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** `lost`: the sender believes that it was taken, and nobody has it. `refused`: the sender gets no answer and tries again. */
export type FrontState = 'open' | 'lost' | 'refused'

/** The way from one platform to the hub's callback address, which can be cut without either of them knowing. */
export type Front = {
  readonly origin: string
  readonly set: (state: FrontState) => void
  /** Every push that came, as it came. */
  readonly passed: () => { readonly taken: number; readonly lost: number; readonly refused: number }
  readonly close: () => Promise<void>
}

type Given = { readonly status: number; readonly type: string; readonly body: Buffer }

/** `seenAs`: the address by which platforms know the hub, where a proxy stands in front of it. */
export async function openFront(hub: () => string, seenAs: string | null): Promise<Front> {
  let state: FrontState = 'open'
  const counts = { taken: 0, lost: 0, refused: 0 }
  // In the words of the hub's last acknowledgement, so that the platform's own check of them holds.
  let words: Given = { status: 200, type: 'application/json', body: Buffer.from('{}') }
  const answer = async (incoming: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> => {
    if (state === 'refused') {
      counts.refused += 1
      response.destroy()
      return
    }
    if (state === 'lost') {
      counts.lost += 1
      response.writeHead(words.status, { 'content-type': words.type }).end(words.body)
      return
    }
    const given = await forward(hub(), seenAs, incoming, body)
    if (given === null) {
      response.destroy()
      return
    }
    if (given.status < 300) {
      counts.taken += 1
      words = given
    }
    response.writeHead(given.status, { 'content-type': given.type }).end(given.body)
  }
  const server = createServer((incoming, response) => {
    const parts: Buffer[] = []
    incoming.on('data', (part: Buffer) => parts.push(part))
    incoming.on('error', () => undefined)
    incoming.on('end', () => void answer(incoming, Buffer.concat(parts), response))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    set: (next) => {
      state = next
    },
    passed: () => ({ ...counts }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function forward(
  hub: string,
  seenAs: string | null,
  incoming: IncomingMessage,
  body: Buffer,
): Promise<Given | null> {
  return new Promise((resolve) => {
    const { host: _, connection: __, ...own } = incoming.headers
    const headers = { ...own, ...(seenAs === null ? {} : proxyHeaders(seenAs)) }
    const onward = request(
      new URL(incoming.url ?? '/', hub),
      { method: incoming.method ?? 'POST', headers, timeout: 10_000 },
      (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (part: Buffer) => parts.push(part))
        answer.on('error', () => resolve(null))
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 502,
            type: answer.headers['content-type'] ?? 'application/json',
            body: Buffer.concat(parts),
          }),
        )
      },
    )
    onward.on('timeout', () => onward.destroy())
    onward.on('error', () => resolve(null))
    onward.end(body)
  })
}

function proxyHeaders(origin: string): Readonly<Record<string, string>> {
  const { host, protocol } = new URL(origin)
  return { 'x-forwarded-host': host, 'x-forwarded-proto': protocol.slice(0, -1) }
}
