import { lookup as dnsLookup } from 'node:dns'
import http from 'node:http'
import https from 'node:https'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import type { HttpCall } from '#domain/connector.ts'
import { Outage } from '#kernel/outage.ts'

const DEFAULT_TIMEOUT_MS = 15_000
const MAX_ANSWER_BYTES = 16 * 1024 * 1024

export type HttpCallOptions = {
  /** Loopback targets are allowed: for the simulated world and for systems on the same machine. */
  readonly allowLoopback: boolean
  /** Other private addresses are allowed: for systems in the own network. */
  readonly allowPrivate: boolean
}

/**
 * Opens the one way out over HTTP. Answers whatever status came; throws `Outage` on refused connections, time-outs and broken
 * answers, with `unknown` set once the request had been handed to the socket. Redirects are not followed. The address is
 * checked when the name is resolved, for the connection that is then made, so that a name cannot turn private in between.
 */
export function openHttp(options: HttpCallOptions): HttpCall {
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
      const literal = url.hostname.replace(/^\[|\]$/g, '')
      if (isIP(literal) !== 0 && isForbidden(literal, options)) {
        reject(forbidden(url.host))
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

function forbidden(host: string): Outage {
  return new Outage(
    'http.forbidden_address',
    `${host} is a loopback, private or link-local address; allow it in the settings if it is meant`,
    { retryable: false },
  )
}

function guardedLookup(options: HttpCallOptions): LookupFunction {
  return (hostname, lookupOptions, callback) => {
    dnsLookup(hostname, { ...lookupOptions, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, '', 0)
        return
      }
      if (addresses.some(({ address }) => isForbidden(address, options))) {
        callback(forbidden(hostname), '', 0)
        return
      }
      if (lookupOptions.all === true) callback(null, addresses as never)
      else callback(null, addresses[0]?.address ?? '', addresses[0]?.family ?? 4)
    })
  }
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8)
// The unspecified address reaches the own machine as well.
LOOPBACK.addSubnet('0.0.0.0', 8)
LOOPBACK.addSubnet('::', 127, 'ipv6')

const PRIVATE = new BlockList()
for (const [net, bits] of [
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  PRIVATE.addSubnet(net, bits)
for (const [net, bits] of [
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  PRIVATE.addSubnet(net, bits, 'ipv6')

/** IPv4 addresses dressed as IPv6 (`::ffff:127.0.0.1`) are judged as what they are. */
function isForbidden(address: string, options: HttpCallOptions): boolean {
  const plain =
    address.toLowerCase().startsWith('::ffff:') && isIP(address.slice(7)) === 4 ? address.slice(7) : address
  const family = isIP(plain) === 6 ? 'ipv6' : 'ipv4'
  if (LOOPBACK.check(plain, family)) return !options.allowLoopback
  return PRIVATE.check(plain, family) && !options.allowPrivate
}
