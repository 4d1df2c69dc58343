import type { Calls, CallsFor, ReportAnswer, ShipmentReport } from '#domain/connector.ts'
import type { Fact, ReportOutcome } from '#domain/fact.ts'
import type { Connected } from '#features/intake/index.ts'
import { type JoinDeps, joinHubFact, readOrder } from '#features/orders/index.ts'
import { hashToUuid } from '#kernel/hash.ts'
import { connectionId, messageId, orderNo, trackingNo } from '#kernel/id.ts'
import { ownTime } from '#kernel/instant.ts'
import type { Refusal } from '#kernel/result.ts'
import type { EffectEnd, EffectHandler } from '#platform/outbox/dispatcher.ts'
import type { Intent } from '#platform/outbox/store.ts'
import { decideReport, endOfAnswer } from './core/decide-report.ts'

export type ReportDeps = {
  readonly join: JoinDeps
  readonly find: (id: string) => Connected | null
  readonly callsFor: CallsFor
}

/** The hub itself as a source of facts. */
const HUB = connectionId('hub')

/**
 * Tells a channel that an order was shipped (回传). What the channel answers becomes a fact of the order. After an unknown
 * outcome the channel is asked first, so that no shipment is reported twice.
 */
export function reportShipmentHandler(deps: ReportDeps): EffectHandler {
  return {
    perform: (intent) => perform(deps, intent),
    record: async (tx, intent, end) => {
      if (end.state === 'moot') return
      const outcome: ReportOutcome = end.state === 'done' ? 'accepted' : end.state
      const words =
        end.state === 'done'
          ? end.words
          : end.state === 'unknown'
            ? end.outage.message
            : `${end.refusal.code}: ${end.refusal.detail}`
      await joinHubFact(tx, deps.join, outcomeFact(deps, intent, outcome, words))
    },
  }
}

async function perform(deps: ReportDeps, intent: Intent): Promise<EffectEnd> {
  const order = await readOrder(deps.join, intent.orderId ?? 0n)
  const connected = deps.find(intent.connection)
  const decision = decideReport(
    order,
    String(intent.payload.trackingNo ?? ''),
    connected?.connector.calls !== undefined,
  )
  if (decision.verdict === 'done') return { state: 'done', words: decision.words }
  const calls = connected?.connector.calls?.(connected.settings, deps.callsFor(connected))
  const addressed = {
    orderNo: orderNo(String(intent.payload.orderNo ?? '')),
    requestId: hashToUuid(intent.key),
  }
  if (decision.verdict === 'moot') {
    const told = decision.report === null ? null : { ...decision.report, ...addressed }
    return (intent.doubtful && (await wasTold(calls, told, decision.refusal))) || mootBy(decision.refusal)
  }
  if (calls === undefined)
    return {
      state: 'refused',
      refusal: { code: 'report.no_connection', detail: `connection ${intent.connection} is gone` },
    }
  const report: ShipmentReport = { ...decision.report, ...addressed }
  const answer = await askThenReport(calls, report, intent.doubtful)
  return endOfAnswer(answer)
}

const mootBy = (refusal: Refusal): EffectEnd => ({ state: 'moot', refusal })

/** What an attempt in doubt told the channel is known from then on, although nothing would be told any more. Null: it told nothing. */
async function wasTold(
  calls: Calls | undefined,
  report: ShipmentReport | null,
  { detail }: Refusal,
): Promise<EffectEnd | null> {
  if (report === null || calls?.findShipment === undefined) return null
  return (await calls.findShipment(report)) === 'found'
    ? { state: 'done', words: `found at the channel after an unknown outcome; ${detail}` }
    : null
}

async function askThenReport(calls: Calls, report: ShipmentReport, doubtful: boolean): Promise<ReportAnswer> {
  if (doubtful && calls.findShipment !== undefined && (await calls.findShipment(report)) === 'found')
    return { outcome: 'accepted', words: 'found at the channel after an unknown outcome' }
  if (calls.reportShipment === undefined)
    return {
      outcome: 'refused',
      refusal: { code: 'report.not_supported', detail: 'this channel takes no shipment reports' },
    }
  const answer = await calls.reportShipment(report)
  if (answer.outcome === 'accepted' || calls.findShipment === undefined) return answer
  // Two processes may have had this intent at once, where a clock is minutes ahead and a lease looked over: what one of them told,
  // the channel refuses the other.
  const isThere = (await calls.findShipment(report)) === 'found'
  return isThere ? { outcome: 'accepted', words: 'refused, since the channel has it already' } : answer
}

function outcomeFact(deps: ReportDeps, intent: Intent, outcome: ReportOutcome, words: string): Fact {
  const now = deps.join.now()
  const number = trackingNo(String(intent.payload.trackingNo ?? ''))
  return {
    id: hashToUuid(`${intent.key}\n${outcome}\n${intent.attempts}`),
    subject: {
      by: 'order',
      connection: connectionId(intent.connection),
      orderNo: orderNo(String(intent.payload.orderNo ?? '')),
    },
    kind: 'shipment_reported',
    at: ownTime(now),
    source: HUB,
    code: `hub:report_${outcome}`,
    detail: { trackingNo: number, outcome, words: words.slice(0, 300) },
    evidence: messageId(`outbox-${intent.id}`),
    receivedAt: now,
  }
}
