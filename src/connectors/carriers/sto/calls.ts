import { refusedReport, reportOf } from '#connectors/carriers/answers.ts'
import { sha256Hex } from '#connectors/digest.ts'
import { objectsAt } from '#connectors/json.ts'
import type { CallDeps, Calls, FetchedMessage, Settings, TrackingQuery } from '#domain/connector.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { callSto } from './client.ts'
import { cancelWaybill, createWaybill } from './waybill.ts'

/** A number in STO's format that belongs to no parcel. */
const NO_PARCEL = '770000000000000'
const TRACE_QUERY = { name: 'STO_TRACE_QUERY_COMMON', to: 'sto_trace_query' }
const SUBSCRIBE = { name: 'STO_TRACE_PLATFORM_SUBSCRIBE', to: 'sto_trace_platform' }

export function stoCalls(settings: Settings, deps: CallDeps): Calls {
  return {
    // STO's codes are not public, so a no of the gateway itself cannot be told from one about the number: both are shown as they are.
    test: async () => {
      const answer = await callSto(settings, deps, TRACE_QUERY, queryOf(NO_PARCEL))
      return answer.ok ? ok({ words: '申通已应答轨迹查询' }) : answer
    },
    fetchTracking: (query) => fetchScans(settings, deps, query),
    createWaybill: (ask) => createWaybill(settings, deps, ask),
    cancelWaybill: (name, reason) => cancelWaybill(settings, deps, name, reason),
    subscribeTracking: async ({ trackingNo, carrier }) => {
      if (carrier !== 'STO')
        return refusedReport(refuse('carrier.not_supported', `${carrier} is not carried by STO`))
      const subscribeInfoList = [{ waybillNo: trackingNo }]
      return reportOf(await callSto(settings, deps, SUBSCRIBE, { subscribeInfoList }), '申通已受理轨迹订阅')
    },
  }
}

function queryOf(number: string): Readonly<Record<string, unknown>> {
  return { order: 'desc', waybillNoList: [number] }
}

/** The whole route of one number. Refused: `sto.carrier_unknown`, `sto.no_trace`, `carrier.<trouble>`. */
async function fetchScans(
  settings: Settings,
  deps: CallDeps,
  { trackingNo, carrier }: TrackingQuery,
): Promise<Result<FetchedMessage>> {
  if (carrier !== 'STO') return refuse('sto.carrier_unknown', `${carrier} is not carried by STO`)
  const answer = await callSto(settings, deps, TRACE_QUERY, queryOf(trackingNo))
  if (!answer.ok) return answer
  const traces = objectsAt(answer.value, 'data', trackingNo)
  if (traces.length === 0) return refuse('sto.no_trace', 'STO shows no scan of this number yet')
  const body = JSON.stringify({ waybillNo: trackingNo, traces })
  const dedupKey = `query:${trackingNo}:${sha256Hex(body)}`
  return ok({ topic: 'query', dedupKey, orderNo: null, headers: {}, body: new TextEncoder().encode(body) })
}
