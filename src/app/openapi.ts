import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Bug } from '#kernel/assert.ts'
import { silentLog } from '#platform/log.ts'
import { createMetrics } from '#platform/metrics.ts'
import { openApiText } from './http/docs.ts'
import { registerRoutes } from './routes.ts'
import { buildServer } from './server.ts'
import { readVersion } from './version.ts'

export const OPENAPI_FILE = fileURLToPath(new URL('../../openapi.json', import.meta.url))

/** The OpenAPI document of the whole route tree. No database, no port: handlers are registered and never called. */
export async function writeOpenApi(): Promise<string> {
  const app = await buildServer({
    config: {
      host: '127.0.0.1',
      publicUrl: null,
      trustProxy: null,
      bodyLimitBytes: 1_000,
      requestTimeoutSeconds: 1,
    },
    log: silentLog(),
    metrics: createMetrics(),
    identity: unwired('identity'),
    shopOfOrder: unwired('shopOfOrder'),
    hub: () => ({ version: readVersion(), zone: 'UTC', simulated: false }),
    system: unwired('system'),
    routes: (http) =>
      registerRoutes(http, {
        core: unwired('core'),
        publicUrl: unwired('publicUrl'),
        // The one thing that is called while registering: the live stream starts listening then.
        subscribe: () => () => undefined,
      }),
    consoleDir: null,
  })
  await app.ready()
  const text = openApiText(app)
  await app.close()
  return text
}

/** Stands for everything that a route needs once it is called: may be taken apart and passed on, never used. */
function unwired<T>(name: string): T {
  const handler: ProxyHandler<() => void> = {
    get: (_target, field) => {
      // A setting may be reckoned with while routes are registered; what comes of it is never used.
      if (field === Symbol.toPrimitive) return () => Number.NaN
      return typeof field === 'symbol' || field === 'then' ? undefined : unwired(`${name}.${field}`)
    },
    has: () => true,
    apply: () => {
      throw new Bug('H5', `registering routes called ${name}; only handlers may`)
    },
  }
  return new Proxy(() => undefined, handler) as T
}

if (import.meta.main) {
  const text = await writeOpenApi()
  const fresh = existsSync(OPENAPI_FILE) && readFileSync(OPENAPI_FILE, 'utf8') === text
  if (!process.argv.includes('--check')) writeFileSync(OPENAPI_FILE, text)
  else if (!fresh) {
    process.stderr.write('openapi.json is not what the routes say; run npm run openapi and commit it\n')
    process.exitCode = 1
  }
}
