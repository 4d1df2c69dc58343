import { writeForm } from '#connectors/carriers/form.ts'
import { troubleFrom } from '#connectors/carriers/trouble.ts'
import { filledAt, type JsonObject, objectAt, readJson, textAt } from '#connectors/json.ts'
import type { CallDeps, Settings } from '#domain/connector.ts'
import type { CarrierTrouble } from '#domain/waybill.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { signParams } from './sign.ts'

/** How long the gateway is left alone where it asks for fewer calls and names no time. */
const LIMITED_MS = 10_000

/** The gateway's codes as its document lists them; a business failure (50001, 50002) keeps its own words. */
export const PDD_TROUBLES: Readonly<Record<string, CarrierTrouble>> = {
  '10000': 'bad_request',
  '10001': 'bad_request',
  '10016': 'credential_refused',
  '10017': 'bad_request',
  '10019': 'credential_expired',
  '20004': 'signature_refused',
  '20005': 'ip_refused',
  '20031': 'no_permission',
  '20032': 'credential_refused',
  '20034': 'not_supported',
  '20035': 'not_supported',
  '21001': 'bad_request',
  '21002': 'bad_request',
  '30000': 'no_permission',
  '30001': 'credential_refused',
  '70032': 'no_permission',
  '70034': 'account_blocked',
  '70035': 'account_blocked',
}
const LIMITED: ReadonlySet<string> = new Set(['52101', '70031', '70036'])
const DOWN: ReadonlySet<string> = new Set(['50000', '52001', '52002', '52102', '52103', '70033'])

/** One signed call; the value is what stands in the envelope `<type>_response`. `changes`: an unreadable answer is of unknown effect. */
export async function call(
  settings: Settings,
  { http, clock }: CallDeps,
  type: string,
  given: Readonly<Record<string, string>>,
  changes: boolean,
): Promise<Result<JsonObject>> {
  const url = settings.api_url ?? ''
  if (!URL.canParse(url)) return refuse('pdd_waybill.settings', 'the gateway address is not a URL')
  const params: Record<string, string> = {
    ...given,
    type,
    client_id: settings.client_id ?? '',
    access_token: settings.access_token ?? '',
    timestamp: String(Math.floor(clock.now().epochMilliseconds / 1000)),
    data_type: 'JSON',
  }
  const answer = await http({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded;charset=utf-8' },
    body: writeForm({ ...params, sign: signParams(params, settings.client_secret ?? '') }),
  })
  return translate(answer, `${type.replaceAll('.', '_')}_response`, settings, changes)
}

/** The one place where the gateway's codes become ours. */
function translate(
  answer: { readonly status: number; readonly body: Uint8Array },
  envelope: string,
  settings: Settings,
  changes: boolean,
): Result<JsonObject> {
  if (answer.status === 429)
    throw new Outage('pdd_waybill.rate_limited', '拼多多 asks for fewer calls', { retryAfterMs: LIMITED_MS })
  if (answer.status >= 500)
    throw new Outage('pdd_waybill.unavailable', `拼多多 answered HTTP ${answer.status}`, { unknown: changes })
  const body = readJson(answer.body)
  const error = body.ok ? objectAt(body.value, 'error_response') : null
  const response = body.ok ? objectAt(body.value, envelope) : null
  if (response !== null) return ok(response)
  if (error === null) {
    const words = `HTTP ${answer.status} without an answer of 拼多多; is the address right?`
    if (changes && answer.status < 300)
      throw new Outage('pdd_waybill.unexpected_answer', words, { unknown: true })
    return refuse('carrier.bad_request', words)
  }
  const code = filledAt(error, 'error_code')
  const words = redact(textAt(error, 'sub_msg') || textAt(error, 'error_msg') || '', settings)
  if (code !== null && LIMITED.has(code))
    throw new Outage('pdd_waybill.rate_limited', `${code} ${words}`, { retryAfterMs: LIMITED_MS })
  if (code !== null && DOWN.has(code))
    throw new Outage('pdd_waybill.unavailable', `${code} ${words}`, { unknown: changes })
  return troubleFrom(PDD_TROUBLES, code, words)
}

/** The platform's words may quote what we sent; no secret may go further. */
function redact(words: string, settings: Settings): string {
  return [settings.client_secret, settings.access_token]
    .filter((secret) => secret !== undefined && secret.length > 3)
    .reduce<string>((text, secret) => text.replaceAll(String(secret), '***'), words)
}
