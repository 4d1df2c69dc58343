import { existsSync } from 'node:fs'
import { join } from 'node:path'
import files from '@fastify/static'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { sendRefusal } from '#platform/http/problem.ts'
import type { HttpApp } from '#platform/http/scopes.ts'

const NOT_BUILT = `<!doctype html><meta charset="utf-8"><title>Holdfast</title>
<p>The console has not been built. Run <code>npm run build</code> and start again; the API is at <a href="/api/docs/">/api/docs</a>.</p>`

/**
 * Serves the built console. Files under /assets/ carry their hash in the name and are kept for a year; the page itself
 * is asked for every time. An address that is no file is the page's own business.
 */
export async function serveConsole(app: HttpApp, dist: string | null): Promise<void> {
  const built = dist !== null && existsSync(join(dist, 'index.html'))
  if (built)
    await app.register(files, {
      root: dist,
      cacheControl: false,
      setHeaders: (reply, path) => {
        const kept = path.includes('/assets/')
        reply.header('cache-control', kept ? 'public, max-age=31536000, immutable' : 'no-cache')
      },
    })
  app.setNotFoundHandler((request, reply) => {
    if (!isPage(request))
      return sendRefusal(reply, { code: 'http.not_found', detail: 'there is nothing here' })
    return built ? sendPage(reply) : reply.code(503).type('text/html; charset=utf-8').send(NOT_BUILT)
  })
}

function sendPage(reply: FastifyReply): FastifyReply {
  return reply.code(200).header('cache-control', 'no-cache').sendFile('index.html')
}

/** A browser that opens an address of the console, rather than a program or a missing file. */
function isPage(request: FastifyRequest): boolean {
  const [path = ''] = request.url.split('?')
  if (request.method !== 'GET' && request.method !== 'HEAD') return false
  if (/^\/(api|callback|v3|healthz|readyz|metrics|assets)(\/|$)/.test(path) || /\.[a-z0-9]{2,5}$/i.test(path))
    return false
  return /text\/html|\*\/\*/.test(request.headers.accept ?? '*/*')
}
