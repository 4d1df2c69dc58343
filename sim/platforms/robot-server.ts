import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type RobotRequest = {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}
export type RobotAnswer = {
  readonly status: number
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}
/** A simulated receiver of notices: what it took in, and what it shall answer next instead of judging. */
export type Robot = {
  readonly origin: string
  /** Texts that were taken in, in order. */
  readonly texts: readonly string[]
  /** Everything that was asked, refused or not. */
  readonly asked: readonly RobotRequest[]
  /** The next request gets this answer, whatever it says. `null` hangs up without one. */
  readonly answerNext: (answer: RobotAnswer | null) => void
  readonly close: () => Promise<void>
}

/** A real HTTP server on loopback; `judge` answers and names the text that it took in, or null. */
export async function robotServer(
  judge: (request: RobotRequest) => { readonly answer: RobotAnswer; readonly text: string | null },
): Promise<Robot> {
  const texts: string[] = []
  const asked: RobotRequest[] = []
  const queue: (RobotAnswer | null)[] = []
  const server = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://loopback')
      const seen: RobotRequest = {
        method: request.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        headers: Object.fromEntries(
          Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
        ),
        body: Buffer.concat(parts).toString('utf8'),
      }
      asked.push(seen)
      const told = queue.shift()
      if (told === null) {
        request.socket.destroy()
        return
      }
      const { answer, text } = told === undefined ? judge(seen) : { answer: told, text: null }
      if (text !== null) texts.push(text)
      response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
      response.end(answer.body)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    texts,
    asked,
    answerNext: (answer) => void queue.push(answer),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** HTTP 200 with these fields, as the chat robots answer to everything. */
export function okJson(fields: Readonly<Record<string, unknown>>): RobotAnswer {
  return { status: 200, body: JSON.stringify(fields) }
}

/** Calls within the last minute, the present one included. */
export function minuteCounter(now: () => number): () => number {
  let calls: number[] = []
  return () => {
    const at = now()
    calls = [...calls.filter((one) => one > at - 60_000), at]
    return calls.length
  }
}
