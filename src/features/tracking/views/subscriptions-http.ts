import { Type } from 'typebox'
import { decodeCursor, encodeCursor } from '#platform/http/cursor.ts'
import { sendRefusal } from '#platform/http/problem.ts'
import { oneOf, PAGE_LIMIT, pageOf, pageQuery, problemResponses } from '#platform/http/schemas.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import { type ParcelRoutesDeps, READ, TAGS } from '../http.ts'
import { SUBSCRIPTION_STATES } from '../subscriptions/store.ts'
import { SubscriptionJson, subscriptionToJson } from './json.ts'
import { countSubscriptions, readSubscriptions } from './store.ts'

/** Who pushes which number to us, and what became of asking. */
export function subscriptionRoutes(app: HttpApp, { db, zone }: ParcelRoutesDeps): void {
  app.get(
    '/api/parcels/subscriptions',
    {
      config: READ,
      schema: {
        tags: TAGS,
        summary: 'Tracking subscriptions, the latest asked first',
        querystring: Type.Object({
          state: Type.Optional(oneOf(SUBSCRIPTION_STATES)),
          connection: Type.Optional(Type.String({ maxLength: 60 })),
          q: Type.Optional(Type.String({ maxLength: 60, description: 'tracking number' })),
          ...pageQuery,
        }),
        response: {
          200: Type.Intersect([
            pageOf(SubscriptionJson),
            Type.Object({ counts: Type.Record(Type.String(), Type.Integer()) }),
          ]),
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const { state = null, connection = null, q, cursor, limit = PAGE_LIMIT } = request.query
      const place = cursor === undefined ? null : decodeCursor('subscriptions', cursor)
      if (place !== null && !place.ok) return sendRefusal(reply, place.refusal)
      const [at, number] = (place?.value ?? []).map(String)
      const after = at === undefined ? null : { at: Temporal.Instant.from(at), number: number ?? '' }
      const rows = await readSubscriptions(
        db,
        { state, connection, q: q?.trim() ? q : null },
        after,
        limit + 1,
      )
      const shown = rows.slice(0, limit)
      const last = rows.length > limit ? shown.at(-1) : undefined
      return {
        items: shown.map((row) => subscriptionToJson(row, zone(), row.connection_name)),
        next:
          last === undefined
            ? null
            : encodeCursor('subscriptions', [last.asked_at.toString(), last.tracking_no]),
        counts: { ...(await countSubscriptions(db)) },
      }
    },
  )
}
