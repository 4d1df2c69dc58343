import { troubleFrom } from '#connectors/carriers/trouble.ts'
import { filledAt, type JsonObject, objectAt, readJson, textAt } from '#connectors/json.ts'
import type { CallDeps, Settings } from '#domain/connector.ts'
import type { CarrierTrouble } from '#domain/waybill.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Result, refuse } from '#kernel/result.ts'
import { canonicalParams, signCall } from './sign.ts'

/** How long the gateway is left alone where it asks for fewer calls and names no time. */
const LIMITED_MS = 5_000

/** What the platform's sub codes mean to a waybill; those of a whole family are told by how they begin. */
export const DOUYIN_TROUBLES: Readonly<Record<string, CarrierTrouble>> = {
  'isv.business-failed:1003': 'unknown_number',
  'isv.business-failed:1105': 'too_late',
  'isv.business-failed:10000': 'too_late',
  'isv.business-failed:20802': 'too_late',
  'isv.business-failed:10711': 'no_permission',
  'isv.business-failed:15000': 'bad_request',
  'isv.business-failed:15002': 'bad_request',
}
const FAMILIES: readonly (readonly [begins: string, CarrierTrouble])[] = [
  ['isv.access-token', 'credential_expired'],
  ['isv.signature', 'signature_refused'],
  ['isv.app-permissions-insufficient', 'no_permission'],
  ['dop.authorization', 'no_permission'],
  ['isp.api-service-off', 'not_supported'],
  ['isv.parameter-invalid', 'bad_request'],
  ['isv.missing-parameter', 'bad_request'],
]

/** One signed call; the value is `data`. `changes`: an unreadable answer is of unknown effect. */
export async function call(
  settings: Settings,
  { http, clock }: CallDeps,
  method: string,
  params: object,
  changes: boolean,
): Promise<Result<JsonObject>> {
  const base = (settings.api_url ?? '').replace(/\/+$/, '')
  if (!URL.canParse(base)) return refuse('douyin_waybill.settings', 'the gateway address is not a URL')
  const paramJson = canonicalParams(params)
  const timestamp = String(Math.floor(clock.now().epochMilliseconds / 1000))
  const [appKey, appSecret] = [settings.app_key ?? '', settings.app_secret ?? '']
  const query = new URLSearchParams({
    app_key: appKey,
    method,
    access_token: settings.access_token ?? '',
    timestamp,
    v: '2',
    sign: signCall({ appKey, appSecret, method, paramJson, timestamp }),
    sign_method: 'hmac-sha256',
  })
  const sent = { method: 'POST', url: `${base}/${method.replaceAll('.', '/')}?${query}`, body: paramJson }
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  try {
    return translate(await http({ ...sent, headers }), settings, changes)
  } catch (error) {
    if (!(error instanceof Outage)) throw error
    // The address holds the access token, so neither its words nor the cause go further.
    throw new Outage(error.code, redact(error.message, settings), {
      retryable: error.retryable,
      unknown: error.unknown && changes,
      ...(error.retryAfterMs === null ? {} : { retryAfterMs: error.retryAfterMs }),
    })
  }
}

/** The one place where the platform's codes become ours. */
function translate(
  answer: { readonly status: number; readonly body: Uint8Array },
  settings: Settings,
  changes: boolean,
): Result<JsonObject> {
  const body = readJson(answer.body)
  const code = body.ok ? filledAt(body.value, 'code') : null
  const subCode = body.ok ? (filledAt(body.value, 'sub_code') ?? '') : ''
  if (answer.status === 429 || code === '60000' || subCode === 'isv.traffic-limited')
    throw new Outage('douyin_waybill.rate_limited', '抖店 asks for fewer calls', { retryAfterMs: LIMITED_MS })
  if (!body.ok || code === null) {
    const words = `HTTP ${answer.status} without an answer of 抖店; is the address right?`
    if (answer.status >= 500 || (changes && answer.status < 300))
      throw new Outage('douyin_waybill.unexpected_answer', words, { unknown: changes })
    return refuse('carrier.bad_request', words)
  }
  if (code === '10000') return ok(objectAt(body.value, 'data') ?? {})
  const said = textAt(body.value, 'sub_msg') || textAt(body.value, 'msg') || ''
  const words = redact(`${code} ${said}`.trim(), settings)
  if (code === '20000' || subCode === 'dop.service-error')
    throw new Outage('douyin_waybill.unavailable', `${subCode} ${words}`.trim(), { unknown: changes })
  // Our clock, not the parcel: the same call is good once the clock is right, and this one was not looked at.
  if (subCode.startsWith('isv.timestamp-invalid')) throw new Outage('douyin_waybill.clock_wrong', words)
  const family = FAMILIES.find(([begins]) => subCode.startsWith(begins))?.[1]
  const table =
    family === undefined || Object.hasOwn(DOUYIN_TROUBLES, subCode) ? DOUYIN_TROUBLES : { [subCode]: family }
  return troubleFrom(table, subCode === '' ? code : subCode, words)
}

function redact(words: string, settings: Settings): string {
  return [settings.app_secret, settings.access_token]
    .filter((secret) => secret !== undefined && secret.length > 3)
    .reduce<string>((text, secret) => text.replaceAll(String(secret), '***'), words)
}
