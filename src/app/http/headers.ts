import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { HttpApp } from '#platform/http/scopes.ts'

/** antd writes its styles into the page at run time, so styles may be inline; scripts never. */
const CSP = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
]

/** The policy, with further sources for scripts (hashes of a page's own inline scripts). */
export function contentPolicy(scripts: readonly string[] = []): string {
  return CSP.map((rule) => (rule.startsWith('script-src') ? [rule, ...scripts].join(' ') : rule)).join('; ')
}

const STANDARD: Readonly<Record<string, string>> = {
  'content-security-policy': contentPolicy(),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
}

/** Platforms that call back get two headers, people all of them; an API answer is never kept by a cache. */
export function setSecurityHeaders(app: HttpApp): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.config?.rawBody === true && request.routeOptions.config.scope === 'public') {
      reply.header('x-content-type-options', 'nosniff')
      return done()
    }
    reply.headers(STANDARD).header('x-request-id', request.id)
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store')
    if (request.protocol === 'https') reply.header('strict-transport-security', 'max-age=31536000')
    done()
  })
}

/** Ids of requests: this process's random prefix and a counter; one that a caller brings is taken if it is harmless. */
export function requestIds(): (request: Pick<IncomingMessage, 'headers'>) => string {
  const prefix = randomBytes(4).toString('hex')
  let count = 0
  return (request) => {
    const given = request.headers['x-request-id']
    if (typeof given === 'string' && /^[A-Za-z0-9._-]{8,64}$/.test(given)) return given
    count += 1
    return `${prefix}-${count.toString(36)}`
  }
}
