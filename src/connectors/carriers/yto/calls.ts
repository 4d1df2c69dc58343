import { refusedReport, reportOf } from '#connectors/carriers/answers.ts'
import { sha256Hex } from '#connectors/digest.ts'
import type { CallDeps, Calls, FetchedMessage, Settings, TrackingQuery } from '#domain/connector.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { callYto, credentialsFor } from './client.ts'
import { nodesOf } from './schema.ts'
import { cancelWaybill, createWaybill, interceptParcel, waybillBalance } from './waybill.ts'

/** A number in 圆通's format that belongs to no parcel. */
const NO_PARCEL = 'YT0000000000000'

/** Refusals of the probe that say nothing against address and credentials. */
const POLITE = new Set(['carrier.unknown_number', 'carrier.unknown_reference', 'carrier.refused'])

export function ytoCalls(settings: Settings, deps: CallDeps): Calls {
  return {
    test: async () => {
      const answer = await track(settings, deps, NO_PARCEL)
      if (answer.ok) return ok({ words: '圆通已应答轨迹查询' })
      if (!POLITE.has(answer.refusal.code)) return answer
      return ok({ words: `圆通已应答轨迹查询（${answer.refusal.detail}）` })
    },
    fetchTracking: (query) => fetchNodes(settings, deps, query),
    createWaybill: (ask) => createWaybill(settings, deps, ask),
    cancelWaybill: (name, reason) => cancelWaybill(settings, deps, name, reason),
    interceptParcel: (ask) => interceptParcel(settings, deps, ask),
    waybillBalance: (account) => waybillBalance(settings, deps, account),
    subscribeTracking: async ({ trackingNo, carrier }) => {
      if (carrier !== 'YTO')
        return refusedReport(refuse('carrier.not_supported', `${carrier} is not carried by 圆通`))
      const credentials = credentialsFor(settings, 'subscribe')
      const answer = await callYto(settings, deps, credentials, 'subscribe_adapter', {
        client_id: credentials.code,
        msg_type: 'online',
        logistics_interface: JSON.stringify({ clientId: credentials.code, waybillNo: trackingNo }),
      })
      return reportOf(answer, '圆通已受理轨迹订阅')
    },
  }
}

function track(settings: Settings, deps: CallDeps, number: string) {
  const credentials = credentialsFor(settings, 'query')
  return callYto(settings, deps, credentials, 'track_query_adapter', { NUMBER: number })
}

/** The whole route of one number. Refused: `yto.carrier_unknown`, `yto.no_trace`, `carrier.<trouble>`. */
async function fetchNodes(
  settings: Settings,
  deps: CallDeps,
  { trackingNo, carrier }: TrackingQuery,
): Promise<Result<FetchedMessage>> {
  if (carrier !== 'YTO') return refuse('yto.carrier_unknown', `${carrier} is not carried by 圆通`)
  const answer = await track(settings, deps, trackingNo)
  if (!answer.ok) return answer
  const nodes = nodesOf(answer.value)
  if (nodes.length === 0) return refuse('yto.no_trace', '圆通 shows no scan of this number yet')
  // A node that names no number speaks of the one that was asked for.
  const body = JSON.stringify(nodes.map((node) => ({ waybill_No: trackingNo, ...node })))
  const dedupKey = `query:${trackingNo}:${sha256Hex(body)}`
  return ok({ topic: 'query', dedupKey, orderNo: null, headers: {}, body: new TextEncoder().encode(body) })
}
