import { Type } from 'typebox'
import { sendRefusal } from '#platform/http/problem.ts'
import { IsoTime, nullable, problemResponses } from '#platform/http/schemas.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import { openAddressLimit } from './address-limit.ts'
import { type BuyerViewDeps, lookUp } from './look-up.ts'

const Orders = Type.Object(
  {
    orders: Type.Array(
      Type.Object({
        orderNo: Type.String(),
        status: Type.String(),
        parcels: Type.Array(
          Type.Object({
            trackingNo: Type.String(),
            carrier: nullable(Type.String()),
            carrierName: Type.String(),
            state: Type.String(),
            events: Type.Array(
              Type.Object({
                kind: Type.String(),
                at: nullable(IsoTime),
                place: Type.String(),
                words: Type.String(),
              }),
            ),
          }),
        ),
      }),
    ),
  },
  { title: 'BuyerOrders' },
)

export type BuyerViewRoutesDeps = BuyerViewDeps & {
  /** Off: nobody outside can ask. */
  readonly isOn: () => boolean
}

/** `POST /api/buyer/track`: what buyers see of their parcels, without signing in. */
export function buyerViewRoutes(app: HttpApp, deps: BuyerViewRoutesDeps): void {
  const limit = openAddressLimit(deps.clock)
  app.post(
    '/api/buyer/track',
    {
      config: { scope: 'public' },
      schema: {
        tags: ['buyers'],
        summary: 'Where an order’s parcels are, by order number and the last four digits of the phone',
        description:
          'Open to anybody, at most 20 questions a minute from one address; five wrong tries lock a number for 15 minutes.',
        body: Type.Object(
          {
            orderNo: Type.String({ minLength: 4, maxLength: 64 }),
            phoneTail: Type.String({ pattern: '^\\d{4}$' }),
          },
          { additionalProperties: false },
        ),
        response: { 200: Orders, ...problemResponses },
      },
    },
    async (request, reply) => {
      if (!deps.isOn())
        return sendRefusal(reply, {
          code: 'buyer_view.off',
          detail: 'this hub does not show parcels to buyers',
        })
      if (!limit.take(request.ip))
        return sendRefusal(reply, {
          code: 'buyer_view.too_many',
          detail: 'too many questions; wait a minute',
          data: { retryAfterSeconds: 60 },
        })
      void reply.header('cache-control', 'no-store')
      const found = await lookUp(deps, request.body)
      return found.ok
        ? {
            orders: found.value.map((order) => ({
              ...order,
              parcels: order.parcels.map((parcel) => ({ ...parcel, events: [...parcel.events] })),
            })),
          }
        : sendRefusal(reply, found.refusal)
    },
  )
}
