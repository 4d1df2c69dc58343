import { reportOf } from '#connectors/carriers/answers.ts'
import { writeForm } from '#connectors/carriers/form.ts'
import { troubleFrom } from '#connectors/carriers/trouble.ts'
import { filledAt, flagAt, type JsonObject, readJson, textAt } from '#connectors/json.ts'
import type { CallDeps, Calls, Settings } from '#domain/connector.ts'
import type { CarrierTrouble } from '#domain/waybill.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { readContent } from './schema.ts'
import { dataDigest } from './sign.ts'
import { balanceAsk, discardAsk, readBalances, readIssued, waybillRequest } from './waybill.ts'

/** How long the gateway is left alone where it asks for fewer calls and names no time. */
const LIMITED_MS = 60_000

/** The S codes of LINK and the gateways of its family. What stands in no table is `carrier.refused` with 菜鸟's own words. */
export const CAINIAO_TROUBLES: Readonly<Record<string, CarrierTrouble>> = {
  S01: 'bad_request',
  S02: 'signature_refused',
  S03: 'credential_refused',
  S04: 'bad_request',
  S05: 'bad_request',
  S08: 'bad_request',
  S10: 'reference_taken',
  S12: 'too_late',
  S13: 'credential_refused',
  S14: 'pool_empty',
  S200: 'ip_refused',
}
/** Time-out behind the gateway, a failure in it, too many calls. */
const OUTAGES: ReadonlySet<string> = new Set(['S06', 'S07', 'S112'])

/** Calls of LINK: one address, told apart by `msg_type`. */
export function cainiaoCalls(settings: Settings, deps: CallDeps): Calls {
  const look = (msgType: string, content: object) => ask(settings, deps, msgType, content, false)
  const change = (msgType: string, content: object) => ask(settings, deps, msgType, content, true)
  return {
    test: async () => {
      const answer = await look('TMS_WAYBILL_SUBSCRIPTION_QUERY', {})
      if (!answer.ok) return answer
      const accounts = readBalances(answer.value, null)
      return ok({ words: `菜鸟已应答，已订购 ${accounts.length} 个网点` })
    },
    createWaybill: async (wanted) => {
      const request = waybillRequest(wanted, settings)
      if (!request.ok) return request
      const answer = await change('TMS_WAYBILL_GET', request.value)
      return answer.ok ? readIssued(answer.value, wanted.reference) : answer
    },
    cancelWaybill: async (name) => {
      const content = discardAsk(name)
      if (!content.ok) return { outcome: 'refused', refusal: content.refusal }
      const answer = await change('TMS_WAYBILL_DISCARD', content.value)
      if (!answer.ok || flagAt(answer.value, 'discardResult') !== false)
        return reportOf(answer, '菜鸟已作废面单')
      return reportOf(refuse('carrier.refused', 'discardResult false'), '')
    },
    waybillBalance: async (account, carrier) => {
      const content = balanceAsk(account, carrier)
      if (!content.ok) return content
      const answer = await look('TMS_WAYBILL_SUBSCRIPTION_QUERY', content.value)
      if (!answer.ok) return answer
      const branch = account.branch_code?.trim() ?? ''
      const all = readBalances(answer.value, carrier)
      return ok(branch === '' ? all : all.filter((one) => one.account === branch))
    },
  }
}

/** One signed call. `changes`: an answer that says nothing is an outage of unknown effect. */
async function ask(
  settings: Settings,
  { http }: CallDeps,
  msgType: string,
  content: object,
  changes: boolean,
): Promise<Result<JsonObject>> {
  const url = settings.api_url ?? ''
  if (!URL.canParse(url)) return refuse('cainiao.settings', 'the API address is not a URL')
  const text = JSON.stringify(content)
  const toCode = settings.to_code?.trim() ?? ''
  const answer = await http({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
    body: writeForm({
      msg_type: msgType,
      logistic_provider_id: settings.provider_id ?? '',
      ...(toCode === '' ? {} : { to_code: toCode }),
      data_digest: dataDigest(text, settings.app_secret ?? ''),
      logistics_interface: text,
    }),
  })
  return translate(answer, changes)
}

/** The one place where LINK's codes become ours. */
function translate(
  answer: { readonly status: number; readonly body: Uint8Array },
  changes: boolean,
): Result<JsonObject> {
  if (answer.status === 429)
    throw new Outage('cainiao.rate_limited', '菜鸟 asks for fewer calls', { retryAfterMs: LIMITED_MS })
  if (answer.status >= 500)
    throw new Outage('cainiao.unavailable', `菜鸟 answered HTTP ${answer.status}`, { unknown: changes })
  const body = readAnswer(answer.body)
  const success = body.ok ? flagAt(body.value, 'success') : null
  if (!body.ok || success === null) {
    const words = `HTTP ${answer.status} without a success of LINK; is the address right?`
    if (changes && answer.status < 300)
      throw new Outage('cainiao.unexpected_answer', words, { unknown: true })
    return refuse('carrier.bad_request', words)
  }
  if (success) return body
  const code = filledAt(body.value, 'errorCode')
  const words = textAt(body.value, 'errorMsg') ?? textAt(body.value, 'errorMessage') ?? ''
  if (code !== null && OUTAGES.has(code))
    throw new Outage(
      code === 'S112' ? 'cainiao.rate_limited' : 'cainiao.unavailable',
      `${code} ${words}`.trim(),
      code === 'S112' ? { retryAfterMs: LIMITED_MS } : { unknown: changes },
    )
  return troubleFrom(CAINIAO_TROUBLES, code, words)
}

/** JSON as asked; errors of the gateway itself may come as XML. */
function readAnswer(body: Uint8Array): Result<JsonObject> {
  const text = new TextDecoder().decode(body)
  if (text.trimStart().startsWith('<')) return readContent(text)
  const json = readJson(body)
  return json.ok ? readContent(text) : json
}
