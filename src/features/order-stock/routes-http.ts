import { type Static, Type } from 'typebox'
import type { AuditEvent } from '#features/identity/index.ts'
import { formatInstant } from '#kernel/instant.ts'
import type { Result } from '#kernel/result.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { NoContent, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import type { Sql } from '#platform/postgres/database.ts'
import { dropRoute, previewRoute, type RouteEditDeps, saveRoute } from './edit-routes.ts'
import { type RouteDraft, readRoutes } from './routes/store.ts'
import { IdParams, PreviewBody, PreviewJson, RouteBody, RouteJson } from './schemas.ts'

export type RouteRoutesDeps = RouteEditDeps & {
  readonly zone: () => string
  readonly audit: (tx: Sql, event: AuditEvent) => Promise<void>
  readonly nameOf: (connection: string) => string | null
}

const READ = { scope: 'stock:read' } as const
const WRITE = { scope: 'stock:write' } as const
const tags = ['order-stock']
const Saved = Type.Object({ id: Type.String() })

/** Which warehouses serve which orders. */
export function stockRouteRoutes(app: HttpApp, deps: RouteRoutesDeps): void {
  readRoute(app, deps)
  writeRoutes(app, deps)
  app.post(
    '/api/stock-routes/preview',
    {
      config: READ,
      schema: {
        tags,
        summary: "Where today's waiting orders would go with this route",
        body: PreviewBody,
        response: { 200: PreviewJson, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { id, route } = request.body
      const done = await previewRoute(deps, id === null ? null : BigInt(id), draftOf(route))
      if (!done.ok) return sendRefusal(reply, done.refusal)
      const { warehouses, sample, ...counts } = done.value
      return {
        ...counts,
        warehouses: warehouses.map((one) => ({ ...one })),
        sample: sample.map((one) => ({
          orderId: one.orderId.toString(),
          orderNo: one.orderNo,
          now: [...one.now],
          tried: [...one.tried],
        })),
      }
    },
  )
}

function readRoute(app: HttpApp, { db, zone, nameOf }: RouteRoutesDeps): void {
  app.get(
    '/api/stock-routes',
    {
      config: READ,
      schema: {
        tags,
        response: { 200: Type.Object({ items: Type.Array(RouteJson) }), ...problemResponses },
      },
    },
    async () => ({
      items: (await readRoutes(db)).map((row) => ({
        ...row,
        id: row.id.toString(),
        connectionName: row.connectionId === null ? null : nameOf(row.connectionId),
        warehouses: [...row.warehouses],
        updatedAt: formatInstant(row.updatedAt, zone()),
      })),
    }),
  )
}

function draftOf(body: Static<typeof RouteBody>): RouteDraft {
  return { ...body, name: body.name.trim() }
}

function writeRoutes(app: HttpApp, deps: RouteRoutesDeps): void {
  const save = async (
    id: bigint | null,
    body: Static<typeof RouteBody>,
    actor: ReturnType<typeof actorOf>,
  ): Promise<Result<bigint>> =>
    await deps.db.begin(async (tx) => {
      const draft = draftOf(body)
      const done = await saveRoute(tx, deps, id, draft, actor.name)
      if (done.ok)
        await deps.audit(tx, {
          actor,
          action: id === null ? 'order_stock.route_added' : 'order_stock.route_changed',
          subject: draft.name,
          detail: { ...draft, warehouses: [...draft.warehouses] },
        })
      return done
    })
  app.post(
    '/api/stock-routes',
    { config: WRITE, schema: { tags, body: RouteBody, response: { 200: Saved, ...problemResponses } } },
    async (request, reply) => {
      const done = await save(null, request.body, actorOf(request))
      return done.ok ? { id: done.value.toString() } : sendRefusal(reply, done.refusal)
    },
  )
  app.put(
    '/api/stock-routes/:id',
    {
      config: WRITE,
      schema: { tags, params: IdParams, body: RouteBody, response: { 200: Saved, ...problemResponses } },
    },
    async (request, reply) => {
      const done = await save(BigInt(request.params.id), request.body, actorOf(request))
      return done.ok ? { id: done.value.toString() } : sendRefusal(reply, done.refusal)
    },
  )
  app.delete(
    '/api/stock-routes/:id',
    { config: WRITE, schema: { tags, params: IdParams, response: { 204: NoContent, ...problemResponses } } },
    async (request, reply) => {
      const done = await deps.db.begin(async (tx): Promise<Result<string>> => {
        const dropped = await dropRoute(tx, deps, BigInt(request.params.id))
        if (dropped.ok)
          await deps.audit(tx, {
            actor: actorOf(request),
            action: 'order_stock.route_removed',
            subject: dropped.value,
          })
        return dropped
      })
      return done.ok ? reply.code(204).send(undefined) : sendRefusal(reply, done.refusal)
    },
  )
}
