import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What is wrong with a platform's API: it fails, says nothing, wants fewer calls, or does as asked and its answer is lost. */
export type ApiFault = 'none' | 'error_5xx' | 'hang' | 'throttled' | 'answer_lost'

export type Gate = {
  readonly origin: string
  readonly behave: (fault: ApiFault) => void
  /** Every call takes so much longer before it reaches the platform; 0 unless told. */
  readonly dawdle: (ms: number) => void
  /** Calls that were heard and not answered yet. */
  readonly underWay: () => number
  /** Calls under way that may change something at the platform have ended. */
  readonly close: () => Promise<void>
}
export type GateOptions = {
  /** 0: any free one. */
  readonly port: number
  /** Where the platform itself listens; null: `answer` is the platform. */
  readonly target: string
  /** Told of every call: under which fault it came and whether it reached the platform. */
  readonly onCall: (fault: ApiFault, reached: boolean) => void
}

const HANG_MS = 20_000
const RETRY_AFTER_SECONDS = 1

/** A platform's public address: the same port for the whole run, whatever happens behind it. */
export async function openGate({ port, target, onCall }: GateOptions): Promise<Gate> {
  let fault: ApiFault = 'none'
  let slowerMs = 0
  let open = 0
  const closing = new AbortController()
  const server = createServer((incoming, response) => {
    const parts: Buffer[] = []
    incoming.on('data', (part: Buffer) => parts.push(part))
    incoming.on('error', () => undefined)
    incoming.on('end', () => {
      open += 1
      void answer(incoming, Buffer.concat(parts), response).finally(() => {
        open -= 1
      })
    })
  })
  const answer = async (incoming: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> => {
    const now = fault
    if (now === 'hang') {
      onCall(now, false)
      await sleep(HANG_MS, undefined, { signal: closing.signal }).catch(() => undefined)
      response.destroy()
      return
    }
    if (now === 'error_5xx' || now === 'throttled') {
      onCall(now, false)
      const headers = now === 'throttled' ? { 'retry-after': String(RETRY_AFTER_SECONDS) } : {}
      response.writeHead(now === 'throttled' ? 429 : 503, { 'content-type': 'text/plain', ...headers })
      response.end('the simulated platform is out of order')
      return
    }
    if (slowerMs > 0) await sleep(slowerMs, undefined, { signal: closing.signal }).catch(() => undefined)
    const given = await forward(target, incoming, body)
    onCall(now, given !== null)
    if (given === null || now === 'answer_lost') {
      response.destroy()
      return
    }
    response.writeHead(given.status, given.headers)
    response.end(given.body)
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    behave: (next) => {
      fault = next
    },
    dawdle: (ms) => {
      slowerMs = ms
    },
    underWay: () => open,
    close: () =>
      new Promise((resolve) => {
        closing.abort()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

type Given = { readonly status: number; readonly headers: Record<string, string>; readonly body: Buffer }

function forward(target: string, incoming: IncomingMessage, body: Buffer): Promise<Given | null> {
  return new Promise((resolve) => {
    const { host: _, connection: __, ...headers } = incoming.headers
    const outgoing = request(
      new URL(incoming.url ?? '/', target),
      { method: incoming.method ?? 'GET', headers, timeout: 10_000 },
      (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('error', () => resolve(null))
        response.on('end', () => {
          const type = response.headers['content-type'] ?? 'application/json'
          resolve({
            status: response.statusCode ?? 502,
            headers: { 'content-type': type },
            body: Buffer.concat(parts),
          })
        })
      },
    )
    outgoing.on('timeout', () => outgoing.destroy())
    outgoing.on('error', () => resolve(null))
    outgoing.end(body)
  })
}
