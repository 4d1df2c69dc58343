import { bearerOf, type Grant, refreshBearer } from '#connectors/carriers/oauth.ts'
import {
  addressOf,
  askRest,
  badAddress,
  type RestAnswer,
  troubleOfStatus,
} from '#connectors/carriers/rest.ts'
import { sha256Hex } from '#connectors/digest.ts'
import { filledAt, objectsAt } from '#connectors/json.ts'
import type { CallDeps, Calls, FetchedMessage, Settings, TrackingQuery } from '#domain/connector.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { numberIn, resultsOf } from './read.ts'

export function fedexCalls(settings: Settings, deps: CallDeps): Calls {
  return {
    test: async () => {
      const token = await bearerOf({}, deps, grantOf(settings))
      return token.ok ? ok({ words: 'FedEx issued an access token' }) : token
    },
    fetchTracking: (query) => fetchResult(settings, deps, query),
    refreshCredentials: () => refreshBearer(deps, grantOf(settings)),
  }
}

function grantOf(settings: Settings): Grant {
  return {
    url: addressOf(settings.api_url, '/oauth/token'),
    clientId: settings.client_id ?? '',
    clientSecret: settings.client_secret ?? '',
    proof: 'form',
    // FedEx's own error codes are in none of the sources: the HTTP status decides.
    errors: {},
    errorOf: (json) => {
      const first = objectsAt(json, 'errors')[0]
      return { code: filledAt(first, 'code'), words: filledAt(first, 'message') ?? '' }
    },
  }
}

async function fetchResult(
  settings: Settings,
  deps: CallDeps,
  { trackingNo, carrier }: TrackingQuery,
): Promise<Result<FetchedMessage>> {
  if (carrier !== 'FEDEX') return refuse('carrier.not_supported', `${carrier} is not carried by FedEx`)
  const url = addressOf(settings.api_url, '/track/v1/trackingnumbers')
  if (url === null) return badAddress('api_url')
  const token = await bearerOf(settings, deps, grantOf(settings))
  if (!token.ok) return token
  const answer = await askRest(deps.http, {
    method: 'POST',
    url,
    effect: 'read',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token.value}` },
    body: JSON.stringify({
      includeDetailedScans: true,
      trackingInfo: [{ trackingNumberInfo: { trackingNumber: trackingNo } }],
    }),
  })
  if (answer.status !== 200) return troubleOf(answer)
  const results = resultsOf(answer.json).filter(
    (one) =>
      numberIn(one)?.toUpperCase() === trackingNo.toUpperCase() && objectsAt(one, 'scanEvents').length > 0,
  )
  if (results.length === 0) return refuse('carrier.unknown_number', 'FedEx shows no scan of this number yet')
  const body = JSON.stringify({ output: { completeTrackResults: [{ trackResults: results }] } })
  const dedupKey = `query:${trackingNo}:${sha256Hex(body)}`
  return ok({ topic: 'query', dedupKey, orderNo: null, headers: {}, body: new TextEncoder().encode(body) })
}

/** A 401 beside a stored token means that the token is past its time; the next refresh mends it. */
function troubleOf({ status, json }: RestAnswer) {
  const first = objectsAt(json ?? undefined, 'errors')[0]
  const words = [filledAt(first, 'code'), filledAt(first, 'message')]
    .filter((part) => part !== null)
    .join(' ')
  return status === 401
    ? refuse('carrier.credential_expired', `HTTP 401 ${words}`)
    : troubleOfStatus(status, words)
}
