import { Readable } from 'node:stream'
import { Type } from 'typebox'
import { PIECES_MOST } from '#domain/stock.ts'
import { refuse } from '#kernel/result.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { nullable, oneOf, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import { LOW_AT } from '../read/core/levels.ts'
import { levelQuery } from '../read/http.ts'
import { Sku, Warehouse } from '../read/schemas.ts'
import { changeFigures, changeQuota, releaseReservation, reserve } from './change-figures.ts'
import type { DeskDeps } from './deps.ts'
import { exportLevels } from './export-levels.ts'
import { importRoutes } from './import-http.ts'

const READ = { scope: 'stock:read' } as const
const WRITE = { scope: 'stock:write' } as const
const TAGS = ['stock']
const Pieces = Type.Integer({ minimum: 0, maximum: PIECES_MOST })
export const Reason = Type.String({
  minLength: 3,
  maxLength: 500,
  pattern: '\\S',
  description: 'why; kept with the movement and the audit',
})
const Key = Type.String({
  minLength: 1,
  maxLength: 100,
  description: "the caller's own: the same key twice is one change",
})

/** Routes of what a person does to stock by hand: counts, safety stock, quotas, reservations, files. */
export function stockDeskRoutes(app: HttpApp, deps: DeskDeps): void {
  adjustRoute(app, deps)
  quotaRoute(app, deps)
  reserveRoute(app, deps)
  releaseRoute(app, deps)
  exportRoute(app, deps)
  importRoutes(app, deps)
}

function adjustRoute(app: HttpApp, deps: DeskDeps): void {
  app.post(
    '/api/stock/adjust',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        description:
          'a count (`setPhysical`), what came or went (`physical`, signed) or safety stock, with the reason; figures that another change overtook are refused',
        body: Type.Object(
          {
            sku: Sku,
            warehouse: Warehouse,
            setPhysical: Type.Optional(Pieces),
            physical: Type.Optional(Type.Integer({ minimum: -PIECES_MOST, maximum: PIECES_MOST })),
            setSafety: Type.Optional(Pieces),
            seen: Type.Optional(
              Type.Object(
                { physical: Type.Optional(Type.Integer()), safety: Type.Optional(Type.Integer()) },
                { additionalProperties: false },
              ),
            ),
            reason: Reason,
            key: Type.Optional(Key),
          },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({
            sku: Type.String(),
            warehouse: Type.String(),
            physical: Type.Integer({ description: 'the signed change' }),
            available: Type.Integer(),
            outcome: Type.String(),
          }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const { setPhysical, physical, setSafety, seen = {}, key = null, ...rest } = request.body
      if (setPhysical !== undefined && physical !== undefined)
        return sendRefusal(
          reply,
          refuse('stock.two_counts', 'give setPhysical or physical, not both').refusal,
        )
      const count =
        setPhysical !== undefined ? { set: setPhysical } : physical !== undefined ? { by: physical } : null
      const asked = { ...rest, physical: count, safety: setSafety ?? null, seen, key }
      const done = await changeFigures(deps, asked, actorOf(request))
      return done.ok ? { ...done.value } : sendRefusal(reply, done.refusal)
    },
  )
}

function quotaRoute(app: HttpApp, deps: DeskDeps): void {
  app.put(
    '/api/stock/quotas',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        description: 'sets pieces aside for one channel; 0 gives them back',
        body: Type.Object(
          {
            sku: Sku,
            warehouse: Warehouse,
            channel: Type.String({ minLength: 1, maxLength: 100, description: 'connection id' }),
            granted: Pieces,
            reason: Reason,
          },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ leftOver: Type.Integer() }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const done = await changeQuota(deps, request.body, actorOf(request))
      return done.ok ? done.value : sendRefusal(reply, done.refusal)
    },
  )
}

function reserveRoute(app: HttpApp, deps: DeskDeps): void {
  const Line = Type.Object(
    { sku: Sku, warehouse: Warehouse, quantity: Type.Integer({ minimum: 1, maximum: PIECES_MOST }) },
    { additionalProperties: false },
  )
  app.post(
    '/api/stock/reservations',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        description: 'sets goods aside in your own name, all lines or none; safety stock is not drawn',
        body: Type.Object(
          {
            key: Key,
            lines: Type.Array(Line, { minItems: 1, maxItems: 100 }),
            reason: Reason,
            reference: Type.Optional(Type.String({ maxLength: 120, description: 'what people call it' })),
            minutes: Type.Integer({ minimum: 1, maximum: 43_200 }),
            onDeadline: Type.Optional(oneOf(['ask', 'release'])),
          },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ holdId: Type.String() }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { reference = '', onDeadline = 'release', ...rest } = request.body
      const done = await reserve(deps, { ...rest, reference: reference.trim(), onDeadline }, actorOf(request))
      return done.ok ? { holdId: done.value.holdId.toString() } : sendRefusal(reply, done.refusal)
    },
  )
}

function releaseRoute(app: HttpApp, deps: DeskDeps): void {
  app.post(
    '/api/stock/holds/:id/release',
    {
      config: WRITE,
      schema: {
        tags: TAGS,
        description: 'gives back a reservation that a person made; everything else needs an approved unlock',
        params: Type.Object({ id: Type.String({ pattern: '^\\d{1,18}$' }) }),
        body: Type.Object({ reason: Reason }, { additionalProperties: false }),
        response: { 200: Type.Object({ released: Type.Literal(true) }), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { reason } = request.body
      const done = await releaseReservation(deps, BigInt(request.params.id), reason, actorOf(request))
      return done.ok ? done.value : sendRefusal(reply, done.refusal)
    },
  )
}

const TYPES = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
} as const

function exportRoute(app: HttpApp, deps: DeskDeps): void {
  const { cursor: _cursor, ...query } = { cursor: null, ...levelQuery }
  app.post(
    '/api/stock/levels/export',
    {
      config: READ,
      schema: {
        tags: TAGS,
        description: 'a CSV or XLSX file of exactly this view; corrected, it can be imported again',
        body: Type.Object(
          {
            filter: Type.Optional(Type.Object(query, { additionalProperties: false })),
            format: oneOf(['csv', 'xlsx']),
            locale: Type.Optional(nullable(oneOf(['zh', 'en']))),
          },
          { additionalProperties: false },
        ),
      },
    },
    async (request, reply) => {
      const { filter = {}, format, locale } = request.body
      const { q = '', warehouse = null, show = null, lowAt = LOW_AT } = filter
      const day = deps.clock.now().toZonedDateTimeISO(deps.zone()).toPlainDate().toString()
      reply.type(TYPES[format]).header('content-disposition', `attachment; filename="stock-${day}.${format}"`)
      const question = { q: q.trim(), warehouse, show, lowAt }
      const stream = exportLevels({ sql: deps.db, zone: deps.zone }, question, {
        format,
        locale: locale ?? 'zh',
      })
      return reply.send(Readable.fromWeb(stream as never))
    },
  )
}
