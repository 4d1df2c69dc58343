import { STATUS_CODES } from 'node:http'
import { createServer, type Socket } from 'node:net'
import { fastify, LogController } from 'fastify'
import { type HubFacts, type IdentityDeps, identityRoutes } from '#features/identity/index.ts'
import { ok, type Refused, type Result, refuse } from '#kernel/result.ts'
import { problemBody, sendError, statusOf } from '#platform/http/problem.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import type { Log } from '#platform/log.ts'
import type { Metrics } from '#platform/metrics.ts'
import type { Config } from './config.ts'
import { acceptBodies } from './http/body.ts'
import { serveConsole } from './http/console.ts'
import { collectOpenApi, serveDocs } from './http/docs.ts'
import {
  demandScopes,
  guardAccess,
  guardEncoding,
  guardHost,
  guardText,
  type ShopOfOrder,
} from './http/guards.ts'
import { requestIds, setSecurityHeaders } from './http/headers.ts'
import { type SystemDeps, systemRoutes } from './http/system-routes.ts'
import { checkResponses, validatorCompiler } from './http/validation.ts'

export type ServerConfig = Pick<
  Config,
  'host' | 'publicUrl' | 'trustProxy' | 'bodyLimitBytes' | 'requestTimeoutSeconds'
>

export type ServerDeps = {
  readonly config: ServerConfig
  readonly log: Log
  readonly metrics: Metrics
  readonly identity: IdentityDeps
  readonly hub: () => HubFacts
  readonly system: Omit<SystemDeps, 'metrics'>
  readonly shopOfOrder: ShopOfOrder
  /** Registers the features' routes. */
  readonly routes: (app: HttpApp) => void | Promise<void>
  /** The built console; null: this process does not serve it. */
  readonly consoleDir: string | null
  /** From when on every answer asks the other side to come back by another connection. */
  readonly isDraining?: () => boolean
  /** For tests: answers that break their route's schema become bugs. */
  readonly strictResponses?: boolean
}

/** The whole HTTP surface of one hub, ready to listen or to be injected into. */
export async function buildServer(deps: ServerDeps): Promise<HttpApp> {
  const { config, identity, metrics } = deps
  const app = createApp(deps)
  app.setValidatorCompiler(validatorCompiler())
  // The types check what handlers return; compiled serialisers would silently drop what a schema forgot.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data))
  app.setErrorHandler((error, request, reply) => sendError(error, request, reply))
  acceptBodies(app)
  demandScopes(app)
  setSecurityHeaders(app)
  if (deps.isDraining !== undefined) closeWhenDraining(app, deps.isDraining)
  guardHost(app, config)
  guardEncoding(app)
  guardAccess(app, identity, config.publicUrl, deps.shopOfOrder)
  guardText(app)
  countRequests(app, metrics)
  if (deps.strictResponses === true) checkResponses(app)
  await collectOpenApi(app, deps.hub().version)
  systemRoutes(app, { ...deps.system, metrics })
  identityRoutes(app, { identity, hub: deps.hub })
  await deps.routes(app)
  await serveDocs(app)
  await serveConsole(app, deps.consoleDir)
  return app
}

function createApp({ config, log, metrics }: ServerDeps): HttpApp {
  const trusted = config.trustProxy?.split(',').map((part) => part.trim()) ?? false
  return fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: trusted,
    bodyLimit: config.bodyLimitBytes,
    requestTimeout: config.requestTimeoutSeconds * 1_000,
    keepAliveTimeout: 72_000,
    genReqId: requestIds(),
    routerOptions: { maxParamLength: 200 },
    forceCloseConnections: 'idle',
    // Who still has a request under way when we stop gets its answer, with `connection: close`, and no refusal.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => void sendError(error, request, reply),
    clientErrorHandler: (error, socket) => answerBrokenRequest(error, socket, metrics),
  }) as unknown as HttpApp
}

/** Bytes that are no HTTP request never reach a route; they get a problem too, and no detail of ours. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket, metrics: Metrics): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const code =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? 'http.headers_too_large'
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? 'http.timeout'
        : 'http.invalid'
  metrics.httpRequests.inc({ route: 'unreadable', status: String(statusOf(code)) })
  const body = JSON.stringify(problemBody({ code, detail: 'this is not a request that can be read' }))
  const head = `HTTP/1.1 ${statusOf(code)} ${STATUS_CODES[statusOf(code)]}\r\ncontent-type: application/problem+json\r\n`
  socket.end(`${head}connection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
}

/** A connection that is kept open would bring the next request to a process that is about to go. */
function closeWhenDraining(app: HttpApp, isDraining: () => boolean): void {
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (isDraining()) reply.header('connection', 'close')
    done(null, payload)
  })
}

function countRequests(app: HttpApp, metrics: Metrics): void {
  app.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none'
    // Callbacks have counters of their own; a second one would cost the ingest path.
    if (request.routeOptions.config?.rawBody !== true) {
      metrics.httpRequests.inc({ route, status: String(reply.statusCode) })
      const fields = {
        method: request.method,
        route,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      }
      if (reply.statusCode >= 500) request.log.warn(fields, 'request')
      else request.log.debug(fields, 'request')
    }
    done()
  })
}

const LISTEN_REFUSALS: Readonly<Record<string, (port: number, host: string) => [string, string]>> = {
  EADDRINUSE: (port, host) => [
    'app.port_taken',
    `port ${port} on ${host} is in use by another program; set PORT to another one, or to 0 for any free one`,
  ],
  EACCES: (port) => [
    'app.port_forbidden',
    `this user may not listen on port ${port}; set PORT to one above 1023`,
  ],
  EADDRNOTAVAIL: (_port, host) => ['app.host_unknown', `HOST ${host} is not an address of this machine`],
  ENOTFOUND: (_port, host) => ['app.host_unknown', `HOST ${host} cannot be found`],
}

/**
 * Binds the address and lets go of it: a start that cannot have its port says so before it makes a database. Somebody may
 * still take it in between; `listen` has the last word. Refuses as `listen` does.
 */
export async function probePort({ port, host }: Pick<Config, 'port' | 'host'>): Promise<Result<null>> {
  if (port === 0) return ok(null)
  const probe = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      probe.once('error', reject)
      probe.listen({ port, host }, resolve)
    })
  } catch (error) {
    return listenRefusal(error, port, host)
  }
  await new Promise((resolve) => probe.close(resolve))
  return ok(null)
}

/** Throws what has no words of its own. */
function listenRefusal(error: unknown, port: number, host: string): Refused {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const told = LISTEN_REFUSALS[code]?.(port, host)
  if (told === undefined) throw error
  return refuse(told[0], told[1])
}

/** Listens; the URL it answers is the one to print. Refuses with one line when the port cannot be had. */
export async function listen(
  app: HttpApp,
  { port, host }: Pick<Config, 'port' | 'host'>,
): Promise<Result<{ url: string; port: number }>> {
  try {
    await app.listen({ port, host })
  } catch (error) {
    return listenRefusal(error, port, host)
  }
  const address = app.server.address()
  const bound = typeof address === 'object' && address !== null ? address.port : port
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return ok({ url: `http://${shown}:${bound}`, port: bound })
}
