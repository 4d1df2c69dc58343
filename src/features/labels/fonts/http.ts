import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { formatInstant } from '#kernel/instant.ts'
import { refuse } from '#kernel/result.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import {
  IsoTime,
  nullable,
  oneOf,
  PAGE_LIMIT,
  pageOf,
  pageQuery,
  problemResponses,
} from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { FONT_STATES } from '../core/font-verdict.ts'
import type { LabelDeps } from '../deps.ts'
import { IdParams, tags } from '../schemas.ts'
import { checkUpload, PDF_BYTES_MOST } from './check-upload.ts'
import { type FontCheckRow, listChecks, readCheck } from './store.ts'

const FontJson = Type.Object({
  name: Type.String({ description: 'as in the file, with the tag of a subset' }),
  family: Type.String(),
  type: Type.String(),
  state: oneOf(FONT_STATES),
  where: Type.Array(Type.String()),
  zh: Type.String(),
  en: Type.String(),
  replacement: nullable(Type.String()),
})
const CheckJson = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    bytes: Type.Integer(),
    pages: Type.Integer(),
    verdict: oneOf(['good', 'doubtful', 'bad'], { description: 'bad: a font is not embedded' }),
    fonts: Type.Array(FontJson),
    tookMs: Type.Integer(),
    createdBy: Type.String(),
    createdAt: IsoTime,
  },
  { title: 'FontCheck' },
)

export function fontRoutes(app: HttpApp, deps: LabelDeps): void {
  const shown = (row: FontCheckRow) => ({
    id: String(row.id),
    name: row.name,
    bytes: row.bytes,
    pages: row.pages,
    verdict: row.verdict,
    fonts: row.fonts.map(({ name, family, type, state, where, zh, en, replacement }) => ({
      name,
      family,
      type,
      state,
      where: [...where],
      zh,
      en,
      replacement,
    })),
    tookMs: row.took_ms,
    createdBy: row.created_by,
    createdAt: formatInstant(row.created_at, deps.zone()),
  })
  const tooLarge = refuse(
    'labels.file_too_large',
    `the file is larger than ${PDF_BYTES_MOST / 1_048_576} MB`,
  ).refusal
  app.post(
    '/api/labels/font-checks',
    {
      config: { scope: 'parcels:write', rawBody: 'stream' },
      bodyLimit: PDF_BYTES_MOST,
      schema: {
        tags,
        summary:
          'Look at every font of a PDF of up to 20 MB (raw body): embedded as a subset, embedded, missing or unknown',
        querystring: Type.Object({ name: Type.String({ minLength: 1, maxLength: 200 }) }),
        response: { 200: CheckJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      if (Number(request.headers['content-length'] ?? 0) > PDF_BYTES_MOST) return sendRefusal(reply, tooLarge)
      const bytes = await readBody(request.body)
      if (bytes === null) return sendRefusal(reply, tooLarge)
      const checked = await checkUpload(deps, { bytes, name: request.query.name, by: actorOf(request).name })
      return checked.ok ? shown(checked.value) : sendRefusal(reply, checked.refusal)
    },
  )
  app.get(
    '/api/labels/font-checks',
    {
      config: { scope: 'parcels:read' },
      schema: {
        tags,
        querystring: Type.Object(pageQuery),
        response: { 200: pageOf(CheckJson), ...problemResponses },
      },
    },
    async (request) => {
      const { cursor, limit = PAGE_LIMIT } = request.query
      const before = cursor !== undefined && /^\d{1,18}$/.test(cursor) ? BigInt(cursor) : null
      const rows = await listChecks(deps.db, { before, limit: limit + 1 })
      const page = rows.slice(0, limit)
      return { items: page.map(shown), next: rows.length > limit ? String(page.at(-1)?.id ?? '') : null }
    },
  )
  app.get(
    '/api/labels/font-checks/:id',
    {
      config: { scope: 'parcels:read' },
      schema: { tags, params: IdParams, response: { 200: CheckJson, ...problemResponses } },
    },
    async (request, reply) => {
      const row = await readCheck(deps.db, BigInt(request.params.id))
      if (row !== null) return shown(row)
      return sendRefusal(reply, refuse('labels.font_check_not_found', 'there is no such check').refusal)
    },
  )
}

/** Null: larger than it may be. The rest of such a body is left to the connection, so that the sender hears the answer. */
async function readBody(body: unknown): Promise<Uint8Array | null> {
  if (!(body instanceof Readable)) return new Uint8Array()
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of body.iterator({ destroyOnReturn: false })) {
    size += (part as Uint8Array).length
    if (size > PDF_BYTES_MOST) return null
    parts.push(part as Uint8Array)
  }
  return Buffer.concat(parts)
}
