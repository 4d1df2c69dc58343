import { type JsonValue, readJson } from '#connectors/json.ts'
import type { CallDeps, Settings } from '#domain/connector.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Refused, type Result, refuse } from '#kernel/result.ts'
import { type ApiError, answerOf } from './schema.ts'
import { canonicalParams, signRequest } from './sign.ts'
import type { ApiCall } from './write.ts'

export const API_URL = 'https://openapi-fxg.jinritemai.com'
const TIMEOUT_MS = 15_000
const RATE_PAUSE_MS = 5_000
/** Outages of the HTTP client before a byte was sent. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  'http.unreachable',
  'http.bad_url',
  'http.forbidden_address',
])

export type ApiAnswer = { readonly data: JsonValue; readonly body: Uint8Array }
export type Api = {
  /** A call that changes nothing: an outage of it is never of unknown effect. */
  readonly ask: (call: ApiCall) => Promise<Result<ApiAnswer>>
  /** A call that changes something: an outage after sending is `unknown`. */
  readonly tell: (call: ApiCall) => Promise<Result<ApiAnswer>>
}

/** The platform's gateway: one signed POST a call. Refusals are returned, outages thrown. */
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
  const json = readJson(answer.body)
  const parsed = json.ok ? answerOf(json.value) : json
  if (parsed.ok && parsed.value.is === 'error') return translate(parsed.value.error, call, settings, changes)
  if (answer.status === 429)
    throw new Outage('douyin.rate_limited', call.method, { retryAfterMs: RATE_PAUSE_MS })
  if (answer.status >= 500)
    throw new Outage('douyin.unavailable', `${call.method}: HTTP ${answer.status}`, { unknown: changes })
  if (!parsed.ok || parsed.value.is === 'error')
    throw new Outage(
      'douyin.broken_answer',
      `${call.method}: HTTP ${answer.status} without a readable answer`,
      {
        unknown: changes,
      },
    )
  return ok({ data: parsed.value.data, body: answer.body })
}

async function post(settings: Settings, deps: CallDeps, call: ApiCall, changes: boolean) {
  const paramJson = canonicalParams(call.params)
  const timestamp = String(Math.floor(deps.clock.now().epochMilliseconds / 1000))
  const appKey = settings.appKey ?? ''
  const signMethod = settings.apiSign === 'md5' ? 'md5' : 'hmac-sha256'
  const sign = signRequest(
    { appKey, appSecret: settings.appSecret ?? '', method: call.method, paramJson, timestamp, version: '2' },
    signMethod,
  )
  const query = new URLSearchParams({
    app_key: appKey,
    method: call.method,
    access_token: settings.accessToken ?? '',
    timestamp,
    v: '2',
    sign,
    sign_method: signMethod,
  })
  const base = (settings.apiBase || API_URL).replace(/\/+$/, '')
  try {
    return await deps.http({
      method: 'POST',
      url: `${base}/${call.method.replaceAll('.', '/')}?${query}`,
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: paramJson,
      timeoutMs: TIMEOUT_MS,
    })
  } catch (error) {
    if (!(error instanceof Outage)) throw error
    // The address holds the access token, so neither its words nor the cause go further.
    const unknown = changes && (error.unknown || !NEVER_SENT.has(error.code))
    throw new Outage(error.code, `${call.method}: ${redact(error.message, settings)}`, {
      retryable: error.retryable,
      unknown,
      ...(error.retryAfterMs === null ? {} : { retryAfterMs: error.retryAfterMs }),
    })
  }
}

/** The platform's sub codes that a person must act on, with our refusal; checked by prefix. */
const REFUSALS: readonly (readonly [string, string])[] = [
  ['isv.access-token', 'douyin.token_expired'],
  ['isv.signature', 'douyin.wrong_keys'],
  ['isv.app-permissions-insufficient', 'douyin.not_permitted'],
  ['dop.authorization', 'douyin.not_permitted'],
  ['isp.api-service-off', 'douyin.api_gone'],
]

/** The one place where the platform's error codes get a meaning: throttling, a service that is down and a wrong clock are outages. */
function translate(error: ApiError, call: ApiCall, settings: Settings, changes: boolean): Refused {
  const words = redact(`${call.method}: ${error.code} ${error.subCode} ${error.words}`.trim(), settings)
  if (error.code === '60000' || error.subCode === 'isv.traffic-limited')
    throw new Outage('douyin.rate_limited', words, { retryAfterMs: RATE_PAUSE_MS })
  if (error.code === '20000' || error.subCode === 'dop.service-error')
    throw new Outage('douyin.unavailable', words, { unknown: changes })
  // Ours, not the call's: it is as good as ever once the clock is right, and was not looked at.
  if (error.subCode.startsWith('isv.timestamp-invalid')) throw new Outage('douyin.clock_wrong', words)
  const data = { code: error.code, subCode: error.subCode }
  const known = REFUSALS.find(([prefix]) => error.subCode.startsWith(prefix))?.[1]
  if (known !== undefined) return refuse(known, words, data)
  return refuse(error.code === '30001' ? 'douyin.not_permitted' : 'douyin.refused', words, data)
}

/** Platform words may quote what we sent; no secret may go further. */
export function redact(words: string, settings: Settings): string {
  return [settings.appSecret, settings.accessToken]
    .filter((secret) => secret !== undefined && secret.length > 3)
    .reduce<string>((text, secret) => text.replaceAll(String(secret), '***'), words)
}
