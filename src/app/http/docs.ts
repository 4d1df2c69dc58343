import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import swagger from '@fastify/swagger'
import scalar from '@scalar/fastify-api-reference'
import type { HttpApp } from '#platform/http/scopes.ts'
import { contentPolicy } from './headers.ts'

/** Where a problem's `type` leads. */
const ERRORS_FILE = new URL('../../../docs/errors.md', import.meta.url)

const DESCRIPTION = `Orders, messages, connections, mappings and everything else that the console shows.

Sign in with a session cookie and send \`x-csrf-token\` with every write, or send \`Authorization: Bearer hf_...\` with an API key.
Lists page by cursor: pass \`next\` back as \`cursor\`. Times are ISO 8601 with milliseconds and the hub zone's offset; money is
\`{currency, amount}\` with the amount as text. Errors are \`application/problem+json\` with a stable \`code\`.`

/** Collects every route registered after it into the OpenAPI document. */
export async function collectOpenApi(app: HttpApp, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Holdfast 订单韧性中枢',
        version,
        description: DESCRIPTION,
        license: { name: 'Apache-2.0' },
      },
      components: {
        securitySchemes: {
          key: { type: 'http', scheme: 'bearer', description: 'an API key, hf_...' },
          session: { type: 'apiKey', in: 'cookie', name: 'holdfast_session' },
        },
      },
    },
    transform: ({ schema, url, route }) => {
      const demand = route.config?.scope ?? 'public'
      const open = demand === 'public'
      const shops = route.config?.shops === undefined ? {} : { 'x-shops': true }
      const hide = schema?.hide === true || url.startsWith('/api/docs') || url === '/' || url === '/*'
      return {
        url,
        schema: {
          ...schema,
          ...(hide ? { hide } : {}),
          ...(open
            ? { security: [] }
            : { security: [{ key: [] }, { session: [] }], 'x-scope': demand, ...shops }),
        },
      }
    },
  })
}

/**
 * The OpenAPI document, the same bytes for the same routes: paths, methods and shared schemas sorted, everything else as
 * written. Object schemas with a title stand once under `components.schemas`.
 */
export function openApiText(app: HttpApp): string {
  const document = app.swagger() as unknown as OpenApiDocument
  const shared = new Map<string, unknown>()
  const paths = Object.fromEntries(
    sorted(document.paths ?? {}).map(([path, methods]) => [
      path,
      Object.fromEntries(sorted(methods).map(([method, route]) => [method, shareSchemas(route, shared)])),
    ]),
  )
  const schemas = Object.fromEntries(sorted(Object.fromEntries(shared)))
  const components = { ...document.components, schemas: { ...document.components?.schemas, ...schemas } }
  return `${JSON.stringify({ ...document, components, paths }, null, 2)}\n`
}

type OpenApiDocument = {
  readonly paths?: Record<string, Record<string, unknown>>
  readonly components?: { readonly schemas?: Record<string, unknown> }
}

function sorted<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))
}

/** Every answer may be a Problem; written out each time they were two thirds of the document. */
function shareSchemas(value: unknown, shared: Map<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((item) => shareSchemas(item, shared))
  if (typeof value !== 'object' || value === null) return value
  const copy = Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name, shareSchemas(field, shared)]),
  )
  const { title, type } = copy
  if (type !== 'object' || typeof title !== 'string' || !/^[A-Za-z]+$/.test(title)) return copy
  const known = shared.get(title)
  if (known === undefined) shared.set(title, copy)
  // Two different schemas under one title: the second stays where it is.
  else if (JSON.stringify(known) !== JSON.stringify(copy)) return copy
  return { $ref: `#/components/schemas/${title}` }
}

/** `/api/docs` and `/api/openapi.json`; the reader's script is served from here, nothing is fetched from elsewhere. */
export async function serveDocs(app: HttpApp): Promise<void> {
  let text: string | null = null
  app.get(
    '/api/openapi.json',
    { config: { scope: 'public' }, schema: { hide: true } },
    async (_request, reply) => {
      text ??= openApiText(app)
      return reply.type('application/json; charset=utf-8').serializer(String).send(text)
    },
  )
  app.get('/docs/errors', { config: { scope: 'public' }, schema: { hide: true } }, async (_request, reply) =>
    reply
      .type('text/markdown; charset=utf-8')
      .serializer(String)
      .send(await readFile(ERRORS_FILE, 'utf8')),
  )
  await app.register(async (docs) => {
    docs.addHook('onSend', async (_request, reply, payload) => {
      if (typeof payload === 'string' && String(reply.getHeader('content-type')).startsWith('text/html'))
        reply.header('content-security-policy', contentPolicy(inlineScriptHashes(payload)))
      return payload
    })
    await docs.register(scalar, {
      routePrefix: '/api/docs',
      logLevel: 'silent',
      configuration: {
        url: '/api/openapi.json',
        pageTitle: 'Holdfast API',
        withDefaultFonts: false,
        telemetry: false,
        showDeveloperTools: 'never',
        hideClientButton: true,
        agent: { disabled: true },
      },
    })
  })
}

function inlineScriptHashes(html: string): string[] {
  return [...html.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(
    ([, script = '']) => `'sha256-${createHash('sha256').update(script).digest('base64')}'`,
  )
}
