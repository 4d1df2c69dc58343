import { filledAt, type JsonObject, readJson } from '#connectors/json.ts'
import type { CallDeps, Settings } from '#domain/connector.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Refused, type Result, refuse } from '#kernel/result.ts'
import { type ApiError, answerOf } from './schema.ts'
import { paramsToText, signParams } from './sign.ts'
import type { ApiCall } from './write.ts'

export const API_URL = 'https://gw-api.pinduoduo.com/api/router'
const TIMEOUT_MS = 15_000
const RATE_PAUSE_MS = 10_000
/** Outages of the HTTP client before a byte was sent. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  'http.unreachable',
  'http.bad_url',
  'http.forbidden_address',
])

export type ApiAnswer = { readonly response: JsonObject; readonly body: Uint8Array }
export type Api = {
  /** A call that changes nothing: an outage of it is never of unknown effect. */
  readonly ask: (call: ApiCall) => Promise<Result<ApiAnswer>>
  /** A call that changes something: an outage after sending is `unknown`. */
  readonly tell: (call: ApiCall) => Promise<Result<ApiAnswer>>
}

/** The platform's gateway: one signed form POST a call. Refusals are returned, outages thrown. */
export function openApi(settings: Settings, deps: CallDeps): Api {
  return {
    ask: (call) => exchange(settings, deps, call, false),
    tell: (call) => exchange(settings, deps, call, true),
  }
}

async function exchange(
  settings: Settings,
  deps: CallDeps,
  call: ApiCall,
  changes: boolean,
): Promise<Result<ApiAnswer>> {
  const answer = await post(settings, deps, call, changes)
  if (answer.status === 429 || answer.status >= 500)
    throw new Outage('pinduoduo.unavailable', `${call.type}: HTTP ${answer.status}`, { unknown: changes })
  const json = readJson(answer.body)
  const parsed = json.ok ? answerOf(json.value) : json
  if (!parsed.ok)
    throw new Outage(
      'pinduoduo.broken_answer',
      `${call.type}: HTTP ${answer.status} without a readable answer`,
      {
        unknown: changes,
      },
    )
  if (parsed.value.is === 'error') return translate(parsed.value.error, call, settings, changes)
  return ok({ response: parsed.value.response, body: answer.body })
}

async function post(settings: Settings, deps: CallDeps, call: ApiCall, changes: boolean) {
  const params = paramsToText({
    ...call.params,
    type: call.type,
    client_id: settings.clientId,
    access_token: settings.accessToken,
    timestamp: Math.floor(deps.clock.now().epochMilliseconds / 1000),
    data_type: 'JSON',
    version: 'V1',
  })
  const form = new URLSearchParams({ ...params, sign: signParams(params, settings.clientSecret ?? '') })
  try {
    return await deps.http({
      method: 'POST',
      url: settings.apiBase || API_URL,
      headers: { 'content-type': 'application/x-www-form-urlencoded;charset=utf-8' },
      body: form.toString(),
      timeoutMs: TIMEOUT_MS,
    })
  } catch (error) {
    if (!(error instanceof Outage)) throw error
    throw new Outage(error.code, redact(`${call.type}: ${error.message}`, settings), {
      retryable: error.retryable,
      unknown: changes && (error.unknown || !NEVER_SENT.has(error.code)),
      ...(error.retryAfterMs === null ? {} : { retryAfterMs: error.retryAfterMs }),
    })
  }
}

/**
 * The one place where the platform's error numbers get a meaning: what a person must put right is refused; throttling and
 * a gateway out of service are outages. 10000-39999 and 50000-52003 are final, everything else may be tried again.
 */
function translate(error: ApiError, call: ApiCall, settings: Settings, changes: boolean): Refused {
  const words = redact(`${call.type}: ${error.code} ${error.words}`.trim(), settings)
  const code = Number(error.code)
  const data = { code: error.code, subCode: error.subCode }
  if (code === 10019) return refuse('pinduoduo.token_expired', `${words}: authorise the shop again`, data)
  if (code === 52101 || code === 70031)
    throw new Outage('pinduoduo.rate_limited', words, { retryAfterMs: RATE_PAUSE_MS })
  if (code === 52102 || code === 52103) throw new Outage('pinduoduo.unavailable', words, { unknown: changes })
  if ((code >= 10_000 && code <= 39_999) || (code >= 50_000 && code <= 52_003))
    return refuse('pinduoduo.refused', words, data)
  throw new Outage('pinduoduo.unavailable', words, { unknown: changes })
}

/** Whether the platform says that it did what was asked. */
export function saysSuccess(response: JsonObject): boolean {
  const flag = response.is_success
  return flag === undefined || flag === true || filledAt(response, 'is_success') === 'true'
}

/** Platform words may quote what we sent; no secret may go further. */
export function redact(words: string, settings: Settings): string {
  return [settings.clientSecret, settings.accessToken]
    .filter((secret) => secret !== undefined && secret.length > 3)
    .reduce<string>((text, secret) => text.replaceAll(String(secret), '***'), words)
}
