import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { sendRefusal } from '#platform/http/problem.ts'
import { oneOf, problemResponses } from '#platform/http/schemas.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import { ORDERS_MOST } from './core/gateway-orders.ts'
import { type GatewayDeps, takeOrders } from './take-orders.ts'

const Taken = Type.Object(
  {
    lane: Type.String({ description: 'where the orders wait to be interpreted' }),
    items: Type.Array(
      Type.Object({
        orderNo: Type.String(),
        outcome: oneOf(['accepted', 'duplicate', 'conflict']),
        messageId: Type.String(),
      }),
    ),
  },
  { title: 'TakenOrders' },
)

/** `POST /api/v1/gateway/:connection/orders`: the way in for programs that push orders by themselves. */
export function gatewayRoutes(app: HttpApp, deps: GatewayDeps): void {
  app.post(
    '/api/v1/gateway/:connection/orders',
    {
      // As raw bytes: what stands twice in an object is gone once it was parsed.
      config: { scope: 'gateway:write', shops: { shop: 'connection' }, rawBody: true },
      schema: {
        tags: ['gateway'],
        summary: 'Push orders',
        description: [
          `One order, or {"orders": [...]} with up to ${ORDERS_MOST}, as application/json. An order is`,
          '{orderNo, currency, rows: [{cells: {status, paid, sku, quantity, ...}}]}; zone, dateFormat, columns, template and',
          'uploadedAt (its version) may be given. Answered once all of them are durable. Sent again, an order is a duplicate:',
          'told by the idempotency-key header, else by its content.',
        ].join(' '),
        params: Type.Object({ connection: Type.String({ maxLength: 60 }) }),
        headers: Type.Object({
          'x-channel': Type.Optional(
            Type.String({
              maxLength: 60,
              description:
                'the lane in which the orders wait: one that is configured and no other connection’s; the connection’s own if not given',
            }),
          ),
          'idempotency-key': Type.Optional(Type.String({ maxLength: 200 })),
        }),
        response: { 200: Taken, ...problemResponses },
      },
    },
    async (request, reply) => {
      if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? ''))
        return sendRefusal(reply, {
          code: 'http.content_type_unsupported',
          detail: 'this route reads application/json',
        })
      const taken = await takeOrders(deps, {
        connection: request.params.connection,
        channel: headerOf(request, 'x-channel'),
        idempotencyKey: headerOf(request, 'idempotency-key'),
        body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
      })
      if (!taken.ok) return sendRefusal(reply, taken.refusal)
      return { lane: taken.value.lane, items: [...taken.value.items] }
    },
  )
}

function headerOf(request: Pick<FastifyRequest, 'headers'>, name: string): string | null {
  const value = request.headers[name]
  return typeof value === 'string' && value !== '' ? value : null
}
