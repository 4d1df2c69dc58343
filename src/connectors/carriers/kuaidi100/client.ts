import { writeForm } from '#connectors/carriers/form.ts'
import { sha256Hex } from '#connectors/digest.ts'
import { filledAt, type JsonValue, objectsAt, readJson } from '#connectors/json.ts'
import type { CallDeps, Calls, FetchedMessage, Settings, TrackingQuery } from '#domain/connector.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { companyOf } from './codes.ts'
import { isSignType, querySign } from './sign.ts'
import {
  cancelWaybill,
  createWaybill,
  interceptParcel,
  subscribeTracking,
  waybillBalance,
} from './waybill.ts'

/** A number that belongs to no parcel, so that the call neither costs a query's data nor locks a real number. */
const PROBE = JSON.stringify({ com: 'yuantong', num: 'YT0000000000000' })

/** How long the hub leaves the platform alone where it asks for fewer calls and names no time. */
const LIMITED_MS = 60_000

export function kuaidi100Calls(settings: Settings, deps: CallDeps): Calls {
  return {
    test: async () => {
      const answer = await ask(settings, deps, PROBE)
      if (answer.ok) return ok({ words: '快递100 已应答实时查询' })
      return answer.refusal.code === 'kuaidi100.no_trace'
        ? ok({ words: `快递100 已应答实时查询（${answer.refusal.detail}）` })
        : answer
    },
    fetchTracking: (query) => fetchTrace(settings, deps, query),
    createWaybill: (wanted) => createWaybill(settings, deps, wanted),
    cancelWaybill: (name, reason) => cancelWaybill(settings, deps, name, reason),
    subscribeTracking: (subscription) => subscribeTracking(settings, deps, subscription),
    interceptParcel: (stopped) => interceptParcel(settings, deps, stopped),
    waybillBalance: (account, carrier) => waybillBalance(settings, deps, account, carrier),
  }
}

/**
 * 实时查询 of one number. Refused: `kuaidi100.carrier_unknown` (no code for this carrier), `kuaidi100.no_trace` (nothing yet),
 * `kuaidi100.phone_needed` (顺丰, 中通 want the last four digits), `kuaidi100.locked` (asked more than once in 30 minutes),
 * `kuaidi100.quota` and what `translate` refuses.
 */
async function fetchTrace(
  settings: Settings,
  deps: CallDeps,
  { trackingNo, carrier, phoneTail }: TrackingQuery,
): Promise<Result<FetchedMessage>> {
  const com = companyOf(carrier)
  if (com === null) return refuse('kuaidi100.carrier_unknown', `快递100 has no code for ${carrier}`)
  const param = { com, num: trackingNo, ...(phoneTail === null ? {} : { phone: phoneTail }), resultv2: '4' }
  const answer = await ask(settings, deps, JSON.stringify(param))
  if (!answer.ok) return answer
  if (objectsAt(answer.value, 'data').length === 0)
    return refuse('kuaidi100.no_trace', 'the answer holds no node yet')
  const body = JSON.stringify({ status: 'polling', message: '', lastResult: answer.value })
  const dedupKey = `query:${trackingNo}:${sha256Hex(body)}`
  return ok({ topic: 'query', dedupKey, orderNo: null, headers: {}, body: new TextEncoder().encode(body) })
}

async function ask(settings: Settings, { http }: CallDeps, param: string): Promise<Result<JsonValue>> {
  const signType = settings.sign_type ?? 'MD5'
  const url = settings.query_url ?? ''
  if (!isSignType(signType)) return refuse('kuaidi100.settings', `the sign type ${signType} is not known`)
  if (!URL.canParse(url)) return refuse('kuaidi100.settings', 'the query address is not a URL')
  const customer = settings.customer ?? ''
  const sign = querySign({ param, key: settings.key ?? '', customer }, signType)
  const answer = await http({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
    body: writeForm({ customer, sign, param, ...(signType === 'MD5' ? {} : { signType }) }),
  })
  return translate(answer)
}

/** The one place where 快递100's codes become ours. */
function translate(answer: { readonly status: number; readonly body: Uint8Array }): Result<JsonValue> {
  if (answer.status === 429)
    throw new Outage('kuaidi100.rate_limited', '快递100 asks for fewer calls', { retryAfterMs: LIMITED_MS })
  if (answer.status >= 500)
    throw new Outage('kuaidi100.unavailable', `快递100 answered HTTP ${answer.status}`)
  const body = readJson(answer.body)
  if (!body.ok)
    return refuse('kuaidi100.unexpected_answer', `HTTP ${answer.status} without JSON; is the address right?`)
  const code = filledAt(body.value, 'returnCode') ?? filledAt(body.value, 'status')
  const words = filledAt(body.value, 'message') ?? ''
  if (code === '200' || words === 'ok') return ok(body.value)
  if (code === null)
    return refuse('kuaidi100.unexpected_answer', 'the answer has no returnCode; is the address right?')
  if (/频繁|繁忙|限流/.test(words))
    throw new Outage('kuaidi100.rate_limited', `${code} ${words}`, { retryAfterMs: LIMITED_MS })
  return refuse(refusalCode(code, words), `${code} ${words}`)
}

/** The words decide first: the platform uses 500 and 400 for several things. */
function refusalCode(code: string, words: string): string {
  if (/无结果|暂无/.test(words)) return 'kuaidi100.no_trace'
  if (/锁/.test(words)) return 'kuaidi100.locked'
  if (/余额|单量|次数/.test(words)) return 'kuaidi100.quota'
  if (/手机|电话/.test(words) || code === '408') return 'kuaidi100.phone_needed'
  if (/签名/.test(words)) return 'kuaidi100.signature_refused'
  if (code === '600') return 'kuaidi100.no_permission'
  if (code === '601') return 'kuaidi100.key_expired'
  return 'kuaidi100.refused'
}
