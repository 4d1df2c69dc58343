import {
  addressOf,
  askRest,
  badAddress,
  type RestAnswer,
  troubleOfStatus,
} from '#connectors/carriers/rest.ts'
import { sha256Hex } from '#connectors/digest.ts'
import { filledAt, objectsAt } from '#connectors/json.ts'
import type {
  CallDeps,
  Calls,
  FetchedMessage,
  ReportAnswer,
  Settings,
  TrackingQuery,
} from '#domain/connector.ts'
import type { TrackingSubscription } from '#domain/waybill.ts'
import { ok, type Refused, type Result, refuse } from '#kernel/result.ts'

/** A number that belongs to no shipment: the key is proved, nothing is read. */
const NO_SHIPMENT = '0000000000'

/** Calls of the Unified tracking API and of its push subscriptions. */
export function dhlCalls(settings: Settings, deps: CallDeps): Calls {
  return {
    test: async () => {
      const answer = await askTrack(settings, deps, NO_SHIPMENT)
      if (!answer.ok) return answer
      return answer.value.status === 200 || answer.value.status === 404
        ? ok({ words: `DHL answered HTTP ${answer.value.status} to a query` })
        : troubleOf(answer.value)
    },
    fetchTracking: (query) => fetchShipment(settings, deps, query),
    subscribeTracking: (subscription) => subscribe(settings, deps, subscription),
  }
}

async function askTrack(settings: Settings, { http }: CallDeps, number: string): Promise<Result<RestAnswer>> {
  const division = settings.service ?? ''
  const query = new URLSearchParams({
    trackingNumber: number,
    ...(division === '' ? {} : { service: division }),
  })
  const url = addressOf(settings.track_url, `?${query.toString()}`)
  if (url === null) return badAddress('track_url')
  const headers = { accept: 'application/json', 'dhl-api-key': settings.api_key ?? '' }
  return ok(await askRest(http, { method: 'GET', url, headers, effect: 'read' }))
}

async function fetchShipment(
  settings: Settings,
  deps: CallDeps,
  { trackingNo, carrier }: TrackingQuery,
): Promise<Result<FetchedMessage>> {
  if (carrier !== 'DHL') return refuse('carrier.not_supported', `${carrier} is not carried by DHL`)
  const answer = await askTrack(settings, deps, trackingNo)
  if (!answer.ok) return answer
  if (answer.value.status !== 200) return troubleOf(answer.value)
  const shipments = objectsAt(answer.value.json ?? undefined, 'shipments').filter(
    (one) => filledAt(one, 'id')?.toUpperCase() === trackingNo.toUpperCase(),
  )
  if (shipments.length === 0)
    return refuse('carrier.unknown_number', 'DHL shows no shipment of this number yet')
  const body = JSON.stringify({ shipments })
  const dedupKey = `query:${trackingNo}:${sha256Hex(body)}`
  return ok({ topic: 'query', dedupKey, orderNo: null, headers: {}, body: new TextEncoder().encode(body) })
}

const EVENTS = ['Pre-Transit', 'Transit', 'Delivered', 'Failure', 'Unknown']

/** 202 with an id; without the activation secret DHL pushes nothing yet, which the words say. */
async function subscribe(
  settings: Settings,
  { http }: CallDeps,
  { trackingNo, callbackUrl }: TrackingSubscription,
): Promise<ReportAnswer> {
  const url = addressOf(settings.push_url, '')
  if (url === null) return refused(badAddress('push_url'))
  const header = settings.push_header ?? ''
  const token = settings.push_token ?? ''
  if (header === '' || token === '')
    return refused(refuse('carrier.bad_request', 'the connection has no push header or token to register'))
  const headers = { 'content-type': 'application/json', 'dhl-api-key': settings.api_key ?? '' }
  const division = settings.service ?? ''
  const answer = await askRest(http, {
    method: 'POST',
    url,
    headers,
    effect: 'write',
    body: JSON.stringify({
      type: 'Shipment',
      ...(division === '' ? {} : { service: division }),
      shipmentIDs: [trackingNo],
      format: 'Default',
      events: EVENTS,
      hook: { uri: callbackUrl, authentication: { type: 'ApiKeyAuthentication', header, token } },
    }),
  })
  if (answer.status < 200 || answer.status > 299) return refused(troubleOf(answer))
  const id = filledAt(answer.json ?? undefined, 'id')
  const secret = settings.hook_secret ?? ''
  if (id === null || secret === '')
    return { outcome: 'accepted', words: `订阅 ${id ?? ''} 已受理，待激活（hook_secret）` }
  const activated = await askRest(http, {
    method: settings.activation_method === 'GET' ? 'GET' : 'POST',
    url: `${url}/${encodeURIComponent(id)}`,
    headers: { ...headers, 'dhl-api-hook-secret': secret },
    effect: 'write',
  })
  if (activated.status < 200 || activated.status > 299) return refused(troubleOf(activated))
  return { outcome: 'accepted', words: `订阅 ${id} 已激活` }
}

/** The one place where DHL's answers become refusals: problem+json with `title` and `detail`. */
function troubleOf({ status, json }: RestAnswer): Refused {
  const body = json ?? undefined
  const words = [filledAt(body, 'title'), filledAt(body, 'detail')].filter((part) => part !== null).join(': ')
  return troubleOfStatus(status, words)
}

function refused({ refusal }: Refused): ReportAnswer {
  return { outcome: 'refused', refusal }
}
