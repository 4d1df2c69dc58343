import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { FILE_FIELDS, type FileTemplate } from '#domain/file-order.ts'
import { formatInstant } from '#kernel/instant.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { IsoTime, NoContent, nullable, oneOf, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { ERROR_HEAD, errorLine } from './core/error-csv.ts'
import { parseTemplate } from './core/template.ts'
import type { ImportDeps } from './deps.ts'
import { ENCODINGS } from './files/encoding.ts'
import { UPLOAD_MOST } from './files/file-store.ts'
import { receiveUpload } from './receive-upload.ts'
import { startImport } from './start-import.ts'
import {
  dropTemplate,
  type ErrorRow,
  readErrors,
  readTemplates,
  runOfJob,
  saveTemplate,
  type TemplateRow,
} from './store.ts'

export type ImportHttpDeps = ImportDeps & { readonly zone: () => string }

const tags = ['imports']
const config = { scope: 'imports:write' } as const
const short = (most: number) => Type.String({ maxLength: most })
const Column = Type.Object(
  {
    column: Type.String({ minLength: 1, maxLength: 200 }),
    format: Type.Optional(
      Type.String({
        maxLength: 60,
        description:
          'times: LDML letters (`M/d/yyyy H:mm`), `iso`, `epoch`, `excel`; amounts: `decimal`, `decimal_comma`, `minor`',
      }),
    ),
    zone: Type.Optional(short(60)),
  },
  { additionalProperties: false },
)
const templateFields = {
  name: Type.String({ minLength: 1, maxLength: 80 }),
  target: Type.Literal('orders'),
  zone: Type.String({ maxLength: 60, description: 'IANA zone of times without offset' }),
  dateFormat: Type.String({
    maxLength: 60,
    description: 'format of time columns that name none; empty: ISO',
  }),
  currency: short(3),
  columns: Type.Record(Type.String({ maxLength: 40 }), Column, {
    description: `field -> column; fields: ${Object.keys(FILE_FIELDS).join(', ')}`,
  }),
  statusMap: Type.Record(Type.String({ maxLength: 150 }), short(40), {
    description: 'status as the file writes it -> fact, or `none`',
  }),
  sheet: Type.Optional(short(100)),
  headerRow: Type.Optional(Type.Integer({ minimum: 0, maximum: 20 })),
  delimiter: Type.Optional(oneOf([',', ';', '\t', '|'])),
  encoding: Type.Optional(oneOf(ENCODINGS)),
}
const TemplateBody = Type.Object(templateFields, { additionalProperties: false })
const TemplateJson = Type.Object(
  { id: Type.Optional(Type.String()), updatedAt: Type.Optional(IsoTime), ...templateFields },
  { title: 'ImportTemplate' },
)
/** A template as it was read from this API may be sent back whole. */
const GivenTemplate = Type.Object(
  { ...templateFields, id: Type.Optional(short(20)), updatedAt: Type.Optional(short(40)) },
  { additionalProperties: false },
)
const QuestionJson = Type.Object({
  code: Type.String(),
  about: Type.String(),
  zh: Type.String(),
  en: Type.String(),
})
const UploadJson = Type.Object({
  fileId: Type.String(),
  format: oneOf(['csv', 'xlsx']),
  bytes: Type.Integer(),
  encoding: nullable(Type.String()),
  delimiter: nullable(Type.String()),
  headerRow: Type.Integer(),
  rows: nullable(Type.Integer({ description: 'estimated' })),
  columns: Type.Array(Type.Object({ name: Type.String(), samples: Type.Array(Type.String()) })),
  suggestion: TemplateJson,
  questions: Type.Array(QuestionJson, {
    description: 'what the file does not say; look at these before importing',
  }),
})
const StartedJson = Type.Object({
  jobId: Type.String(),
  statuses: Type.Object({
    added: Type.Array(Type.String(), { description: 'published as rules of the connection' }),
    kept: Type.Array(Type.String(), {
      description: 'the mapping of the connection reads these differently, and goes on doing so',
    }),
  }),
})

/** Routes of the import page and of `holdfast import`. */
export function importRoutes(app: HttpApp, deps: ImportHttpDeps): void {
  uploadRoute(app, deps)
  templateRoutes(app, deps)
  runRoutes(app, deps)
  errorRoute(app, deps)
}

function uploadRoute(app: HttpApp, deps: ImportHttpDeps): void {
  app.post(
    '/api/imports/upload',
    {
      config: { ...config, rawBody: 'stream' },
      bodyLimit: UPLOAD_MOST,
      schema: {
        tags,
        summary: 'Upload a CSV or XLSX file of up to 100 MB as the raw body',
        querystring: Type.Object({ name: Type.String({ minLength: 1, maxLength: 200 }) }),
        response: { 200: UploadJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      if (Number(request.headers['content-length'] ?? 0) > UPLOAD_MOST) return sendRefusal(reply, tooLarge())
      const bytes = bytesOf(request.body)
      const upload = { bytes, name: request.query.name, by: actorOf(request).name, zone: deps.zone() }
      const uploaded = await receiveUpload(deps, upload)
      if (!uploaded.ok) return sendRefusal(reply, uploaded.refusal)
      const { columns, suggestion, questions, ...file } = uploaded.value
      return {
        ...file,
        columns: columns.map(({ name, samples }) => ({ name, samples: [...samples] })),
        suggestion: templateJson(suggestion),
        questions: questions.map((question) => ({ ...question })),
      }
    },
  )
}

function tooLarge() {
  return { code: 'imports.file_too_large', detail: `the file is larger than ${UPLOAD_MOST / 1_048_576} MB` }
}

/** A body that is refused half way stays open, so that the sender hears the answer instead of a broken connection. */
function bytesOf(body: unknown): AsyncIterable<Uint8Array> {
  return body instanceof Readable ? body.iterator({ destroyOnReturn: false }) : Readable.from([])
}

function templateRoutes(app: HttpApp, deps: ImportHttpDeps): void {
  const saved = (row: TemplateRow) => ({
    ...templateJson(row.template),
    id: String(row.id),
    updatedAt: formatInstant(row.updated_at, deps.zone()),
  })
  app.get(
    '/api/imports/templates',
    {
      config,
      schema: {
        tags,
        response: { 200: Type.Object({ items: Type.Array(TemplateJson) }), ...problemResponses },
      },
    },
    async () => ({ items: (await readTemplates(deps.db)).map(saved) }),
  )
  app.post(
    '/api/imports/templates',
    {
      config,
      schema: {
        tags,
        summary: 'Save a template; one of the same name is replaced',
        body: TemplateBody,
        response: { 200: TemplateJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const template = parseTemplate(request.body)
      if (!template.ok) return sendRefusal(reply, template.refusal)
      return saved(await saveTemplate(deps.db, template.value, actorOf(request).name, deps.clock.now()))
    },
  )
  app.delete(
    '/api/imports/templates/:id',
    {
      config,
      schema: {
        tags,
        params: Type.Object({ id: Type.String({ pattern: '^\\d{1,18}$' }) }),
        response: { 204: NoContent, ...problemResponses },
      },
    },
    async (request, reply) => {
      const dropped = await dropTemplate(deps.db, BigInt(request.params.id))
      if (dropped) return reply.code(204).send(undefined)
      return sendRefusal(reply, { code: 'imports.template_not_found', detail: 'there is no such template' })
    },
  )
}

function templateJson(template: FileTemplate) {
  const { columns, statusMap, encoding, delimiter, ...rest } = template
  return {
    ...rest,
    columns: { ...columns } as Record<string, { column: string; format?: string; zone?: string }>,
    statusMap: { ...statusMap } as Record<string, string>,
    ...(delimiter === undefined ? {} : { delimiter: delimiter as ',' }),
    ...(encoding === undefined ? {} : { encoding: encoding as 'utf-8' }),
  }
}

function runRoutes(app: HttpApp, deps: ImportHttpDeps): void {
  const FileId = Type.String({ pattern: '^[0-9a-f]{64}$' })
  for (const dryRun of [true, false])
    app.post(
      dryRun ? '/api/imports/dry-run' : '/api/imports',
      {
        config,
        schema: {
          tags,
          summary: dryRun
            ? 'Read the whole file and say what importing it would do; follow it by GET /api/jobs/:id'
            : 'Import the file; follow it by GET /api/jobs/:id',
          body: Type.Object(
            {
              fileId: FileId,
              connectionId: dryRun
                ? nullable(Type.String({ maxLength: 60, description: 'null: a shop that is not there yet' }))
                : Type.String({ maxLength: 60 }),
              template: GivenTemplate,
            },
            { additionalProperties: false },
          ),
          response: { 200: StartedJson, ...problemResponses },
        },
      },
      async (request, reply) => {
        const { id: _, updatedAt: __, ...template } = request.body.template
        const { fileId, connectionId } = request.body
        const started = await startImport(deps, { fileId, connectionId, template }, dryRun, actorOf(request))
        if (!started.ok) return sendRefusal(reply, started.refusal)
        const { added, kept } = started.value.statuses
        return { jobId: started.value.jobId, statuses: { added: [...added], kept: [...kept] } }
      },
    )
}

const ERROR_PAGE = 2_000

function errorRoute(app: HttpApp, deps: ImportHttpDeps): void {
  app.get(
    '/api/imports/:jobId/errors.csv',
    {
      config,
      schema: {
        tags,
        summary: 'Rows that were not imported and times that were flagged, by row and column',
        produces: ['text/csv'],
        params: Type.Object({ jobId: Type.String({ pattern: '^\\d{1,18}$' }) }),
        response: { 200: Type.Unsafe<Readable>({ type: 'string' }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const run = await runOfJob(deps.db, BigInt(request.params.jobId))
      if (run === null)
        return sendRefusal(reply, {
          code: 'imports.run_not_found',
          detail: 'there is no import with this job',
        })
      reply.type('text/csv; charset=utf-8')
      reply.header('content-disposition', `attachment; filename="import-${request.params.jobId}-errors.csv"`)
      return reply.send(Readable.from(errorLines(deps, run)))
    },
  )
}

async function* errorLines(deps: ImportDeps, run: bigint): AsyncGenerator<string> {
  // Spreadsheets take a file without the mark for the machine's own encoding.
  yield `\ufeff${ERROR_HEAD}`
  let after: ErrorRow | null = null
  for (;;) {
    const rows: ErrorRow[] = await readErrors(deps.db, run, after, ERROR_PAGE)
    if (rows.length > 0)
      yield rows
        .map((row) => errorLine([row.row_no, row.column_name, row.value, row.code, row.message]))
        .join('')
    if (rows.length < ERROR_PAGE) return
    after = rows.at(-1) ?? null
  }
}
