import { writeForm } from '#connectors/carriers/form.ts'
import { sha256Hex } from '#connectors/digest.ts'
import { filledAt, flagAt, type JsonValue, objectsAt, readJson } from '#connectors/json.ts'
import type { CallDeps, Calls, FetchedMessage, Settings, TrackingQuery } from '#domain/connector.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { shipperOf } from './codes.ts'
import { dataSign } from './sign.ts'
import { cancelWaybill, createWaybill, subscribeTracking, waybillBalance } from './waybill.ts'

/** 即时查询 of a number that belongs to no parcel. */
const PROBE = JSON.stringify({ OrderCode: '', ShipperCode: 'YTO', LogisticCode: 'YT0000000000000' })

/** How long the hub leaves the platform alone where it asks for fewer calls and names no time. */
const LIMITED_MS = 60_000

export function kdniaoCalls(settings: Settings, deps: CallDeps): Calls {
  return {
    test: async () => {
      const answer = await ask(settings, deps, PROBE)
      if (!answer.ok)
        return answer.refusal.code === 'kdniao.no_trace' ? answered(answer.refusal.detail) : answer
      // Without a trace the answer is a polite no, and that proves the credentials as well.
      return answered(filledAt(answer.value, 'Reason') ?? '成功')
    },
    fetchTracking: (query) => fetchTraces(settings, deps, query),
    createWaybill: (wanted) => createWaybill(settings, deps, wanted),
    cancelWaybill: (name) => cancelWaybill(settings, deps, name),
    subscribeTracking: (subscription) => subscribeTracking(settings, deps, subscription),
    waybillBalance: (account, carrier) => waybillBalance(settings, deps, account, carrier),
  }
}

function answered(words: string) {
  return ok({ words: `快递鸟已应答即时查询（${words}）` })
}

/**
 * 即时查询 (1002), or 在途监控查询 (8001) where the connection is set to it. Refused: `kdniao.carrier_unknown`,
 * `kdniao.no_trace` (nothing yet), `kdniao.quota` and what `translate` refuses.
 */
async function fetchTraces(
  settings: Settings,
  deps: CallDeps,
  { trackingNo, carrier, phoneTail }: TrackingQuery,
): Promise<Result<FetchedMessage>> {
  const shipper = shipperOf(carrier)
  if (shipper === null) return refuse('kdniao.carrier_unknown', `快递鸟 has no code for ${carrier}`)
  const answer = await ask(
    settings,
    deps,
    JSON.stringify({
      OrderCode: '',
      ...(phoneTail === null ? {} : { CustomerName: phoneTail }),
      ShipperCode: shipper,
      LogisticCode: trackingNo,
    }),
  )
  if (!answer.ok) return answer
  if (objectsAt(answer.value, 'Traces').length === 0)
    return refuse('kdniao.no_trace', filledAt(answer.value, 'Reason') ?? 'the answer holds no node yet')
  const body = JSON.stringify(answer.value)
  const dedupKey = `query:${trackingNo}:${sha256Hex(body)}`
  return ok({
    topic: `query.${queryType(settings)}`,
    dedupKey,
    orderNo: null,
    headers: {},
    body: new TextEncoder().encode(body),
  })
}

function queryType(settings: Settings): string {
  return settings.query_type === '8001' ? '8001' : '1002'
}

async function ask(settings: Settings, { http }: CallDeps, data: string): Promise<Result<JsonValue>> {
  const url = settings.query_url ?? ''
  if (!URL.canParse(url)) return refuse('kdniao.settings', 'the query address is not a URL')
  const answer = await http({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
    // The form's own encoding is the url-encoding that the document asks of both fields.
    body: writeForm({
      RequestData: data,
      EBusinessID: settings.ebusiness_id ?? '',
      RequestType: queryType(settings),
      DataSign: dataSign(data, settings.app_key ?? ''),
      DataType: '2',
    }),
  })
  return translate(answer)
}

/** The one place where 快递鸟's answers become ours. */
function translate(answer: { readonly status: number; readonly body: Uint8Array }): Result<JsonValue> {
  if (answer.status === 429)
    throw new Outage('kdniao.rate_limited', '快递鸟 asks for fewer calls', { retryAfterMs: LIMITED_MS })
  if (answer.status >= 500) throw new Outage('kdniao.unavailable', `快递鸟 answered HTTP ${answer.status}`)
  const body = readJson(answer.body)
  if (!body.ok)
    return refuse('kdniao.unexpected_answer', `HTTP ${answer.status} without JSON; is the address right?`)
  const success = flagAt(body.value, 'Success')
  const code = filledAt(body.value, 'ResultCode')
  const words = filledAt(body.value, 'Reason') ?? ''
  if (success === null && code === null)
    return refuse('kdniao.unexpected_answer', 'the answer has no Success; is the address right?')
  if (success === true) return ok(body.value)
  if (/频繁|限流|繁忙/.test(words))
    throw new Outage('kdniao.rate_limited', `${code ?? ''} ${words}`.trim(), { retryAfterMs: LIMITED_MS })
  return refuse(refusalCode(code, words), `${code ?? ''} ${words}`.trim())
}

function refusalCode(code: string | null, words: string): string {
  if (code === '102') return 'kdniao.signature_refused'
  if (code === '104') return 'kdniao.account_refused'
  if (/余额|次数|超限|套餐/.test(words)) return 'kdniao.quota'
  if (/手机|电话|CustomerName/.test(words)) return 'kdniao.phone_needed'
  if (/轨迹/.test(words)) return 'kdniao.no_trace'
  return 'kdniao.refused'
}
