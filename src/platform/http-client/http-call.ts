import http from 'node:http'
import https from 'node:https'
import type { HttpCall } from '#domain/connector.ts'
import { Outage } from '#kernel/outage.ts'
import { guardedLookup, literalFault, type TargetRules } from './target-guard.ts'

const DEFAULT_TIMEOUT_MS = 15_000
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

/**
 * Opens the one way out over HTTP. Answers whatever status came; throws `Outage` on refused connections, time-outs and broken
 * answers, with `unknown` set once the request had been handed to the socket. Redirects are not followed. The address is
 * checked when the name is resolved, for the connection that is then made, so that a name cannot turn private in between.
 */
export function openHttp(options: TargetRules): HttpCall {
  const agents = {
    'http:': new http.Agent({ keepAlive: true, maxSockets: 64 }),
    'https:': new https.Agent({ keepAlive: true, maxSockets: 64 }),
  }
  const lookup = guardedLookup(options)
  return (request) =>
    new Promise((resolve, reject) => {
      const url = URL.parse(request.url)
      if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
        reject(
          new Outage('http.bad_url', `not an http(s) address: ${request.url.slice(0, 80)}`, {
            retryable: false,
          }),
        )
        return
      }
      const fault = literalFault(url, options)
      if (fault !== null) {
        reject(fault)
        return
      }
      const transport = url.protocol === 'https:' ? https : http
      const timeoutMs = request.timeoutMs ?? DEFAULT_TIMEOUT_MS
      let sent = false
      const fail = (code: string, message: string, cause?: unknown): void => {
        clearTimeout(timer)
        call.destroy()
        reject(
          cause instanceof Outage
            ? cause
            : new Outage(code, `${request.method} ${url.host}${url.pathname}: ${message}`, {
                unknown: sent,
                cause,
              }),
        )
      }
      const call = transport.request(
        url,
        {
          method: request.method,
          headers: {
            ...request.headers,
            ...(request.body === undefined
              ? {}
              : { 'content-length': String(Buffer.byteLength(request.body)) }),
          },
          agent: agents[url.protocol],
          lookup,
        },
        (answer) => {
          const chunks: Buffer[] = []
          let size = 0
          answer.on('data', (chunk: Buffer) => {
            size += chunk.length
            if (size > MAX_ANSWER_BYTES) fail('http.answer_too_large', `more than ${MAX_ANSWER_BYTES} bytes`)
            else chunks.push(chunk)
          })
          answer.on('error', (error) => fail('http.broken_answer', error.message, error))
          answer.on('end', () => {
            clearTimeout(timer)
            resolve({
              status: answer.statusCode ?? 0,
              headers: textHeaders(answer.headers),
              body: new Uint8Array(Buffer.concat(chunks)),
            })
          })
        },
      )
      const timer = setTimeout(() => fail('http.timeout', `no answer within ${timeoutMs} ms`), timeoutMs)
      call.on('error', (error) => fail(sent ? 'http.broken' : 'http.unreachable', error.message, error))
      call.on('finish', () => {
        sent = true
      })
      call.end(request.body)
    })
}

function textHeaders(headers: http.IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  )
}
