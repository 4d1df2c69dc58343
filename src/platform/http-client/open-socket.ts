import { WebSocket } from 'ws'
import type { OpenSocket } from '#domain/connector.ts'
import { Outage } from '#kernel/outage.ts'
import { guardedLookup, literalFault, type TargetRules } from './target-guard.ts'

/** Opens the one way out over WebSocket; addresses are judged as for HTTP, redirects are not followed. */
export function openSockets(rules: TargetRules): OpenSocket {
  const lookup = guardedLookup(rules)
  return ({ url: address, maxFrameBytes, handshakeMs }, events) => {
    const url = URL.parse(address)
    if (url === null || (url.protocol !== 'ws:' && url.protocol !== 'wss:'))
      // Without the address: its query may carry a signature.
      throw new Outage('http.bad_url', 'not a ws(s) address', { retryable: false })
    const fault = literalFault(url, rules)
    if (fault !== null) throw fault
    const socket = new WebSocket(url, {
      maxPayload: maxFrameBytes,
      handshakeTimeout: handshakeMs,
      perMessageDeflate: false,
      followRedirects: false,
      lookup,
    })
    socket.on('open', events.onOpen)
    socket.on('message', (data: Buffer) => events.onMessage(Uint8Array.from(data)))
    socket.on('error', events.onError)
    socket.on('close', events.onClose)
    return {
      isOpen: () => socket.readyState === WebSocket.OPEN,
      isPaused: () => socket.isPaused,
      send: (text) => socket.send(text),
      pause: () => socket.pause(),
      resume: () => socket.resume(),
      close: (code) => socket.close(code),
      terminate: () => socket.terminate(),
    }
  }
}
