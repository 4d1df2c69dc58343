import { Type } from 'typebox'
import type { HttpApp } from '#platform/http/scopes.ts'
import { pushRoute } from './callback-route.ts'
import type { FindConnection } from './ports.ts'
import type { ReceiveDeps } from './receive.ts'
import { openRefusalBudget } from './refusal-budget.ts'

export type TrackDeps = ReceiveDeps & { readonly findById: FindConnection }

/** The only kind that this address speaks for: others prove themselves by their callback address, which is a secret. */
const KIND = 'logistics'

/**
 * `POST /v3/logistics/track`: parcels and their events in the hub's own open format, from whoever can send JSON. The `x-connection`
 * header names the connection, its signature proves the sender; from there on the way is every push's. An unknown connection and one
 * of another kind are refused alike with `logistics.connection_not_found`. A connection's id is no secret: of what comes without proof
 * only so much is put on record (`openRefusalBudget`); all of it is counted.
 */
export function trackRoutes(app: HttpApp, deps: TrackDeps): void {
  const bounded = { ...deps, keepsUnproven: openRefusalBudget(deps.clock) }
  pushRoute(app, bounded, {
    method: ['POST'],
    url: '/v3/logistics/track',
    schema: {
      tags: ['gateway'],
      summary: 'Push tracking events of parcels in the general format',
      description: [
        'JSON: {"events": [{trackingNo, code, at, carrier?, orderNo?, place?, country?, city?, words?, reason?}]} or {"parcels":',
        '[{trackingNo, carrier?, orderNo?, events: [{code, at, ...}]}]}, up to 500 events. `at` is ISO 8601 with an offset. Headers:',
        'x-holdfast-timestamp (seconds since 1970, five minutes either way) and x-holdfast-signature: v1= and the hex HMAC-SHA256 of',
        '"<timestamp>.<raw body>" under the connection\u2019s secret. 202 once durable; the same bytes again are a duplicate.',
      ].join(' '),
      headers: Type.Object({
        'x-connection': Type.Optional(
          Type.String({ maxLength: 60, description: 'the id of a connection of the kind logistics' }),
        ),
      }),
    },
    find: (request) => {
      const id = request.headers['x-connection']
      const connected = typeof id === 'string' ? deps.findById(id.trim()) : null
      return connected?.kind === KIND ? connected : null
    },
    notFound: {
      code: 'logistics.connection_not_found',
      detail: 'the x-connection header names no connection of the kind logistics',
    },
  })
}
