import { addressOf, askRest, type RestAnswer, troubleOfStatus } from '#connectors/carriers/rest.ts'
import { filledAt, objectAt } from '#connectors/json.ts'
import type { CallDeps, Calls, ReportAnswer, Settings } from '#domain/connector.ts'
import type { InterceptAsk, InterceptStanding } from '#domain/waybill.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Refused, type Result, refuse } from '#kernel/result.ts'
import { signedHeaders } from '#platform/webhook-sign.ts'
import { answerOf } from './codes.ts'
import { secretsOf } from './sign.ts'

/** The calls; `findIntercept` is there where the partner gave an address for questions. */
export function partnerCalls(settings: Settings, deps: CallDeps): Calls {
  const canBeAsked = (settings.query_url ?? '').trim() !== ''
  return {
    test: () => ping(settings, deps),
    interceptParcel: (ask) => instruct(settings, deps, ask),
    ...(canBeAsked ? { findIntercept: (ask) => question(settings, deps, ask) } : {}),
  }
}

async function ping(settings: Settings, deps: CallDeps): Promise<Result<{ readonly words: string }>> {
  const id = `ping_${Buffer.from(deps.random.bytes(12)).toString('hex')}`
  const answer = await send(settings, deps, { url: settings.url, id, type: 'ping', data: {}, effect: 'read' })
  if ('ok' in answer) return answer
  return isTaken(answer) ? ok({ words: `HTTP ${answer.status}` }) : troubleOf(answer)
}

async function instruct(settings: Settings, deps: CallDeps, ask: InterceptAsk): Promise<ReportAnswer> {
  const { requestId, trackingNo, carrier, what, reason, to } = ask
  const answer = await send(settings, deps, {
    url: settings.url,
    id: requestId,
    type: 'parcel.intercept',
    data: { requestId, trackingNo, carrier, what, reason, to },
    effect: 'write',
  })
  if ('ok' in answer) return { outcome: 'refused', refusal: answer.refusal }
  if (!isTaken(answer)) return { outcome: 'refused', refusal: troubleOf(answer).refusal }
  const standing = standingOf(answer)
  // A page that says 200 is no promise: whether the instruction arrived is asked.
  if (standing === null)
    throw new Outage('partner_warehouse.unexpected_answer', `HTTP ${answer.status} without a known status`, {
      unknown: true,
    })
  if (standing.answer === 'too_late')
    return { outcome: 'refused', refusal: { code: 'carrier.too_late', detail: standing.words } }
  if (standing.answer === 'refused')
    return { outcome: 'refused', refusal: { code: 'carrier.refused', detail: standing.words } }
  return { outcome: 'accepted', words: standing.words }
}

async function question(
  settings: Settings,
  deps: CallDeps,
  { requestId, trackingNo }: InterceptAsk,
): Promise<Result<InterceptStanding | null>> {
  const answer = await send(settings, deps, {
    url: settings.query_url,
    id: `${requestId}-Q${deps.clock.now().epochMilliseconds}`,
    type: 'parcel.intercept.query',
    data: { requestId, trackingNo },
    effect: 'read',
  })
  if ('ok' in answer) return answer
  if (answer.status === 404 && filledAt(bodyOf(answer), 'status') === 'unknown') return ok(null)
  if (!isTaken(answer)) return troubleOf(answer)
  const standing = standingOf(answer)
  return standing === null
    ? refuse('partner_warehouse.unexpected_answer', `HTTP ${answer.status} without a known status`)
    : ok(standing)
}

type Message = {
  readonly url: string | undefined
  readonly id: string
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
  readonly effect: 'read' | 'write'
}

async function send(settings: Settings, deps: CallDeps, message: Message): Promise<RestAnswer | Refused> {
  const url = addressOf(message.url?.trim(), '')
  if (url === null) return refuse('partner_warehouse.settings', 'the address is no URL')
  const secrets = secretsOf(settings).slice(0, 1)
  if (secrets.length === 0)
    return refuse('partner_warehouse.settings', 'the connection has no secret of 16 characters or more')
  const now = deps.clock.now()
  const body = JSON.stringify({
    type: message.type,
    timestamp: now.toString({ smallestUnit: 'millisecond' }),
    data: message.data,
  })
  const seconds = Math.floor(now.epochMilliseconds / 1_000)
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    ...signedHeaders(secrets, { id: message.id, seconds, body }),
  }
  return await askRest(deps.http, { method: 'POST', url, headers, body, effect: message.effect })
}

function isTaken({ status }: RestAnswer): boolean {
  return status >= 200 && status <= 299
}

function bodyOf({ json }: RestAnswer) {
  return objectAt({ json }, 'json') ?? {}
}

function standingOf(answer: RestAnswer): InterceptStanding | null {
  const body = bodyOf(answer)
  const is = answerOf((filledAt(body, 'status') ?? '').toLowerCase())
  return is === null ? null : { answer: is, words: (filledAt(body, 'words') ?? '').slice(0, 300) }
}

/** 401 and 403 say that our signature was not taken; anything else is named by its status. */
function troubleOf(answer: RestAnswer): Refused {
  const words = (filledAt(bodyOf(answer), 'words') ?? '').slice(0, 300)
  if (answer.status === 401 || answer.status === 403)
    return refuse('carrier.signature_refused', `HTTP ${answer.status} ${words}`.trim())
  return troubleOfStatus(answer.status, words)
}
