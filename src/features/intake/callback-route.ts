import type { FastifyReply, FastifyRequest } from 'fastify'
import type { HttpApp } from '#platform/http/scopes.ts'
import type { Connected } from './ports.ts'
import { type ReceiveDeps, receive } from './receive.ts'

export type CallbackDeps = ReceiveDeps & { readonly findByToken: (token: string) => Connected | null }

/**
 * `/callback/:token`: where platforms push. The token finds the connection; a token nobody has is answered 404 and kept
 * nowhere. A paused connection answers as if it were unavailable, so that the platform sends again later.
 * The body must arrive here as raw bytes.
 */
export function callbackRoutes(app: HttpApp, deps: CallbackDeps): void {
  app.route({
    method: ['GET', 'POST', 'PUT'],
    url: '/callback/:token',
    config: { scope: 'public', rawBody: true },
    schema: {
      tags: ['gateway'],
      summary: 'Where platforms push; the token in the address names the connection',
    },
    handler: (request, reply) => takeCallback(deps, request, reply),
  })
}

async function takeCallback(
  deps: CallbackDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { token = '' } = request.params as { token?: string }
  const connected = deps.findByToken(token)
  if (connected === null) return reply.code(404).type('text/plain').send('unknown callback address')
  if (connected.paused) {
    const { status, contentType, body } = connected.connector.retryReply
    return reply.code(status).header('retry-after', '60').type(contentType).send(body)
  }
  const [path = '', query = ''] = splitOnce(request.raw.url ?? '', '?')
  const received = await receive(deps, connected, {
    method: request.method,
    path,
    query,
    headers: flatHeaders(request),
    body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
  })
  if (received.retryAfterSeconds !== null) reply.header('retry-after', String(received.retryAfterSeconds))
  return reply.code(received.reply.status).type(received.reply.contentType).send(received.reply.body)
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
