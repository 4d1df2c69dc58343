import { Agent, request } from 'node:http'
import { type LoadResult, summary } from './raw-client.ts'

/**
 * Closed loop by an ordinary HTTP client (node:http, keep-alive), as a platform's sender is one. It costs about as much per
 * request as a server does; `closedLoop` over bare sockets is the sharper instrument and is reported beside it.
 */
export async function closedLoopHttp(options: {
  port: number
  callers: number
  requests: readonly Buffer[]
  warmup: number
}): Promise<LoadResult> {
  const { port, callers, requests, warmup } = options
  const agent = new Agent({ keepAlive: true, maxSockets: callers })
  const parsed = requests.map(parse)
  const latencies = new Float64Array(requests.length)
  let next = 0
  let ok = 0
  let startedAt = performance.now()
  const run = async (): Promise<void> => {
    for (;;) {
      const index = next
      next += 1
      const one = parsed[index]
      if (one === undefined) return
      if (index === warmup) startedAt = performance.now()
      const sentAt = performance.now()
      const status = await send(agent, port, one)
      latencies[index] = performance.now() - sentAt
      if (index >= warmup && status === 200) ok += 1
    }
  }
  await Promise.all(Array.from({ length: callers }, run))
  agent.destroy()
  const seconds = (performance.now() - startedAt) / 1_000
  const sent = requests.length - warmup
  return { ...summary(latencies.subarray(warmup)), ok, seconds, rate: sent / seconds, sent }
}

type Parsed = { readonly path: string; readonly headers: Record<string, string>; readonly body: Buffer }

function parse(raw: Buffer): Parsed {
  const headEnd = raw.indexOf('\r\n\r\n')
  const [first = '', ...lines] = raw.subarray(0, headEnd).toString('latin1').split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]),
  )
  return { path: first.split(' ')[1] ?? '/', headers, body: raw.subarray(headEnd + 4) }
}

function send(agent: Agent, port: number, { path, headers, body }: Parsed): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request({ agent, host: '127.0.0.1', port, path, method: 'POST', headers }, (answer) => {
      answer.resume()
      answer.once('end', () => resolve(answer.statusCode ?? 0))
    })
    call.once('error', reject)
    call.end(body)
  })
}
