import { bearerOf, type Grant, refreshBearer } from '#connectors/carriers/oauth.ts'
import {
  addressOf,
  askRest,
  badAddress,
  type RestAnswer,
  troubleOfStatus,
} from '#connectors/carriers/rest.ts'
import { troubleFrom } from '#connectors/carriers/trouble.ts'
import { sha256Hex } from '#connectors/digest.ts'
import { filledAt, type JsonValue, listAt, objectsAt } from '#connectors/json.ts'
import type {
  CallDeps,
  Calls,
  FetchedMessage,
  ReportAnswer,
  Settings,
  TrackingQuery,
} from '#domain/connector.ts'
import type { CarrierTrouble, TrackingSubscription } from '#domain/waybill.ts'
import { newUuid } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Refused, type Result, refuse } from '#kernel/result.ts'

const ERRORS: Readonly<Record<string, CarrierTrouble>> = {
  251004: 'credential_expired',
  UJ0001: 'credential_expired',
  250002: 'credential_refused',
  250003: 'credential_refused',
  VSS002: 'bad_request',
  VSS003: 'bad_request',
  VSS004: 'bad_request',
  VSS005: 'bad_request',
  VSS006: 'bad_request',
  VSS220: 'bad_request',
}
/** "Try again": no answer to the question. */
const TRANSIENT = '10004'

export function upsCalls(settings: Settings, deps: CallDeps): Calls {
  return {
    test: async () => {
      const token = await bearerOf({}, deps, grantOf(settings))
      return token.ok ? ok({ words: 'UPS issued an access token' }) : token
    },
    fetchTracking: (query) => fetchActivity(settings, deps, query),
    subscribeTracking: (subscription) => subscribe(settings, deps, subscription),
    refreshCredentials: () => refreshBearer(deps, grantOf(settings)),
  }
}

function grantOf(settings: Settings): Grant {
  return {
    url: addressOf(settings.api_url, '/security/v1/oauth/token'),
    clientId: settings.client_id ?? '',
    clientSecret: settings.client_secret ?? '',
    proof: 'basic',
    errors: ERRORS,
    errorOf,
  }
}

async function fetchActivity(
  settings: Settings,
  deps: CallDeps,
  { trackingNo, carrier }: TrackingQuery,
): Promise<Result<FetchedMessage>> {
  if (carrier !== 'UPS') return refuse('carrier.not_supported', `${carrier} is not carried by UPS`)
  const path = `/api/track/v1/details/${encodeURIComponent(trackingNo)}?locale=en_US`
  const answer = await askApi(settings, deps, { method: 'GET', path, effect: 'read' })
  if (!answer.ok) return answer
  const packages = objectsAt(answer.value, 'trackResponse', 'shipment')
    .flatMap((one) => objectsAt(one, 'package'))
    .filter(
      (one) =>
        filledAt(one, 'trackingNumber')?.toUpperCase() === trackingNo.toUpperCase() &&
        objectsAt(one, 'activity').length > 0,
    )
  if (packages.length === 0)
    return refuse('carrier.unknown_number', 'UPS shows no activity of this number yet')
  const body = JSON.stringify({ trackResponse: { shipment: [{ package: packages }] } })
  const dedupKey = `query:${trackingNo}:${sha256Hex(body)}`
  return ok({ topic: 'query', dedupKey, orderNo: null, headers: {}, body: new TextEncoder().encode(body) })
}

/** Track Alert for one number. v1 registers address and credential, v2 takes both from the portal. It ends after 14 days. */
async function subscribe(
  settings: Settings,
  deps: CallDeps,
  { trackingNo, callbackUrl }: TrackingSubscription,
): Promise<ReportAnswer> {
  const isV1 = settings.alert_version === 'v1'
  const level = settings.alert_level === 'enhanced' ? 'enhanced' : 'standard'
  const body = {
    locale: 'en_US',
    countryCode: settings.country_code ?? 'US',
    trackingNumberList: [trackingNo],
    ...(isV1
      ? { destination: { url: callbackUrl, credentialType: 'Bearer', credential: settings.credential ?? '' } }
      : {}),
  }
  const answer = await askApi(settings, deps, {
    method: 'POST',
    path: `/api/track/${isV1 ? 'v1' : 'v2'}/subscription/${level}/package`,
    effect: 'write',
    body: JSON.stringify(body),
  })
  if (!answer.ok) return { outcome: 'refused', refusal: answer.refusal }
  const invalid = listAt(answer.value ?? undefined, 'invalidTrackingNumbers').map(String)
  if (invalid.includes(trackingNo)) {
    const { refusal } = refuse('carrier.unknown_number', 'UPS does not take this number')
    return { outcome: 'refused', refusal }
  }
  return { outcome: 'accepted', words: 'UPS 已受理 14 天的轨迹订阅' }
}

type ApiAsk = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly effect: 'read' | 'write'
  readonly body?: string
}

async function askApi(settings: Settings, deps: CallDeps, ask: ApiAsk): Promise<Result<JsonValue>> {
  const url = addressOf(settings.api_url, ask.path)
  if (url === null) return badAddress('api_url')
  const token = await bearerOf(settings, deps, grantOf(settings))
  if (!token.ok) return token
  const answer = await askRest(deps.http, {
    method: ask.method,
    url,
    effect: ask.effect,
    headers: {
      authorization: `Bearer ${token.value}`,
      transid: newUuid(deps.clock, deps.random),
      transactionsrc: settings.transaction_src ?? 'holdfast',
      ...(ask.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(ask.body === undefined ? {} : { body: ask.body }),
  })
  return answer.status >= 200 && answer.status <= 299 ? ok(answer.json ?? {}) : translate(answer)
}

/** The one place where UPS's codes become ours. */
function translate({ status, json }: RestAnswer): Refused {
  const { code, words } = errorOf(json ?? undefined)
  if (code === TRANSIENT) throw new Outage('carrier.unavailable', `${code} ${words}`)
  if (code !== null && Object.hasOwn(ERRORS, code)) return troubleFrom(ERRORS, code, words)
  return troubleOfStatus(status, `${code ?? ''} ${words}`.trim())
}

function errorOf(json: JsonValue | undefined): { readonly code: string | null; readonly words: string } {
  const first = objectsAt(json, 'response', 'errors')[0] ?? objectsAt(json, 'errors')[0]
  return { code: filledAt(first, 'code'), words: filledAt(first, 'message') ?? '' }
}
