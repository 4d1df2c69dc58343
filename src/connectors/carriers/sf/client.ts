import { sha256Hex } from '#connectors/digest.ts'
import { filledAt, flagAt, objectsAt, textAt } from '#connectors/json.ts'
import type { CallDeps, Calls, FetchedMessage, Settings, TrackingQuery } from '#domain/connector.ts'
import { ok, type Refused, type Result, refuse } from '#kernel/result.ts'
import { fetchToken, type Gateway, sfGateway, usesToken } from './gateway.ts'
import {
  cancelWaybill,
  createWaybill,
  findWaybill,
  interceptParcel,
  subscribeTracking,
  waybillRefusal,
} from './waybill.ts'

/** A number in SF's format that belongs to no parcel. */
const NO_PARCEL = 'SF0000000000000'

/** Calls of the 丰桥 gateway: one address, told apart by `serviceCode`. */
export function sfCalls(settings: Settings, deps: CallDeps): Calls {
  const gateway = sfGateway(settings, deps)
  return {
    test: async () => {
      const probe = { language: '0', trackingType: '1', trackingNumber: [NO_PARCEL], methodType: '1' }
      const answer = await gateway.call('EXP_RECE_SEARCH_ROUTES', probe, QUERY)
      if (!answer.ok) return answer
      const words = filledAt(answer.value, 'errorMsg') ?? filledAt(answer.value, 'errorCode')
      return ok({ words: words === null ? '丰桥已应答路由查询' : `丰桥已应答路由查询（${words}）` })
    },
    fetchTracking: (query) => fetchRoutes(gateway, query),
    createWaybill: (ask) => createWaybill(gateway, ask),
    findWaybill: (name) => findWaybill(gateway, name),
    cancelWaybill: (name) => cancelWaybill(gateway, name),
    subscribeTracking: (subscription) => subscribeTracking(gateway, subscription),
    interceptParcel: (ask) => interceptParcel(gateway, ask),
    ...(usesToken(settings) ? { refreshCredentials: () => fetchToken(settings, deps, waybillRefusal) } : {}),
  }
}

const QUERY = { refusalOf: queryRefusal, changes: false } as const

/**
 * 路由查询 of one number. SF shows a parcel's route to its own customer number or to who knows the last four digits of a
 * phone; without either the list is empty, as it is before the first scan: `sf.no_trace`. Refused besides: `sf.carrier_unknown`
 * (not an SF parcel), `sf.unknown_number` (8247), `sf.query_refused` and what `queryRefusal` says.
 */
async function fetchRoutes(gateway: Gateway, query: TrackingQuery): Promise<Result<FetchedMessage>> {
  if (query.carrier !== 'SF') return refuse('sf.carrier_unknown', `${query.carrier} is not carried by SF`)
  const asked = {
    language: 'zh-CN',
    trackingType: '1',
    trackingNumber: [query.trackingNo],
    methodType: '1',
    ...(query.phoneTail === null ? {} : { checkPhoneNo: query.phoneTail }),
  }
  const answer = await gateway.call('EXP_RECE_SEARCH_ROUTES', asked, QUERY)
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

/** SF's gateway codes as the queries know them. */
function queryRefusal(code: string | null, words: string): Refused {
  const detail = `${code ?? ''} ${words}`.trim()
  switch (code) {
    case 'A1002':
      return refuse('sf.token_expired', detail)
    case 'A1003':
      return refuse('sf.ip_not_allowed', detail)
    case 'A1004':
      return refuse('sf.no_permission', detail)
    case 'A1006':
      return refuse('sf.signature_refused', detail)
    default:
      return refuse('sf.refused', detail)
  }
}
