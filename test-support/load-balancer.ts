import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

export type LoadBalancer = {
  readonly url: string
  /** How many requests each backend was given. */
  readonly given: () => Readonly<Record<string, number>>
  readonly ready: () => readonly string[]
  readonly close: () => Promise<void>
}

const LOOK_MS = 200
const ANSWER_WITHIN_MS = 1_000

/**
 * The plainest load balancer there is: each request to the next backend whose `/readyz` says 200, over connections that it keeps open,
 * and never a second try. What goes wrong behind it is a 502 that its caller sees.
 */
export async function openLoadBalancer(backends: readonly string[]): Promise<LoadBalancer> {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const ready = new Set<string>()
  const given: Record<string, number> = {}
  let turn = 0
  const look = async (): Promise<void> => {
    await Promise.all(
      backends.map(async (backend) => {
        const answer = await fetch(`${backend}/readyz`, {
          signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
        }).catch(() => null)
        await answer?.arrayBuffer().catch(() => undefined)
        if (answer?.status === 200) ready.add(backend)
        else ready.delete(backend)
      }),
    )
  }
  await look()
  // One look at a time: a late "ready" must not come after the news that it is not.
  let looking = false
  const timer = setInterval(() => {
    if (looking) return
    looking = true
    void look().finally(() => {
      looking = false
    })
  }, LOOK_MS)
  const server = createServer((incoming, outgoing) => {
    const usable = backends.filter((backend) => ready.has(backend))
    turn += 1
    const backend = usable[turn % Math.max(1, usable.length)]
    if (backend === undefined) {
      outgoing.writeHead(503).end('no backend is ready')
      return
    }
    given[backend] = (given[backend] ?? 0) + 1
    const { pathname, search } = new URL(incoming.url ?? '/', backend)
    const { connection: _, ...headers } = incoming.headers
    const onward = request(
      `${backend}${pathname}${search}`,
      { agent, method: incoming.method ?? 'GET', headers: { ...headers, host: new URL(backend).host } },
      (answer) => {
        const { connection: __, ...kept } = answer.headers
        outgoing.writeHead(answer.statusCode ?? 502, kept)
        answer.pipe(outgoing)
      },
    )
    onward.on('error', (error) => {
      if (!outgoing.headersSent) outgoing.writeHead(502)
      outgoing.end(`${backend}: ${error.message}`)
    })
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    given: () => given,
    ready: () => [...ready],
    close: async () => {
      clearInterval(timer)
      agent.destroy()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
