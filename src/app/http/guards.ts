import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify'
import { csrfOf, type IdentityDeps, SESSION_COOKIE, sameText } from '#features/identity/index.ts'
import { assert } from '#kernel/assert.ts'
import { type Refusal, refuse } from '#kernel/result.ts'
import { readCookie } from '#platform/http/cookie.ts'
import { sendError, sendRefusal } from '#platform/http/problem.ts'
import { type Actor, type Demand, type HttpApp, holdsScope, isScope } from '#platform/http/scopes.ts'
import { mayEnterShop, shopDenied } from '#platform/http/shops.ts'
import { isLoopbackHost } from '../config.ts'

/** Routes that plugins make for the documentation and the console's files. */
const PUBLIC_FILES = /^(\/|\/\*|\/api\/docs(\/.*)?)$/

/** Every route says whom it serves, or the hub does not start (H2). */
export function demandScopes(app: HttpApp): void {
  app.addHook('onRoute', (route: RouteOptions) => {
    const demand = route.config?.scope
    if (demand === undefined && PUBLIC_FILES.test(route.url))
      route.config = { ...route.config, scope: 'public' }
    else
      assert(
        demand === 'public' || demand === 'signed_in' || (demand !== undefined && isScope(demand)),
        'H2',
        `${String(route.method)} ${route.url} says no scope`,
      )
  })
}

/**
 * A hub that listens on loopback answers only to loopback names and its own public address: a web page whose name was
 * rebound to 127.0.0.1 still carries its own name in Host.
 */
export function guardHost(app: HttpApp, config: { host: string; publicUrl: string | null }): void {
  if (!isLoopbackHost(config.host)) return
  const ours = config.publicUrl === null ? null : new URL(config.publicUrl).host.toLowerCase()
  app.addHook('onRequest', (request, reply, done) => {
    const host = request.headers.host?.toLowerCase()
    if (host === undefined || host === ours || isLoopbackHost(host.replace(/:\d+$/, ''))) return done()
    sendRefusal(reply, { code: 'http.bad_host', detail: 'the Host header names another machine' })
  })
}

/** Compressed bodies could unfold to gigabytes, and no signature is over what they unfold to. */
export function guardEncoding(app: HttpApp): void {
  app.addHook('onRequest', (request, reply, done) => {
    const encoding = request.headers['content-encoding']
    if (encoding === undefined || encoding.toLowerCase() === 'identity') return done()
    sendRefusal(reply, {
      code: 'http.encoding_unsupported',
      detail: 'send the body without content-encoding',
    })
  })
}

/** Text with a NUL in it can be stored nowhere, so no parameter has one; what platforms push is bytes and no business of this. */
export function guardText(app: HttpApp): void {
  app.addHook('preValidation', (request, reply, done) => {
    const { scope, rawBody } = request.routeOptions.config
    // A callback is its platform's text from end to end, and a stream is not for looking through.
    if (scope === 'public' && rawBody !== undefined) return done()
    const body = rawBody === undefined ? request.body : undefined
    const parts = { path: request.params, querystring: request.query, body }
    const part = Object.entries(parts).find(([, value]) => holdsNul(value))?.[0]
    if (part === undefined) return done()
    sendRefusal(reply, { code: 'http.invalid', detail: `${part} has a NUL character in a text` })
  })
}

/** Not recursive: how deep a body goes is its sender's choice. */
function holdsNul(value: unknown): boolean {
  const left = [value]
  while (left.length > 0) {
    const one = left.pop()
    if (typeof one === 'string') {
      if (one.includes('\0')) return true
    } else if (typeof one === 'object' && one !== null && !ArrayBuffer.isView(one)) {
      for (const [name, inner] of Object.entries(one)) left.push(name, inner)
    }
  }
  return false
}

/** The connection of an order, null where there is no such order. */
export type ShopOfOrder = (id: bigint) => Promise<string | null>

/** Finds who asks and lets through only those whom the route serves. */
export function guardAccess(
  app: HttpApp,
  identity: IdentityDeps,
  publicUrl: string | null,
  shopOfOrder: ShopOfOrder,
): void {
  app.decorateRequest('actor', null)
  const publicHost = publicUrl === null ? null : new URL(publicUrl).host.toLowerCase()
  app.addHook('onRequest', (request, reply, done) => {
    const { scope: demand, rawBody } = request.routeOptions.config
    if (request.is404 || (demand === 'public' && rawBody !== undefined)) return done()
    const refusal = isWrite(request) ? crossOriginRefusal(request, publicHost) : null
    if (refusal !== null) return void sendRefusal(reply, refusal)
    if (demand === 'public') return done()
    const admitted = admit(request, demand ?? 'admin', identity).then(
      async (refused) => refused ?? (await confine(request, shopOfOrder)),
    )
    admitted.then(
      (refused) => (refused === null ? done() : void sendUnauthorised(reply, refused)),
      (error: unknown) => void sendError(error, request, reply),
    )
  })
}

function sendUnauthorised(reply: FastifyReply, refusal: Refusal): void {
  if (refusal.code === 'identity.not_signed_in' || refusal.code === 'identity.key_invalid')
    reply.header('www-authenticate', 'Bearer realm="holdfast"')
  sendRefusal(reply, refusal)
}

async function admit(
  request: FastifyRequest,
  demand: Demand,
  identity: IdentityDeps,
): Promise<Refusal | null> {
  const authorization = request.headers.authorization
  if (authorization !== undefined) {
    const key = /^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? ''
    const actor = await identity.cache.byKey(key)
    if (actor === null) return refuse('identity.key_invalid', 'this API key is not known here').refusal
    return enter(request, actor, demand)
  }
  const token = readCookie(request.headers.cookie, identity.policy.cookie ?? SESSION_COOKIE)
  const actor = token === null ? null : await identity.cache.bySession(token)
  if (token === null || actor === null) return refuse('identity.not_signed_in', 'sign in first').refusal
  const csrf = request.headers['x-csrf-token']
  if (isWrite(request) && !(typeof csrf === 'string' && sameText(csrf, csrfOf(token))))
    return refuse('identity.csrf', 'the x-csrf-token header is missing or of another session').refusal
  return enter(request, actor, demand)
}

function enter(request: FastifyRequest, actor: Actor, demand: Demand): Refusal | null {
  if (demand !== 'signed_in' && demand !== 'public' && !holdsScope(actor, demand))
    return refuse('identity.forbidden', `this needs the scope ${demand}`, { scope: demand }).refusal
  request.actor = actor
  return null
}

/** Who is confined to some shops gets through only where the route says how it keeps him to them. */
async function confine(request: FastifyRequest, shopOfOrder: ShopOfOrder): Promise<Refusal | null> {
  const { actor } = request
  const rule = request.routeOptions.config.shops
  if (actor === null || actor.shops === null || rule === 'apart' || rule === 'narrowed') return null
  if (rule === undefined)
    return refuse('identity.shop_denied', 'this is not for who is confined to some shops').refusal
  const params = request.params as Readonly<Record<string, string | undefined>>
  if ('shop' in rule) return mayEnterShop(actor, params[rule.shop] ?? null) ? null : shopDenied().refusal
  const id = params[rule.order] ?? ''
  const shop = /^\d{1,18}$/.test(id) ? await shopOfOrder(BigInt(id)) : null
  return mayEnterShop(actor, shop) ? null : shopDenied().refusal
}

function isWrite(request: FastifyRequest): boolean {
  return request.method !== 'GET' && request.method !== 'HEAD' && request.method !== 'OPTIONS'
}

/** A browser says where a write comes from; another site's is refused even before its token is looked at. */
function crossOriginRefusal(request: FastifyRequest, publicHost: string | null): Refusal | null {
  const { origin, host } = request.headers
  if (origin === undefined) {
    return request.headers['sec-fetch-site'] === 'cross-site' ? crossOrigin() : null
  }
  const from = URL.canParse(origin) ? new URL(origin).host.toLowerCase() : null
  const own = from !== null && (from === host?.toLowerCase() || from === publicHost || from === request.host)
  return own ? null : crossOrigin()
}

function crossOrigin(): Refusal {
  return { code: 'identity.cross_origin', detail: 'this request comes from a page of another site' }
}
