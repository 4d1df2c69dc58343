import { writeForm } from '#connectors/carriers/form.ts'
import { sha256Hex } from '#connectors/digest.ts'
import { filledAt, flagAt, type JsonValue, objectsAt, readJson, textAt, valueAt } from '#connectors/json.ts'
import type { CallDeps, Calls, FetchedMessage, Settings, TrackingQuery } from '#domain/connector.ts'
import { newUuid } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { isDigestMode, msgDigest } from './sign.ts'

/** A number in SF's format that belongs to no parcel. */
const NO_PARCEL = 'SF0000000000000'

/** How long the hub leaves the gateway alone after A1005, which names no time. */
const LIMITED_MS = 60_000

/** Calls of the 丰桥 gateway: one address, told apart by `serviceCode`. */
export function sfCalls(settings: Settings, deps: CallDeps): Calls {
  return {
    test: async () => {
      const answer = await callGateway(settings, deps, 'EXP_RECE_SEARCH_ROUTES', {
        language: '0',
        trackingType: '1',
        trackingNumber: [NO_PARCEL],
        methodType: '1',
      })
      if (!answer.ok) return answer
      const words = filledAt(answer.value, 'errorMsg') ?? filledAt(answer.value, 'errorCode')
      return ok({ words: words === null ? '丰桥已应答路由查询' : `丰桥已应答路由查询（${words}）` })
    },
    fetchTracking: (query) => fetchRoutes(settings, deps, query),
  }
}

/**
 * 路由查询 of one number. SF shows a parcel's route to its own customer number or to who knows the last four digits of a
 * phone; without either the list is empty, as it is before the first scan: `sf.no_trace`. Refused besides: `sf.carrier_unknown`
 * (not an SF parcel), `sf.unknown_number` (8247), `sf.query_refused` and what `translate` refuses.
 */
async function fetchRoutes(
  settings: Settings,
  deps: CallDeps,
  query: TrackingQuery,
): Promise<Result<FetchedMessage>> {
  if (query.carrier !== 'SF') return refuse('sf.carrier_unknown', `${query.carrier} is not carried by SF`)
  const answer = await callGateway(settings, deps, 'EXP_RECE_SEARCH_ROUTES', {
    language: 'zh-CN',
    trackingType: '1',
    trackingNumber: [query.trackingNo],
    methodType: '1',
    ...(query.phoneTail === null ? {} : { checkPhoneNo: query.phoneTail }),
  })
  if (!answer.ok) return answer
  const code = filledAt(answer.value, 'errorCode')
  const words = `${code ?? ''} ${textAt(answer.value, 'errorMsg') ?? ''}`.trim()
  if (flagAt(answer.value, 'success') === false || (code !== null && code !== 'S0000'))
    return refuse(code === '8247' ? 'sf.unknown_number' : 'sf.query_refused', words)
  const route = objectsAt(answer.value, 'msgData', 'routeResps').find(
    (entry) => filledAt(entry, 'mailNo')?.toUpperCase() === query.trackingNo.toUpperCase(),
  )
  const nodes = route === undefined ? [] : objectsAt(route, 'routes')
  if (nodes.length === 0)
    return refuse(
      'sf.no_trace',
      'SF shows no route of this number yet, or wants the phone’s last four digits',
    )
  const body = JSON.stringify({ routeResps: [{ mailNo: query.trackingNo, routes: nodes }] })
  const dedupKey = `routes:${query.trackingNo}:${sha256Hex(body)}`
  return ok({ topic: 'routes', dedupKey, orderNo: null, headers: {}, body: new TextEncoder().encode(body) })
}

/** One signed call; the value is the inner `apiResultData`. Refusals as in `translate`; outages thrown. */
export async function callGateway(
  settings: Settings,
  { http, clock, random }: CallDeps,
  serviceCode: string,
  data: Readonly<Record<string, unknown>>,
): Promise<Result<JsonValue>> {
  const mode = settings.digest_mode ?? 'standard_md5'
  const url = settings.api_url ?? ''
  if (!isDigestMode(mode)) return refuse('sf.settings', `the digest mode ${mode} is not known`)
  if (!URL.canParse(url)) return refuse('sf.settings', 'the API address is not a URL')
  const msgData = JSON.stringify(data)
  const timestamp = String(clock.now().epochMilliseconds)
  const answer = await http({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
    body: writeForm({
      partnerID: settings.partner_id ?? '',
      requestID: newUuid(clock, random),
      serviceCode,
      timestamp,
      msgDigest: msgDigest(mode, { msgData, timestamp, checkWord: settings.check_word ?? '' }),
      msgData,
    }),
  })
  return translate(answer)
}

/** The one place where SF's error codes become ours. */
function translate(answer: { readonly status: number; readonly body: Uint8Array }): Result<JsonValue> {
  if (answer.status === 429)
    throw new Outage('sf.rate_limited', 'SF asks for fewer calls', { retryAfterMs: LIMITED_MS })
  if (answer.status >= 500) throw new Outage('sf.unavailable', `SF answered HTTP ${answer.status}`)
  const envelope = readJson(answer.body)
  if (!envelope.ok)
    return refuse('sf.unexpected_answer', `HTTP ${answer.status} without JSON; is the address right?`)
  const code = filledAt(envelope.value, 'apiResultCode')
  const words = textAt(envelope.value, 'apiErrorMsg') ?? ''
  switch (code) {
    case 'A1000':
      return innerData(envelope.value)
    case 'A1002':
      return refuse('sf.token_expired', `A1002 ${words}`)
    case 'A1003':
      return refuse('sf.ip_not_allowed', `A1003 ${words}`)
    case 'A1004':
      return refuse('sf.no_permission', `A1004 ${words}`)
    case 'A1006':
      return refuse('sf.signature_refused', `A1006 ${words}`)
    case 'A1005':
      throw new Outage('sf.rate_limited', `A1005 ${words}`, { retryAfterMs: LIMITED_MS })
    case 'A1009':
    case 'A1010':
    case 'A1099':
      throw new Outage('sf.unavailable', `${code} ${words}`)
    case null:
      return refuse('sf.unexpected_answer', 'the answer has no apiResultCode; is the address right?')
    default:
      return refuse('sf.refused', `${code} ${words}`)
  }
}

/** `apiResultData` is JSON inside a text; some services write the object itself. */
function innerData(envelope: JsonValue): Result<JsonValue> {
  const inner = valueAt(envelope, 'apiResultData') ?? null
  if (typeof inner !== 'string') return ok(inner)
  const parsed = readJson(inner)
  return parsed.ok ? parsed : refuse('sf.unexpected_answer', 'apiResultData is not JSON')
}
