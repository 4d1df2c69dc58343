import { refusedReport, reportOf } from '#connectors/carriers/answers.ts'
import { sha256Hex } from '#connectors/digest.ts'
import { objectsAt } from '#connectors/json.ts'
import type { CallDeps, Calls, FetchedMessage, Settings, TrackingQuery } from '#domain/connector.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { callZto } from './client.ts'
import { cancelWaybill, createWaybill, findIntercept, interceptParcel, waybillBalance } from './waybill.ts'

/** A number in ZTO's format that belongs to no parcel. */
const NO_PARCEL = '73000000000000'

/** Refusals of the probe that say nothing against address and credentials. */
const POLITE = new Set(['carrier.unknown_number', 'carrier.phone_invalid', 'carrier.refused'])

export function ztoCalls(settings: Settings, deps: CallDeps): Calls {
  return {
    test: async () => {
      const answer = await callZto(settings, deps, 'zto.merchant.waybill.track.query', {
        billCode: NO_PARCEL,
      })
      if (answer.ok) return ok({ words: '中通已应答轨迹查询' })
      if (!POLITE.has(answer.refusal.code)) return answer
      return ok({ words: `中通已应答轨迹查询（${answer.refusal.detail}）` })
    },
    fetchTracking: (query) => fetchScans(settings, deps, query),
    createWaybill: (ask) => createWaybill(settings, deps, ask),
    cancelWaybill: (name) => cancelWaybill(settings, deps, name),
    interceptParcel: (ask) => interceptParcel(settings, deps, ask),
    findIntercept: (ask) => findIntercept(settings, deps, ask),
    waybillBalance: (account) => waybillBalance(settings, deps, account),
    subscribeTracking: async ({ trackingNo, carrier, phoneTail }) => {
      if (carrier !== 'ZTO')
        return refusedReport(refuse('carrier.not_supported', `${carrier} is not carried by ZTO`))
      const answer = await callZto(settings, deps, 'zto.merchant.waybill.track.subsrcibe', {
        billCode: trackingNo,
        mobilePhone: phoneTail ?? '',
      })
      return reportOf(answer, '中通已受理轨迹订阅')
    },
  }
}

/**
 * The whole route of one number. ZTO shows it to the account that shipped it, or to who knows the last four digits of a phone.
 * Refused: `zto.carrier_unknown`, `zto.no_trace`, `carrier.<trouble>` (`carrier.phone_invalid` where it wants the digits).
 */
async function fetchScans(
  settings: Settings,
  deps: CallDeps,
  { trackingNo, carrier, phoneTail }: TrackingQuery,
): Promise<Result<FetchedMessage>> {
  if (carrier !== 'ZTO') return refuse('zto.carrier_unknown', `${carrier} is not carried by ZTO`)
  const answer = await callZto(settings, deps, 'zto.merchant.waybill.track.query', {
    billCode: trackingNo,
    ...(phoneTail === null ? {} : { mobilePhone: phoneTail }),
  })
  if (!answer.ok) return answer
  const nodes = objectsAt(answer.value, 'result')
  if (nodes.length === 0) return refuse('zto.no_trace', 'ZTO shows no scan of this number yet')
  // A node that names no number speaks of the one that was asked for.
  const body = JSON.stringify({ result: nodes.map((node) => ({ billCode: trackingNo, ...node })) })
  const dedupKey = `query:${trackingNo}:${sha256Hex(body)}`
  return ok({ topic: 'query', dedupKey, orderNo: null, headers: {}, body: new TextEncoder().encode(body) })
}
