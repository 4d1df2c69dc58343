import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import type { HttpApp } from '#platform/http/scopes.ts'

/**
 * One parser for every body. A route with `rawBody` gets the bytes (or the stream) as they came, because signatures are
 * over bytes; every other route takes JSON and nothing else. Compressed bodies are refused before this (see guards.ts).
 */
export function acceptBodies(app: HttpApp): void {
  // Fastify refuses a malformed content type before any parser; a platform's bytes are signed and read all the same.
  app.addHook('onRequest', (request, _reply, done) => {
    const type = request.headers['content-type']
    if (request.routeOptions.config?.rawBody !== undefined && type !== undefined && !isMediaType(type))
      request.headers['content-type'] = 'application/octet-stream'
    done()
  })
  // No parser is asked where nothing was sent: a route that reads a stream gets one that is empty, not undefined.
  app.addHook('preValidation', (request, _reply, done) => {
    if (request.routeOptions.config?.rawBody === 'stream') request.body ??= Readable.from([])
    done()
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (request, payload, done) => {
    const raw = request.routeOptions.config.rawBody
    if (raw === 'stream') return done(null, payload)
    if (raw !== true && !isJson(request.headers['content-type'])) {
      payload.resume()
      return done(failure('FST_ERR_CTP_INVALID_MEDIA_TYPE', 415, 'this route reads application/json'))
    }
    collect(payload, limitOf(request), (error, body) => {
      if (error !== null) return done(error)
      if (raw === true) return done(null, body)
      parseJson(body, done)
    })
  })
}

function isMediaType(contentType: string): boolean {
  return /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+\s*(;.*)?$/.test(contentType)
}

function isJson(contentType: string | undefined): boolean {
  return contentType !== undefined && /^application\/([\w.-]+\+)?json\s*(;|$)/i.test(contentType)
}

function limitOf(request: FastifyRequest): number {
  return request.routeOptions.bodyLimit
}

/** Reads the whole body; stops at the limit, whatever the length header promised. */
function collect(
  payload: IncomingMessage,
  limit: number,
  done: (error: Error | null, body: Buffer) => void,
): void {
  const chunks: Buffer[] = []
  let length = 0
  let over = false
  const tooLarge = (): void => {
    over = true
    payload.removeAllListeners('data')
    payload.resume()
    done(failure('FST_ERR_CTP_BODY_TOO_LARGE', 413, `the body is larger than ${limit} bytes`), EMPTY)
  }
  if (Number(payload.headers?.['content-length'] ?? 0) > limit) {
    tooLarge()
    return
  }
  payload.on('data', (chunk: Buffer) => {
    if (over) return
    length += chunk.length
    if (length > limit) return tooLarge()
    chunks.push(chunk)
  })
  payload.on('end', () => {
    if (!over) done(null, chunks.length === 1 ? (chunks[0] ?? EMPTY) : Buffer.concat(chunks, length))
  })
  // A sender that hangs up half way is his own affair, and no bug of ours.
  payload.on('error', () => {
    if (!over) done(failure('HF_BODY_ABORTED', 400, 'the body broke off before its end'), EMPTY)
  })
}

const EMPTY = Buffer.alloc(0)

function parseJson(body: Buffer, done: (error: Error | null, value?: unknown) => void): void {
  // Many clients announce JSON even where they send nothing (DELETE); a schema still refuses what is missing.
  if (body.length === 0) {
    done(null, undefined)
    return
  }
  const text = body.toString('utf8')
  let value: unknown
  try {
    // The reviver makes parsing several times slower, and next to no body needs it.
    value = /__proto__|\\u005f/i.test(text) ? JSON.parse(text, withoutPrototype) : JSON.parse(text)
  } catch {
    done(failure('FST_ERR_CTP_INVALID_JSON_BODY', 400, 'the body is not JSON'))
    return
  }
  done(null, value)
}

/** `__proto__` as a key is never meant well; dropped, so that no later merge can be poisoned. */
function withoutPrototype(key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value
}

function failure(code: string, statusCode: number, message: string): Error {
  return Object.assign(new Error(message), { code, statusCode })
}
