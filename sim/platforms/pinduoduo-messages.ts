import { createHash } from 'node:crypto'
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Clock } from '#kernel/clock.ts'
import type { Credentials } from './pinduoduo-gateway.ts'
import type { MessageQueue } from './pinduoduo-queue.ts'

/** How far a caller's clock may be off, in milliseconds. */
const TOLERANCE_MS = 600_000

/** The platform's WebSocket message service on `http`: checks the digest in the path, answers heartbeats, hands Acks on. */
export function messageServer(clock: Clock, keys: Credentials, queue: MessageQueue, http: Server) {
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false })
  let client: WebSocket | null = null
  sockets.on('connection', (socket: WebSocket) => {
    client = socket
    socket.on('message', (data) => {
      const text = data.toString()
      const kind = /"commandType"\s*:\s*"(\w+)"/.exec(text)?.[1]
      if (kind === 'HeartBeat')
        socket.send(`{"id":${clock.now().epochMilliseconds},"commandType":"HeartBeat"}`)
      if (kind === 'Ack') queue.acknowledge(text)
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      if (client !== socket) return
      client = null
      queue.connected(null)
    })
    queue.connected((text) => socket.send(text))
  })
  http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (isAuthentic(request.url ?? '', keys, clock.now().epochMilliseconds))
      sockets.handleUpgrade(request, socket, head, (open) => sockets.emit('connection', open, request))
    else socket.end('HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n')
  })
  return {
    /** Cuts the line as a network does. */
    cut: (): void => {
      for (const socket of sockets.clients) socket.terminate()
    },
    close: (): void => {
      for (const socket of sockets.clients) socket.terminate()
      sockets.close()
    },
  }
}

function isAuthentic(path: string, keys: Credentials, now: number): boolean {
  const [, clientId, time, digest] = /^\/message\/([^/]+)\/(\d+)\/([^/]+)$/.exec(path) ?? []
  if (clientId !== keys.clientId || time === undefined || digest === undefined) return false
  if (Math.abs(now - Number(time)) > TOLERANCE_MS) return false
  const hex = createHash('md5')
    .update(keys.clientId + time + keys.clientSecret)
    .digest('hex')
  return decodeURIComponent(digest) === Buffer.from(hex).toString('base64')
}
