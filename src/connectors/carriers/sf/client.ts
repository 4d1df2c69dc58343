import { writeForm } from '#connectors/carriers/form.ts'
import { filledAt, type JsonValue, readJson, textAt, valueAt } from '#connectors/json.ts'
import type { CallDeps, Calls, Settings } from '#domain/connector.ts'
import { newUuid } from '#kernel/id.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { isDigestMode, msgDigest } from './sign.ts'

/** A number in SF's format that belongs to no parcel. */
const NO_PARCEL = 'SF0000000000000'

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
  }
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
  if (answer.status === 429) throw new Outage('sf.rate_limited', 'SF asks for fewer calls')
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
      throw new Outage('sf.rate_limited', `A1005 ${words}`)
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
