import { Type } from 'typebox'
import { formatMoney, money } from '#kernel/money.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { nullable, oneOf, problemResponses } from '#platform/http/schemas.ts'
import { actorOf, type HttpApp } from '#platform/http/scopes.ts'
import type { ResourceAsk } from './core/resource.ts'
import type { Replanned, ReplannedFigures, SourcingDeps } from './deps.ts'
import { ORDERS_MOST, PREVIEW_MOST, previewResourcing, queueResourcing } from './resource-orders.ts'
import { WordsJson } from './schemas.ts'

const tags = ['sourcing']
const Ask = {
  warehouse: Type.Optional(
    nullable(
      Type.String({ minLength: 1, maxLength: 80, description: 'all that it was to send; it is excluded' }),
    ),
  ),
  orderIds: Type.Optional(Type.Array(Type.String({ pattern: '^\\d{1,19}$' }), { maxItems: ORDERS_MOST })),
  orderNos: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 500 })),
  short: Type.Optional(Type.Boolean({ description: 'all plans that nothing was found for' })),
}
const Figures = Type.Object({
  parcels: Type.Integer(),
  cost: nullable(Type.String({ description: "by the warehouses' lanes, in yuan; null: nobody knows" })),
})
type AskBody = {
  readonly warehouse?: string | null
  readonly orderIds?: readonly string[]
  readonly orderNos?: readonly string[]
  readonly short?: boolean
}

/** Sourcing anew after a shortage, or where a warehouse closes: seen first, then done by a job. */
export function resourceRoutes(app: HttpApp, deps: SourcingDeps): void {
  app.post(
    '/api/sourcing/resource/preview',
    {
      config: { scope: 'stock:read' },
      schema: {
        tags,
        summary: `Which plans would move where, the first ${PREVIEW_MOST} worked out; nothing is changed`,
        body: Type.Object(Ask, { additionalProperties: false }),
        response: {
          200: Type.Object({
            orders: Type.Integer({ description: 'plans that can be made anew' }),
            capped: Type.Boolean({ description: 'there are more than the rows show' }),
            rows: Type.Array(
              Type.Object({
                orderId: Type.String(),
                orderNo: Type.String(),
                before: Type.String(),
                after: Type.String(),
                figures: Type.Object({ before: Figures, after: Figures }),
                outcome: oneOf(['same', 'changed', 'short', 'held']),
                words: WordsJson,
              }),
            ),
            skipped: Type.Array(
              Type.Object({ orderId: Type.String(), orderNo: Type.String(), words: WordsJson }),
            ),
          }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const seen = await previewResourcing(deps, actorOf(request), askOf(request.body))
      if (!seen.ok) return sendRefusal(reply, seen.refusal)
      const { ids, capped, rows, skipped } = seen.value
      return {
        orders: ids.length,
        capped,
        rows: rows.map(rowToJson),
        skipped: skipped.map((one) => ({ ...one, orderId: String(one.orderId) })),
      }
    },
  )
  app.post(
    '/api/sourcing/resource',
    {
      config: { scope: 'stock:write' },
      schema: {
        tags,
        summary: 'Make these plans anew, as a job',
        body: Type.Object(
          { ...Ask, reason: Type.String({ minLength: 1, maxLength: 500 }) },
          { additionalProperties: false },
        ),
        response: {
          202: Type.Object({ jobId: Type.String(), orders: Type.Integer() }),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const queued = await queueResourcing(deps, actorOf(request), askOf(request.body), request.body.reason)
      if (!queued.ok) return sendRefusal(reply, queued.refusal)
      return reply.code(202).send({ jobId: String(queued.value.jobId), orders: queued.value.orders })
    },
  )
}

function rowToJson({ orderId, figures, ...row }: Replanned) {
  const { before, after } = figures
  return {
    ...row,
    orderId: String(orderId),
    figures: { before: figuresToJson(before), after: figuresToJson(after) },
  }
}

function figuresToJson({ parcels, costMinor }: ReplannedFigures) {
  return { parcels, cost: costMinor === null ? null : formatMoney(money('CNY', costMinor)) }
}

function askOf({ warehouse, orderIds, orderNos, short }: AskBody): ResourceAsk {
  return {
    warehouse: warehouse ?? null,
    ids: (orderIds ?? []).map(BigInt),
    numbers: orderNos ?? [],
    short: short ?? false,
  }
}
