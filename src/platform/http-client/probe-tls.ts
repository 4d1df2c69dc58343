import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { connect, rootCertificates, type TLSSocket } from 'node:tls'
import { Outage } from '#kernel/outage.ts'
import { guardedLookup, literalFault, type TargetRules } from './target-guard.ts'

/** A server's certificate as a stranger who connects sees it. Times are ISO text, for it is kept as JSON. */
export type TlsLook = {
  /** Why there was no TLS connection at all; null: there was one. */
  readonly unreachable: string | null
  readonly protocol: string | null
  readonly subject: string | null
  readonly issuer: string | null
  /** Names that the certificate is for. */
  readonly names: readonly string[]
  readonly nameFits: boolean
  /** Why the chain does not lead to a trusted root, in OpenSSL's word; null: it does. */
  readonly chainFault: string | null
  /** Certificates that the server sent, its own included. */
  readonly chainLength: number
  readonly notBefore: string | null
  /** The earliest end in the chain that the server sent. */
  readonly notAfter: string | null
}

export type ProbeTls = (target: { readonly host: string; readonly port: number }) => Promise<TlsLook>

const TIMEOUT_MS = 8_000

/** The dates have a fault of their own; a chain that is whole but over is told as what it is. */
const ABOUT_DATES = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])

/**
 * Looks at certificates: connects, verifies without giving up at the first fault, sends nothing. `extraCa`: more roots than those
 * of Node, as PEM. Addresses are judged as for calls; whatever goes wrong is part of the answer.
 */
export function openTlsProbe(rules: TargetRules, extraCa: string | null): ProbeTls {
  const lookup = guardedLookup(rules)
  // Without further roots Node's own parsed ones are used.
  const trust = extraCa === null ? {} : { ca: [...rootCertificates, extraCa] }
  return ({ host, port }) =>
    new Promise((resolve) => {
      const literal = isIP(host) !== 0
      const url = URL.parse(`tcp://${isIP(host) === 6 ? `[${host}]` : host}:${port}`)
      const fault = url === null ? null : literalFault(url, rules)
      if (url === null || fault !== null) {
        resolve(nobody(fault?.message ?? 'not a host'))
        return
      }
      const socket = connect({
        host,
        port,
        lookup,
        ...trust,
        ...(literal ? {} : { servername: host }),
        rejectUnauthorized: false,
        checkServerIdentity: () => undefined,
      })
      const end = (look: TlsLook): void => {
        clearTimeout(timer)
        socket.destroy()
        resolve(look)
      }
      const timer = setTimeout(() => end(nobody(`no TLS within ${TIMEOUT_MS / 1_000} s`)), TIMEOUT_MS)
      socket.once('error', (error) => end(nobody(wordsOf(error))))
      socket.once('close', () => end(nobody('the connection was closed before TLS began')))
      socket.once('secureConnect', () => end(lookAt(socket, host, literal)))
    })
}

function wordsOf(error: Error & { code?: string }): string {
  if (error instanceof Outage) return error.message
  return error.message === '' ? (error.code ?? 'the connection failed') : error.message.slice(0, 300)
}

function nobody(why: string): TlsLook {
  return {
    unreachable: why,
    protocol: null,
    subject: null,
    issuer: null,
    names: [],
    nameFits: true,
    chainFault: null,
    chainLength: 0,
    notBefore: null,
    notAfter: null,
  }
}

function lookAt(socket: TLSSocket, host: string, literal: boolean): TlsLook {
  const chain = sentChain(socket)
  const [leaf] = chain
  if (leaf === undefined) return nobody('the server shows no certificate')
  const reason = authorizationFault(socket)
  const fits = literal ? leaf.checkIP(host) : leaf.checkHost(host)
  const ends = chain.map((one) => one.validToDate.getTime())
  return {
    unreachable: null,
    protocol: socket.getProtocol(),
    subject: nameOf(leaf.subject),
    issuer: nameOf(leaf.issuer),
    names: namesOf(leaf),
    nameFits: fits !== undefined,
    chainFault: reason === null || ABOUT_DATES.has(reason) ? null : reason,
    chainLength: chain.length,
    notBefore: isoOf(leaf.validFromDate.getTime()),
    notAfter: isoOf(Math.min(...ends)),
  }
}

/** Node gives the code where its types promise an Error. */
function authorizationFault(socket: TLSSocket): string | null {
  if (socket.authorized) return null
  const reason: unknown = socket.authorizationError
  if (typeof reason === 'string') return reason
  const code = reason instanceof Error && 'code' in reason ? String(reason.code) : null
  return code ?? 'UNTRUSTED'
}

const LONGEST_CHAIN = 10

/** What the server sent, and what of Node's own roots completed it; a self-signed root is its own issuer. */
function sentChain(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = []
  const seen = new Set<string>()
  let next = socket.getPeerX509Certificate()
  while (next !== undefined && !seen.has(next.fingerprint256) && chain.length < LONGEST_CHAIN) {
    chain.push(next)
    seen.add(next.fingerprint256)
    next = next.issuerCertificate
  }
  return chain
}

function namesOf(leaf: X509Certificate): string[] {
  const told = leaf.subjectAltName ?? ''
  return told
    .split(', ')
    .flatMap((part) => /^(?:DNS|IP Address):(.+)$/.exec(part)?.[1] ?? [])
    .slice(0, 50)
}

/** The common name, else the whole of it on one line. */
function nameOf(distinguished: string): string {
  return /(?:^|\n)CN=([^\n]+)/.exec(distinguished)?.[1] ?? distinguished.replaceAll('\n', ', ').slice(0, 200)
}

function isoOf(ms: number): string {
  return Temporal.Instant.fromEpochMilliseconds(ms).toString()
}
