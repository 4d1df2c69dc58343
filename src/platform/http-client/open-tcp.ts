import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { OpenTcp } from '#domain/connector.ts'
import { Outage } from '#kernel/outage.ts'
import { guardedLookup, literalFault, type TargetRules } from './target-guard.ts'

/** Opens the one way out for protocols of their own; addresses are judged as for HTTP. TLS certificates are always verified. */
export function openTcpTo(rules: TargetRules): OpenTcp {
  const lookup = guardedLookup(rules)
  return ({ host, port, tls, timeoutMs }) =>
    new Promise((resolve, reject) => {
      const url = URL.parse(`tcp://${isIP(host) === 6 ? `[${host}]` : host}:${port}`)
      if (url === null || url.hostname === '') {
        reject(new Outage('http.bad_url', `not a host: ${host.slice(0, 80)}`, { retryable: false }))
        return
      }
      const fault = literalFault(url, rules)
      if (fault !== null) {
        reject(fault)
        return
      }
      const socket: Socket = tls
        ? connectTls({ host, port, lookup, ...(isIP(host) === 0 ? { servername: host } : {}) })
        : connect({ host, port, lookup })
      const fail = (code: string, words: string, cause?: unknown): void => {
        clearTimeout(timer)
        socket.destroy()
        reject(cause instanceof Outage ? cause : new Outage(code, `${host}:${port}: ${words}`, { cause }))
      }
      const timer = setTimeout(() => fail('http.timeout', `no connection within ${timeoutMs} ms`), timeoutMs)
      socket.once('error', (error) => fail('http.unreachable', error.message, error))
      socket.once(tls ? 'secureConnect' : 'connect', () => {
        clearTimeout(timer)
        socket.removeAllListeners('error')
        // Until its protocol takes over, a connection that breaks must not end the process.
        socket.on('error', () => undefined)
        resolve(socket)
      })
    })
}
