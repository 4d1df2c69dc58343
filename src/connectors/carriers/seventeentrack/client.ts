import {
  addressOf,
  askRest,
  badAddress,
  type RestAnswer,
  troubleOfStatus,
} from '#connectors/carriers/rest.ts'
import { sha256Hex } from '#connectors/digest.ts'
import { filledAt, type JsonObject, type JsonValue, objectsAt } from '#connectors/json.ts'
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

/** A number that belongs to no parcel: the key is proved, no quota is spent on it. */
const NO_PARCEL = 'RR000000000CN'

export function seventeentrackCalls(settings: Settings, deps: CallDeps): Calls {
  return {
    test: async () => {
      const answer = await ask(settings, deps, '/gettrackinfo', 'read', NO_PARCEL)
      return answer.ok ? ok({ words: '17TRACK 已应答查询' }) : answer
    },
    fetchTracking: (query) => fetchTrack(settings, deps, query),
    subscribeTracking: (subscription) => register(settings, deps, subscription),
  }
}

/** Of a number that is registered. Refused: `carrier.unknown_number` (not registered, or nothing yet) and as `ask`. */
async function fetchTrack(
  settings: Settings,
  deps: CallDeps,
  { trackingNo }: TrackingQuery,
): Promise<Result<FetchedMessage>> {
  const answer = await ask(settings, deps, '/gettrackinfo', 'read', trackingNo)
  if (!answer.ok) return answer
  const data = itemOf(answer.value, 'accepted', trackingNo)
  const providers = objectsAt(data ?? undefined, 'track_info', 'tracking', 'providers')
  if (data === null || providers.every((one) => objectsAt(one, 'events').length === 0))
    return refuse(
      'carrier.unknown_number',
      rejectionOf(answer.value, trackingNo) ?? '17TRACK knows nothing yet',
    )
  const body = JSON.stringify({ event: 'TRACKING_UPDATED', data })
  const dedupKey = `query:${trackingNo}:${sha256Hex(body)}`
  return ok({ topic: 'query', dedupKey, orderNo: null, headers: {}, body: new TextEncoder().encode(body) })
}

/**
 * Registers a number: 17TRACK pushes from then on, to the address kept in its own console. A number that is registered already is
 * found by a query, whatever code its rejection has.
 */
async function register(
  settings: Settings,
  deps: CallDeps,
  { trackingNo }: TrackingSubscription,
): Promise<ReportAnswer> {
  const answer = await ask(settings, deps, '/register', 'write', trackingNo)
  if (!answer.ok) return { outcome: 'refused', refusal: answer.refusal }
  if (itemOf(answer.value, 'accepted', trackingNo) !== null)
    return { outcome: 'accepted', words: '17TRACK 已注册' }
  const known = await ask(settings, deps, '/gettrackinfo', 'read', trackingNo)
  if (known.ok && itemOf(known.value, 'accepted', trackingNo) !== null)
    return { outcome: 'accepted', words: '17TRACK 此前已注册' }
  const { refusal } = refuse('carrier.refused', rejectionOf(answer.value, trackingNo) ?? 'not accepted')
  return { outcome: 'refused', refusal }
}

async function ask(
  settings: Settings,
  { http }: CallDeps,
  path: string,
  effect: 'read' | 'write',
  number: string,
): Promise<Result<JsonValue>> {
  const url = addressOf(settings.api_url, path)
  if (url === null) return badAddress('api_url')
  const answer = await askRest(http, {
    method: 'POST',
    url,
    effect,
    headers: { 'content-type': 'application/json', '17token': settings.key ?? '' },
    body: JSON.stringify([{ number }]),
  })
  return translate(answer)
}

/** The one place where 17TRACK's answers become refusals: `code` 0 is right, the HTTP status tells of the key. */
function translate({ status, json }: RestAnswer): Result<JsonValue> {
  const first = objectsAt(json ?? undefined, 'data', 'errors')[0]
  const words = `${filledAt(first, 'code') ?? ''} ${filledAt(first, 'message') ?? ''}`.trim()
  if (status !== 200 || json === null) return failed(status, words)
  const code = filledAt(json, 'code')
  return code === '0' ? ok(json) : refuse('carrier.refused', `${code ?? ''} ${words}`.trim().slice(0, 300))
}

function failed(status: number, words: string): Refused {
  return troubleOfStatus(status, words)
}

function itemOf(json: JsonValue, list: 'accepted' | 'rejected', number: string): JsonObject | null {
  const items = objectsAt(json, 'data', list)
  return items.find((one) => filledAt(one, 'number')?.toUpperCase() === number.toUpperCase()) ?? null
}

function rejectionOf(json: JsonValue, number: string): string | null {
  const item = itemOf(json, 'rejected', number)
  if (item === null) return null
  return `${filledAt(item, 'error', 'code') ?? ''} ${filledAt(item, 'error', 'message') ?? ''}`
    .trim()
    .slice(0, 300)
}
