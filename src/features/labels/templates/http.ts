import { Type } from 'typebox'
import { CARRIERS } from '#domain/carrier.ts'
import { formatInstant } from '#kernel/instant.ts'
import { refuse } from '#kernel/result.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { IsoTime, NoContent, nullable, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { BUILT_INS } from '../core/built-in.ts'
import type { LabelDeps } from '../deps.ts'
import { refusedToPrinters } from '../people-only.ts'
import { BodyJson, bodyJson, Id, IdParams, Size, Substitutes, tags } from '../schemas.ts'
import { makePreview } from './preview.ts'
import { removeTemplate, saveTemplate } from './save-template.ts'
import { readTemplate, readTemplates, readVersions } from './store.ts'

const read = { scope: 'parcels:read' } as const
const write = { scope: 'parcels:write' } as const

const TemplateJson = Type.Object(
  {
    ref: Type.String({ description: 'names it where a batch or a preview asks: `sf-76x130`, `t12`' }),
    id: nullable(Type.String({ description: 'null: built in, to be copied' })),
    zh: Type.String(),
    en: Type.String(),
    size: Size,
    carriers: Type.Array(Type.String()),
    family: nullable(Type.String()),
    version: Type.Integer(),
    body: BodyJson,
    updatedBy: nullable(Type.String()),
    updatedAt: nullable(IsoTime),
  },
  { title: 'LabelTemplate' },
)
const Carrier = Type.String({ enum: Object.keys(CARRIERS) })
const saveFields = {
  name: Type.String({ minLength: 1, maxLength: 60 }),
  size: Size,
  carriers: Type.Array(Carrier, { maxItems: 40 }),
  body: BodyJson,
  note: Type.Optional(Type.String({ maxLength: 200 })),
}
const Saved = Type.Object({ id: Type.String(), ref: Type.String(), version: Type.Integer() })

export function templateRoutes(app: HttpApp, deps: LabelDeps): void {
  listRoutes(app, deps)
  saveRoutes(app, deps)
  previewRoutes(app, deps)
}

function listRoutes(app: HttpApp, deps: LabelDeps): void {
  app.get(
    '/api/labels/templates',
    {
      config: read,
      schema: {
        tags,
        summary: "One's own templates and the built-in ones",
        response: { 200: Type.Object({ items: Type.Array(TemplateJson) }), ...problemResponses },
      },
    },
    async () => {
      const own = (await readTemplates(deps.db)).map((row) => ({
        ref: `t${row.id}`,
        id: String(row.id),
        zh: row.name,
        en: row.name,
        size: row.size,
        carriers: [...row.carriers],
        family: null,
        version: row.version,
        body: bodyJson(row.body),
        updatedBy: row.updated_by,
        updatedAt: formatInstant(row.updated_at, deps.zone()),
      }))
      const given = BUILT_INS.map(({ id, family, size, zh, en, body }) => ({
        ref: id,
        id: null,
        zh,
        en,
        size,
        carriers: [],
        family,
        version: 1,
        body: bodyJson(body),
        updatedBy: null,
        updatedAt: null,
      }))
      return { items: [...own, ...given] }
    },
  )
  app.get(
    '/api/labels/templates/:id/versions',
    {
      config: read,
      schema: {
        tags,
        params: IdParams,
        response: {
          200: Type.Object({
            items: Type.Array(
              Type.Object({
                version: Type.Integer(),
                body: BodyJson,
                note: Type.String(),
                savedBy: Type.String(),
                savedAt: IsoTime,
              }),
            ),
          }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const id = BigInt(request.params.id)
      if ((await readTemplate(deps.db, id)) === null)
        return sendRefusal(reply, refuse('labels.template_not_found', 'there is no such template').refusal)
      const items = (await readVersions(deps.db, id)).map((row) => ({
        version: row.version,
        body: bodyJson(row.body),
        note: row.note,
        savedBy: row.saved_by,
        savedAt: formatInstant(row.saved_at, deps.zone()),
      }))
      return { items }
    },
  )
}

function saveRoutes(app: HttpApp, deps: LabelDeps): void {
  app.post(
    '/api/labels/templates',
    {
      config: write,
      schema: {
        tags,
        summary: 'Save a new template; an older version is restored by saving its body again',
        body: Type.Object(saveFields, { additionalProperties: false }),
        response: { 200: Saved, ...problemResponses },
      },
    },
    async (request, reply) => {
      const saved = await saveTemplate(deps, null, request.body, actorOf(request))
      return saved.ok ? saved.value : sendRefusal(reply, saved.refusal)
    },
  )
  app.put(
    '/api/labels/templates/:id',
    {
      config: write,
      schema: {
        tags,
        summary: 'Save a new version of a template; `version` is the one that was read',
        params: IdParams,
        body: Type.Object(
          { ...saveFields, version: Type.Integer({ minimum: 1 }) },
          { additionalProperties: false },
        ),
        response: { 200: Saved, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { version, ...ask } = request.body
      const at = { id: BigInt(request.params.id), version }
      const saved = await saveTemplate(deps, at, ask, actorOf(request))
      return saved.ok ? saved.value : sendRefusal(reply, saved.refusal)
    },
  )
  app.delete(
    '/api/labels/templates/:id',
    {
      config: write,
      schema: { tags, params: IdParams, response: { 204: NoContent, ...problemResponses } },
    },
    async (request, reply) => {
      const removed = await removeTemplate(deps, BigInt(request.params.id), actorOf(request))
      return removed.ok ? reply.code(204).send(undefined) : sendRefusal(reply, removed.refusal)
    },
  )
}

const PreviewBody = Type.Object(
  {
    size: Size,
    template: Type.Optional(nullable(Type.String({ maxLength: 40 }))),
    body: Type.Optional(nullable(BodyJson)),
    waybillId: Type.Optional(nullable(Id)),
    piece: Type.Optional(Type.Integer({ minimum: 1, maximum: 50 })),
    substitutes: Type.Optional(Substitutes),
  },
  {
    additionalProperties: false,
    description: 'a saved or built-in template by its name, or a body that is being edited',
  },
)

function previewRoutes(app: HttpApp, deps: LabelDeps): void {
  const config = { scope: 'labels:print' } as const
  app.post(
    '/api/labels/preview',
    {
      config,
      schema: {
        tags,
        summary:
          'A label as a picture (SVG), of a sample or a real waybill, with all that would keep it from being printed',
        body: PreviewBody,
        response: {
          200: Type.Object({
            svg: Type.String(),
            template: Type.String(),
            problems: Type.Array(
              Type.Object({ code: Type.String(), detail: Type.String(), data: nullable(Type.Unknown()) }),
            ),
          }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const barred = await refusedToPrinters(deps, request)
      if (barred !== null) return sendRefusal(reply, barred.refusal)
      const made = await makePreview(deps, request.body)
      if (!made.ok) return sendRefusal(reply, made.refusal)
      const { svg, template, problems } = made.value
      return { svg, template, problems: problems.map((one) => ({ ...one, data: one.data ?? null })) }
    },
  )
  app.post(
    '/api/labels/preview/pdf',
    {
      config,
      schema: {
        tags,
        summary: 'The same label as a PDF of one page',
        produces: ['application/pdf'],
        body: PreviewBody,
        response: { 200: Type.Unsafe<Buffer>({ type: 'string', format: 'binary' }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const barred = await refusedToPrinters(deps, request)
      if (barred !== null) return sendRefusal(reply, barred.refusal)
      const made = await makePreview(deps, request.body)
      if (!made.ok) return sendRefusal(reply, made.refusal)
      reply.type('application/pdf').header('cache-control', 'no-store')
      return reply.send(Buffer.from(await made.value.pdf()))
    },
  )
}
