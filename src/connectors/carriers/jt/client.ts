import { writeForm } from '#connectors/carriers/form.ts'
import { askRest, troubleOfStatus } from '#connectors/carriers/rest.ts'
import { sha256Hex } from '#connectors/digest.ts'
import { filledAt, type JsonValue, objectAt, objectsAt } from '#connectors/json.ts'
import type { CallDeps, Calls, FetchedMessage, Settings, TrackingQuery } from '#domain/connector.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { digestOf } from './sign.ts'

const NO_PARCEL = 'JT0000000000000'

export function jtCalls(settings: Settings, deps: CallDeps): Calls {
  return {
    test: async () => {
      const answer = await ask(settings, deps, { billCodes: NO_PARCEL })
      return answer.ok ? ok({ words: '极兔已应答轨迹查询' }) : answer
    },
    fetchTracking: (query) => fetchTraces(settings, deps, query),
  }
}

async function fetchTraces(
  settings: Settings,
  deps: CallDeps,
  { trackingNo, carrier }: TrackingQuery,
): Promise<Result<FetchedMessage>> {
  if (carrier !== 'JT') return refuse('carrier.not_supported', `${carrier} is not carried by J&T`)
  const answer = await ask(settings, deps, { billCodes: trackingNo })
  if (!answer.ok) return answer
  const data = objectAt(answer.value, 'data')
  const traces = (data === null ? objectsAt(answer.value, 'data') : [data]).filter(
    (one) => filledAt(one, 'billCode')?.toUpperCase() === trackingNo && objectsAt(one, 'details').length > 0,
  )
  if (traces.length === 0) return refuse('carrier.unknown_number', '极兔暂无轨迹')
  const body = JSON.stringify(traces)
  const dedupKey = `query:${trackingNo}:${sha256Hex(body)}`
  return ok({ topic: 'query', dedupKey, orderNo: null, headers: {}, body: new TextEncoder().encode(body) })
}

/** One signed call. The address is in none of the sources: without the setting nothing is asked (`carrier.not_supported`). */
async function ask(
  settings: Settings,
  { http, clock }: CallDeps,
  content: Readonly<Record<string, unknown>>,
): Promise<Result<JsonValue>> {
  const url = settings.trace_url ?? ''
  if (!URL.canParse(url)) return refuse('carrier.not_supported', '连接未填写轨迹查询地址（trace_url）')
  const bizContent = JSON.stringify(content)
  const answer = await askRest(http, {
    method: 'POST',
    url,
    effect: 'read',
    headers: {
      'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
      apiaccount: settings.api_account ?? '',
      digest: digestOf(bizContent, settings.private_key ?? ''),
      timestamp: String(clock.now().epochMilliseconds),
    },
    body: writeForm({ bizContent }),
  })
  const code = filledAt(answer.json ?? undefined, 'code')
  const words = filledAt(answer.json ?? undefined, 'msg') ?? ''
  if (answer.status !== 200 || answer.json === null || code === null)
    return troubleOfStatus(answer.status, words)
  return code === '1' ? ok(answer.json) : refuse('carrier.refused', `${code} ${words}`.slice(0, 300))
}
