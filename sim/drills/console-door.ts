import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

// What the participant's browser speaks with: the sandbox's hub behind a thin door, which tells the drill what was opened, signs the
// participant in as often as he comes by his link, and lends the pages the drill's clock, without which every "2 minutes ago" is wrong.

export type ConsoleDoor = {
  readonly url: string
  readonly signInUrl: string
  readonly close: () => Promise<void>
}
export type DoorDeps = {
  readonly hub: string
  /** Unguessable; whoever has it comes in. */
  readonly token: string
  readonly signInPath: () => Promise<string>
  readonly onOpened: (path: string) => void
  readonly clock: () => { readonly nowMs: number; readonly speed: number }
}

const CLOCK_PATH = '/drill-clock.js'

export async function openDoor(deps: DoorDeps): Promise<ConsoleDoor> {
  const server = createServer((incoming, response) => void serve(deps, incoming, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    signInUrl: `${url}/drill-enter?token=${deps.token}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function serve(deps: DoorDeps, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://loopback')
  if (pathname === '/drill-enter') {
    if (searchParams.get('token') === deps.token) await enter(deps, response)
    else response.writeHead(403, { 'content-type': 'text/plain' }).end('not your drill')
    return
  }
  if (pathname === CLOCK_PATH) {
    response.writeHead(200, { 'content-type': 'text/javascript', 'cache-control': 'no-store' })
    response.end(clockScript(deps.clock()))
    return
  }
  if (pathname === '/drill-clock.json') {
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    response.end(JSON.stringify(deps.clock()))
    return
  }
  // Pages that look again by themselves are the participant's too: he has them open.
  if (pathname.startsWith('/api/')) deps.onOpened(pathname)
  pass(deps.hub, incoming, response)
}

/** Signs in for the participant, so that one click leads to the console and not to a form. */
async function enter({ hub, signInPath }: DoorDeps, response: ServerResponse): Promise<void> {
  const path = await signInPath().catch(() => '')
  const [, token = ''] = path.split('#')
  const signed = await fetch(`${hub}/api/session/link`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  }).catch(() => null)
  if (signed?.ok !== true) {
    // Without its database the sandbox knows nobody; who was in already stays in.
    response.writeHead(302, { location: '/', 'cache-control': 'no-store' }).end()
    return
  }
  const cookies = signed.headers.getSetCookie()
  response.writeHead(302, { location: '/', 'set-cookie': cookies, 'cache-control': 'no-store' }).end()
}

function pass(hub: string, incoming: IncomingMessage, response: ServerResponse): void {
  const { 'accept-encoding': _, ...headers } = incoming.headers
  const onward = request(
    new URL(incoming.url ?? '/', hub),
    { method: incoming.method ?? 'GET', headers },
    (answer) => {
      const isPage = (answer.headers['content-type'] ?? '').startsWith('text/html')
      if (!isPage) {
        response.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(response)
        return
      }
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('end', () => {
        const page = Buffer.concat(parts)
          .toString('utf8')
          .replace('<head>', `<head><script src="${CLOCK_PATH}"></script>`)
        const { 'content-length': __, etag: ___, ...kept } = answer.headers
        response.writeHead(answer.statusCode ?? 200, { ...kept, 'cache-control': 'no-store' })
        response.end(page)
      })
    },
  )
  onward.on('error', () => {
    if (!response.headersSent) response.writeHead(502, { 'content-type': 'text/plain' })
    response.end('the sandbox does not answer')
  })
  response.on('close', () => onward.destroy())
  incoming.pipe(onward)
}

/** Runs in the browser before anything else: its clock is the drill's, looked at again every few seconds. */
function clockScript(clock: { nowMs: number; speed: number }): string {
  return `(() => {
  const Real = Date, machine = () => performance.now()
  let line = { at: machine(), now: ${clock.nowMs}, speed: ${clock.speed} }
  const now = () => Math.floor(line.now + (machine() - line.at) * line.speed)
  globalThis.Date = new Proxy(Real, {
    construct: (target, given, caller) => Reflect.construct(target, given.length === 0 ? [now()] : given, caller),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  })
  globalThis.holdfastNow = now
  if (globalThis.Temporal) Temporal.Now.instant = () => Temporal.Instant.fromEpochMilliseconds(now())
  setInterval(async () => {
    try {
      const told = await (await fetch('/drill-clock.json')).json()
      line = { at: machine(), now: told.nowMs, speed: told.speed }
    } catch {}
  }, 5000)
})()
`
}
