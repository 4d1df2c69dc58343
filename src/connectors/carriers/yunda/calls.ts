import { refusedReport, reportOf } from '#connectors/carriers/answers.ts'
import { sha256Hex } from '#connectors/digest.ts'
import { objectsAt } from '#connectors/json.ts'
import type { CallDeps, Calls, FetchedMessage, Settings, TrackingQuery } from '#domain/connector.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { callYunda } from './client.ts'
import { cancelWaybill, createWaybill, waybillBalance } from './waybill.ts'

/** A number in 韵达's format that belongs to no parcel. */
const NO_PARCEL = '4300000000000'
const TRACKS = '/openapi/outer/logictis'

export function yundaCalls(settings: Settings, deps: CallDeps): Calls {
  return {
    test: async () => {
      const answer = await callYunda(settings, deps, `${TRACKS}/query`, { mailno: NO_PARCEL })
      if (answer.ok) return ok({ words: '韵达已应答轨迹查询' })
      // Nobody subscribed this number; to be told so proves address and credentials.
      if (answer.refusal.code !== 'carrier.refused') return answer
      return ok({ words: `韵达已应答轨迹查询（${answer.refusal.detail}）` })
    },
    fetchTracking: (query) => fetchSteps(settings, deps, query),
    createWaybill: (ask) => createWaybill(settings, deps, ask),
    cancelWaybill: (name) => cancelWaybill(settings, deps, name),
    waybillBalance: (account) => waybillBalance(settings, deps, account),
    subscribeTracking: async ({ trackingNo, carrier }) => {
      if (carrier !== 'YUNDA')
        return refusedReport(refuse('carrier.not_supported', `${carrier} is not carried by 韵达`))
      const orders = [{ orderid: trackingNo, mailno: trackingNo }]
      return reportOf(
        await callYunda(settings, deps, `${TRACKS}/subscribe`, { orders }),
        '韵达已受理轨迹订阅',
      )
    },
  }
}

/**
 * The whole route of one number; 韵达 shows it only after a subscription. Refused: `yunda.carrier_unknown`, `yunda.no_trace`,
 * `carrier.<trouble>`.
 */
async function fetchSteps(
  settings: Settings,
  deps: CallDeps,
  { trackingNo, carrier }: TrackingQuery,
): Promise<Result<FetchedMessage>> {
  if (carrier !== 'YUNDA') return refuse('yunda.carrier_unknown', `${carrier} is not carried by 韵达`)
  const answer = await callYunda(settings, deps, `${TRACKS}/query`, { mailno: trackingNo })
  if (!answer.ok) return answer
  const steps = objectsAt(answer.value, 'data', 'steps')
  if (steps.length === 0)
    return refuse('yunda.no_trace', '韵达 shows no scan of this number yet, or it was never subscribed')
  const body = JSON.stringify({ mailno: trackingNo, steps })
  const dedupKey = `query:${trackingNo}:${sha256Hex(body)}`
  return ok({ topic: 'query', dedupKey, orderNo: null, headers: {}, body: new TextEncoder().encode(body) })
}
