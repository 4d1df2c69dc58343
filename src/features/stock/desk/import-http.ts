import { Type } from 'typebox'
import { sendRefusal } from '#platform/http/problem.ts'
import { nullable, oneOf, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { FIGURES, type Figure } from './core/figure-rows.ts'
import type { DeskDeps } from './deps.ts'
import { Reason } from './http.ts'
import { previewImport, startImport } from './import-figures.ts'

const WRITE = { scope: 'stock:write' } as const
const TAGS = ['stock']
const UPLOAD_MOST = 50 * 1024 * 1024

const Take = Type.Array(oneOf(FIGURES), {
  minItems: 1,
  maxItems: FIGURES.length,
  description: 'which columns count',
})
const FileId = Type.String({ pattern: '^[0-9a-f]{64}$' })
const ErrorJson = Type.Object({
  row: Type.Integer(),
  column: Type.String(),
  code: Type.String(),
  value: Type.String(),
})
const PreviewJson = Type.Object({
  file: Type.String({ description: 'SHA-256 of the bytes' }),
  columns: Type.Array(oneOf(FIGURES)),
  rows: Type.Integer(),
  changed: Type.Integer(),
  fresh: Type.Integer({ description: 'places that nothing was known of' }),
  pieces: Type.Object({ up: Type.Integer(), down: Type.Integer() }),
  sample: Type.Array(
    Type.Object({
      row: Type.Integer(),
      sku: Type.String(),
      warehouse: Type.String(),
      physical: nullable(Type.Integer()),
      safety: nullable(Type.Integer()),
      before: nullable(Type.Object({ physical: Type.Integer(), safety: Type.Integer() })),
    }),
    { description: 'the greatest changes first, 200 at most' },
  ),
  errors: Type.Array(ErrorJson, { description: 'the first 1,000' }),
  errorCount: Type.Integer(),
  earlier: nullable(Type.Object({ jobId: Type.String(), state: Type.String(), by: Type.String() })),
})

/** Figures from a file: upload, preview with differences, import. */
export function importRoutes(app: HttpApp, deps: DeskDeps): void {
  uploadRoute(app, deps)
  previewRoute(app, deps)
  startRoute(app, deps)
}

function uploadRoute(app: HttpApp, deps: DeskDeps): void {
  app.post(
    '/api/stock/import/upload',
    {
      config: { ...WRITE, rawBody: 'stream' },
      bodyLimit: UPLOAD_MOST,
      schema: {
        tags: TAGS,
        summary:
          'Upload a CSV or XLSX file of figures as the raw body; it is read and compared, nothing is taken',
        querystring: Type.Object({ name: Type.Optional(Type.String({ maxLength: 200 })) }),
        response: { 200: PreviewJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { name = 'stock' } = request.query
      const kept = await deps.files.keep(
        request.body as AsyncIterable<Uint8Array>,
        name,
        actorOf(request).name,
      )
      if (!kept.ok) return sendRefusal(reply, kept.refusal)
      const preview = await previewImport(deps, kept.value.id, FIGURES)
      return preview.ok ? previewToJson(preview.value) : sendRefusal(reply, preview.refusal)
    },
  )
}

function previewRoute(app: HttpApp, deps: DeskDeps): void {
  app.post(
    '/api/stock/import/preview',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        description: 'the same file with other columns counted',
        body: Type.Object({ file: FileId, take: Take }, { additionalProperties: false }),
        response: { 200: PreviewJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const preview = await previewImport(deps, request.body.file, request.body.take)
      return preview.ok ? previewToJson(preview.value) : sendRefusal(reply, preview.refusal)
    },
  )
}

function startRoute(app: HttpApp, deps: DeskDeps): void {
  app.post(
    '/api/stock/import',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        description:
          'takes the figures of an uploaded file in a job; with an error in any row nothing is taken. The same file twice is one effect, unless `again` names a new round',
        body: Type.Object(
          {
            file: FileId,
            take: Take,
            reason: Reason,
            again: Type.Optional(Type.String({ minLength: 1, maxLength: 60 })),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({ jobId: Type.String(), isRepeat: Type.Boolean() }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const { again = null, ...asked } = request.body
      const done = await startImport(deps, { ...asked, again }, actorOf(request))
      return done.ok ? done.value : sendRefusal(reply, done.refusal)
    },
  )
}

type Previewed = Extract<Awaited<ReturnType<typeof previewImport>>, { ok: true }>['value']

function previewToJson({ sample, errors, columns, ...rest }: Previewed) {
  return {
    ...rest,
    columns: [...columns] as Figure[],
    errors: errors.map((error) => ({ ...error })),
    sample: sample.map(({ physical, safety, ...one }) => ({
      ...one,
      physical: physical ?? null,
      safety: safety ?? null,
    })),
  }
}
