import type { FastifyReply, FastifyRequest, FastifySchema, HTTPMethods } from 'fastify'
import type { InboundRequest } from '#domain/connector.ts'
import type { Refusal } from '#kernel/result.ts'
import { problemCodeOf, sendRefusal } from '#platform/http/problem.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import type { Connected } from './ports.ts'
import { noteRefused, type ReceiveDeps, receive } from './receive.ts'

export type CallbackDeps = ReceiveDeps & { readonly findByToken: (token: string) => Connected | null }

/** Counts under this name what came to a callback address that no connection has. */
export const UNKNOWN_CONNECTION = 'unknown'

/**
 * `/callback/:token`: where platforms push. The token finds the connection; a token nobody has is refused with
 * `intake.address_not_found`, counted and kept nowhere. What is refused before the route (too large, compressed, broken off) is
 * counted and on record like any refusal. A paused connection answers as if it were unavailable, so that the platform sends again later.
 * The body must arrive here as raw bytes.
 */
export function callbackRoutes(app: HttpApp, deps: CallbackDeps): void {
  pushRoute(app, deps, {
    method: ['GET', 'POST', 'PUT'],
    url: '/callback/:token',
    schema: {
      tags: ['gateway'],
      summary: 'Where platforms push; the token in the address names the connection',
    },
    find: (request) => {
      const { token = '' } = request.params as { token?: string }
      return deps.findByToken(token)
    },
    notFound: { code: 'intake.address_not_found', detail: 'no connection has this address' },
  })
}

/** An address that takes pushes, and how a request names its connection there. */
export type PushAddress = {
  readonly method: HTTPMethods[]
  readonly url: string
  readonly schema: FastifySchema
  readonly find: (request: FastifyRequest) => Connected | null
  readonly notFound: Refusal
}

/** A route of pushes: verified, kept and answered as `receive` does; what does not get so far is counted and on record too. */
export function pushRoute(app: HttpApp, deps: ReceiveDeps, address: PushAddress): void {
  const seen = new WeakSet<FastifyRequest>()
  const note = (request: FastifyRequest, status: number, code: string): void => {
    seen.add(request)
    noteUnseen(deps, address, request, { status, code }).catch((error: unknown) =>
      request.log.error({ err: error }, 'bug'),
    )
  }
  app.route({
    method: address.method,
    url: address.url,
    config: { scope: 'public', rawBody: true },
    schema: address.schema,
    // What the route did not get to see: the answer's code is the only trace of why. No hook touches what it did see on its way out.
    onResponse: (request, reply, done) => {
      if (!seen.has(request)) note(request, reply.statusCode, problemCodeOf(request) ?? 'http.invalid')
      done()
    },
    onRequestAbort: (request, done) => {
      if (!seen.has(request)) note(request, 0, 'http.aborted')
      done()
    },
    handler: (request, reply) => {
      seen.add(request)
      return takePush(deps, address, request, reply)
    },
  })
}

async function noteUnseen(
  deps: ReceiveDeps,
  address: PushAddress,
  request: FastifyRequest,
  { status, code }: { readonly status: number; readonly code: string },
): Promise<void> {
  const connected = address.find(request)
  const origin = originOf(request)
  if (connected === null) return countUnknown(deps, status, code, origin)
  if (connected.paused) return
  const detail = UNSEEN_WORDS[code] ?? 'refused before the connector saw it'
  await noteRefused(deps, connected, inboundOf(request), { refusal: { code, detail }, status, origin })
}

const UNSEEN_WORDS: Readonly<Record<string, string>> = {
  'http.aborted': 'the sender broke off before the whole body had come',
  'http.too_large': 'the body is larger than the hub takes; see BODY_LIMIT_BYTES',
  'http.encoding_unsupported': 'the body came compressed',
}

function countUnknown(deps: ReceiveDeps, status: number, code: string, origin: string | null): void {
  deps.onReceived?.({
    connection: UNKNOWN_CONNECTION,
    kind: UNKNOWN_CONNECTION,
    verdict: 'rejected',
    code,
    status,
    seconds: 0,
    origin,
  })
}

async function takePush(
  deps: ReceiveDeps,
  address: PushAddress,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const connected = address.find(request)
  if (connected === null) {
    countUnknown(deps, 404, address.notFound.code, originOf(request))
    return sendRefusal(reply, address.notFound)
  }
  if (connected.paused) {
    const { status, contentType, body } = connected.connector.retryReply
    return reply.code(status).header('retry-after', '60').type(contentType).send(body)
  }
  const received = await receive(deps, connected, inboundOf(request), originOf(request))
  if (received.retryAfterSeconds !== null) reply.header('retry-after', String(received.retryAfterSeconds))
  return reply.code(received.reply.status).type(received.reply.contentType).send(received.reply.body)
}

function inboundOf(request: FastifyRequest): InboundRequest {
  const [path = '', query = ''] = splitOnce(request.raw.url ?? '', '?')
  return {
    method: request.method,
    path,
    query,
    headers: flatHeaders(request),
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
  }
}

/** A host as a name or an address, with its port or not; whatever else stands there is no address of ours. */
const HOST = /^[a-z0-9._-]{1,180}(:\d{1,5})?$|^\[[0-9a-f:.]{2,60}\](:\d{1,5})?$/i

/** Forwarded headers count where the server believes them (`TRUST_PROXY`), and nowhere else. */
function originOf(request: FastifyRequest): string | null {
  const { protocol, host } = request
  return host === undefined || !HOST.test(host) ? null : `${protocol}://${host}`.toLowerCase()
}

function splitOnce(text: string, at: string): [string, string] {
  const i = text.indexOf(at)
  return i < 0 ? [text, ''] : [text.slice(0, i), text.slice(i + 1)]
}

function flatHeaders(request: FastifyRequest): Record<string, string> {
  const flat: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(', ') : value
  return flat
}
