import { phrasesOf, type TroubleTable, troubleInWords } from '#connectors/carriers/trouble.ts'
import { filledAt, flagAt, type JsonValue, readJson } from '#connectors/json.ts'
import type { CallDeps, Settings } from '#domain/connector.ts'
import { Outage } from '#kernel/outage.ts'
import { ok, type Refused, type Result, refuse } from '#kernel/result.ts'
import { openSign } from './sign.ts'

/** 7502 and 7503 are limits of a second, 7500 and 7501 of a day. */
const LIMITED_MS = 60_000
const LIMITED_DAY_MS = 3_600_000

/** What 韵达's accounts are told in words when the branch's stock is used up; the setting `empty_words` replaces it. */
export const EMPTY_WORDS = '余额不足,余量不足,单号不足,号段已用完,无可用单号'

/** Codes of the gateway as public clients carry them. */
export const YUNDA_TROUBLES: TroubleTable = {
  7100: 'no_permission', // the account
  7200: 'no_permission', // the interface
  7300: 'ip_refused',
  7400: 'signature_refused',
  7600: 'credential_refused', // no app-key
  7601: 'signature_refused', // no sign
  7602: 'bad_request',
  7603: 'bad_request',
  7604: 'bad_request',
  7605: 'bad_request',
}

/**
 * One signed call; the value is the whole answer. Refused with `carrier.<trouble>`, `yunda.settings`, `yunda.unexpected_answer`;
 * thrown: `yunda.rate_limited`, `yunda.unavailable` (7777 leaves open whether it was done).
 */
export async function callYunda(
  settings: Settings,
  { http, clock }: CallDeps,
  path: string,
  data: Readonly<Record<string, unknown>>,
): Promise<Result<JsonValue>> {
  const origin = (settings.api_url ?? '').replace(/\/+$/, '')
  if (!URL.canParse(origin)) return refuse('yunda.settings', 'the API address is not a URL')
  const body = JSON.stringify(data)
  const answer = await http({
    method: 'POST',
    url: `${origin}${path}`,
    headers: {
      'content-type': 'application/json;charset=UTF-8',
      'app-key': settings.app_key ?? '',
      'req-time': String(clock.now().epochMilliseconds),
      sign: openSign(body, settings.app_secret ?? ''),
    },
    body,
  })
  return translate(answer, settings)
}

/** The one place where 韵达's codes become ours. */
function translate(
  answer: { readonly status: number; readonly body: Uint8Array },
  settings: Settings,
): Result<JsonValue> {
  if (answer.status === 429)
    throw new Outage('yunda.rate_limited', '韵达 asks for fewer calls', { retryAfterMs: LIMITED_MS })
  if (answer.status >= 500)
    throw new Outage('yunda.unavailable', `韵达 answered HTTP ${answer.status}`, { unknown: true })
  const json = readJson(answer.body)
  if (!json.ok)
    return refuse('yunda.unexpected_answer', `HTTP ${answer.status} without JSON; is the address right?`)
  const code = filledAt(json.value, 'code')
  const words = filledAt(json.value, 'message') ?? filledAt(json.value, 'msg') ?? ''
  const result = flagAt(json.value, 'result')
  if (code === null && result === null)
    return refuse('yunda.unexpected_answer', 'the answer has neither code nor result')
  if (code === '0000' || (code === null && result === true)) return ok(json.value)
  switch (code) {
    case '7500':
    case '7501':
      throw new Outage('yunda.rate_limited', `${code} ${words}`, { retryAfterMs: LIMITED_DAY_MS })
    case '7502':
    case '7503':
      throw new Outage('yunda.rate_limited', `${code} ${words}`, { retryAfterMs: LIMITED_MS })
    case '7777':
      throw new Outage('yunda.unavailable', `${code} ${words}`, { unknown: true })
    default:
      return troubleOf(settings, code, words)
  }
}

/** Also for what stands inside an answer: the single order of a batch that was refused. */
export function troubleOf(settings: Settings, code: string | null, words: string): Refused {
  return troubleInWords(YUNDA_TROUBLES, code, words, phrasesOf(settings.empty_words ?? EMPTY_WORDS))
}
